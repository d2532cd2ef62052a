//! What every widget needs: the model, the picture that is shown, and how things look.

use chrono::{FixedOffset, Offset, Utc};

use super::{look::Look, strip::Strip, theme::Role};
use crate::{
    app::{
        arrangement::Arrangement,
        model::{Changed, List, Model},
        rows::{self, ComponentRow, Row},
        zone::Zone,
    },
    domain::{
        level::Level,
        picture::Picture,
        release::{Component, Release},
        time::{Span, Timestamp},
    },
};

/// One drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The console's state.
    pub(crate) model: &'a Model,
    /// The picture that is shown: the newest, or the one that the screen is frozen at.
    pub(crate) picture: &'a Picture,
    /// How things look.
    pub(crate) look: &'a Look,
    /// How panes are arranged.
    pub(crate) arrangement: Arrangement,
}

/// How long something is ago or ahead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age {
    span: Span,
    coarse: bool,
}

impl Age {
    /// `6m12s`; `6m` at the end of a slow link.
    pub(crate) fn age(self) -> String {
        if self.coarse { self.span.coarse_age() } else { self.span.age() }
    }
}

impl<'a> Scene<'a> {
    /// For an area of so many columns and rows.
    pub(crate) fn new(model: &'a Model, look: &'a Look, (columns, rows): (u16, u16)) -> Self {
        let arrangement = Arrangement::of(&model.setup.sizes, columns, rows);
        Self { model, picture: model.shown(), look, arrangement }
    }

    /// The time that ages are told for.
    fn ages_at(&self) -> Timestamp {
        self.model.ui.ages_at.unwrap_or(self.model.now)
    }

    fn age_of(&self, span: Span) -> Age {
        Age { span, coarse: self.model.ui.low_bandwidth }
    }

    /// How old something measured at `at` is now: also on a frozen screen, so that old values look old.
    pub(crate) fn since(&self, at: Timestamp) -> Age {
        self.age_of(Span::between(at, self.ages_at()))
    }

    /// How long it is until `at`.
    pub(crate) fn until(&self, at: Timestamp) -> Age {
        self.age_of(Span::between(self.ages_at(), at))
    }

    /// An age that was true when the picture was joined, now.
    pub(crate) fn aged(&self, age: Span) -> Age {
        self.since(self.picture.at - age.delta())
    }

    /// The clock of the header: `14:32:07Z`; without the seconds at the end of a slow link.
    pub(crate) fn now(&self) -> String {
        let now = self.model.now;
        if self.model.ui.low_bandwidth { self.written(now, "%H:%M", Zone::name) } else { self.clock(now) }
    }

    /// `14:32:07Z`, or `15:32:07 Europe/Berlin` where the chosen zone is on.
    pub(crate) fn clock(&self, at: Timestamp) -> String {
        self.written(at, "%H:%M:%S", Zone::name)
    }

    /// `14:32Z` or `15:32 CET`; of another day with the date before it. The clock has the whole name of the zone.
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        let day = |at: Timestamp| at.with_timezone(&self.offset(at)).date_naive();
        if day(at) == day(self.model.now) {
            self.written(at, "%H:%M", |zone| zone.short(at))
        } else {
            self.written(at, "%m-%d %H:%M", |zone| zone.short(at))
        }
    }

    /// `14:32`, for axes: without the zone.
    pub(crate) fn tick(&self, at: Timestamp) -> String {
        at.with_timezone(&self.offset(at)).format("%H:%M").to_string()
    }

    fn written(&self, at: Timestamp, format: &str, name: impl Fn(Zone) -> String) -> String {
        let suffix = self.zone().map_or_else(|| "Z".to_owned(), |zone| format!(" {}", name(zone)));
        format!("{}{suffix}", at.with_timezone(&self.offset(at)).format(format))
    }

    /// The zone besides UTC, where it is on.
    fn zone(&self) -> Option<Zone> {
        self.model.setup.zone.filter(|_| self.model.ui.local_time)
    }

    /// How far from UTC times are shown: that of the time itself, since summer time may have begun since.
    fn offset(&self, at: Timestamp) -> FixedOffset {
        self.zone().map_or_else(|| Utc.fix(), |zone| zone.offset(at))
    }

    /// The place of the selected line among `rows` of `list`, where that list has the keys and somebody chose a line.
    pub(crate) fn chosen<T>(&self, list: List, rows: &[Row<T>]) -> Option<usize> {
        let id = self.model.ui.selected.get(&list)?;
        rows.iter().position(|row| row.id == *id)
    }

    /// Whether `list` has the keys, so that its selected line is filled.
    pub(crate) fn has_keys(&self, list: List) -> bool {
        self.model.ui.list() == Some(list)
    }

    /// The selected component or step of the open release.
    pub(crate) fn chosen_step(&self) -> Option<ComponentRow<'a>> {
        let rows = rows::components(self.model);
        self.chosen(List::Components, &rows).and_then(|index| rows.get(index)).map(|row| row.item)
    }

    /// The component of `release` that the panes show: the selected one, else the one that needs most.
    pub(crate) fn component(&self, release: &'a Release) -> Option<&'a Component> {
        match self.chosen_step() {
            Some(ComponentRow::Component(component) | ComponentRow::Step { component, .. }) => Some(component),
            None => super::facts::leading(self, release),
        }
    }

    /// An age beside its freshness glyph: `✓ 4s`, `◌ STALE 6m12s`.
    pub(crate) fn freshness(&self, level: Level, word: &str, age: Option<Span>) -> Strip {
        let age = age.map(|age| self.aged(age).age());
        let look = self.look;
        match (level, word) {
            (Level::Ok, _) => Strip::of(look.glyphs.ok, look.style(Role::Ok))
                .put(age.map(|age| format!(" {age}")).unwrap_or_default(), look.text()),
            (_, "STALE") => Strip::of(look.glyphs.stale, look.style(Role::Unknown))
                .put(" ", look.text())
                .put(format!("STALE {}", age.unwrap_or_default()).trim_end(), look.words(Level::Unknown)),
            _ => look.status(level, word).put(age.map(|age| format!(" {age}")).unwrap_or_default(), look.text()),
        }
    }

    /// `*` behind what changed of a release a moment ago, else nothing. A frozen screen shows what was, not what changes.
    pub(crate) fn star(&self, release: &Release, which: impl Fn(&Changed) -> Option<Timestamp>) -> &'static str {
        let at = self.model.ui.changed.get(&release.id).and_then(which);
        let marked = self.model.ui.frozen.is_none() && at.is_some_and(|at| Changed::is_fresh(at, self.model.now));
        if marked { "*" } else { "" }
    }

    /// `cells` of a bar that is filled to `share` of 1; empty for what is not known.
    pub(crate) fn bar(&self, share: Option<f64>, cells: usize, role: Role) -> Strip {
        let glyphs = &self.look.glyphs;
        let Some(share) = share.filter(|share| share.is_finite()) else {
            return Strip::of(" ".repeat(cells), self.look.text());
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the cells of a screen"
        )]
        let mut full = (share.clamp(0.0, 1.0) * cells as f64).round() as usize;
        // A little is not nothing, and nearly all is not all.
        if share > 0.0 && full == 0 {
            full = 1;
        }
        if share < 1.0 && full == cells {
            full = cells.saturating_sub(1);
        }
        Strip::of(glyphs.full.repeat(full), self.look.style(role))
            .put(glyphs.empty.repeat(cells.saturating_sub(full)), self.look.style(Role::Border))
    }
}
