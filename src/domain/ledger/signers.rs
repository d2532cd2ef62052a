//! `allowed_signers`: whose key may sign what, and when. The format is that of `ssh-keygen -Y verify` (ALLOWED SIGNERS in
//! ssh-keygen(1)).

use chrono::{NaiveDate, NaiveDateTime};
use ssh_key::{PublicKey, public::KeyData};

use crate::domain::time::Timestamp;

/// The people who may sign.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signers {
    lines: Vec<Signer>,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq)]
struct Signer {
    principals: Vec<String>,
    limits: Limits,
    key: KeyData,
}

/// What a line's options limit its key to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Limits {
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

/// A line that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("allowed_signers line {line}: {why}")]
pub struct BadLine {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it and what to do.
    pub why: String,
}

/// Why a key may not sign for somebody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// No line has this key.
    #[error("the key {0} is not in allowed_signers")]
    UnknownKey(String),
    /// Lines have the key, none for this person.
    #[error("allowed_signers gives this key to {0}, not to {1}")]
    OtherPrincipal(String, String),
    /// The line is for other meanings.
    #[error("allowed_signers does not let this key sign for {0}")]
    Namespace(String),
    /// The line begins later.
    #[error("allowed_signers lets this key sign only after {0}")]
    NotYet(Timestamp),
    /// The line ended before.
    #[error("allowed_signers let this key sign only before {0}")]
    NoMore(Timestamp),
}

impl Signers {
    /// Reads the file's text. Lines that cannot be used are left out and told.
    #[must_use]
    pub fn read(text: &str) -> (Self, Vec<BadLine>) {
        let (mut signers, mut bad) = (Self::default(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match signer(line) {
                Ok(signer) => signers.lines.push(signer),
                Err(why) => bad.push(BadLine { line: number, why }),
            }
        }
        (signers, bad)
    }

    /// Whether nobody may sign.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The name of the one whose key this is at `at`: the first that is no pattern.
    #[must_use]
    pub fn principal(&self, key: &KeyData, namespace: &str, at: Timestamp) -> Option<&str> {
        self.lines
            .iter()
            .filter(|line| line.key == *key && line.limits.permits(namespace, at).is_ok())
            .flat_map(|line| &line.principals)
            .find(|name| !name.contains(['*', '?', '!']))
            .map(String::as_str)
    }

    /// Whether some key may sign as `name`, at some time and for something.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.lines.iter().any(|line| is_one_of(&line.principals, name))
    }

    /// The names of people, without patterns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lines
            .iter()
            .flat_map(|line| &line.principals)
            .map(String::as_str)
            .filter(|name| !name.contains(['*', '?', '!']))
    }

    /// Whether `key` may sign as `principal` for `namespace` at `at`.
    ///
    /// # Errors
    /// Why not, by the line that comes nearest.
    pub fn allows(&self, key: &KeyData, principal: &str, namespace: &str, at: Timestamp) -> Result<(), NotAllowed> {
        let fingerprint = || key.fingerprint(ssh_key::HashAlg::Sha256).to_string();
        let mut nearest = NotAllowed::UnknownKey(fingerprint());
        for line in self.lines.iter().filter(|line| line.key == *key) {
            if !is_one_of(&line.principals, principal) {
                if matches!(nearest, NotAllowed::UnknownKey(_)) {
                    nearest = NotAllowed::OtherPrincipal(line.principals.join(","), principal.to_owned());
                }
                continue;
            }
            match line.limits.permits(namespace, at) {
                Ok(()) => return Ok(()),
                Err(why) => nearest = why,
            }
        }
        Err(nearest)
    }
}

impl Limits {
    fn permits(&self, namespace: &str, at: Timestamp) -> Result<(), NotAllowed> {
        if self.namespaces.as_ref().is_some_and(|patterns| !is_one_of(patterns, namespace)) {
            return Err(NotAllowed::Namespace(namespace.to_owned()));
        }
        match (self.after, self.before) {
            (Some(after), _) if at < after => Err(NotAllowed::NotYet(after)),
            (_, Some(before)) if at > before => Err(NotAllowed::NoMore(before)),
            _ => Ok(()),
        }
    }
}

fn signer(line: &str) -> Result<Signer, String> {
    let (principals, rest) = word(line)?;
    let mut limits = Limits::default();
    let mut rest = rest.trim_start();
    if !is_key_type(rest) {
        let (options, after) = word_with_options(rest)?;
        for option in options {
            limit(&mut limits, &option)?;
        }
        rest = after.trim_start();
    }
    let key: Vec<&str> = rest.split_whitespace().take(2).collect();
    let key = PublicKey::from_openssh(&key.join(" "))
        .map_err(|error| format!("the key cannot be read ({error}); write `NAME ssh-ed25519 AAAA…`"))?;
    Ok(Signer { principals: principals.split(',').map(str::to_owned).collect(), limits, key: key.key_data().clone() })
}

fn limit(limits: &mut Limits, option: &str) -> Result<(), String> {
    let (name, value) = option.split_once('=').map_or((option, ""), |(name, value)| (name, value.trim_matches('"')));
    match name.to_ascii_lowercase().as_str() {
        "namespaces" => limits.namespaces = Some(value.split(',').map(str::to_owned).collect()),
        "valid-after" => limits.after = Some(instant(value)?),
        "valid-before" => limits.before = Some(instant(value)?),
        "cert-authority" => {
            return Err("certificate authorities are not verified here; list the people's own keys".to_owned());
        }
        _ => {
            return Err(format!(
                "the option `{name}` is not known; ssh-keygen knows namespaces, valid-after, valid-before"
            ));
        }
    }
    Ok(())
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`. Without the Z it is the local time of whoever verifies: two verifiers
/// would differ.
fn instant(text: &str) -> Result<Timestamp, String> {
    let Some(digits) = text.strip_suffix('Z') else {
        return Err(format!("`{text}` depends on the local zone of whoever verifies; end it with Z for UTC"));
    };
    let time = match digits.len() {
        8 => NaiveDate::parse_from_str(digits, "%Y%m%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0)),
        12 => NaiveDateTime::parse_from_str(&format!("{digits}00"), "%Y%m%d%H%M%S").ok(),
        14 => NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok(),
        _ => None,
    };
    time.map(|time| time.and_utc()).ok_or_else(|| format!("`{text}` is no time; write 20261120Z or 202611201432Z"))
}

/// The first word, which may be in quotes.
fn word(line: &str) -> Result<(&str, &str), String> {
    if let Some(rest) = line.strip_prefix('"') {
        return rest.split_once('"').ok_or_else(|| "the quote of the name does not end".to_owned());
    }
    line.split_once(char::is_whitespace).ok_or_else(|| "a key is expected after the name".to_owned())
}

/// Options are separated by commas; a value in quotes may hold commas and blanks.
fn word_with_options(text: &str) -> Result<(Vec<String>, &str), String> {
    let (mut options, mut option, mut quoted) = (Vec::new(), String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => {
                quoted = !quoted;
                option.push(c);
            }
            ',' if !quoted => options.push(std::mem::take(&mut option)),
            c if c.is_whitespace() && !quoted => {
                options.push(option);
                return Ok((options, text.get(at..).unwrap_or_default()));
            }
            c => option.push(c),
        }
    }
    Err("a key is expected after the options".to_owned())
}

fn is_key_type(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start))
}

/// A list of patterns with `*` and `?`; one with `!` before it excludes (PATTERNS in `ssh_config(5)`).
fn is_one_of(patterns: &[String], name: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(excluded) if fits(excluded.as_bytes(), name.as_bytes()) => return false,
            Some(_) => {}
            None => found |= fits(pattern.as_bytes(), name.as_bytes()),
        }
    }
    found
}

/// Whether `name` fits `pattern`; in time of their product, whatever the pattern.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let mut reached = vec![false; name.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wanted in pattern {
        let mut next = vec![false; name.len() + 1];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = reached.get(at).copied().unwrap_or(false);
            let before = at.checked_sub(1).and_then(|at| Some((*reached.get(at)?, *name.get(at)?)));
            any |= here;
            *slot = match wanted {
                b'*' => any,
                b'?' => before.is_some_and(|(reached, _)| reached),
                wanted => before.is_some_and(|(reached, byte)| reached && byte == *wanted),
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIILIAMPjJjAA6E3EFDPMUoxRjdQlGEFdnbuLOCXXrMvz";

    fn key() -> KeyData {
        PublicKey::from_openssh(KEY).expect("a key").key_data().clone()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_key_signs_for_its_people_its_meanings_and_its_time() {
        let text = format!(
            "# people\n\njo,jo@example.net namespaces=\"warroom.signoff.*,warroom.decision.v1\",valid-after=\"20260101Z\",valid-before=\"202607011200Z\" {KEY} jo's laptop\n"
        );
        let (signers, bad) = Signers::read(&text);
        assert_eq!(bad, []);
        let (key, spring) = (key(), at("2026-03-01T00:00:00Z"));
        assert_eq!(signers.allows(&key, "jo@example.net", "warroom.signoff.v1", spring), Ok(()));
        assert_eq!(signers.principal(&key, "warroom.decision.v1", spring), Some("jo"));
        let why = |principal, namespace, time| {
            signers.allows(&key, principal, namespace, at(time)).expect_err("no").to_string()
        };
        assert!(
            why("jo", "warroom.waiver.v1", "2026-03-01T00:00:00Z")
                .contains("does not let this key sign for warroom.waiver.v1")
        );
        assert!(
            why("mira", "warroom.signoff.v1", "2026-03-01T00:00:00Z").contains("to jo,jo@example.net, not to mira")
        );
        assert!(why("jo", "warroom.signoff.v1", "2025-12-31T23:59:59Z").contains("only after 2026-01-01"));
        assert!(why("jo", "warroom.signoff.v1", "2026-07-01T12:00:01Z").contains("only before 2026-07-01"));
        let (nobody, _) = Signers::read("");
        assert!(nobody.allows(&key, "jo", "x", spring).expect_err("no").to_string().contains("SHA256:"));
    }

    #[test]
    fn a_line_that_two_verifiers_would_read_differently_is_told_and_not_used() {
        let told = |line: &str| {
            let (signers, bad) = Signers::read(line);
            assert!(signers.is_empty(), "{line}");
            bad.first().expect(line).to_string()
        };
        assert!(told(&format!("jo valid-before=\"20260101\" {KEY}")).contains("end it with Z"));
        assert!(told(&format!("jo cert-authority {KEY}")).contains("certificate authorities"));
        assert!(told(&format!("jo colour=\"red\" {KEY}")).contains("`colour` is not known"));
        assert!(told("jo").contains("a key is expected"));
        assert!(told("jo ssh-ed25519 AAAA").contains("cannot be read"));
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(is_one_of(&list("*@example.net,!root@*"), "jo@example.net"));
        assert!(!is_one_of(&list("*@example.net,!root@*"), "root@example.net"));
        assert!(is_one_of(&list("warroom.?ignoff.v*"), "warroom.signoff.v1"));
        assert!(!is_one_of(&list("warroom"), "warroom.signoff.v1"));
        assert!(!fits("*a".repeat(40).as_bytes(), "a".repeat(39).as_bytes()));
    }
}
