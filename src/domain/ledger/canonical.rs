//! Canonical JSON: the one sequence of bytes that a ledger hashes for a value.
//!
//! RFC 8785 (JCS), narrowed so that no reader can disagree about a value: no fractions or exponents, no integer beyond
//! ±(2^53 − 1), no key twice, at most [`DEEPEST`] levels. Text is UTF-8.

use std::{borrow::Cow, cmp::Ordering};

use serde::Serialize;

/// The largest integer that every JSON reader keeps exactly: 2^53 − 1.
pub const LARGEST_INTEGER: u64 = 9_007_199_254_740_991;

/// How many arrays and objects may lie inside each other.
pub const DEEPEST: usize = 32;

/// Why bytes are not canonical.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {why}")]
pub struct NotCanonical {
    /// Offset of the first byte that is wrong.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CannotWrite {
    /// It is no JSON at all, such as a map whose keys are no texts.
    #[error("the value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It has what canonical JSON of a ledger may not have.
    #[error("the value cannot be recorded: {0}")]
    NotCanonical(#[from] NotCanonical),
}

/// The canonical bytes of `value`.
///
/// # Errors
/// When `value` holds a fraction, an integer beyond ±(2^53 − 1), or lies deeper than [`DEEPEST`] levels.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CannotWrite> {
    let bytes = serde_jcs::to_vec(value)?;
    check(&bytes)?;
    Ok(bytes)
}

/// Whether `bytes` are exactly one canonical value.
///
/// # Errors
/// The first place at which they are not.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    members(bytes, |_, _| ()).map(|_| ())
}

/// Checks `bytes` and calls `each` with name and canonical value of each member of the outermost object. Names come as
/// they are written, without their quotes. Returns whether it was an object.
///
/// # Errors
/// The first place at which `bytes` are not canonical; members before it were told.
pub fn members<'a>(bytes: &'a [u8], mut each: impl FnMut(&'a str, &'a str)) -> Result<bool, NotCanonical> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NotCanonical { at: error.valid_up_to(), why: "this is not UTF-8" })?;
    let mut scan = Scan { text, at: 0 };
    let object = scan.peek() == Some(b'{');
    if object {
        scan.object(0, &mut each)?;
    } else {
        scan.value(0)?;
    }
    if scan.at == bytes.len() { Ok(object) } else { Err(scan.wrong("the value ends here, yet bytes follow")) }
}

/// The text that canonical `value` stands for; nothing when it is another kind of value.
#[must_use]
pub fn text(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(value).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    const fn wrong(&self, why: &'static str) -> NotCanonical {
        NotCanonical { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn take(&mut self, byte: u8, why: &'static str) -> Result<(), NotCanonical> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.wrong(why))
    }

    fn word(&mut self, word: &'static str) -> Result<(), NotCanonical> {
        if self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.wrong("a value is expected here, without blanks around it"))
    }

    fn value(&mut self, depth: usize) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(b'{') => self.object(depth, &mut |_, _| ()),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.integer(),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, NotCanonical> {
        if depth < DEEPEST { Ok(depth + 1) } else { Err(self.wrong("the value is nested too deeply")) }
    }

    fn object(&mut self, depth: usize, each: &mut impl FnMut(&'a str, &'a str)) -> Result<(), NotCanonical> {
        let depth = self.deeper(depth)?;
        self.take(b'{', "an object begins with {")?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut last: Option<Text<'a>> = None;
        loop {
            let start = self.at;
            let name = self.string()?;
            match last.map_or(Ordering::Less, |last| order(last, name)) {
                Ordering::Less => {}
                Ordering::Equal => return Err(NotCanonical { at: start, why: "the key is there twice" }),
                Ordering::Greater => return Err(NotCanonical { at: start, why: "the keys are not in order" }),
            }
            last = Some(name);
            self.take(b':', "a colon is expected after the key")?;
            let start = self.at;
            self.value(depth)?;
            each(name.written, self.slice(start, self.at));
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(());
            }
            self.take(b',', "a comma or } is expected")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), NotCanonical> {
        let depth = self.deeper(depth)?;
        self.take(b'[', "an array begins with [")?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(());
            }
            self.take(b',', "a comma or ] is expected")?;
        }
    }

    fn string(&mut self) -> Result<Text<'a>, NotCanonical> {
        self.take(b'"', "a text in quotes is expected")?;
        let start = self.at;
        let mut plain = true;
        loop {
            let (length, ascii) = plain_run(self.text.as_bytes().get(self.at..).unwrap_or_default());
            plain &= ascii;
            self.at += length;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    plain = false;
                    self.escape()?;
                }
                Some(_) => return Err(self.wrong("a control character must be written as an escape")),
                None => return Err(self.wrong("the text does not end")),
            }
        }
        let written = self.slice(start, self.at);
        self.at += 1;
        Ok(Text { written, plain })
    }

    fn escape(&mut self) -> Result<(), NotCanonical> {
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let length = match rest {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            // Only the control characters that have no short form are written by number, in lower case.
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
            _ => return Err(self.wrong("this escape is not the canonical one")),
        };
        self.at += length;
        Ok(())
    }

    fn integer(&mut self) -> Result<(), NotCanonical> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let digits = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let number = self.slice(digits, self.at);
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.wrong("only whole numbers can be recorded"));
        }
        let at_start = |why| Err(NotCanonical { at: start, why });
        match number.parse::<u64>() {
            Err(_) if number.is_empty() => at_start("a value is expected here, without blanks around it"),
            Ok(0..=LARGEST_INTEGER) if number.len() > 1 && number.starts_with('0') => {
                at_start("a number has no leading zero")
            }
            Ok(0) if negative => at_start("zero has no sign"),
            Ok(0..=LARGEST_INTEGER) => Ok(()),
            _ => at_start("the number is beyond 2^53 - 1"),
        }
    }
}

/// A text, without its quotes and as it is written.
#[derive(Clone, Copy)]
struct Text<'a> {
    written: &'a str,
    /// Whether it is ASCII without escapes.
    plain: bool,
}

/// How many of the first bytes of a text stand for themselves, and whether all of these are ASCII.
fn plain_run(bytes: &[u8]) -> (usize, bool) {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES * 0x80;
    let (mut length, mut seen) = (0, 0);
    // Eight bytes at a time. In each lane the high bit says: a control character, a quote or a backslash. A lane can be wrong
    // only behind one that is right, and the first counts.
    for eight in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
        let less = |word: u64, than: u8| word.wrapping_sub(ONES * u64::from(than)) & !word & HIGH;
        let found =
            less(word, 0x20) | less(word ^ (ONES * u64::from(b'"')), 1) | less(word ^ (ONES * u64::from(b'\\')), 1);
        if found != 0 {
            break;
        }
        seen |= word;
        length += 8;
    }
    let mut ascii = seen & HIGH == 0;
    for byte in bytes.get(length..).unwrap_or_default() {
        if matches!(byte, 0..0x20 | b'"' | b'\\') {
            break;
        }
        ascii &= byte.is_ascii();
        length += 1;
    }
    (length, ascii)
}

/// The order of two names: by UTF-16 code units (RFC 8785 §3.2.3).
fn order(left: Text<'_>, right: Text<'_>) -> Ordering {
    if left.plain && right.plain {
        return left.written.cmp(right.written);
    }
    decoded(left.written).encode_utf16().cmp(decoded(right.written).encode_utf16())
}

fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('\\') {
        return Cow::Borrowed(name);
    }
    serde_json::from_str(&format!("\"{name}\"")).map_or(Cow::Borrowed(name), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn why(text: &str) -> &'static str {
        check(text.as_bytes()).expect_err(text).why
    }

    #[test]
    fn the_bytes_of_a_value_are_those_of_rfc_8785() {
        let value = json!({ "\u{20ac}": "Euro", "\r": "CR", "\u{fb33}": "Dalet", "1": [true, null, -7],
            "\u{1f600}": "smile", "\u{80}": "ctl", "\u{f6}": "o" });
        // RFC 8785 §3.2.3: the order of the sorted names, by UTF-16 code unit.
        let names = ["\\r", "1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}"];
        let bytes = to_bytes(&value).expect("canonical");
        let mut seen = Vec::new();
        assert!(members(&bytes, |name, _| seen.push(name)).expect("canonical"));
        assert_eq!(seen, names);
        assert_eq!(
            to_bytes(&json!({"b": "\u{1}\u{7f}\"\\/\n", "a": 1})).expect("canonical"),
            b"{\"a\":1,\"b\":\"\\u0001\x7f\\\"\\\\/\\n\"}"
        );
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        assert_eq!(why(r#"{"a":1,"a":2}"#), "the key is there twice");
        assert_eq!(why(r#"{"b":1,"a":2}"#), "the keys are not in order");
        assert_eq!(why("9007199254740992"), "the number is beyond 2^53 - 1");
        assert_eq!(why("99999999999999999999"), "the number is beyond 2^53 - 1");
        assert_eq!(why("1.0"), "only whole numbers can be recorded");
        assert_eq!(why("1e3"), "only whole numbers can be recorded");
        assert_eq!(why("-0"), "zero has no sign");
        assert_eq!(why("01"), "a number has no leading zero");
        assert_eq!(why(r#"{"a": 1}"#), "a value is expected here, without blanks around it");
        assert_eq!(why("[1,]"), "a value is expected here, without blanks around it");
        assert_eq!(why(r#""\u0041""#), "this escape is not the canonical one");
        assert_eq!(why(r#""\/""#), "this escape is not the canonical one");
        assert_eq!(why(r#""\u000A""#), "this escape is not the canonical one");
        assert_eq!(why("1 "), "the value ends here, yet bytes follow");
        assert_eq!(why(&"[".repeat(40)), "the value is nested too deeply");
        assert_eq!(check(b"\"\xff\"").expect_err("no UTF-8").at, 1);
        assert!(to_bytes(&json!(0.5)).is_err() && to_bytes(&json!(u64::MAX)).is_err());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_canonical_and_reads_back(value in values()) {
            let bytes = to_bytes(&value).expect("canonical");
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), value);
        }

        #[test]
        fn canonical_bytes_are_the_only_ones_of_their_value(text in "[\\[\\]{}\",:0-9a\\\\n \\-]{0,24}") {
            if check(text.as_bytes()).is_ok() {
                let value: Value = serde_json::from_str(&text).expect("canonical text is JSON");
                prop_assert_eq!(to_bytes(&value).expect("canonical"), text.as_bytes());
            }
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if check(&bytes).is_ok() {
                prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
            }
        }
    }
}
