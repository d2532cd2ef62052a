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
                let written = file.write_all(content.as_bytes()).and_then(|()| file.sync_all());
                if let Err(error) = written {
                    // Half a file would look like a whole one.
                    let _ = std::fs::remove_file(&path);
                    return Err(error);
                }
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What was written, for the notice. The name comes first: where the line is too short, the directory gives way.
#[must_use]
pub fn written(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    format!("wrote {name} in {}", directory.display())
}

/// What went wrong, and what to do about it.
#[must_use]
pub fn failed(directory: &Path, name: &str, error: &io::Error) -> String {
    let directory = directory.display();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!(
                "no file written: {directory} is not yours to write to; Y shows the text, or start warroom elsewhere"
            )
        }
        io::ErrorKind::NotFound => {
            format!("no file written: {directory} is gone; Y shows the text, or start warroom elsewhere")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("no file written: the disk of {directory} is full; Y shows the text")
        }
        _ => format!("no file written: {name} in {directory}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_says_where_and_what_to_do() {
        let directory = tempfile::tempdir().expect("a directory");
        let gone = directory.path().join("gone");
        let error = write(&gone, "warroom-board.md", "one").expect_err("no directory");
        let told = failed(&gone, "warroom-board.md", &error);
        assert!(told.contains("gone is gone") && told.contains("Y shows the text"), "{told}");
        let denied = failed(Path::new("/srv"), "warroom-board.md", &io::ErrorKind::PermissionDenied.into());
        assert!(denied.contains("/srv is not yours to write to"), "{denied}");
        assert_eq!(written(Path::new("/srv/shop/warroom-board.md")), "wrote warroom-board.md in /srv/shop");
    }

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
