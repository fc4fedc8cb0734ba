use std::fs::{self, OpenOptions};
use std::io::Write as _;

use super::*;

fn rejects(name: &str, before: Option<&str>) -> (tempfile::TempDir, Rejects) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    if let Some(text) = before {
        fs::write(&path, text).unwrap();
    }
    (directory, Rejects::open(&path).unwrap())
}

fn lines(lines: u64) -> Written {
    Written { lines, stayed: 0 }
}

fn read(directory: &tempfile::TempDir) -> String {
    fs::read_to_string(directory.path().join("r")).unwrap()
}

#[test]
fn what_fails_is_written_in_the_order_of_the_input() {
    let (directory, mut rejects) = rejects("r", None);
    // Lines that are so far apart share no block.
    for (number, raw) in [(1, "one\n"), (2, "two\r\n"), (3, "three\r"), (BLOCK + 5, "five\n"), (BLOCK + 6, "six")] {
        rejects.keep(number, raw.as_bytes());
    }
    rejects.reject(BLOCK + 5);
    rejects.reject(2);
    rejects.acknowledge(3);
    rejects.write().unwrap();
    assert_eq!(read(&directory), "", "nobody knows what becomes of line 1");
    assert!(!rejects.is_idle());
    rejects.acknowledge(1);
    rejects.write().unwrap();
    assert_eq!(read(&directory), "two\r\n");
    assert_eq!(rejects.finish().unwrap(), lines(3));
    assert_eq!(read(&directory), "two\r\nfive\nsix");
}

#[test]
fn what_is_there_stays_and_lines_do_not_run_into_each_other() {
    let (directory, mut rejects) = rejects("r", Some("old"));
    for (number, raw) in [(1, "a\r"), (2, "\n"), (3, "b\r"), (4, "c")] {
        rejects.keep(number, raw.as_bytes());
    }
    assert_eq!(rejects.finish().unwrap(), lines(4));
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
    assert_eq!(rejects.finish().unwrap(), lines(1));
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
    assert_eq!(rejects.finish().unwrap(), Written { lines: 0, stayed: 1 });
    assert_eq!(read(&directory), "one\ntheirs\n");
}

#[test]
fn what_is_still_open_at_the_end_is_there_once_and_is_never_missing() {
    let (directory, mut rejects) = rejects("r", None);
    rejects.keep(1, b"one\n");
    rejects.keep(2, b"two\n");
    rejects.write_ahead().unwrap();
    rejects.reject(1);
    let mut others = OpenOptions::new().append(true).open(directory.path().join("r")).unwrap();
    others.write_all(b"theirs\n").unwrap();
    assert_eq!(rejects.finish().unwrap(), lines(2));
    assert_eq!(read(&directory), "one\ntwo\ntheirs\n", "it was not taken back to be written again");
}

#[test]
fn a_line_that_is_kept_after_others_were_written_ahead_is_not_forgotten() {
    let (directory, mut rejects) = rejects("r", None);
    rejects.keep(1, b"one\n");
    rejects.write_ahead().unwrap();
    rejects.keep(2, b"two\n");
    assert_eq!(rejects.finish().unwrap(), lines(2));
    assert_eq!(read(&directory), "one\ntwo\n");
}

#[test]
fn lines_that_cannot_be_written_are_told_once_and_tried_again_at_the_end() {
    let mut rejects = Rejects::open(Path::new("/dev/full")).unwrap();
    rejects.keep(1, b"one\n");
    rejects.reject(1);
    assert!(rejects.write().is_err());
    assert!(rejects.write().is_ok() && rejects.write_ahead().is_ok());
    rejects.write_part(b"lo").unwrap();
    rejects.end_parts();
    assert!(rejects.finish().is_err());
}

#[test]
fn a_file_for_nothing_is_taken_away() {
    let (directory, mut own) = rejects("r", None);
    own.keep(1, b"x\n");
    own.acknowledge(1);
    assert_eq!(own.finish().unwrap(), lines(0));
    assert!(!directory.path().join("r").exists());
    let (directory, own) = rejects("r", Some(""));
    assert_eq!(own.finish().unwrap(), lines(0));
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
    assert_eq!(rejects.finish().unwrap(), lines(2));
    assert_eq!(read(&directory), "a\nlong\n");
}

#[test]
fn a_long_line_whose_end_does_not_come_is_taken_back() {
    let (directory, mut rejects) = rejects("r", None);
    rejects.keep(1, b"a");
    rejects.write_part(b"lo").unwrap();
    assert_eq!(read(&directory), "a\nlo");
    assert_eq!(rejects.finish().unwrap(), lines(1));
    assert_eq!(read(&directory), "a");
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
    assert!(!rejects.is_full() && rejects.kept <= 3 * BLOCK, "{}", rejects.kept);
    rejects.acknowledge(0);
    rejects.write().unwrap();
    assert!(rejects.is_idle());
    assert_eq!(rejects.kept, 0);
}

#[test]
fn short_lines_count_with_all_that_they_take() {
    let (_directory, mut rejects) = rejects("r", None);
    let lines = KEPT / (1 + LINE) + 1;
    (0..lines).for_each(|number| rejects.keep(number, b"\n"));
    assert!(rejects.is_full());
}

#[test]
fn blank_lines_between_records_make_no_blocks_of_their_own() {
    let (_directory, mut rejects) = rejects("r", None);
    let numbers = || (0..200_000).step_by(2);
    numbers().for_each(|number| rejects.keep(number, b"{}\n"));
    assert!(rejects.blocks.len() < 10, "{}", rejects.blocks.len());
    // After very many of them there is one, which may be let go before it is full.
    rejects.keep(1_000_000, b"{}\n");
    numbers().skip(1).for_each(|number| rejects.acknowledge(number));
    assert!(rejects.kept < 2 * BLOCK * LINE, "{}", rejects.kept);
    rejects.acknowledge(0);
    rejects.acknowledge(1_000_000);
    rejects.write().unwrap();
    assert_eq!(rejects.kept, 0);
}
