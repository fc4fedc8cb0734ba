//! Requests and answers of Kafka's protocol, as they stand in a stream.

use std::io::{self, Read};

/// The next frame: a length, and as many bytes behind it.
pub fn frame(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut frame = length.to_vec();
    frame.resize(length.len() + usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?, 0);
    stream.read_exact(&mut frame[length.len()..])?;
    Ok(frame)
}
