//! What producers compress batches with. The broker decompresses to look at records; it never compresses.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use flate2::read::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::StreamingDecoder;

/// The most that a batch may decompress to, in bytes. Without a bound a small batch could take all memory.
const LIMIT: u64 = 256 << 20;

/// How a snappy stream of Java's library begins: a mark, and two numbers of versions.
const SNAPPY_STREAM: &[u8] = b"\x82SNAPPY\x00";
const SNAPPY_STREAM_HEADER: usize = 16;

/// Decompresses the records of a batch whose attributes name `codec`.
///
/// # Errors
/// Bytes that are not of that codec, a codec that there is not, and more than the limit.
pub fn decompress(codec: i16, bytes: &[u8]) -> io::Result<Bytes> {
    match codec {
        0 => Ok(Bytes::copy_from_slice(bytes)),
        1 => limited(MultiGzDecoder::new(bytes)),
        2 => snappy(bytes),
        3 => limited(Lz4Decoder::new(bytes)),
        4 => limited(StreamingDecoder::new(bytes).map_err(io::Error::other)?),
        other => Err(io::Error::other(format!("there is no codec {other}"))),
    }
}

fn limited(decoder: impl Read) -> io::Result<Bytes> {
    let mut out = Vec::new();
    decoder.take(LIMIT + 1).read_to_end(&mut out)?;
    within_limit(out.len())?;
    Ok(out.into())
}

fn within_limit(length: usize) -> io::Result<()> {
    if u64::try_from(length).is_ok_and(|length| length <= LIMIT) {
        return Ok(());
    }
    Err(io::Error::other(format!("a batch may have {LIMIT} bytes of records, decompressed")))
}

/// Either one block, as librdkafka writes, or a stream of blocks, as Java does.
fn snappy(bytes: &[u8]) -> io::Result<Bytes> {
    let Some(mut rest) = bytes.strip_prefix(SNAPPY_STREAM).and_then(|_| bytes.get(SNAPPY_STREAM_HEADER..)) else {
        return snappy_block(bytes).map(Into::into);
    };
    let mut out = Vec::new();
    while rest.has_remaining() {
        let length = rest.try_get_u32().map_err(io::Error::other)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let (block, after) = rest.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.append(&mut snappy_block(block)?);
        within_limit(out.len())?;
        rest = after;
    }
    Ok(out.into())
}

fn snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    within_limit(snap::raw::decompress_len(block).map_err(io::Error::other)?)?;
    snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
}
