//! One entry of the ledger: who did what to what, when, from where, and how it ended.

use chrono::SecondsFormat;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use super::{
    canonical::{self, CannotWrite, NotCanonical},
    hash::Hash,
    written::Written,
};
use crate::domain::time::Timestamp;

/// The version of the format that this program writes, and the newest that it reads.
pub const VERSION: u64 = 1;

/// The most bytes that one event may have in canonical form.
pub const LARGEST: usize = 256 * 1024;

/// What somebody wants recorded, before it has a place in a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Who.
    pub actor: Actor,
    /// What was done: `checklist.tick`, `signoff.give`. A noun and a verb, in lower case.
    pub action: String,
    /// To what: an item, a runbook, a whole release. Words of the catalog.
    pub target: String,
    /// The release it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What else the action says. Whole numbers, texts, lists and objects of these.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// The signature, when the action was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// Who did it, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name in `allowed_signers`, when a signature proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The fingerprint of the key that signed (`SHA256:…`), or [`UNSIGNED`].
    pub key: String,
    /// The login name on the machine.
    pub user: String,
    /// The terminal's device, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// The address that an SSH session came from, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_client: Option<String>,
}

/// What stands in the place of a key's fingerprint when nothing was signed.
pub const UNSIGNED: &str = "unsigned";

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was asked for and not allowed.
    Refused,
    /// It was tried and failed.
    Failed,
    /// It was begun, and how it ended is not known.
    Unknown,
}

/// A statement and its signature. The statement is signed before the event has a place in the ledger; so it says itself
/// what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// The SSHSIG namespace: `warroom.signoff.v1`.
    pub namespace: String,
    /// What was signed: the canonical bytes of this object.
    pub statement: Map<String, Value>,
    /// The armoured SSHSIG signature.
    pub signature: String,
}

impl Signed {
    /// The bytes that were signed.
    ///
    /// # Errors
    /// When the statement holds what cannot be recorded.
    pub fn message(&self) -> Result<Vec<u8>, CannotWrite> {
        canonical::to_bytes(&self.statement)
    }
}

/// An entry with its place in a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The version of the format.
    pub v: u64,
    /// The place: 1, 2, 3, without a gap.
    pub seq: u64,
    /// A ULID, unique among all ledgers.
    pub id: String,
    /// When, with milliseconds, in UTC.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub ts: Timestamp,
    /// The machine.
    pub host: String,
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// The release it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What else the action says.
    pub data: Map<String, Value>,
    /// The signature, when it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// The hash of the event before; [`Hash::NONE`] in the first.
    pub prev: Hash,
}

/// Where and when an entry gets its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place.
    pub seq: u64,
    /// A new ULID.
    pub id: String,
    /// The time.
    pub ts: Timestamp,
    /// The machine.
    pub host: String,
    /// The hash of the event before.
    pub prev: Hash,
}

impl Event {
    /// `entry` at its place.
    #[must_use]
    pub fn new(entry: Entry, place: Place) -> Self {
        let Entry { actor, action, target, release, outcome, data, signed } = entry;
        let Place { seq, id, ts, host, prev } = place;
        Self { v: VERSION, seq, id, ts, host, actor, action, target, release, outcome, data, signed, prev }
    }

    /// Its canonical bytes, which are what is stored, hashed and exported.
    ///
    /// # Errors
    /// When it holds what cannot be recorded, or is larger than [`LARGEST`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, CannotWrite> {
        let bytes = canonical::to_bytes(self)?;
        if bytes.len() > LARGEST {
            return Err(NotCanonical { at: LARGEST, why: "the event is larger than 256 KiB" }.into());
        }
        Ok(bytes)
    }

    /// Reads an event from its canonical bytes.
    ///
    /// # Errors
    /// When the bytes are not canonical, or are no event of a version that this program knows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnEvent> {
        Written::read(bytes).map(|written| written.to_event())
    }
}

/// Why bytes are no event.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEvent {
    /// They are not canonical JSON.
    #[error("not canonical JSON: {0}")]
    NotCanonical(#[from] NotCanonical),
    /// They are canonical JSON of something else.
    #[error("not an event: {0}")]
    Shape(String),
    /// A newer program wrote them.
    #[error("version {0} of the event format is newer than this program knows ({VERSION}); use the newer warroom")]
    Newer(u64),
}

fn write_time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time: Timestamp = text.parse().map_err(D::Error::custom)?;
    if time.to_rfc3339_opts(SecondsFormat::Millis, true) != text {
        return Err(D::Error::custom("a time is written as 2026-11-20T14:32:07.123Z"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Event {
        let entry = Entry {
            actor: Actor {
                key: UNSIGNED.into(),
                user: "jo".into(),
                terminal: Some("/dev/pts/3".into()),
                ..Actor::default()
            },
            action: "checklist.tick".into(),
            target: "comms-drafted".into(),
            release: Some("checkout-1.42".into()),
            outcome: Outcome::Done,
            data: json!({"state": "pass", "note": "draft 3 \u{1b}[31m"}).as_object().cloned().unwrap_or_default(),
            signed: None,
        };
        let place = Place {
            seq: 1,
            id: "01JD3W5Z8N0000000000000000".into(),
            ts: "2026-11-20T14:32:07.120Z".parse().expect("time"),
            host: "bastion-2".into(),
            prev: Hash::NONE,
        };
        Event::new(entry, place)
    }

    #[test]
    fn an_event_has_one_form() {
        let bytes = event().to_bytes().expect("recordable");
        let text = String::from_utf8(bytes.clone()).expect("text");
        assert!(
            text.starts_with(
                r#"{"action":"checklist.tick","actor":{"key":"unsigned","terminal":"/dev/pts/3","user":"jo"},"#
            ),
            "{text}"
        );
        assert!(text.contains(r#""ts":"2026-11-20T14:32:07.120Z""#) && text.contains(r"\u001b"), "{text}");
        assert_eq!(Event::from_bytes(&bytes).expect("an event"), event());
    }

    #[test]
    fn a_member_that_nobody_knows_a_second_form_of_time_and_a_newer_version_are_refused() {
        let text = String::from_utf8(event().to_bytes().expect("recordable")).expect("text");
        let refused =
            |from: &str, to: &str| Event::from_bytes(text.replace(from, to).as_bytes()).expect_err(to).to_string();
        assert!(refused("07.120Z", "07.12Z").contains("must be a time as"));
        assert!(refused(r#""v":1}"#, r#""v":1,"w":2}"#).contains("unknown member `w`"));
        assert!(refused(r#""v":1}"#, r#""v":2}"#).contains("use the newer warroom"));
        let large =
            Event { data: json!({"note": "x".repeat(LARGEST)}).as_object().cloned().unwrap_or_default(), ..event() };
        assert!(large.to_bytes().expect_err("too large").to_string().contains("larger than 256 KiB"));
    }
}
