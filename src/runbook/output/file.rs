//! The file of what a step wrote: its beginning as it comes, and its end when it is over.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write as _},
};

use sha2::{Digest as _, Sha256};

use super::mask::{Mask, Stream};
use crate::domain::{
    clean::{REPLACEMENT, is_safe},
    ledger::hash::Hash,
};

/// How many bytes of the beginning are kept.
pub const HEAD: usize = 512 * 1024;

/// How many bytes of the end are kept.
pub const TAIL: usize = 512 * 1024;

/// What a step writes, on its way to a file: without secrets and control characters, its middle left out when it is long.
pub struct Output {
    file: File,
    stream: Stream,
    /// Bytes of a character that is not complete yet.
    partial: Vec<u8>,
    head: usize,
    tail: VecDeque<u8>,
    left_out: u64,
    digest: Sha256,
    finished: bool,
    /// Why something of it could not be written. Nothing is written behind a hole.
    broken: Option<io::ErrorKind>,
}

impl Output {
    /// What is written to `file`, without what `mask` takes out.
    #[must_use]
    pub fn new(file: File, mask: Mask) -> Self {
        Self {
            file,
            stream: Stream::new(mask),
            partial: Vec::new(),
            head: 0,
            tail: VecDeque::new(),
            left_out: 0,
            digest: Sha256::new(),
            finished: false,
            broken: None,
        }
    }

    /// Takes what came. After the end it is left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.finished {
            return Ok(());
        }
        let told = self.stream.push(bytes);
        self.take(&told, false)
    }

    /// Nothing more will come. Its hash, when there was anything; it is durable then.
    ///
    /// # Errors
    /// When the file cannot be written, or something of it could not be.
    pub fn finish(&mut self) -> io::Result<Option<Hash>> {
        if !self.finished {
            let told = self.stream.finish();
            self.take(&told, true)?;
            self.finished = true;
            if self.left_out > 0 {
                let mark = format!("\n… {} bytes are left out …\n", self.left_out);
                self.write(mark.as_bytes())?;
            }
            let tail: Vec<u8> = self.tail.drain(..).collect();
            // It may begin inside of a character.
            let begins = tail.iter().position(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
            self.write(tail.get(begins..).unwrap_or_default())?;
            self.file.sync_all()?;
        }
        let any = self.head > 0;
        Ok(any.then(|| Hash::from_bytes(self.digest.clone().finalize().into())))
    }

    fn take(&mut self, bytes: &[u8], last: bool) -> io::Result<()> {
        self.partial.extend_from_slice(bytes);
        let whole = if last { self.partial.len() } else { complete(&self.partial) };
        // What follows tells whether it is the half of a line's end.
        let returns = !last && self.partial.get(..whole).is_some_and(|bytes| bytes.ends_with(b"\r"));
        let whole = whole - usize::from(returns);
        let rest = self.partial.split_off(whole);
        let text = cleaned(&self.partial);
        self.partial = rest;
        self.keep(&text)
    }

    fn keep(&mut self, text: &str) -> io::Result<()> {
        let room = HEAD.saturating_sub(self.head);
        let (now, later) = text.split_at(text.floor_char_boundary(room));
        // Once something did not fit, nothing later stands in front of it.
        self.head = if later.is_empty() { self.head + now.len() } else { HEAD };
        self.write(now.as_bytes())?;
        let later = later.as_bytes();
        // Of what is longer than the end, only its own end can stay.
        let skipped = later.len().saturating_sub(TAIL);
        self.tail.extend(later.get(skipped..).unwrap_or_default());
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        self.left_out += (skipped + over) as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(kind) = self.broken {
            return Err(kind.into());
        }
        self.digest.update(bytes);
        self.file.write_all(bytes).inspect_err(|error| self.broken = Some(error.kind()))
    }
}

/// How many of `bytes` are whole characters, or can never become one.
fn complete(bytes: &[u8]) -> usize {
    // At most three bytes at the end can be the beginning of a character.
    let from = bytes.len().saturating_sub(3);
    let tail = bytes.get(from..).unwrap_or_default();
    let begins = tail.iter().rposition(|byte| *byte >= 0xc0);
    let is_partial = |at: &usize| {
        std::str::from_utf8(tail.get(*at..).unwrap_or_default()).is_err_and(|error| error.error_len().is_none())
    };
    begins.filter(is_partial).map_or(bytes.len(), |at| from + at)
}

/// Text with lines and tabs, and nothing else that could act on a terminal.
fn cleaned(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let safe = |c: char| match c {
        '\n' | '\t' => c,
        // A progress bar becomes lines.
        '\r' => '\n',
        c if is_safe(c) => c,
        _ => REPLACEMENT,
    };
    text.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the file after these pieces, and its hash.
    fn written<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Option<Hash>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("output");
        let mut output = Output::new(File::create(&path).expect("a file"), Mask::new(["hunter2"]));
        for piece in pieces {
            output.push(piece).expect("written");
        }
        let hash = output.finish().expect("written");
        let bytes = std::fs::read(&path).expect("readable");
        assert_eq!(hash.unwrap_or(Hash::of(b"")), Hash::of(&bytes));
        (String::from_utf8(bytes).expect("text"), hash)
    }

    #[test]
    fn what_a_program_writes_cannot_act_on_a_terminal_and_tells_no_secret() {
        let (text, _) = written([&b"one \x1b[31mhun"[..], b"ter2 \xc3", b"\xa9\xff\r\ntwo\rthree\t\xe2\x80"]);
        assert_eq!(text, "one \u{fffd}[31m*** é\u{fffd}\ntwo\nthree\t\u{fffd}");
        assert_eq!(written([]).1, None);
    }

    #[test]
    fn of_what_is_long_beginning_and_end_are_kept() {
        let line = "ünïcode hunter2 and more\n".repeat(4_000);
        let turns = 3 * 1024 * 1024 / line.len();
        let pieces = (0..turns).map(|_| line.as_bytes()).chain([&b"the end"[..]]);
        let (text, _) = written(pieces);
        assert!(text.len() < HEAD + TAIL + 100, "{}", text.len());
        assert!(text.starts_with("ünïcode *** and more\n") && text.ends_with("\nthe end"));
        assert!(text.contains("bytes are left out …\n") && !text.contains("hunter2"));
    }
}
