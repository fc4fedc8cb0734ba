//! `--reject-file`: the input lines that were not acknowledged or could not be read as records, as they were and in their
//! order, so that they can be fed again.
//!
//! Lines are kept until their fate is known, in blocks that are let go as a whole.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;

use super::reject_file::{Mark, RejectFile};

/// How many bytes of lines make a block.
const BLOCK: usize = 1 << 16;

/// How many bytes lines may take before reading has to wait for acknowledgements.
const KEPT: usize = 24 << 20;

/// What a line takes beside its own bytes, in bytes. Of many short lines that is the most.
const LINE: usize = size_of::<(usize, Fate)>();

/// The lines whose fate is open, and the file for those that fail.
#[derive(Debug)]
pub(super) struct Rejects {
    file: RejectFile,
    blocks: VecDeque<Block>,
    /// What they take, in bytes.
    kept: usize,
    written: u64,
    stayed: u64,
    /// Of lines that were written [ahead](Self::write_ahead).
    ahead: Option<Ahead>,
    /// Whether a line is being written in parts.
    in_parts: bool,
    /// Where that line began, if it can be taken back.
    torn: Option<Mark>,
    /// Whether a line could not be written. The next attempt is the last one.
    failed: bool,
}

/// Lines that were written before their fate was known.
#[derive(Debug)]
struct Ahead {
    /// What the file was before.
    mark: Mark,
    lines: u64,
    /// Whether the file should have other lines by now.
    outdated: bool,
}

/// What has become of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// How many lines have been added.
    pub lines: u64,
    /// How many lines were written before their fate was known, and could not be taken back: others have added to the file.
    pub stayed: u64,
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
    /// Or nothing to be acknowledged: a blank line.
    Acknowledged,
    Rejected,
}

impl Rejects {
    /// Opens the file; what is in it stays.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = RejectFile::open(path)?;
        Ok(Self { file, blocks: VecDeque::new(), kept: 0, written: 0, stayed: 0, ahead: None, in_parts: false, torn: None, failed: false })
    }

    /// The file's name.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether the file is this one.
    pub fn is_file(&self, other: &File) -> bool {
        self.file.is_file(other)
    }

    /// Keeps a line until its fate is known. Numbers grow.
    pub fn keep(&mut self, number: usize, raw: &[u8]) {
        if !self.blocks.back().is_some_and(|block| block.has_room_for(number)) {
            if let Some(block) = self.blocks.back_mut().filter(|block| block.is_acknowledged()) {
                self.kept -= block.clear();
            }
            self.blocks.push_back(Block { first: number, raw: Vec::new(), lines: Vec::new(), open: 0 });
        }
        let Some(block) = self.blocks.back_mut() else { return };
        let before = block.weight();
        block.lines.resize(number - block.first, (block.raw.len(), Fate::Acknowledged));
        block.raw.extend_from_slice(raw);
        block.lines.push((block.raw.len(), Fate::Open));
        block.open += 1;
        self.kept += block.weight() - before;
        self.outdate();
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
        if self.settle(number, Fate::Acknowledged) {
            self.outdate();
        }
    }

    /// The line is to be written.
    pub fn reject(&mut self, number: usize) {
        self.settle(number, Fate::Rejected);
    }

    /// Whether that is news.
    fn settle(&mut self, number: usize, fate: Fate) -> bool {
        let place = self.blocks.partition_point(|block| block.first <= number);
        let is_last = place == self.blocks.len();
        let Some(block) = place.checked_sub(1).and_then(|place| self.blocks.get_mut(place)) else { return false };
        let Some((_, known)) = block.lines.get_mut(number - block.first).filter(|(_, known)| *known == Fate::Open) else { return false };
        *known = fate;
        block.open -= 1;
        // The last block may get more lines.
        if !is_last && block.is_acknowledged() {
            self.kept -= block.clear();
        }
        true
    }

    fn outdate(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            ahead.outdated = true;
        }
    }

    /// Writes what has failed, as far as nothing before it is open.
    ///
    /// # Errors
    /// Those of the file. What was to be written is kept for the [end](Self::finish).
    pub fn write(&mut self) -> io::Result<()> {
        if self.ahead.is_some() || self.failed {
            // Until the end, the file has more than that, or takes nothing.
            return Ok(());
        }
        let outcome = self.write_blocks(|block| block.open == 0);
        self.failed = outcome.is_err();
        outcome
    }

    /// Writes all lines whose fate is open, in case that the process is ended before it is known. At the end the file has
    /// only those that were not acknowledged. What is no regular file takes nothing back, and gets nothing ahead.
    ///
    /// # Errors
    /// Those of the file; it is then as it was before.
    pub fn write_ahead(&mut self) -> io::Result<()> {
        self.write()?;
        if self.ahead.is_some() || self.failed {
            return Ok(());
        }
        let Some(mark) = self.file.mark()? else { return Ok(()) };
        let mut lines = 0;
        let outcome = self.blocks.iter().try_for_each(|block| {
            lines += block.put(&mut self.file);
            self.file.flush()
        });
        if outcome.is_ok() {
            self.ahead = Some(Ahead { mark, lines, outdated: false });
        } else {
            self.file.take_back(mark)?;
        }
        outcome
    }

    /// Writes what has not been acknowledged: nobody will tell what has become of it.
    fn give_up(&mut self) -> io::Result<()> {
        if let Some(ahead) = self.ahead.take() {
            if !ahead.outdated {
                // It is all there, and is never missing for a moment.
                self.written += ahead.lines;
                self.blocks.clear();
                self.kept = 0;
                return Ok(());
            }
            if !self.file.take_back(ahead.mark)? {
                self.stayed += ahead.lines;
            }
        }
        self.write_blocks(|_| true)
    }

    /// Writes a part of a line that is too long to be kept. What is still open before it counts as not acknowledged.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write_part(&mut self, part: &[u8]) -> io::Result<()> {
        if self.failed {
            // A line that lacks a part is of no use.
            return Ok(());
        }
        let outcome = self.add_part(part);
        self.failed = outcome.is_err();
        outcome
    }

    fn add_part(&mut self, part: &[u8]) -> io::Result<()> {
        self.give_up()?;
        if !self.in_parts {
            self.torn = self.file.mark()?;
            self.in_parts = true;
            self.file.begin_line(part);
        }
        self.file.put(part);
        self.file.flush()
    }

    /// All parts of a line have come.
    pub fn end_parts(&mut self) {
        if !self.failed {
            (self.in_parts, self.torn) = (false, None);
            self.written += 1;
        }
    }

    /// Writes everything that has not been acknowledged. A line that lacks a part or its end is taken back, and a file that was
    /// made for nothing is taken away again.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self) -> io::Result<Written> {
        if let Some(mark) = self.torn
            && !self.file.take_back(mark)?
        {
            self.stayed += 1;
        }
        self.give_up()?;
        self.file.flush()?;
        self.file.close()?;
        Ok(Written { lines: self.written, stayed: self.stayed })
    }

    /// Writes the first blocks, as far as they are `wanted`.
    fn write_blocks(&mut self, wanted: impl Fn(&Block) -> bool) -> io::Result<()> {
        while let Some(block) = self.blocks.pop_front_if(|block| wanted(block)) {
            self.kept -= block.weight();
            self.written += block.put(&mut self.file);
            self.file.flush()?;
        }
        Ok(())
    }
}

impl Block {
    fn has_room_for(&self, number: usize) -> bool {
        self.raw.len() < BLOCK && number - self.first < BLOCK
    }

    fn is_acknowledged(&self) -> bool {
        self.open == 0 && self.lines.iter().all(|(_, fate)| *fate == Fate::Acknowledged)
    }

    fn weight(&self) -> usize {
        self.raw.len() + self.lines.len() * LINE
    }

    /// Lets all lines go. The result is what they took.
    fn clear(&mut self) -> usize {
        let weight = self.weight();
        (self.raw, self.lines) = (Vec::new(), Vec::new());
        weight
    }

    /// Puts down the lines that have not been acknowledged. The result is how many these are.
    fn put(&self, file: &mut RejectFile) -> u64 {
        let (mut start, mut lines) = (0, 0);
        for (end, fate) in &self.lines {
            if *fate != Fate::Acknowledged {
                let raw = &self.raw[start..*end];
                file.begin_line(raw);
                file.put(raw);
                lines += 1;
            }
            start = *end;
        }
        lines
    }
}
