//! The dialog before something is recorded: what, about what, as whom, and what is still missing.

use serde::{Deserialize, Serialize};

use super::{Bound, Kind, Signer, Target, reason};
use crate::{
    app::model::{Model, Setup},
    domain::{
        readiness::{
            roles::Right,
            rules::{LONGEST_WAIVER, Rules},
            statement::Ticked,
            waiver::is_override,
        },
        release::ReleaseId,
        time::{Span, Timestamp},
        verdict::reason::Remedy,
    },
};

/// A dialog that nobody touches for so long is over: what it showed is old.
pub const EXPIRES: Span = Span::from_mins(2);

/// The longest time for which a sign-off is taken: beyond it, the checklist should change.
const LONGEST: Span = Span::from_days(90);

/// Below so many columns or rows the dialog does not show all of what it is about, and confirms nothing.
const SMALLEST: (u16, u16) = (60, 24);

/// What is being confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    /// Which dialog of this console: answers from outside name it.
    pub act: u64,
    /// What is said.
    pub kind: Kind,
    /// The release.
    pub release: ReleaseId,
    /// Its environment.
    pub environment: String,
    /// What of it.
    pub target: Target,
    /// What it can be about, the release and what of it: itself, and what else can be chosen.
    #[serde(default)]
    pub choices: Vec<(ReleaseId, Target)>,
    /// What that is called for people. Text from outside.
    pub title: String,
    /// What of it counts only with a signature.
    pub needs_key: Vec<Ticked>,
    /// What was seen.
    pub bound: Bound,
    /// Who the agent would sign as.
    pub identity: Identity,
    /// The chosen one of [`Kind::options`].
    pub chosen: usize,
    /// The roles in which the signer may say it.
    pub roles: Vec<String>,
    /// The chosen one of them.
    pub in_role: usize,
    /// The reason or note.
    pub words: String,
    /// For how long it holds: `12h`.
    pub until: String,
    /// What was typed of the phrase.
    pub phrase: String,
    /// What has the keys.
    pub focus: Field,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the last key was pressed in it.
    pub touched: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Why it was not recorded when it was confirmed last.
    pub problem: Option<String>,
}

/// Who the agent would sign as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// No signature is needed.
    Unneeded,
    /// The agent is being asked.
    Asking,
    /// This one.
    Known(Signer),
    /// Nobody: why, and what to do.
    Refused(String),
}

/// A part of the dialog that takes keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What it is about, where that can be several things.
    About,
    /// One of the options.
    What,
    /// One of the roles.
    Role,
    /// Reason or note.
    Words,
    /// For how long.
    Until,
    /// The phrase: typed, never pasted.
    Phrase,
    /// Nothing to fill in.
    Nothing,
}

/// How far a dialog is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It is filled in.
    Open,
    /// The prefix was pressed at this time: Enter confirms.
    Prefixed(Timestamp),
    /// It was confirmed at this time and is being recorded.
    Recording(Timestamp),
    /// It cannot be confirmed any more: why.
    Void(String),
}

impl Dialog {
    /// The fields that can be filled in, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.choices.len() > 1 {
            fields.push(Field::About);
        }
        if !self.kind.options().is_empty() {
            fields.push(Field::What);
        }
        if self.roles.len() > 1 {
            fields.push(Field::Role);
        }
        if self.kind != Kind::Request {
            fields.push(Field::Words);
        }
        if self.has_end() {
            fields.push(Field::Until);
        }
        if self.kind.is_grave() {
            fields.push(Field::Phrase);
        }
        fields
    }

    /// Whether it ends by itself: approvals and waivers do.
    #[must_use]
    pub const fn has_end(&self) -> bool {
        matches!((self.kind, self.chosen), (Kind::Sign | Kind::Waive, 0))
    }

    /// What was chosen, in a word; what it is where there is nothing to choose.
    #[must_use]
    pub fn option(&self) -> &'static str {
        self.kind.options().get(self.chosen).copied().unwrap_or(match self.kind {
            Kind::Note => "note",
            Kind::Request => "request",
            _ => "close",
        })
    }

    /// What must be typed to confirm something grave: what is done, to what, where.
    #[must_use]
    pub fn wanted_phrase(&self) -> String {
        let what = match &self.target {
            Target::Item(id) | Target::Signoff(id) => id,
            Target::Release => &self.release,
        };
        let verb = match (self.kind, self.chosen) {
            (Kind::Waive, 0) => "waive",
            _ => self.option(),
        };
        format!("{verb} {what} {}", self.environment)
    }

    /// Whether it will be signed. Nobody needs a key to say that something does not hold.
    #[must_use]
    pub fn signs(&self) -> bool {
        match self.kind {
            Kind::Sign | Kind::Waive | Kind::Decide => true,
            Kind::Tick => match self.ticked() {
                Some(Ticked::Fail) => {
                    self.needs_key.contains(&Ticked::Pass) && matches!(self.identity, Identity::Known(_))
                }
                Some(state) => self.needs_key.contains(&state),
                None => false,
            },
            Kind::Note | Kind::Request | Kind::Review => false,
        }
    }

    /// What a tick says; `None` where it is taken back.
    #[must_use]
    pub fn ticked(&self) -> Option<Ticked> {
        [Ticked::Pass, Ticked::Fail, Ticked::NotApplicable].get(self.chosen).copied()
    }

    /// Whether a reason or note must be given.
    #[must_use]
    pub const fn needs_words(&self) -> bool {
        match self.kind {
            Kind::Note | Kind::Review | Kind::Waive | Kind::Decide => true,
            Kind::Sign => self.chosen == 1,
            Kind::Tick | Kind::Request => false,
        }
    }

    /// The chosen role.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.roles.get(self.in_role).map(String::as_str)
    }

    /// Until when it holds from `now` on; `None` where that is not said or makes no sense.
    #[must_use]
    pub fn expires(&self, now: Timestamp) -> Option<Timestamp> {
        let span: Span = self.until.trim().parse().ok()?;
        let sensible = span > Span::ZERO && span <= self.longest();
        (self.has_end() && sensible).then(|| now + span.delta())
    }

    /// The longest time for which it can hold.
    const fn longest(&self) -> Span {
        if matches!(self.kind, Kind::Waive) { LONGEST_WAIVER } else { LONGEST }
    }

    /// What is still missing before it can be confirmed, in words; `None` when nothing is.
    #[must_use]
    pub fn missing(&self, model: &Model) -> Option<String> {
        let (columns, rows) = model.ui.size;
        if columns < SMALLEST.0 || rows < SMALLEST.1 {
            return Some("the terminal is too small to show all of it: enlarge it to 80x24".to_owned());
        }
        let prefix = crate::app::keymap::label(model.setup.keymap.prefix);
        if self.kind.is_grave() && model.write.is_none() {
            return Some(format!("this needs WRITE mode: Esc, then {prefix} e takes it"));
        }
        if self.signs() {
            match &self.identity {
                Identity::Asking => return Some("the ssh-agent is being asked who signs".to_owned()),
                Identity::Refused(why) => return Some(why.clone()),
                Identity::Unneeded | Identity::Known(_) => {}
            }
            if matches!(self.kind, Kind::Sign | Kind::Waive) && self.roles.is_empty() {
                return Some(self.no_role(model));
            }
        }
        if self.needs_words() && self.words.trim().chars().count() < 3 {
            return Some(format!("type the {}", self.words_label()));
        }
        if self.has_end() && self.expires(model.now).is_none() {
            return Some(format!("say for how long it holds: 4h, 2d, at most {}", self.longest()));
        }
        if self.kind.is_grave() && self.phrase != self.wanted_phrase() {
            return Some(format!("type exactly: {}", self.wanted_phrase()));
        }
        None
    }

    fn no_role(&self, model: &Model) -> String {
        let right = if self.kind == Kind::Sign { "sign this off" } else { "waive it" };
        let who = match &self.identity {
            Identity::Known(signer) => signer.principal.as_str(),
            _ => "nobody",
        };
        let asked = self.asked(model).map(|roles| format!(", which takes {}", roles.join(" or "))).unwrap_or_default();
        format!("{who} has no role that may {right}{asked}, by the catalog's roles.toml; ask somebody who has")
    }

    /// What the words are called.
    #[must_use]
    pub const fn words_label(&self) -> &'static str {
        match self.kind {
            Kind::Tick | Kind::Note | Kind::Request | Kind::Review => "note",
            Kind::Sign | Kind::Waive | Kind::Decide => "reason",
        }
    }

    /// What changed since it was opened; `None` when nothing did.
    #[must_use]
    pub fn changed(&self, model: &Model) -> Option<String> {
        let now = Bound::of(model, &self.release, self.kind, &self.target);
        self.bound.changed(now.as_ref())
    }

    /// When nobody will have touched it for too long.
    #[must_use]
    pub fn end(&self, setup: &Setup) -> Timestamp {
        self.touched + setup.patience(EXPIRES).delta()
    }

    /// Whether keys can still change it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Prefixed(_))
    }

    /// The roles in which `principal` may say this: those that may, and that are asked for.
    #[must_use]
    pub fn roles_of(&self, model: &Model, principal: &str) -> Vec<String> {
        let right = match self.kind {
            Kind::Sign => Right::Sign,
            Kind::Waive => Right::Waive,
            _ => return Vec::new(),
        };
        let asked = self.asked(model);
        let fits = |role: &&str| asked.as_ref().is_none_or(|asked| asked.iter().any(|asked| asked == role));
        model.room.catalog.roles.with(principal, right).filter(fits).map(str::to_owned).collect()
    }

    /// The roles that a sign-off asks for, or in which somebody may let the release pass; `None` where any will do.
    fn asked(&self, model: &Model) -> Option<Vec<String>> {
        let name = self.target.name();
        match self.kind {
            Kind::Sign => {
                let rules = Rules::of(&model.room.catalog, &model.ledger.record, &self.release).ok()?;
                let signoff = rules.signoff(name).ok()?;
                Some(signoff.by.roles().into_iter().map(|(role, _)| role.to_owned()).collect())
            }
            Kind::Waive if is_override(name) => match &reason(model, &self.release, name)?.remedy {
                Some(Remedy::Waive { roles, .. }) => Some(roles.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where among its choices it is.
    #[must_use]
    pub fn choice(&self) -> usize {
        let own = |(release, target): &(ReleaseId, Target)| *release == self.release && *target == self.target;
        self.choices.iter().position(own).unwrap_or(0)
    }

    /// What is chosen, in a word: the release where all are about the same of different ones.
    #[must_use]
    pub fn about(&self) -> &str {
        if self.choices.iter().all(|(_, target)| *target == self.target) { &self.release } else { self.target.name() }
    }
}
