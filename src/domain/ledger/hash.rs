//! The hash of an event, which is its link in the chain and its leaf in the tree at the same time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash. Written as 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first event of a ledger names as the one before: 32 zero bytes.
    pub const NONE: Self = Self([0; 32]);

    /// The hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The plain SHA-256 of `bytes`, for contents: a file, a definition, a statement.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of an event's canonical bytes: SHA-256(0x00 ‖ bytes), as RFC 6962 §2.1 hashes a leaf.
    #[must_use]
    pub fn leaf(bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
    }

    /// The hash of two neighbours in the tree: SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The first 12 digits: enough for people to tell two apart.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 hash is 64 hexadecimal digits in lower case")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(NotAHash);
        }
        let (mut bytes, mut wrong) = ([0; 32], 0);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return Err(NotAHash) };
            let (high, low) = (value(*high), value(*low));
            wrong |= high | low;
            *byte = high << 4 | low;
        }
        // What is no digit has bits that no digit has.
        if wrong & NO_DIGIT == 0 { Ok(Self(bytes)) } else { Err(NotAHash) }
    }
}

const NO_DIGIT: u8 = 0xf0;

/// The values of all bytes as digits: a ledger has millions of them to read.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        #[expect(clippy::indexing_slicing, reason = "both are below their length, and this runs at compile time")]
        {
            values[b"0123456789abcdef"[value] as usize] = value.to_le_bytes()[0];
        }
        value += 1;
    }
    values
};

fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT)
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_in_one_way_and_read_in_no_other() {
        // RFC 6962: the hash of an empty leaf.
        let empty = Hash::leaf(b"");
        assert_eq!(empty.to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(empty.to_string().parse(), Ok(empty));
        assert_eq!(empty.to_string().to_uppercase().parse::<Hash>(), Err(NotAHash));
        assert_eq!("12".parse::<Hash>(), Err(NotAHash));
        let text = empty.to_string();
        for at in [0, 1, 62, 63] {
            for byte in (0..=127).map(char::from) {
                let changed = format!("{}{byte}{}", &text[..at], &text[at + 1..]);
                let digit = byte.is_ascii_digit() || ('a'..='f').contains(&byte);
                assert_eq!(changed.parse::<Hash>().is_ok(), digit, "{byte:?} at {at}");
            }
        }
    }
}
