//! An event as its bytes have it: checked whole in one pass, and nothing copied.
//!
//! There is one way to write an event. What this reader takes, [`Event::to_bytes`] would write again byte for byte.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Map, Value};

use super::{
    canonical::{self, NotCanonical},
    event::{Actor, Event, LARGEST, NotAnEvent, Outcome, Signed, VERSION},
    hash::Hash,
};
use crate::domain::time::Timestamp;

/// An event whose bytes are good. Its texts are decoded when they are asked for.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// The place.
    pub seq: u64,
    /// When.
    pub ts: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// The hash of the event before.
    pub prev: Hash,
    id: Cow<'a, str>,
    host: Cow<'a, str>,
    actor: WrittenActor<'a>,
    action: Cow<'a, str>,
    target: Cow<'a, str>,
    release: Option<Cow<'a, str>>,
    data: &'a str,
    signed: Option<WrittenSignature<'a>>,
}

#[derive(Clone, Debug)]
struct WrittenActor<'a> {
    principal: Option<Cow<'a, str>>,
    key: Cow<'a, str>,
    user: Cow<'a, str>,
    terminal: Option<Cow<'a, str>>,
    ssh_client: Option<Cow<'a, str>>,
}

#[derive(Clone, Debug)]
struct WrittenSignature<'a> {
    namespace: Cow<'a, str>,
    statement: &'a str,
    signature: Cow<'a, str>,
}

impl<'a> Written<'a> {
    /// Reads the canonical bytes of an event.
    ///
    /// # Errors
    /// When they are not canonical, or are no event of a version that this program knows.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotAnEvent> {
        let [v, seq, id, ts, host, actor, action, target, release, outcome, data, signed, prev] = members(
            bytes,
            "the event",
            [
                "v", "seq", "id", "ts", "host", "actor", "action", "target", "release", "outcome", "data", "signed",
                "prev",
            ],
        )?;
        if bytes.len() > LARGEST {
            return Err(NotCanonical { at: LARGEST, why: "the event is larger than 256 KiB" }.into());
        }
        match v.whole()? {
            VERSION => {}
            newer if newer > VERSION => return Err(NotAnEvent::Newer(newer)),
            _ => return Err(v.must("be 1")),
        }
        Ok(Self {
            seq: seq.whole()?,
            ts: time(ts.raw()?).ok_or_else(|| ts.must("be a time as 2026-11-20T14:32:07.123Z"))?,
            outcome: match outcome.raw()? {
                r#""done""# => Outcome::Done,
                r#""refused""# => Outcome::Refused,
                r#""failed""# => Outcome::Failed,
                r#""unknown""# => Outcome::Unknown,
                _ => return Err(outcome.must("be done, refused, failed or unknown")),
            },
            prev: prev.text()?.parse().map_err(|_| prev.must("be 64 hexadecimal digits in lower case"))?,
            id: id.text()?,
            host: host.text()?,
            actor: WrittenActor::read(actor.object()?)?,
            action: action.text()?,
            target: target.text()?,
            release: release.maybe()?,
            data: data.object()?,
            signed: signed.value.is_some().then(|| WrittenSignature::read(signed.object()?)).transpose()?,
        })
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was done.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// What else the action says.
    #[must_use]
    pub fn data(&self) -> Map<String, Value> {
        object(self.data)
    }

    /// Whether it neither is signed nor says that somebody who can sign did it.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.signed.is_none() && self.actor.principal.is_none() && self.actor.key == super::event::UNSIGNED
    }

    /// The whole event.
    #[must_use]
    pub fn to_event(&self) -> Event {
        let owned = |text: &Cow<'_, str>| String::from(&**text);
        let maybe = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Event {
            v: VERSION,
            seq: self.seq,
            id: owned(&self.id),
            ts: self.ts,
            host: owned(&self.host),
            actor: Actor {
                principal: maybe(&self.actor.principal),
                key: owned(&self.actor.key),
                user: owned(&self.actor.user),
                terminal: maybe(&self.actor.terminal),
                ssh_client: maybe(&self.actor.ssh_client),
            },
            action: owned(&self.action),
            target: owned(&self.target),
            release: maybe(&self.release),
            outcome: self.outcome,
            data: object(self.data),
            signed: self.signed.as_ref().map(|signed| Signed {
                namespace: owned(&signed.namespace),
                statement: object(signed.statement),
                signature: owned(&signed.signature),
            }),
            prev: self.prev,
        }
    }
}

impl<'a> WrittenActor<'a> {
    fn read(bytes: &'a str) -> Result<Self, NotAnEvent> {
        let names = ["principal", "key", "user", "terminal", "ssh_client"];
        let [principal, key, user, terminal, ssh_client] = members(bytes.as_bytes(), "`actor`", names)?;
        Ok(Self {
            principal: principal.maybe()?,
            key: key.text()?,
            user: user.text()?,
            terminal: terminal.maybe()?,
            ssh_client: ssh_client.maybe()?,
        })
    }
}

impl<'a> WrittenSignature<'a> {
    fn read(bytes: &'a str) -> Result<Self, NotAnEvent> {
        let names = ["namespace", "statement", "signature"];
        let [namespace, statement, signature] = members(bytes.as_bytes(), "`signed`", names)?;
        Ok(Self { namespace: namespace.text()?, statement: statement.object()?, signature: signature.text()? })
    }
}

/// A member of an object that has fixed ones.
#[derive(Clone, Copy)]
struct Member<'a> {
    name: &'static str,
    value: Option<&'a str>,
}

/// The members of the object `of`, which may have these and no others.
fn members<'a, const N: usize>(
    bytes: &'a [u8],
    of: &'static str,
    names: [&'static str; N],
) -> Result<[Member<'a>; N], NotAnEvent> {
    let mut found = names.map(|name| Member { name, value: None });
    let mut strange = None;
    let is_object =
        canonical::members(bytes, |name, value| match found.iter_mut().find(|member| member.name == name) {
            Some(member) => member.value = Some(value),
            None => strange = strange.or(Some(name)),
        })?;
    if !is_object {
        return Err(NotAnEvent::Shape(format!("{of} must be an object")));
    }
    // A newer version may have more members: it shall be told as what it is.
    let version = found.iter().find(|member| member.name == "v").and_then(|member| member.value?.parse().ok());
    match (version, strange) {
        (Some(version), Some(_)) if version > VERSION => Err(NotAnEvent::Newer(version)),
        (_, Some(name)) => Err(NotAnEvent::Shape(format!("{of} has the unknown member `{name}`"))),
        (_, None) => Ok(found),
    }
}

impl<'a> Member<'a> {
    fn must(&self, what: &str) -> NotAnEvent {
        NotAnEvent::Shape(format!("`{}` must {what}", self.name))
    }

    fn raw(&self) -> Result<&'a str, NotAnEvent> {
        self.value.ok_or_else(|| NotAnEvent::Shape(format!("`{}` is missing", self.name)))
    }

    fn whole(&self) -> Result<u64, NotAnEvent> {
        self.raw()?.parse().map_err(|_| self.must("be a whole number that is not negative"))
    }

    fn text(&self) -> Result<Cow<'a, str>, NotAnEvent> {
        canonical::text(self.raw()?).ok_or_else(|| self.must("be a text"))
    }

    fn maybe(&self) -> Result<Option<Cow<'a, str>>, NotAnEvent> {
        self.value.map(|_| self.text()).transpose()
    }

    fn object(&self) -> Result<&'a str, NotAnEvent> {
        self.raw().and_then(|value| if value.starts_with('{') { Ok(value) } else { Err(self.must("be an object")) })
    }
}

/// An object whose bytes were checked.
fn object(bytes: &str) -> Map<String, Value> {
    serde_json::from_str(bytes).unwrap_or_default()
}

/// A time in the one form in which it is written, with its quotes.
fn time(value: &str) -> Option<Timestamp> {
    const FORM: &[u8] = br#""0000-00-00T00:00:00.000Z""#;
    let fits = |(form, byte): (&u8, u8)| if *form == b'0' { byte.is_ascii_digit() } else { *form == byte };
    if value.len() != FORM.len() || !FORM.iter().zip(value.bytes()).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| value.get(from..to)?.parse::<u32>().ok();
    let date = NaiveDate::from_ymd_opt(number(1, 5)?.cast_signed(), number(6, 8)?, number(9, 11)?)?;
    // A leap second is kept as one that is longer.
    let (second, millis) = match (number(18, 20)?, number(21, 24)?) {
        (60, millis) => (59, millis + 1_000),
        other => other,
    };
    let time = NaiveTime::from_hms_milli_opt(number(12, 14)?, number(15, 17)?, second, millis)?;
    Some(NaiveDateTime::new(date, time).and_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The careful reader: builds the value, writes it again, and compares.
    fn careful(bytes: &[u8]) -> Option<Event> {
        let event: Event = serde_json::from_slice(bytes).ok()?;
        (event.v == VERSION && event.to_bytes().ok()? == bytes).then_some(event)
    }

    fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
        let fast = Written::read(bytes).map(|written| written.to_event());
        match (fast, careful(bytes)) {
            (Ok(fast), Some(careful)) => prop_assert_eq!(fast, careful),
            (Err(_), None) => {}
            (fast, careful) => {
                let text = String::from_utf8_lossy(bytes);
                return Err(TestCaseError::fail(format!("{text}: {fast:?}, yet the careful reader says {careful:?}")));
            }
        }
        Ok(())
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                objects(inner).prop_map(Value::Object),
            ]
        })
    }

    fn objects(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
        proptest::collection::btree_map(any::<String>(), values, 0..4).prop_map(|map| map.into_iter().collect())
    }

    prop_compose! {
        fn events()(
            texts in proptest::collection::vec(any::<String>(), 9),
            there in any::<[bool; 5]>(),
            seq in 0_u64..=canonical::LARGEST_INTEGER,
            millis in -62_167_219_200_000_i64..253_402_300_800_000,
            outcome in prop_oneof![Just(Outcome::Done), Just(Outcome::Refused), Just(Outcome::Failed), Just(Outcome::Unknown)],
            data in objects(values()),
            statement in objects(values()),
            prev in any::<[u8; 32]>(),
        ) -> Event {
            let text = |n: usize| texts[n].clone();
            let maybe = |n: usize| there[n].then(|| format!("{} {n}", texts[n]));
            Event {
                v: VERSION,
                seq,
                id: text(0),
                ts: Timestamp::from_timestamp_millis(millis).expect("within a range"),
                host: text(1),
                actor: Actor { principal: maybe(0), key: text(2), user: text(3), terminal: maybe(1), ssh_client: maybe(2) },
                action: text(4),
                target: text(5),
                release: maybe(3),
                outcome,
                data,
                signed: there[4].then(|| Signed { namespace: text(6), statement, signature: text(7) }),
                prev: Hash::from_bytes(prev),
            }
        }
    }

    proptest! {
        #[test]
        fn every_event_that_is_written_reads_back(event in events()) {
            let bytes = event.to_bytes().expect("recordable");
            prop_assert_eq!(Written::read(&bytes).expect("an event").to_event(), event);
        }

        #[test]
        fn both_readers_agree_on_an_event_that_was_changed_anywhere(
            event in events(),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_u8..4), 1..3),
        ) {
            let mut bytes = event.to_bytes().expect("recordable");
            for (at, byte, how) in changes {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] ^= 1 << (byte % 8),
                    1 => bytes[at] = b"\"\\{}[]:,0123456789nulltruefalse \n"[usize::from(byte) % 33],
                    2 => bytes.insert(at, byte),
                    _ => { bytes.remove(at); }
                }
            }
            agree(&bytes)?;
        }

        #[test]
        fn both_readers_agree_on_members_that_are_missing_strange_or_of_another_kind(
            event in events(),
            inside in 0_usize..3,
            name in prop_oneof![
                proptest::sample::select(vec!["v", "seq", "id", "ts", "host", "actor", "action", "target", "release",
                    "outcome", "data", "signed", "prev", "principal", "key", "user", "terminal", "ssh_client",
                    "namespace", "statement", "signature"]).prop_map(str::to_owned),
                any::<String>(),
            ],
            value in proptest::option::of(prop_oneof![
                values(), Just(Value::from("refused")), Just(Value::from(0)), Just(Value::from(1)),
                "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z".prop_map(Value::from),
                "[0-9a-fA-F]{64}".prop_map(Value::from),
            ]),
        ) {
            let mut whole = serde_json::to_value(&event).expect("JSON");
            let object = match inside {
                0 => &mut whole,
                1 => &mut whole["actor"],
                _ => &mut whole["signed"],
            };
            if let Some(object) = object.as_object_mut() {
                match value {
                    Some(value) => { object.insert(name, value); }
                    None => { object.remove(&name); }
                }
            }
            if let Ok(bytes) = canonical::to_bytes(&whole) {
                agree(&bytes)?;
            }
        }
    }

    #[test]
    fn times_that_are_written_otherwise_or_are_none_are_refused() {
        let good = [
            "0000-01-01T00:00:00.000Z",
            "9999-12-31T23:59:59.999Z",
            "2024-02-29T12:00:00.001Z",
            "2016-12-31T23:59:60.500Z",
        ];
        for text in good {
            let expected: Timestamp = text.parse().expect("a time");
            assert_eq!(time(&format!("\"{text}\"")), Some(expected), "{text}");
        }
        for text in [
            "2026-11-20T14:32:07Z",
            "2026-11-20T14:32:07.12Z",
            "2026-11-20 14:32:07.123Z",
            "2026-11-20T14:32:07.123z",
            "2026-11-20T14:32:07.123+00:00",
            "2025-02-29T12:00:00.001Z",
            "2026-13-20T14:32:07.123Z",
            "2026-11-20T24:32:07.123Z",
            "2026-11-20T14:60:07.123Z",
            "2026-11-20T14:32:61.123Z",
            "+026-11-20T14:32:07.123Z",
            "2026-1a-20T14:32:07.123Z",
        ] {
            assert_eq!(time(&format!("\"{text}\"")), None, "{text}");
        }
    }
}
