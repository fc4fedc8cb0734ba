//! The file of `--reject-file` itself: what is added to its end, and can be taken back for as long as nobody else adds to it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A file that lines are added to.
#[derive(Debug)]
pub(super) struct RejectFile {
    path: PathBuf,
    file: File,
    /// Whether there was no such file before.
    is_new: bool,
    /// What the file does not have yet. It stays here when it cannot be written, and is tried again with what comes next.
    waiting: Vec<u8>,
    /// The last byte of the file with what is waiting, if it has any.
    last: Option<u8>,
    /// How many bytes have been written from here.
    written: u64,
}

/// The end of the file at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    length: u64,
    last: Option<u8>,
    written: u64,
}

impl RejectFile {
    /// Opens the file; what is in it stays.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let last = last_byte(&file, path)?;
        Ok(Self { path: path.to_owned(), file, is_new, waiting: Vec::new(), last, written: 0 })
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is this one.
    pub fn is_file(&self, other: &File) -> bool {
        let handle = |file: &File| file.try_clone().and_then(same_file::Handle::from_file).ok();
        let is_regular = other.metadata().is_ok_and(|metadata| metadata.is_file());
        is_regular && matches!((handle(&self.file), handle(other)), (Some(own), Some(other)) if own == other)
    }

    /// Keeps the line that is to come apart from the one before it, which may have no end, or half of one.
    pub fn begin_line(&mut self, line: &[u8]) {
        match self.last {
            None | Some(b'\n') => {}
            Some(b'\r') if !line.starts_with(b"\n") => {}
            Some(_) => self.put(b"\n"),
        }
    }

    /// Adds bytes, which wait for [`flush`](Self::flush).
    pub fn put(&mut self, bytes: &[u8]) {
        self.last = bytes.last().copied().or(self.last);
        self.waiting.extend_from_slice(bytes);
    }

    /// Writes what is waiting.
    ///
    /// # Errors
    /// Those of the file.
    pub fn flush(&mut self) -> io::Result<()> {
        let mut done = 0;
        let outcome = loop {
            if done == self.waiting.len() {
                break Ok(());
            }
            match self.file.write(&self.waiting[done..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => done += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.waiting.drain(..done);
        self.written += done as u64;
        outcome
    }

    /// The present end, with nothing waiting. What is no regular file, and takes nothing back, has none.
    ///
    /// # Errors
    /// Those of the file.
    pub fn mark(&mut self) -> io::Result<Option<Mark>> {
        self.flush()?;
        let metadata = self.file.metadata()?;
        Ok(metadata.is_file().then_some(Mark { length: metadata.len(), last: self.last, written: self.written }))
    }

    /// Takes back what has been added since `mark`, unless others have added to the file as well: theirs is not cut off. The
    /// result is whether that is so.
    ///
    /// # Errors
    /// Those of the file.
    pub fn take_back(&mut self, mark: Mark) -> io::Result<bool> {
        self.waiting.clear();
        if self.file.metadata()?.len() != mark.length + (self.written - mark.written) {
            return Ok(false);
        }
        self.file.set_len(mark.length)?;
        self.last = mark.last;
        self.written = mark.written;
        Ok(true)
    }

    /// Takes a file away that was made for nothing.
    ///
    /// # Errors
    /// Those of the file.
    pub fn close(self) -> io::Result<()> {
        if self.is_new && self.last.is_none() && self.file.metadata()?.len() == 0 {
            // Nobody needs an empty file. That it stays does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
        Ok(())
    }
}

fn last_byte(file: &File, path: &Path) -> io::Result<Option<u8>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(None);
    }
    // The file itself is open for writing alone.
    let mut reader = File::open(path)?;
    reader.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    reader.read_exact(&mut last)?;
    Ok(Some(last[0]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_has_been_added_can_be_taken_back_and_what_others_add_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r");
        fs::write(&path, "old").unwrap();
        let mut file = RejectFile::open(&path).unwrap();
        let mark = file.mark().unwrap().unwrap();
        file.begin_line(b"a\n");
        file.put(b"a\n");
        file.flush().unwrap();
        file.put(b"waiting");
        assert!(file.take_back(mark).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        file.begin_line(b"b\n");
        file.put(b"b\n");
        file.flush().unwrap();
        let mut others = OpenOptions::new().append(true).open(&path).unwrap();
        others.write_all(b"theirs\n").unwrap();
        assert!(!file.take_back(mark).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"old\nb\ntheirs\n");
    }

    #[test]
    fn what_cannot_be_written_waits() {
        let mut file = RejectFile::open(Path::new("/dev/full")).unwrap();
        assert!(file.mark().unwrap().is_none(), "it takes nothing back");
        file.put(b"a\n");
        assert!(file.flush().is_err() && file.flush().is_err());
        assert_eq!(file.waiting, b"a\n");
    }

    #[test]
    fn the_input_is_known_for_what_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r");
        let file = RejectFile::open(&path).unwrap();
        assert!(file.is_file(&File::open(&path).unwrap()));
        assert!(!file.is_file(&File::open("/dev/null").unwrap()));
    }
}
