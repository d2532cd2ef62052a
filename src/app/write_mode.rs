//! WRITE mode: for ten minutes, in one environment, and over as soon as it looks as if nobody sat here.

use serde::{Deserialize, Serialize};

use super::model::{Model, Screen, Setup};
use crate::domain::time::{Span, Timestamp};

/// How long WRITE mode lasts.
pub const LASTS: Span = Span::from_mins(10);
/// It ends after so long without a key.
pub const IDLE: Span = Span::from_mins(5);
/// It ends when the terminal is out of focus for so long.
pub const AWAY: Span = Span::from_mins(2);
/// How long a dialog takes no keys after it opened: what was typed ahead must not answer it.
pub const ARMING: Span = Span::from_millis(800);

/// The permission that somebody took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteMode {
    /// Why.
    pub reason: String,
    /// The one environment that it is for.
    pub environment: String,
    /// Since when.
    pub since: Timestamp,
    /// When the last key was pressed.
    pub touched: Timestamp,
    /// Since when the terminal is out of focus, where it tells.
    pub away: Option<Timestamp>,
}

impl WriteMode {
    /// WRITE mode from `now` on.
    #[must_use]
    pub const fn new(reason: String, environment: String, now: Timestamp) -> Self {
        Self { reason, environment, since: now, touched: now, away: None }
    }

    /// What ends it first, and when, if nothing happens.
    #[must_use]
    pub fn end(&self, setup: &Setup) -> (Timestamp, Ending) {
        let after = |from: Timestamp, span: Span| from + setup.patience(span).delta();
        let ends = [
            Some((after(self.since, LASTS), Ending::Time)),
            Some((after(self.touched, IDLE), Ending::Idle)),
            self.away.map(|away| (after(away, AWAY), Ending::Away)),
        ];
        let first = ends.into_iter().flatten().min_by_key(|(at, _)| *at);
        first.unwrap_or((self.since, Ending::Time))
    }

    /// What has ended it by `now`; `None` while it holds. A clock that was set back ends it too.
    #[must_use]
    pub fn ended(&self, setup: &Setup, now: Timestamp) -> Option<Ending> {
        let (at, ending) = self.end(setup);
        if now < self.since {
            return Some(Ending::Time);
        }
        (now >= at).then_some(ending)
    }
}

/// Why WRITE mode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its time is over.
    Time,
    /// No key for long.
    Idle,
    /// Out of focus for long.
    Away,
}

impl Ending {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Time => "ten minutes are over",
            Self::Idle => "no key for five minutes",
            Self::Away => "out of focus for two minutes",
        }
    }
}

/// The one environment that is looked at: of the release, of the filter, or the only one that there is. `None` on a board of
/// several.
#[must_use]
pub fn environment(model: &Model) -> Option<String> {
    let picture = model.shown();
    if let Screen::Release(id) | Screen::Checklist(id) | Screen::Runbooks(Some(id)) = &model.ui.screen {
        return picture.release(id).map(|release| release.environment.clone()).filter(|name| !name.is_empty());
    }
    if let Screen::Run(id) = &model.ui.screen {
        return model.ledger.runs.run(id).map(|run| run.plan.target.environment.clone());
    }
    if let Some(name) = &model.ui.environment {
        return Some(name.clone());
    }
    let mut names = picture.releases.iter().map(|release| release.environment.as_str());
    let first = names.next().filter(|name| !name.is_empty())?;
    names.all(|name| name == first).then(|| first.to_owned())
}
