//! A checkpoint: the size and root of a ledger at a time, to be kept where the ledger's owner cannot reach it.
//!
//! The text is the note of C2SP `tlog-checkpoint`: origin, size and root in base64, a line each. Without one, nobody can
//! tell that the end of a ledger was cut off or that all of it was written anew.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::hash::Hash;

/// What a checkpoint states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the ledger: `warroom/` and the ULID of its first event.
    pub origin: String,
    /// How many events it had.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.bytes()))
    }
}

/// Why a text is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct NotACheckpoint {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Checkpoint {
    /// Reads the text of a checkpoint. What follows an empty line are signatures and is not read here.
    ///
    /// # Errors
    /// The first line that is not as `tlog-checkpoint` wants it.
    pub fn read(text: &str) -> Result<Self, NotACheckpoint> {
        let wrong = |line, why| NotACheckpoint { line, why };
        let mut lines = text.split_inclusive('\n').map(|line| line.strip_suffix('\n'));
        let mut line = |number, why| lines.next().flatten().ok_or(wrong(number, why));
        let origin = line(1, "the name of the ledger is missing")?.to_owned();
        let size = line(2, "the number of events is missing")?;
        let root = line(3, "the root is missing")?;
        if origin.is_empty() {
            return Err(wrong(1, "the name of the ledger is empty"));
        }
        let canonical = size == "0" || !size.starts_with('0') && size.bytes().all(|byte| byte.is_ascii_digit());
        let size = size.parse().ok().filter(|_| canonical).ok_or(wrong(2, "this is no number of events"))?;
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Hash::from_bytes)
            .ok_or(wrong(3, "the root is not the base64 of 32 bytes"))?;
        Ok(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::merkle;

    #[test]
    fn a_checkpoint_is_three_lines_that_read_back() {
        let checkpoint =
            Checkpoint { origin: "warroom/01JD3W5Z8N0000000000000000".into(), size: 0, root: merkle::empty_root() };
        let text = checkpoint.to_string();
        assert_eq!(text, "warroom/01JD3W5Z8N0000000000000000\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
        assert_eq!(Checkpoint::read(&text), Ok(checkpoint.clone()));
        assert_eq!(Checkpoint::read(&format!("{text}\n— name signature\n")), Ok(checkpoint));
        assert_eq!(Checkpoint::read("a\n07\n").expect_err("cut").line, 3);
        assert_eq!(Checkpoint::read("a\n+7\nx\n").expect_err("no number").line, 2);
        assert_eq!(Checkpoint::read("a\n7\nx\n").expect_err("no root").line, 3);
    }
}
