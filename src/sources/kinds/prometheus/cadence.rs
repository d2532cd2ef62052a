//! Which feeds a source has for what is wanted now, and how often each is asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::query::scope::Scope;
use crate::domain::{
    demand::Demand,
    slo::{
        definition::{Binding, CalendarUnit, Period, Slo, Window},
        pairs::{budget_window, pairs, windows},
        status::PairSeverity,
    },
    source::FeedSpec,
    time::{Span, Timestamp},
};

/// How often the shortest window is asked for, unless the configuration says otherwise.
pub const USUAL: Span = Span::from_secs(15);

/// No window is asked for less often than this.
const SLOWEST: Span = Span::from_mins(15);

/// The windows that are also asked for by version: the canary's own burn.
pub const VERSION_WINDOWS: [Window; 2] = [Span::from_mins(5), Span::from_hours(1)];

/// What a window feed asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFeed {
    /// A length of time.
    Fixed(Window),
    /// The part of a calendar unit that is over.
    Calendar(CalendarUnit, Tz),
}

impl WindowFeed {
    /// The feed's name.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Fixed(window) => format!("slo {window}"),
            Self::Calendar(unit, zone) => format!("slo {unit:?} {zone}").to_lowercase(),
        }
    }

    /// Whether `slo` is measured by it.
    #[must_use]
    pub fn wants(self, slo: &Slo) -> bool {
        match (self, slo.period) {
            (Self::Fixed(window), _) => windows(slo.period, &slo.origin).contains(&window),
            (Self::Calendar(unit, zone), Period::Calendar { unit: of, zone: at }) => unit == of && zone == at,
            (Self::Calendar(..), Period::Rolling(_)) => false,
        }
    }

    /// The window as of `now`.
    #[must_use]
    pub fn window(self, slo: &Slo, now: Timestamp) -> Option<Window> {
        match self {
            Self::Fixed(window) => Some(window),
            Self::Calendar(..) => budget_window(slo.period, &slo.origin, now),
        }
    }
}

/// The window feeds of the definitions in `scope`, shortest window first, calendars last.
#[must_use]
pub fn window_feeds(scope: Scope<'_>) -> Vec<WindowFeed> {
    let mut fixed = BTreeSet::new();
    let mut calendars: BTreeMap<String, WindowFeed> = BTreeMap::new();
    for slo in scope.definitions() {
        fixed.extend(windows(slo.period, &slo.origin));
        if let Period::Calendar { unit, zone } = slo.period {
            let feed = WindowFeed::Calendar(unit, zone);
            calendars.insert(feed.name(), feed);
        }
    }
    fixed.into_iter().map(WindowFeed::Fixed).chain(calendars.into_values()).collect()
}

/// How often a window is asked for: the shortest at each `interval`, longer ones in proportion, up to a quarter of an hour.
/// At the usual interval that is a twentieth of the window.
#[must_use]
pub fn interval_of(window: Window, interval: Span) -> Span {
    let stretched = Span::from_millis(interval.millis().saturating_mul(window.millis()) / Span::from_mins(5).millis());
    stretched.clamp(interval, SLOWEST.max(interval))
}

/// The window feeds with their intervals. The long window of a page pair is asked for together with its short one while a
/// release of its service is in flight or the short one burns: otherwise a page would be minutes late.
#[must_use]
pub fn window_specs(scope: Scope<'_>, demand: &Demand, interval: Span) -> Vec<FeedSpec> {
    let hurried: BTreeMap<Window, Span> = scope
        .definitions()
        .filter(|slo| is_watched(slo, demand))
        .flat_map(|slo| pairs(slo.period, &slo.origin))
        .filter(|rule| rule.severity == PairSeverity::Page)
        .map(|rule| (rule.long, interval_of(rule.short, interval)))
        .collect();
    window_feeds(scope)
        .into_iter()
        .map(|feed| {
            let usual = match feed {
                WindowFeed::Fixed(window) => interval_of(window, interval),
                WindowFeed::Calendar(..) => SLOWEST.max(interval),
            };
            let hurry = match feed {
                WindowFeed::Fixed(window) => hurried.get(&window).copied(),
                WindowFeed::Calendar(..) => None,
            };
            FeedSpec { name: feed.name(), interval: hurry.map_or(usual, |hurry| hurry.min(usual)) }
        })
        .collect()
}

fn is_watched(slo: &Slo, demand: &Demand) -> bool {
    let in_flight = match &slo.binding {
        Binding::Service(service) => demand.in_flight.iter().any(|(name, _)| name == service),
        Binding::By { .. } | Binding::Labels(_) => !demand.in_flight.is_empty(),
    };
    in_flight || demand.burning.contains(&slo.id)
}
