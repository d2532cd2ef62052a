//! Silences of the simulated Alertmanager.

use super::{cluster::uid, scenario, traffic::hash};
use crate::domain::labels::Labels;

/// One condition of a silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matcher {
    /// The label.
    pub(crate) name: String,
    /// The value or the regular expression.
    pub(crate) value: String,
    /// Whether `value` is a regular expression, anchored at both ends.
    pub(crate) is_regex: bool,
    /// Whether it must match, or must not.
    pub(crate) is_equal: bool,
}

impl Matcher {
    /// Whether the labels satisfy it. An expression that is none matches nothing.
    pub(crate) fn is_match(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        let same = if self.is_regex {
            regex::Regex::new(&format!("^(?:{})$", self.value)).is_ok_and(|regex| regex.is_match(value))
        } else {
            value == self.value
        };
        same == self.is_equal
    }
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// Its identifier.
    pub(crate) id: String,
    /// All must hold.
    pub(crate) matchers: Vec<Matcher>,
    /// From when, in milliseconds.
    pub(crate) starts_at: i64,
    /// Until when.
    pub(crate) ends_at: i64,
    /// When it was changed last.
    pub(crate) updated_at: i64,
    /// By whom.
    pub(crate) created_by: String,
    /// Why.
    pub(crate) comment: String,
}

impl Silence {
    /// A silence of the scenario, in a story that starts at `start`.
    pub(crate) fn of_scenario(silence: &scenario::Silence, start: i64) -> Self {
        let matchers = silence
            .matchers
            .iter()
            .map(|(name, value)| Matcher { name: name.clone(), value: value.clone(), is_regex: false, is_equal: true })
            .collect();
        let (starts_at, ends_at) = (start + silence.from.0, start + silence.to.0);
        let id = identifier(&format!("{:?}{}{}", silence.matchers, silence.by, silence.comment));
        Self {
            id,
            matchers,
            starts_at,
            ends_at,
            updated_at: starts_at,
            created_by: silence.by.clone(),
            comment: silence.comment.clone(),
        }
    }

    /// `pending`, `active` or `expired`.
    pub(crate) fn state(&self, now: i64) -> &'static str {
        if now >= self.ends_at {
            "expired"
        } else if now < self.starts_at {
            "pending"
        } else {
            "active"
        }
    }

    /// Whether it holds an alert with these labels now.
    pub(crate) fn holds(&self, labels: &Labels, now: i64) -> bool {
        self.state(now) == "active" && self.matchers.iter().all(|matcher| matcher.is_match(labels))
    }
}

/// An identifier in the form of a UUID, the same for the same text.
pub(crate) fn identifier(text: &str) -> String {
    uid(hash(9, b"silence"), text)
}
