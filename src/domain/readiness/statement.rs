//! What people sign about a release: sign-offs, waivers, decisions, signed ticks. A statement says by itself what it is
//! about, because it is signed before it has a place in the ledger.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field::{self, Malformed};
use crate::domain::{
    ledger::{
        event::{Event, Signed},
        hash::Hash,
        signature::Meaning,
    },
    time::Timestamp,
    verdict::computed::Computed,
};

/// The version of statements that this program writes and reads.
pub const VERSION: u64 = 1;

/// What every statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Who signs, by the name in `allowed_signers`.
    pub principal: &'a str,
    /// The release.
    pub release: &'a str,
    /// What is signed: see [`super::subject`].
    pub subject: Hash,
    /// Used once: a statement that is recorded a second time does not count again.
    pub nonce: &'a str,
    /// When it was signed, by the signer's clock.
    pub at: Timestamp,
    /// What it is about.
    pub about: About<'a>,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About<'a> {
    /// A sign-off.
    Signoff {
        /// The sign-off of the checklist.
        signoff: &'a str,
        /// What is said.
        vote: Vote,
        /// The role in which it is said.
        role: &'a str,
        /// The digest of the checklist.
        checklist: Hash,
        /// Until when an approval holds. Denials and withdrawals need none.
        expires: Option<Timestamp>,
        /// Why. A denial needs it.
        reason: Option<&'a str>,
    },
    /// An exception from an item.
    Waiver {
        /// The item of the checklist.
        item: &'a str,
        /// Granted, or taken back.
        granted: bool,
        /// The role in which it is said.
        role: &'a str,
        /// Why.
        reason: &'a str,
        /// Until when it holds. Needed for a grant.
        expires: Option<Timestamp>,
    },
    /// Go, no-go or hold.
    Decision {
        /// What was decided.
        decision: Decision,
        /// Why.
        reason: &'a str,
        /// What was computed when it was decided: a [`Computed`]; `None` where nothing was.
        computed: Option<&'a Map<String, Value>>,
    },
    /// A tick that carries a signature.
    Tick {
        /// The item of the checklist.
        item: &'a str,
        /// What is said of it.
        state: Ticked,
        /// The digest of the checklist.
        checklist: Hash,
    },
}

/// What a sign-off says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vote {
    /// Yes.
    Approve,
    /// No. Holds until the one who said it withdraws it, or what was signed changes.
    Deny,
    /// What this person said before is taken back.
    Withdraw,
}

/// What is decided about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It may go on.
    Go,
    /// It may not.
    NoGo,
    /// It waits.
    Hold,
}

/// What a tick says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ticked {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It does not apply to this release.
    NotApplicable,
}

/// Words that stand in events for the values of a type.
macro_rules! words {
    ($type:ty, $must:literal: $($value:ident = $word:literal),+) => {
        impl $type {
            /// The word in the ledger.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            pub(super) fn read(map: &Map<String, Value>, name: &'static str) -> Result<Self, Malformed> {
                match field::text(map, name)? {
                    $($word => Ok(Self::$value),)+
                    _ => Err(Malformed::Shape { name, must: $must }),
                }
            }
        }
    };
}

words!(Vote, "approve, deny or withdraw": Approve = "approve", Deny = "deny", Withdraw = "withdraw");
words!(Decision, "go, no-go or hold": Go = "go", NoGo = "no-go", Hold = "hold");
words!(Ticked, "pass, fail or not-applicable": Pass = "pass", Fail = "fail", NotApplicable = "not-applicable");

impl Vote {
    /// The action that carries it.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Approve => "signoff.give",
            Self::Deny => "signoff.deny",
            Self::Withdraw => "signoff.withdraw",
        }
    }
}

impl About<'_> {
    /// What its signature means.
    #[must_use]
    pub const fn meaning(&self) -> Meaning {
        match self {
            Self::Signoff { .. } | Self::Tick { .. } => Meaning::Signoff,
            Self::Waiver { .. } => Meaning::Waiver,
            Self::Decision { .. } => Meaning::Decision,
        }
    }
}

impl<'a> Statement<'a> {
    /// The object that is signed, as its canonical bytes.
    #[must_use]
    pub fn object(&self) -> Map<String, Value> {
        let mut object = match self.about {
            About::Signoff { signoff, vote, role, checklist, expires, reason } => field::object([
                ("signoff", Some(signoff.to_owned())),
                ("decision", Some(vote.word().to_owned())),
                ("role", Some(role.to_owned())),
                ("checklist", Some(checklist.to_string())),
                ("expires", expires.map(field::written)),
                ("reason", reason.map(str::to_owned)),
            ]),
            About::Waiver { item, granted, role, reason, expires } => field::object([
                ("item", Some(item.to_owned())),
                ("decision", Some(if granted { "grant" } else { "revoke" }.to_owned())),
                ("role", Some(role.to_owned())),
                ("reason", Some(reason.to_owned())),
                ("expires", expires.map(field::written)),
            ]),
            About::Decision { decision, reason, computed } => {
                let mut object = field::object([
                    ("decision", Some(decision.word().to_owned())),
                    ("reason", Some(reason.to_owned())),
                ]);
                object.extend(computed.map(|computed| ("computed".to_owned(), Value::Object(computed.clone()))));
                object
            }
            About::Tick { item, state, checklist } => field::object([
                ("item", Some(item.to_owned())),
                ("decision", Some(state.word().to_owned())),
                ("checklist", Some(checklist.to_string())),
            ]),
        };
        object.extend(field::object([
            ("principal", Some(self.principal.to_owned())),
            ("release", Some(self.release.to_owned())),
            ("subject", Some(self.subject.to_string())),
            ("nonce", Some(self.nonce.to_owned())),
            ("at", Some(field::written(self.at))),
        ]));
        object.insert("v".to_owned(), VERSION.into());
        object
    }

    /// Reads what the object of a signature for `meaning` says. A signed tick is told from a sign-off by its `item`.
    ///
    /// # Errors
    /// What of it is missing or of another shape.
    pub fn read(object: &'a Map<String, Value>, meaning: Meaning) -> Result<Self, Malformed> {
        if object.get("v").and_then(Value::as_u64) != Some(VERSION) {
            return Err(Malformed::Shape { name: "v", must: "1" });
        }
        Ok(Self {
            principal: field::words(object, "principal")?,
            release: field::text(object, "release")?,
            subject: field::hash(object, "subject")?,
            nonce: field::words(object, "nonce")?,
            at: field::time(object, "at")?,
            about: match meaning {
                Meaning::Signoff if object.contains_key("item") => About::Tick {
                    item: field::text(object, "item")?,
                    state: Ticked::read(object, "decision")?,
                    checklist: field::hash(object, "checklist")?,
                },
                Meaning::Signoff => signoff(object)?,
                Meaning::Waiver => waiver(object)?,
                Meaning::Decision => About::Decision {
                    decision: Decision::read(object, "decision")?,
                    reason: field::words(object, "reason")?,
                    computed: computed(object)?,
                },
                Meaning::Approval | Meaning::Answer | Meaning::Breaker | Meaning::Checkpoint => {
                    return Err(Malformed::Meaning("sign-off, waiver or decision"));
                }
            },
        })
    }

    /// What was signed with an event.
    pub(super) fn of(event: &'a Event, meaning: Meaning) -> Result<Self, Malformed> {
        let Signed { namespace, statement, .. } = event.signed.as_ref().ok_or(Malformed::Unsigned)?;
        if namespace != meaning.namespace() {
            return Err(Malformed::Meaning(meaning.namespace()));
        }
        let statement = Self::read(statement, meaning)?;
        if event.release.as_deref() != Some(statement.release) {
            return Err(Malformed::Disagree("release"));
        }
        Ok(statement)
    }
}

/// What was computed when somebody decided.
fn computed(object: &Map<String, Value>) -> Result<Option<&Map<String, Value>>, Malformed> {
    let found = object.get("computed").map(|found| found.as_object().filter(|found| Computed::read(found).is_some()));
    found.map(|found| found.ok_or(Malformed::Shape { name: "computed", must: "be a verdict" })).transpose()
}

fn signoff(object: &Map<String, Value>) -> Result<About<'_>, Malformed> {
    let vote = Vote::read(object, "decision")?;
    let expires = field::maybe_time(object, "expires")?;
    if vote == Vote::Approve && expires.is_none() {
        return Err(Malformed::Missing("expires"));
    }
    let reason =
        if vote == Vote::Deny { Some(field::words(object, "reason")?) } else { field::maybe(object, "reason")? };
    Ok(About::Signoff {
        signoff: field::text(object, "signoff")?,
        vote,
        role: field::text(object, "role")?,
        checklist: field::hash(object, "checklist")?,
        expires,
        reason,
    })
}

fn waiver(object: &Map<String, Value>) -> Result<About<'_>, Malformed> {
    let granted = match field::text(object, "decision")? {
        "grant" => true,
        "revoke" => false,
        _ => return Err(Malformed::Shape { name: "decision", must: "grant or revoke" }),
    };
    let expires = field::maybe_time(object, "expires")?;
    if granted && expires.is_none() {
        return Err(Malformed::Missing("expires"));
    }
    Ok(About::Waiver {
        item: field::text(object, "item")?,
        granted,
        role: field::text(object, "role")?,
        reason: field::words(object, "reason")?,
        expires,
    })
}
