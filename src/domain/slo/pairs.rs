//! Which window pairs watch an SLO, and so which windows have to be measured.
//!
//! Sources: SRE workbook, chapter 5, table 5-8 and its code listing (30 days); Sloth's `AlertWindows` for other periods
//! (a pair is a share of the budget, so its factor is share x period / long window); Pyrra's `Windows`.

use super::{
    definition::{CalendarUnit, Origin, Period, Window},
    status::PairSeverity::{self, Page, Ticket},
};
use crate::domain::time::{Span, Timestamp};

/// A pair as a rule: both windows must burn faster than `factor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairRule {
    /// Whom it calls.
    pub severity: PairSeverity,
    /// The long window.
    pub long: Window,
    /// The short window.
    pub short: Window,
    /// The burn that both must exceed, strictly.
    pub factor: f64,
}

/// One line of the workbook's table: severity, long and short window in minutes, and the percentage of the budget that
/// the long window may spend, for a period of four weeks and more and for one of a week.
struct Line {
    severity: PairSeverity,
    long: u64,
    short: u64,
    percent: f64,
    weekly_percent: f64,
}

/// 2, 5, 10, 10 % are the workbook's; 8, 12.5, 20, 42 % are Sloth's published example for a period of 7 days.
const LINES: [Line; 4] = [
    Line { severity: Page, long: 60, short: 5, percent: 2.0, weekly_percent: 8.0 },
    Line { severity: Page, long: 360, short: 30, percent: 5.0, weekly_percent: 12.5 },
    Line { severity: Ticket, long: 1_440, short: 120, percent: 10.0, weekly_percent: 20.0 },
    Line { severity: Ticket, long: 4_320, short: 360, percent: 10.0, weekly_percent: 42.0 },
];

/// Burning slower than this is what a budget is for, so a pair with a lower factor is left out.
const LOWEST_FACTOR: f64 = 0.9;

const MONTH_OF_WEEKS: Span = Span::from_days(28);
const WEEK: Span = Span::from_days(7);

/// The burn that spends `percent` of the budget of `period` within `long` (Sloth's `getBurnRateFactor`).
#[must_use]
pub fn factor(percent: f64, period: Span, long: Window) -> f64 {
    if long == Span::ZERO { f64::INFINITY } else { percent / 100.0 * period.secs() / long.secs() }
}

/// The length of a period for alerting. Calendar units count with a usual length (month 30 days, quarter 90, year 365), so that
/// a factor does not change from month to month.
#[must_use]
pub const fn usual_length(period: Period) -> Span {
    match period {
        Period::Rolling(length) => length,
        Period::Calendar { unit, .. } => Span::from_days(match unit {
            CalendarUnit::Day => 1,
            CalendarUnit::Week => 7,
            CalendarUnit::Month => 30,
            CalendarUnit::Quarter => 90,
            CalendarUnit::Year => 365,
        }),
    }
}

/// The pairs that watch an SLO, the most urgent first.
///
/// Periods under four weeks: with 2 % of a short budget the factors would sink below anything worth a call, so the percentages
/// grow between the workbook's (28 days) and Sloth's weekly ones (7 days), evenly in the logarithm of the period, and stay there
/// for shorter ones. A pair whose long window is over half of the period, or whose factor is under 0.9, is left out.
#[must_use]
pub fn pairs(period: Period, origin: &Origin) -> Vec<PairRule> {
    let length = usual_length(period);
    if matches!(origin, Origin::Pyrra) {
        return pyrra(length);
    }
    LINES
        .iter()
        .map(|line| {
            let long = Span::from_mins(line.long);
            let percent = percent(line, length);
            let factor = factor(percent, length, long);
            PairRule { severity: line.severity, long, short: Span::from_mins(line.short), factor }
        })
        .filter(|rule| rule.long.times(2) <= length && rule.factor >= LOWEST_FACTOR)
        .collect()
}

/// The percentage of a line for a period of this length.
fn percent(line: &Line, period: Span) -> f64 {
    if period >= MONTH_OF_WEEKS {
        return line.percent;
    }
    if period <= WEEK {
        return line.weekly_percent;
    }
    let way = (MONTH_OF_WEEKS.secs() / period.secs()).ln() / (MONTH_OF_WEEKS.secs() / WEEK.secs()).ln();
    line.percent * (line.weekly_percent / line.percent).powf(way)
}

/// Pyrra's windows scale with the period from a base of 28 days, rounded to whole minutes; its factors are 14, 7, 2, 1.
/// Its `for` durations are not looked at: warroom shows a pair as soon as both halves are over.
fn pyrra(period: Span) -> Vec<PairRule> {
    // Severity, then long and short window as (numerator, denominator) of the period.
    let day = 28;
    let lines = [
        (Page, day * 24, day * 24 * 12, 14.0),
        (Page, day * 4, day * 24 * 2, 7.0),
        (Ticket, day, day * 12, 2.0),
        (Ticket, 7, day * 4, 1.0),
    ];
    lines
        .into_iter()
        .map(|(severity, long, short, factor)| PairRule {
            severity,
            long: whole_minutes(period.divided(long)),
            short: whole_minutes(period.divided(short)),
            factor,
        })
        .filter(|rule| rule.short > Span::ZERO)
        .collect()
}

/// Rounded to minutes, halves up, as Go's `Duration.Round`.
const fn whole_minutes(span: Span) -> Span {
    Span::from_mins((span.millis() + 30_000) / 60_000)
}

/// Every window that has to be measured again and again, shortest first: those of all pairs, five minutes and an hour for the
/// eye, and the period itself where the budget comes from counts. Windows of Sloth and Pyrra are those that their rules record.
///
/// A calendar period has no fixed window: see [`budget_window`].
#[must_use]
pub fn windows(period: Period, origin: &Origin) -> Vec<Window> {
    let mut windows: Vec<Window> = pairs(period, origin).iter().flat_map(|rule| [rule.long, rule.short]).collect();
    if counts_its_budget(origin) {
        windows.extend([Span::from_mins(5), Span::from_hours(1)]);
        if let Period::Rolling(length) = period {
            windows.push(length);
        }
    }
    windows.sort_unstable();
    windows.dedup();
    windows
}

/// The window whose counts make the budget, as of `now`: the rolling period, or the part of the calendar unit that is over, in
/// whole minutes and at least one. `None` where another program records the budget.
#[must_use]
pub fn budget_window(period: Period, origin: &Origin, now: Timestamp) -> Option<Window> {
    if !counts_its_budget(origin) {
        return None;
    }
    Some(match period {
        Period::Rolling(length) => length,
        Period::Calendar { unit, zone } => {
            let start = super::calendar::bounds(unit, zone, now).start;
            Span::from_mins((Span::between(start, now).millis() / 60_000).max(1))
        }
    })
}

/// How often a window is worth asking for: a twentieth of it, not under 15 seconds and not over 15 minutes. While something burns or
/// is released, long windows are asked for as often as short ones.
#[must_use]
pub fn cadence(window: Window) -> Span {
    window.divided(20).clamp(Span::from_secs(15), Span::from_mins(15))
}

/// Whether the budget is worked out here, from counts.
const fn counts_its_budget(origin: &Origin) -> bool {
    matches!(origin, Origin::File(_) | Origin::OpenSlo(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rolling(days: u64) -> Vec<(String, String, f64)> {
        pairs(Period::Rolling(Span::from_days(days)), &Origin::Sloth)
            .iter()
            .map(|rule| (rule.long.to_string(), rule.short.to_string(), (rule.factor * 1e4).round() / 1e4))
            .collect()
    }

    #[test]
    fn thirty_days_have_the_pairs_of_the_workbook() {
        assert_eq!(
            rolling(30),
            [("1h", "5m", 14.4), ("6h", "30m", 6.0), ("1d", "2h", 3.0), ("3d", "6h", 1.0)]
                .map(|(long, short, factor)| (long.to_owned(), short.to_owned(), factor))
        );
    }

    #[test]
    fn a_week_has_the_factors_of_the_published_weekly_windows() {
        let factors: Vec<f64> = rolling(7).into_iter().map(|(.., factor)| factor).collect();
        assert_eq!(factors, [13.44, 3.5, 1.4, 0.98]);
    }

    #[test]
    fn a_day_is_watched_by_what_fits_into_it() {
        assert_eq!(rolling(1), [("1h".to_owned(), "5m".to_owned(), 1.92)]);
    }

    #[test]
    fn factors_of_the_first_page_do_not_jump_when_the_period_grows() {
        let mut before = 0.0_f64;
        for days in 7..=40 {
            let first = rolling(days)[0].2;
            assert!(first >= before - 0.01 && first < 20.0, "{days}d: {first} after {before}");
            before = first;
        }
    }

    #[test]
    fn a_period_of_no_length_has_no_pairs_and_does_not_panic() {
        for origin in [Origin::Sloth, Origin::Pyrra, Origin::File("a".to_owned())] {
            assert!(pairs(Period::Rolling(Span::ZERO), &origin).is_empty());
            assert!(windows(Period::Rolling(Span::ZERO), &origin).len() <= 3);
        }
    }

    #[test]
    fn own_definitions_measure_the_period_and_recorded_ones_do_not() {
        let period = Period::Rolling(Span::from_days(30));
        let words = |origin: &Origin| windows(period, origin).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(words(&Origin::Sloth), ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]);
        assert_eq!(words(&Origin::File("a".to_owned())), ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]);
    }
}
