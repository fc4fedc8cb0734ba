//! What producers compress batches with. The broker decompresses to look at records; it never compresses.

use std::io::{self, BufRead, BufReader, Read};

use bytes::Buf;
use flate2::read::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::StreamingDecoder;

/// How a snappy stream of Java's library begins: a mark, and two numbers of versions.
const SNAPPY_STREAM: &[u8] = b"\x82SNAPPY\x00";
const SNAPPY_STREAM_HEADER: usize = 16;

/// The most that a block of snappy may decompress to, in bytes: it is the one codec that cannot be read piece by piece. The
/// libraries that write streams write blocks of 32 kB, librdkafka the whole batch.
const SNAPPY_BLOCK: usize = 64 << 20;

/// What the records of a batch are read from.
pub type Source<'a> = Box<dyn BufRead + 'a>;

/// The records of a batch whose attributes name `codec`, decompressed as they are read.
///
/// # Errors
/// Bytes that are not of that codec, and a codec that there is not.
pub fn decompressing(codec: i16, bytes: &[u8]) -> io::Result<Source<'_>> {
    match codec {
        0 => Ok(Box::new(bytes)),
        1 => Ok(buffered(MultiGzDecoder::new(bytes))),
        2 => Ok(match bytes.strip_prefix(SNAPPY_STREAM).and_then(|_| bytes.get(SNAPPY_STREAM_HEADER..)) {
            Some(blocks) => buffered(SnappyBlocks { rest: blocks, block: io::Cursor::default() }),
            None => Box::new(io::Cursor::new(snappy_block(bytes)?)),
        }),
        3 => Ok(buffered(Lz4Decoder::new(bytes))),
        4 => Ok(buffered(StreamingDecoder::new(bytes).map_err(io::Error::other)?)),
        other => Err(io::Error::other(format!("there is no codec {other}"))),
    }
}

fn buffered<'a>(decoder: impl Read + 'a) -> Source<'a> {
    Box::new(BufReader::with_capacity(32 << 10, decoder))
}

/// A stream of blocks, each with its length in front, as Java writes it.
struct SnappyBlocks<'a> {
    rest: &'a [u8],
    block: io::Cursor<Vec<u8>>,
}

impl Read for SnappyBlocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.block.has_remaining() && self.rest.has_remaining() {
            let length = usize::try_from(self.rest.try_get_u32().map_err(io::Error::other)?).map_err(io::Error::other)?;
            let (block, after) = self.rest.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
            self.block = io::Cursor::new(snappy_block(block)?);
            self.rest = after;
        }
        self.block.read(buffer)
    }
}

fn snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    if snap::raw::decompress_len(block).map_err(io::Error::other)? > SNAPPY_BLOCK {
        return Err(io::Error::other(format!("a block of snappy may have {SNAPPY_BLOCK} bytes, decompressed")));
    }
    snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
}
