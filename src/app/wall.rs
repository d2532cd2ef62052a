//! The wall: a shared screen that nobody operates. It shows one page after another, follows the worst release, and takes two
//! keys: Ctrl-C twice leaves, `p` holds the page. Nothing else that comes from the keyboard means anything, pastes neither.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    key::{Key, KeyCode},
    model::{Model, Screen},
    msg::Effect,
};
use crate::domain::{
    level::Level,
    picture::Picture,
    release::ReleaseId,
    run::{Run, RunId},
    time::{Span, Timestamp},
};

/// Two Ctrl-C within so long leave.
const TWICE: Span = Span::from_secs(1);
/// How long a run that ended stays.
const READ: Span = Span::from_mins(2);
/// So often the picture moves a little, so that nothing is burnt into the screen.
const SHIFT: Span = Span::from_mins(10);

/// What a wall was asked to show, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wall {
    /// The pages, in their order; never empty after [`Wall::new`].
    pub pages: Vec<Page>,
    /// How long each stays; `None` is no rotation: the first one stays.
    pub rotate: Option<Span>,
    /// The state takes all the room that there is.
    pub big: bool,
    /// People, hosts and texts from outside are not shown.
    pub privacy: bool,
    /// The place of the page that is shown.
    pub place: usize,
    /// When that page came up.
    pub turned_at: Timestamp,
    /// Somebody pressed `p`: this page stays until somebody presses it again.
    pub held: bool,
    /// The run that is followed: one that goes on for real, or that ended a moment ago.
    #[serde(default)]
    pub run: Option<RunId>,
    /// The release that is followed; the worst one, and among equals the one that was followed before.
    pub release: Option<ReleaseId>,
}

/// A page of the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The room: its worst fact, and every release.
    Board,
    /// The release that needs a person most.
    Worst,
    /// The release of this identifier.
    Release(ReleaseId),
    /// The SLOs, the worst first.
    Slo,
}

/// Why a text is not a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a page: there are board, release:worst, release:ID and slo")]
pub struct NotAPage(String);

impl FromStr for Page {
    type Err = NotAPage;

    fn from_str(text: &str) -> Result<Self, NotAPage> {
        match text.split_once(':') {
            None if text == "board" => Ok(Self::Board),
            None if text == "slo" => Ok(Self::Slo),
            Some(("release", "worst")) => Ok(Self::Worst),
            Some(("release", id)) if !id.is_empty() => Ok(Self::Release(id.to_owned())),
            _ => Err(NotAPage(text.to_owned())),
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board => f.write_str("board"),
            Self::Worst => f.write_str("release:worst"),
            Self::Release(id) => write!(f, "release:{id}"),
            Self::Slo => f.write_str("slo"),
        }
    }
}

impl Wall {
    /// The pages of a wall that was not told which.
    pub const PAGES: [Page; 3] = [Page::Worst, Page::Board, Page::Slo];

    /// A wall that comes up at `at`. Without pages it has [`Wall::PAGES`].
    #[must_use]
    pub fn new(pages: Vec<Page>, rotate: Option<Span>, at: Timestamp) -> Self {
        let pages = if pages.is_empty() { Self::PAGES.to_vec() } else { pages };
        Self {
            pages,
            rotate,
            big: false,
            privacy: true,
            place: 0,
            turned_at: at,
            held: false,
            run: None,
            release: None,
        }
    }

    /// The page that is shown.
    #[must_use]
    pub fn page(&self) -> &Page {
        self.pages.get(self.place).unwrap_or(&Page::Worst)
    }

    /// Whether pages can follow each other at all.
    #[must_use]
    pub const fn rotates(&self) -> bool {
        self.rotate.is_some() && self.pages.len() > 1
    }

    /// Whether the page stays on because of what it shows: a run, or the worst release, while that is bad.
    #[must_use]
    pub fn stays(&self, picture: &Picture) -> bool {
        *self.page() == Page::Worst && self.calls(picture)
    }

    fn calls(&self, picture: &Picture) -> bool {
        self.run.is_some() || self.followed_is_bad(picture)
    }

    fn followed_is_bad(&self, picture: &Picture) -> bool {
        self.release.as_ref().and_then(|id| picture.release(id)).is_some_and(|release| release.level == Level::Bad)
    }

    /// When the next page comes; `None` when none comes by itself.
    #[must_use]
    pub fn next_at(&self, picture: &Picture) -> Option<Timestamp> {
        let stay = self.rotate.filter(|_| self.rotates() && !self.held && !self.stays(picture))?;
        Some(self.turned_at + stay.delta())
    }

    /// Columns and rows that the picture is moved by at `now`: one step every ten minutes, out and back again.
    #[must_use]
    pub fn shift(now: Timestamp, most: (u16, u16)) -> (u16, u16) {
        let step = now.timestamp_millis().max(0).unsigned_abs() / SHIFT.millis().max(1);
        (swing(step, most.0), swing(step, most.1))
    }
}

/// 0, 1, … `most`, … 1, 0, 1, …
fn swing(step: u64, most: u16) -> u16 {
    let most = u64::from(most);
    if most == 0 {
        return 0;
    }
    let place = step % (2 * most);
    u16::try_from(place.min(2 * most - place)).unwrap_or(0)
}

/// A key at the wall.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::ctrl('c') {
        let before = model.ui.interrupted_at.replace(model.now);
        if before.is_some_and(|before| before <= model.now && model.now - before <= TWICE.delta()) {
            return vec![Effect::Quit];
        }
        super::update::notice(model, "Ctrl-C once more leaves the wall");
    } else if key == Key::plain(KeyCode::Char('p'))
        && let Some(wall) = &mut model.ui.wall
        && wall.rotates()
    {
        wall.held = !wall.held;
        wall.turned_at = model.now;
    }
    Vec::new()
}

/// Follows the worst release, and turns the page when its time is over.
pub(super) fn follow(model: &mut Model) {
    let Some(mut wall) = model.ui.wall.take() else { return };
    wall.release = worst(&model.picture, wall.release.take());
    wall.run = acting(model);
    if let Some(stay) = wall.rotate.filter(|_| wall.rotates() && !wall.held) {
        let worst_page = wall.pages.iter().position(|page| *page == Page::Worst);
        if let Some(place) = worst_page.filter(|_| wall.calls(&model.picture)) {
            if wall.place != place {
                (wall.place, wall.turned_at) = (place, model.now);
            }
        } else if model.now >= wall.turned_at + stay.delta() || model.now < wall.turned_at {
            (wall.place, wall.turned_at) = ((wall.place + 1) % wall.pages.len(), model.now);
        }
    }
    // Charts are asked for where a release is open; it stays open behind other pages, so that its chart is there when it is back.
    let open = match wall.page() {
        Page::Release(id) => Some(id.clone()),
        _ => wall.release.clone(),
    };
    // So are the output of a run, and the effect that others see of it.
    let run = wall.run.clone().filter(|_| *wall.page() == Page::Worst).map(Screen::Run);
    model.ui.screen = run.unwrap_or_else(|| open.map_or(Screen::Board, Screen::Release));
    model.ui.wall = Some(wall);
}

/// The newest run that acts for real, or that did a moment ago: how it ended is read before it goes.
fn acting(model: &Model) -> Option<RunId> {
    let newest = model.ledger.runs.newest().into_iter().filter(|run| run.is_real());
    let fresh = |run: &&Run| !run.is_over() || run.ended.is_some_and(|at| Span::between(at, model.now) < READ);
    newest.filter(fresh).max_by_key(|run| (!run.is_over(), run.at)).map(|run| run.id.clone())
}

/// The release that needs a person most; among equals the one that was followed before, so that the wall does not jump.
fn worst(picture: &Picture, followed: Option<ReleaseId>) -> Option<ReleaseId> {
    let worst = picture.releases.iter().map(|release| release.level).max()?;
    let is_worst = |id: &ReleaseId| picture.release(id).is_some_and(|release| release.level == worst);
    let first = || picture.releases.iter().find(|release| release.level == worst).map(|release| release.id.clone());
    followed.filter(is_worst).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_and_written_alike() {
        for text in ["board", "release:worst", "release:checkout-1-42", "slo"] {
            assert_eq!(text.parse::<Page>().map(|page| page.to_string()), Ok(text.to_owned()));
        }
        let error = "release".parse::<Page>().expect_err("no page").to_string();
        assert!(error.contains("`release` is not a page") && error.contains("release:worst"), "{error}");
    }

    #[test]
    fn the_picture_moves_a_column_every_ten_minutes_and_comes_back() {
        let start: Timestamp = "2026-11-20T00:00:00Z".parse().expect("a time");
        let columns: Vec<u16> =
            (0..9_u64).map(|step| Wall::shift(start + SHIFT.times(step).delta(), (3, 0)).0).collect();
        for pair in columns.windows(2) {
            assert_eq!(pair[0].abs_diff(pair[1]), 1, "{columns:?}");
        }
        assert_eq!(columns.iter().max(), Some(&3));
        assert_eq!(columns.iter().min(), Some(&0));
        assert_eq!(Wall::shift(start, (0, 0)), (0, 0));
    }
}
