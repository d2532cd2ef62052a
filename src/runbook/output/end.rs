//! The end of what a step wrote.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// The last lines of an output, and how many bytes come before them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct End {
    /// The lines, the newest last. What does not end a line yet is one too.
    pub lines: Vec<String>,
    /// How many bytes stand before them.
    pub before: u64,
}

/// The last lines of the file at `path`: at most `lines`, and not more than `limit` bytes of it. A file that is not there yet
/// has none.
///
/// # Errors
/// When it cannot be read.
pub fn end(path: &Path, lines: usize, limit: u64) -> io::Result<End> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(End::default()),
        opened => opened?,
    };
    let size = file.metadata()?.len();
    let mut from = size.saturating_sub(limit);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    if from > 0 {
        // It begins somewhere in a line.
        let cut = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.drain(..cut);
        from += cut as u64;
    }
    let all: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (skipped, kept) = all.split_at(all.len().saturating_sub(lines));
    let before = from + skipped.iter().map(|line| line.len() as u64).sum::<u64>();
    let text = |line: &&[u8]| String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).into_owned();
    Ok(End { lines: kept.iter().map(text).collect(), before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told_with_what_comes_before() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("output");
        assert_eq!(end(&path, 3, 100).expect("nothing yet"), End::default());
        std::fs::write(&path, "one\ntwo\nthree\nfo").expect("written");
        let found = end(&path, 3, 100).expect("read");
        assert_eq!((found.lines, found.before), (["two", "three", "fo"].map(str::to_owned).to_vec(), 4));
        // The limit falls into `two`: half a line is no line.
        let found = end(&path, 3, 10).expect("read");
        assert_eq!((found.lines, found.before), (["three", "fo"].map(str::to_owned).to_vec(), 8));
    }

    #[test]
    fn one_long_line_is_told_from_where_the_limit_falls() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("output");
        std::fs::write(&path, "x".repeat(50)).expect("written");
        let found = end(&path, 3, 10).expect("read");
        assert_eq!((found.lines, found.before), (vec!["x".repeat(10)], 40));
    }
}
