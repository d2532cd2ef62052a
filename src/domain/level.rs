//! How much something needs a person, in one word.

use serde::{Deserialize, Serialize};

/// The state of anything on the screen. Ordered from calm to urgent, so that the worst of many is their maximum.
///
/// `Unknown` is above `Watch`: what cannot be seen is never better than what can. An aggregate is [`Level::Ok`]
/// only when every part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be, and fresh.
    Ok,
    /// Waiting for a time or for a person.
    Wait,
    /// Paused by somebody or something.
    Paused,
    /// Under way.
    Run,
    /// Worth an eye.
    Watch,
    /// Not known: no answer, an empty answer, no traffic, stale or partial.
    Unknown,
    /// Wrong, and known to be.
    Bad,
}

impl Level {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Wait => "WAITING",
            Self::Paused => "PAUSED",
            Self::Run => "RUN",
            Self::Watch => "WATCH",
            Self::Unknown => "UNKNOWN",
            Self::Bad => "BAD",
        }
    }

    /// The worst of `levels`; `empty` when there is none, because nothing is not the same as good.
    pub fn worst(levels: impl IntoIterator<Item = Self>, empty: Self) -> Self {
        levels.into_iter().max().unwrap_or(empty)
    }
}
