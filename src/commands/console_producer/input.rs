//! Reading ahead: a thread fills a few buffers, so that a slow or silent input never keeps deliveries waiting.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::lines::{Line, Lines};

/// How much is read at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// How many chunks may be full at a time: reading stops when nobody empties them.
const CHUNKS: usize = 4;

/// How long more of the input is waited for once nothing is sent any more.
const LAST_PAUSE: Duration = Duration::from_millis(20);

/// The file, or standard input without one.
///
/// # Errors
/// Those of the system.
pub(super) fn open(path: Option<&Path>) -> io::Result<File> {
    match path {
        Some(path) => File::open(path),
        None => Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
    }
}

/// How much is to come from a file, in bytes, if that is known.
pub(super) fn rest(file: &mut File) -> Option<u64> {
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(metadata.len().saturating_sub(file.stream_position().ok()?))
}

/// A piece of the input.
#[derive(Debug)]
pub(super) struct Chunk {
    buffer: Box<[u8]>,
    length: usize,
}

impl Chunk {
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

/// What [`Input::next`] found.
#[derive(Debug)]
pub(super) enum Next {
    Chunk(Chunk),
    /// Nothing has come so far.
    Pause,
    End,
    /// The input cannot be read any further.
    Broken(io::Error),
}

/// The input, read by a thread of its own.
#[derive(Debug)]
pub(super) struct Input {
    full: Receiver<io::Result<Chunk>>,
    empty: SyncSender<Box<[u8]>>,
    /// What was read before it was asked for.
    ahead: Option<Next>,
}

impl Input {
    /// Starts to read.
    ///
    /// # Errors
    /// Those of the system.
    pub fn start(mut source: impl Read + Send + 'static) -> io::Result<Self> {
        let (send_full, full) = sync_channel(CHUNKS);
        let (empty, receive_empty) = sync_channel::<Box<[u8]>>(CHUNKS);
        std::thread::Builder::new().name("input".to_owned()).spawn(move || {
            let mut made = 0;
            loop {
                // Buffers are made when they are needed: most inputs need one.
                let buffer = match receive_empty.try_recv() {
                    Ok(buffer) => buffer,
                    Err(_) if made < CHUNKS => {
                        made += 1;
                        vec![0; CHUNK].into_boxed_slice()
                    }
                    Err(_) => match receive_empty.recv() {
                        Ok(buffer) => buffer,
                        Err(_) => return,
                    },
                };
                match read(&mut source, buffer) {
                    Ok(chunk) if chunk.length == 0 => return,
                    outcome => {
                        let ended = outcome.is_err();
                        if send_full.send(outcome).is_err() || ended {
                            return;
                        }
                    }
                }
            }
        })?;
        Ok(Self { full, empty, ahead: None })
    }

    /// The next piece of input, waiting for it no longer than `patience`.
    pub fn next(&mut self, patience: Duration) -> Next {
        if let Some(next) = self.ahead.take() {
            return next;
        }
        match self.full.recv_timeout(patience) {
            Ok(Ok(chunk)) => Next::Chunk(chunk),
            Ok(Err(error)) => Next::Broken(error),
            Err(RecvTimeoutError::Timeout) => Next::Pause,
            Err(RecvTimeoutError::Disconnected) => Next::End,
        }
    }

    /// Whether the input turns out to be empty within `patience`.
    pub fn is_empty(&mut self, patience: Duration) -> bool {
        let next = self.next(patience);
        let empty = matches!(next, Next::End);
        self.ahead = Some(next).filter(|next| !matches!(next, Next::Pause));
        empty
    }

    /// Takes what has been read ahead, and what a pipe holds: whoever has written that will not write it again.
    pub fn take_rest(&mut self, lines: &mut Lines, mut take: impl FnMut(Line<'_>)) {
        loop {
            match self.next(LAST_PAUSE) {
                // Not given back: reading ends when all buffers are full.
                Next::Chunk(chunk) => lines.feed(chunk.bytes()).for_each(&mut take),
                Next::End => return lines.finish().into_iter().for_each(take),
                Next::Pause | Next::Broken(_) => return,
            }
        }
    }

    /// Gives a buffer back, to be filled again.
    pub fn recycle(&self, chunk: Chunk) {
        // Nobody reads any more once the input has ended.
        let _ = self.empty.try_send(chunk.buffer);
    }
}

fn read(source: &mut impl Read, mut buffer: Box<[u8]>) -> io::Result<Chunk> {
    loop {
        match source.read(&mut buffer) {
            Ok(length) => return Ok(Chunk { buffer, length }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn drain(mut input: Input) -> (usize, Next) {
        let mut length = 0;
        loop {
            match input.next(LONG) {
                Next::Chunk(chunk) => {
                    length += chunk.bytes().len();
                    input.recycle(chunk);
                }
                other => return (length, other),
            }
        }
    }

    #[test]
    fn everything_comes_through_and_then_the_end() {
        let (length, end) = drain(Input::start(io::repeat(b'x').take(10 * CHUNK as u64 + 7)).unwrap());
        assert_eq!(length, 10 * CHUNK + 7);
        assert!(matches!(end, Next::End));
    }

    #[test]
    fn what_was_read_before_an_error_comes_before_it() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let (length, end) = drain(Input::start(io::repeat(b'x').take(5).chain(Breaks)).unwrap());
        assert_eq!(length, 5);
        assert!(matches!(end, Next::Broken(_)));
    }

    #[test]
    fn an_empty_input_is_told_from_one_that_is_late() {
        assert!(Input::start(io::empty()).unwrap().is_empty(LONG));
        let mut input = Input::start(io::repeat(b'x').take(1)).unwrap();
        assert!(!input.is_empty(LONG));
        assert_eq!(drain(input).0, 1, "what was read to find out is not lost");
        let (silent, _writer) = io::pipe().unwrap();
        assert!(!Input::start(silent).unwrap().is_empty(Duration::from_millis(1)));
    }
}
