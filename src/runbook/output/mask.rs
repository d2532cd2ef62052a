//! Takes secrets out of what is written, in every form that they are commonly written in, however the bytes arrive.

use std::fmt::Write as _;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Stands in the place of a secret.
pub const MASK: &[u8] = b"***";

/// Shorter secrets are not masked: hiding every `on` hides what happened, and tells the secret.
const SHORTEST: usize = 4;

/// Shorter lines and pieces of a secret are not masked for themselves.
const SHORTEST_PART: usize = 6;

/// What is taken out.
#[derive(Clone, Default)]
pub struct Mask {
    /// The longest first.
    needles: Vec<Vec<u8>>,
    /// Whether a needle begins with this byte.
    first: Vec<bool>,
}

impl Mask {
    /// One for these secrets.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles: Vec<Vec<u8>> = secrets.into_iter().flat_map(forms).collect();
        needles.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        needles.dedup();
        let mut first = vec![false; 256];
        for byte in needles.iter().filter_map(|needle| needle.first()) {
            if let Some(known) = first.get_mut(usize::from(*byte)) {
                *known = true;
            }
        }
        Self { needles, first }
    }

    /// `text` without the secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut stream = Stream::new(self.clone());
        let mut out = stream.push(text.as_bytes());
        out.extend(stream.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    fn longest(&self) -> usize {
        self.needles.first().map_or(0, Vec::len)
    }

    /// The length of the secret that `bytes` begin with.
    fn at(&self, bytes: &[u8]) -> Option<usize> {
        let first = usize::from(*bytes.first()?);
        if !self.first.get(first).copied().unwrap_or(false) {
            return None;
        }
        self.needles.iter().find(|needle| bytes.starts_with(needle)).map(Vec::len)
    }
}

/// Takes secrets out of a stream of bytes. What may be the beginning of one is held back until more has come.
pub struct Stream {
    mask: Mask,
    held: Vec<u8>,
}

impl Stream {
    /// One that takes out what `mask` says.
    #[must_use]
    pub const fn new(mask: Mask) -> Self {
        Self { mask, held: Vec::new() }
    }

    /// What of `bytes`, and of what came before, can be told now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let keep = self.mask.longest().saturating_sub(1);
        self.take(keep)
    }

    /// What is left: nothing more will come.
    pub fn finish(&mut self) -> Vec<u8> {
        self.take(0)
    }

    /// Takes away what is in front of the last `keep` bytes.
    fn take(&mut self, keep: usize) -> Vec<u8> {
        if self.mask.needles.is_empty() {
            return std::mem::take(&mut self.held);
        }
        let mut out = Vec::with_capacity(self.held.len());
        let (mut from, until) = (0, self.held.len().saturating_sub(keep));
        while from < until {
            let rest = self.held.get(from..).unwrap_or_default();
            if let Some(length) = self.mask.at(rest) {
                out.extend_from_slice(MASK);
                from += length;
            } else {
                out.extend(rest.first());
                from += 1;
            }
        }
        self.held.drain(..from.min(self.held.len()));
        out
    }
}

/// Every form in which `secret` is looked for.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut raw: Vec<&str> = vec![secret, secret.trim()];
    raw.extend(secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_PART));
    raw.retain(|text| text.len() >= SHORTEST);
    let mut all = Vec::new();
    for text in raw {
        all.extend([text.to_owned(), json(text), text.replace('\'', "'\\''"), text.replace('\'', "'\"'\"'")]);
        all.extend([percent(text, false, true), percent(text, false, false), percent(text, true, true)]);
        all.extend([hexadecimal(text, false), hexadecimal(text, true)]);
        for before in 0..3 {
            all.extend(base64(text, before).into_iter().filter(|text| text.len() >= SHORTEST_PART));
        }
    }
    all.into_iter().map(String::into_bytes).collect()
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted).to_owned()
}

fn percent(text: &str, plus: bool, upper: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        // Writing to a text cannot fail.
        let _ = match byte {
            b' ' if plus => out.write_char('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.write_char(char::from(byte)),
            _ if upper => write!(out, "%{byte:02X}"),
            _ => write!(out, "%{byte:02x}"),
        };
        out
    })
}

fn hexadecimal(text: &str, upper: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        // Writing to a text cannot fail.
        let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
        out
    })
}

/// The characters of base64 that follow from `text` alone, when `before` bytes stand in front of it in its group of three.
fn base64(text: &str, before: usize) -> [String; 2] {
    let mut bytes = vec![0_u8; before];
    bytes.extend_from_slice(text.as_bytes());
    // A character is six bits; those that share bits with what is around are not known.
    let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let cut = |all: String| all.get(from..to).unwrap_or_default().to_owned();
    [cut(STANDARD_NO_PAD.encode(&bytes)), cut(URL_SAFE_NO_PAD.encode(&bytes))]
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "p@ss w'rd/\"47\\ü+=";

    fn masked(text: &str) -> String {
        Mask::new([SECRET]).text(text)
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        let json = serde_json::json!({"token": SECRET}).to_string();
        let url = url::Url::parse_with_params("http://x/", [("token", SECRET)]).expect("a URL").to_string();
        let shell = format!("'{}'", SECRET.replace('\'', "'\\''"));
        for text in [SECRET.to_owned(), json, url, shell, hexadecimal(SECRET, false), format!("a{SECRET}b{SECRET}")] {
            let told = masked(&text);
            assert!(told.contains("***") && !told.contains("47"), "{text} became {told}");
        }
        for (before, after) in [("", ""), ("user:", ""), ("u:", "\n"), ("x", "!suffix")] {
            let text = STANDARD.encode(format!("{before}{SECRET}{after}"));
            let told = masked(&text);
            assert!(told.contains("***"), "{before:?} {after:?}: {text} became {told}");
        }
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_hides_nothing() {
        assert_eq!(Mask::new(["on", ""]).text("on and on"), "on and on");
        assert_eq!(Mask::new([]).text("plain"), "plain");
    }

    proptest! {
        /// However the bytes are cut, what comes out is the same, and the secret is not in it.
        #[test]
        fn a_secret_that_arrives_in_pieces_is_masked(before in ".{0,40}", after in ".{0,40}", size in 1_usize..9) {
            let mask = Mask::new([SECRET, "hunter2hunter2"]);
            let text = format!("{before}{SECRET}{after}hunter2hunter2{before}");
            let mut stream = Stream::new(mask.clone());
            let mut out: Vec<u8> = text.as_bytes().chunks(size).flat_map(|chunk| stream.push(chunk)).collect();
            out.extend(stream.finish());
            let out = String::from_utf8_lossy(&out).into_owned();
            prop_assert!(!out.contains(SECRET) && !out.contains("hunter2hunter2"));
            prop_assert_eq!(out, mask.text(&text));
        }
    }
}
