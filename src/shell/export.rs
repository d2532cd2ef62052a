//! Files that a person asked for.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// How many names are tried.
const TRIES: u32 = 1_000;

/// Writes `content` into a new file in `directory`: `name`, or `name-2` and so on where that is taken. Nothing is overwritten.
///
/// # Errors
/// When the directory cannot be written to, or the disk is full.
pub fn write(directory: &Path, name: &str, content: &str) -> io::Result<PathBuf> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
    for count in 1..=TRIES {
        let name = if count == 1 { name.to_owned() } else { format!("{stem}-{count}.{extension}") };
        let path = directory.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(content.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_never_overwrites() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = write(directory.path(), "warroom-board.md", "one").expect("written");
        let second = write(directory.path(), "warroom-board.md", "two").expect("written");
        assert_eq!(second.file_name().and_then(|name| name.to_str()), Some("warroom-board-2.md"));
        assert_eq!(std::fs::read_to_string(first).expect("read"), "one");
        assert_eq!(std::fs::read_to_string(second).expect("read"), "two");
    }
}
