//! Files that are generated, committed, and checked.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether this run rewrites what is generated.
pub fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// The place of a file of this repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a committed file with what it should be, or rewrites it.
///
/// # Errors
/// Where they first differ, and the command that rewrites it.
pub fn check(path: &str, expected: &str, test: &str) -> Result<(), String> {
    let place = in_repository(path);
    let found = fs::read_to_string(&place).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    if blessing() {
        let written = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&place, expected));
        return written.map_err(|error| format!("{path}: {error}"));
    }
    let line = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count();
    let (found, expected) = (found.lines().nth(line).unwrap_or("<end>"), expected.lines().nth(line).unwrap_or("<end>"));
    let rewrite = format!("BLESS=1 cargo test {test}");
    Err(format!("{path} is out of date from line {} on:\n  is        {found}\n  should be {expected}\n`{rewrite}` rewrites it", line + 1))
}
