//! What people decided, beside what was computed. Neither hides the other.

use serde::{Deserialize, Serialize};

use super::{Word, computed::Computed};
use crate::domain::{
    readiness::{
        roles::{Raci, Right, Roles},
        standing::Decided,
        statement::Decision,
    },
    time::Timestamp,
};

/// What somebody who may decide has decided last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Human {
    /// What.
    pub decision: Decision,
    /// Who. Text from outside.
    pub who: String,
    /// Why. Text from outside.
    pub reason: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Whether it is a go for what has changed since, which counts no more.
    pub outdated: bool,
    /// Whether it says other than what was computed.
    pub disagrees: bool,
    /// What was computed when it was decided, where that was recorded.
    #[serde(default)]
    pub computed: Option<Computed>,
    /// Whose no-go or hold it replaces: people disagreed.
    #[serde(default)]
    pub over: Vec<(String, Decision)>,
    /// Who may decide, and to whom it escalates when people disagree: in words.
    pub escalation: String,
}

impl Human {
    /// The decision beside the computed `word`.
    #[must_use]
    pub fn beside(word: Word, decided: &Decided, roles: &Roles) -> Self {
        let go = decided.decision == Decision::Go;
        Self {
            decision: decided.decision,
            who: decided.principal.clone(),
            reason: decided.reason.clone(),
            at: decided.at,
            outdated: decided.outdated,
            disagrees: !decided.outdated && go != (word == Word::Go),
            computed: decided.computed.clone(),
            over: decided.over.clone(),
            escalation: escalation(roles),
        }
    }

    /// Whether it stands against going on.
    #[must_use]
    pub fn is_against(&self) -> bool {
        self.decision != Decision::Go
    }

    /// Whether people disagree, with the verdict or with each other.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.disagrees || (!self.outdated && !self.over.is_empty())
    }

    /// `jo decided GO`, `jo decided NO-GO, against the verdict`, `jo decided GO over NO-GO of mira, against the verdict`.
    #[must_use]
    pub fn words(&self) -> String {
        let tail = match (self.outdated, self.disagrees) {
            (true, _) => ", for what has changed since",
            (false, true) => ", against the verdict",
            (false, false) => "",
        };
        let over: Vec<String> = self.over.iter().map(|(who, said)| format!("{} of {who}", said.word())).collect();
        let over = if over.is_empty() { String::new() } else { format!(" over {}", over.join(", ")) };
        format!("{} decided {}{over}{tail}", self.who, self.decision.word())
    }
}

/// Who may decide, and who answers for it in the end: `decides: release-manager (ana); escalates to: ana`.
#[must_use]
pub fn escalation(roles: &Roles) -> String {
    let deciding = roles.roles.iter().filter(|(_, role)| role.may.contains(&Right::Decide));
    let deciding: Vec<String> =
        deciding.map(|(name, _)| format!("{name} ({})", roles.people(name).join(", "))).collect();
    if deciding.is_empty() {
        return "no role may decide: roles.toml gives nobody the right `decide`".to_owned();
    }
    let accountable = roles.roles.iter().filter(|(_, role)| role.raci == Some(Raci::Accountable));
    let mut last: Vec<String> = accountable.flat_map(|(name, _)| roles.people(name)).map(str::to_owned).collect();
    last.sort_unstable();
    last.dedup();
    let last = if last.is_empty() { "nobody: no role is accountable".to_owned() } else { last.join(", ") };
    format!("decides: {}; escalates to: {last}", deciding.join(", "))
}
