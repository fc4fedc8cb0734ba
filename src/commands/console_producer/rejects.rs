//! `--reject-file`: the input lines that were not acknowledged or could not be read as records, as they were and in their
//! order, so that they can be fed again.
//!
//! Lines are kept until their fate is known, in blocks that are let go as a whole.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// How many bytes of lines make a block.
const BLOCK: usize = 1 << 16;

/// How many bytes of lines may be kept before reading has to wait for acknowledgements.
const KEPT: usize = 24 << 20;

/// The lines whose fate is open, and the file for those that fail.
#[derive(Debug)]
pub(super) struct Rejects {
    path: PathBuf,
    file: BufWriter<File>,
    /// Whether there was no such file before.
    is_new: bool,
    /// The last byte of the file, if it has any.
    last: Option<u8>,
    blocks: VecDeque<Block>,
    kept: usize,
    written: u64,
    /// Of lines that were written [ahead](Self::write_ahead).
    firm: Option<Firm>,
    /// Whether a line is being written in parts.
    in_parts: bool,
}

/// What the file was before lines were written ahead, and how long it was with them.
#[derive(Debug)]
struct Firm {
    length: u64,
    last: Option<u8>,
    with_ahead: u64,
}

/// Lines with consecutive numbers.
#[derive(Debug)]
struct Block {
    first: usize,
    /// All lines, as long as one of them may have to be written.
    raw: Vec<u8>,
    /// Where each line ends in `raw`, and its fate.
    lines: Vec<(usize, Fate)>,
    open: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Acknowledged,
    Rejected,
}

impl Rejects {
    /// Opens the file; what is in it stays.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let last = last_byte(&file, path)?;
        let file = BufWriter::with_capacity(BLOCK, file);
        Ok(Self { path: path.to_owned(), file, is_new, last, blocks: VecDeque::new(), kept: 0, written: 0, firm: None, in_parts: false })
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is this one.
    pub fn is_file(&self, other: &File) -> bool {
        let handle = |file: &File| file.try_clone().and_then(same_file::Handle::from_file).ok();
        let is_regular = other.metadata().is_ok_and(|metadata| metadata.is_file());
        is_regular && matches!((handle(self.file.get_ref()), handle(other)), (Some(own), Some(other)) if own == other)
    }

    /// Keeps a line until its fate is known. Numbers grow.
    pub fn keep(&mut self, number: usize, raw: &[u8]) {
        self.kept += raw.len();
        if !self.blocks.back().is_some_and(|block| block.has_room() && number == block.first + block.lines.len()) {
            self.blocks.push_back(Block { first: number, raw: Vec::new(), lines: Vec::new(), open: 0 });
        }
        let Some(block) = self.blocks.back_mut() else { return };
        block.raw.extend_from_slice(raw);
        block.lines.push((block.raw.len(), Fate::Open));
        block.open += 1;
    }

    /// Whether reading has to wait until more is known.
    pub fn is_full(&self) -> bool {
        self.kept > KEPT
    }

    /// Whether the fate of every line is known.
    pub fn is_idle(&self) -> bool {
        self.blocks.iter().all(|block| block.open == 0)
    }

    /// The line is in the topic.
    pub fn acknowledge(&mut self, number: usize) {
        self.settle(number, Fate::Acknowledged);
    }

    /// The line is to be written.
    pub fn reject(&mut self, number: usize) {
        self.settle(number, Fate::Rejected);
    }

    fn settle(&mut self, number: usize, fate: Fate) {
        let place = self.blocks.partition_point(|block| block.first <= number);
        let Some(block) = place.checked_sub(1).and_then(|place| self.blocks.get_mut(place)) else { return };
        let Some((_, known)) = block.lines.get_mut(number - block.first).filter(|(_, known)| *known == Fate::Open) else { return };
        *known = fate;
        block.open -= 1;
        if block.open == 0 && !block.has_room() && block.lines.iter().all(|(_, fate)| *fate == Fate::Acknowledged) {
            self.kept -= std::mem::take(&mut block.raw).len();
            block.lines = Vec::new();
        }
    }

    /// Writes what has failed, as far as nothing before it is open.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(&mut self) -> io::Result<()> {
        if self.firm.is_some() {
            // Until the end, the file has more than that.
            return Ok(());
        }
        while let Some(block) = self.blocks.pop_front_if(|block| block.open == 0) {
            self.write_block(&block)?;
        }
        self.file.flush()
    }

    /// Writes all lines whose fate is open, in case that the process is ended before it is known. They are taken out of the
    /// file again by whatever comes next. What is no file takes nothing back, and gets nothing ahead.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write_ahead(&mut self) -> io::Result<()> {
        self.write()?;
        let metadata = self.file.get_ref().metadata()?;
        if !metadata.is_file() || self.firm.is_some() {
            return Ok(());
        }
        let last = self.last;
        let blocks = std::mem::take(&mut self.blocks);
        let outcome = blocks.iter().try_for_each(|block| self.put_lines(block).map(drop));
        self.blocks = blocks;
        outcome.and_then(|()| self.file.flush())?;
        self.firm = Some(Firm { length: metadata.len(), last, with_ahead: self.length()? });
        Ok(())
    }

    /// Writes what has not been acknowledged: nobody will tell what has become of it.
    fn give_up(&mut self) -> io::Result<()> {
        // Other programs may add to the same file: theirs is not cut off, be it that some lines are there twice.
        if let Some(firm) = self.firm.take()
            && self.length()? == firm.with_ahead
        {
            self.file.get_ref().set_len(firm.length)?;
            self.last = firm.last;
        }
        while let Some(block) = self.blocks.pop_front() {
            self.write_block(&block)?;
        }
        Ok(())
    }

    /// Writes a part of a line that is too long to be kept. What is still open before it counts as not acknowledged.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write_part(&mut self, part: &[u8]) -> io::Result<()> {
        self.give_up()?;
        if !std::mem::replace(&mut self.in_parts, true) {
            self.begin_line(part)?;
        }
        self.put(part)
    }

    /// All parts of a line have been written.
    pub fn end_parts(&mut self) {
        self.in_parts = false;
        self.written += 1;
    }

    /// Writes everything that has not been acknowledged. The result is the number of lines in all; a file that was made for
    /// none is taken away again.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self) -> io::Result<u64> {
        self.give_up()?;
        self.file.flush()?;
        if self.is_new && self.last.is_none() && self.length()? == 0 {
            // Nobody needs an empty file. That it stays does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
        Ok(self.written)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file.get_ref().metadata()?.len())
    }

    fn write_block(&mut self, block: &Block) -> io::Result<()> {
        self.kept -= block.raw.len();
        self.written += self.put_lines(block)?;
        Ok(())
    }

    /// Puts down the lines that have not been acknowledged. The result is how many these are.
    fn put_lines(&mut self, block: &Block) -> io::Result<u64> {
        let (mut start, mut lines) = (0, 0);
        for (end, fate) in &block.lines {
            if *fate != Fate::Acknowledged {
                let raw = &block.raw[start..*end];
                self.begin_line(raw)?;
                self.put(raw)?;
                lines += 1;
            }
            start = *end;
        }
        Ok(lines)
    }

    /// Keeps the line that is to come apart from the one before it, which may have no end, or half of one.
    fn begin_line(&mut self, line: &[u8]) -> io::Result<()> {
        match self.last {
            None | Some(b'\n') => Ok(()),
            Some(b'\r') if !line.starts_with(b"\n") => Ok(()),
            Some(_) => self.put(b"\n"),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.last = bytes.last().copied().or(self.last);
        self.file.write_all(bytes)
    }
}

impl Block {
    fn has_room(&self) -> bool {
        self.raw.len() < BLOCK && self.lines.len() < BLOCK
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

    fn rejects(name: &str, before: Option<&str>) -> (tempfile::TempDir, Rejects) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        if let Some(text) = before {
            fs::write(&path, text).unwrap();
        }
        (directory, Rejects::open(&path).unwrap())
    }

    fn read(directory: &tempfile::TempDir) -> String {
        fs::read_to_string(directory.path().join("r")).unwrap()
    }

    #[test]
    fn what_fails_is_written_in_the_order_of_the_input() {
        let (directory, mut rejects) = rejects("r", None);
        for (number, raw) in [(1, "one\n"), (2, "two\r\n"), (3, "three\r"), (5, "five\n"), (6, "six")] {
            rejects.keep(number, raw.as_bytes());
        }
        rejects.reject(5);
        rejects.reject(2);
        rejects.acknowledge(3);
        rejects.write().unwrap();
        assert_eq!(read(&directory), "", "nobody knows what becomes of line 1");
        assert!(!rejects.is_idle());
        rejects.acknowledge(1);
        rejects.write().unwrap();
        assert_eq!(read(&directory), "two\r\n");
        assert_eq!(rejects.finish().unwrap(), 3);
        assert_eq!(read(&directory), "two\r\nfive\nsix");
    }

    #[test]
    fn what_is_there_stays_and_lines_do_not_run_into_each_other() {
        let (directory, mut rejects) = rejects("r", Some("old"));
        for (number, raw) in [(1, "a\r"), (2, "\n"), (3, "b\r"), (4, "c")] {
            rejects.keep(number, raw.as_bytes());
        }
        assert_eq!(rejects.finish().unwrap(), 4);
        assert_eq!(read(&directory), "old\na\r\n\nb\rc");
    }

    #[test]
    fn what_is_written_ahead_is_there_until_more_is_known() {
        let (directory, mut rejects) = rejects("r", Some("old\n"));
        for (number, raw) in [(1, "one\n"), (2, "two\n"), (3, "three")] {
            rejects.keep(number, raw.as_bytes());
        }
        rejects.acknowledge(1);
        rejects.write_ahead().unwrap();
        assert_eq!(read(&directory), "old\ntwo\nthree");
        rejects.acknowledge(2);
        rejects.write().unwrap();
        assert_eq!(read(&directory), "old\ntwo\nthree", "it stays until the end");
        assert_eq!(rejects.finish().unwrap(), 1);
        assert_eq!(read(&directory), "old\nthree");
    }

    #[test]
    fn what_others_add_to_the_file_stays() {
        let (directory, mut rejects) = rejects("r", None);
        rejects.keep(1, b"one\n");
        rejects.write_ahead().unwrap();
        let mut others = OpenOptions::new().append(true).open(directory.path().join("r")).unwrap();
        others.write_all(b"theirs\n").unwrap();
        rejects.acknowledge(1);
        assert_eq!(rejects.finish().unwrap(), 0);
        assert_eq!(read(&directory), "one\ntheirs\n");
    }

    #[test]
    fn a_file_for_nothing_is_taken_away() {
        let (directory, mut own) = rejects("r", None);
        own.keep(1, b"x\n");
        own.acknowledge(1);
        assert_eq!(own.finish().unwrap(), 0);
        assert!(!directory.path().join("r").exists());
        let (directory, own) = rejects("r", Some(""));
        assert_eq!(own.finish().unwrap(), 0);
        assert_eq!(read(&directory), "");
    }

    #[test]
    fn parts_of_a_long_line_come_where_it_was() {
        let (directory, mut rejects) = rejects("r", None);
        rejects.keep(1, b"a");
        rejects.reject(1);
        rejects.write_part(b"lo").unwrap();
        rejects.write_part(b"ng\n").unwrap();
        rejects.end_parts();
        assert_eq!(rejects.finish().unwrap(), 2);
        assert_eq!(read(&directory), "a\nlong\n");
    }

    #[test]
    fn memory_is_given_back_when_lines_are_settled() {
        let (_directory, mut rejects) = rejects("r", None);
        let line = vec![b'x'; 1 << 10];
        let lines = KEPT / line.len() + 1;
        for number in 0..lines {
            rejects.keep(number, &line);
        }
        assert!(rejects.is_full());
        // All but the first one, which keeps only its own block.
        (1..lines).for_each(|number| rejects.acknowledge(number));
        assert!(!rejects.is_full() && rejects.kept <= 2 * BLOCK + 2 * line.len(), "{}", rejects.kept);
        rejects.acknowledge(0);
        rejects.write().unwrap();
        assert!(rejects.is_idle());
        assert_eq!(rejects.kept, 0);
    }

    #[test]
    fn the_input_is_known_for_what_it_is() {
        let (directory, rejects) = rejects("r", Some("x"));
        assert!(rejects.is_file(&File::open(directory.path().join("r")).unwrap()));
        assert!(!rejects.is_file(&File::open("/dev/null").unwrap()));
    }
}
