//! From a measure to points: few steps, each where its source has one. `docs/risk.md` names the sources.

use crate::domain::time::Span;

/// By lines that are changed: 100 are a good size, more than 400 are not read with care, 1000 are too many.
pub(super) const fn lines(count: u64) -> u8 {
    match count {
        0..=100 => 0,
        101..=400 => 5,
        401..=1_000 => 10,
        _ => 15,
    }
}

/// By files that are changed: even a small change over 50 files is too large.
pub(super) const fn files(count: u64) -> u8 {
    match count {
        0..=20 => 0,
        21..=49 => 5,
        _ => 10,
    }
}

/// By percent of the changed lines that tests run: 90 is exemplary, 75 commendable, 60 acceptable.
pub(super) fn coverage(percent: f64) -> u8 {
    match percent {
        p if p >= 90.0 => 0,
        p if p >= 75.0 => 3,
        p if p >= 60.0 => 6,
        _ => 10,
    }
}

/// By the criticality of a service, 1 (highest) to 4.
pub(super) const fn criticality(of: u8) -> u8 {
    match of {
        0 | 1 => 12,
        2 => 8,
        3 => 4,
        _ => 0,
    }
}

/// For each service beyond the first.
pub(super) fn more_services(count: usize) -> u8 {
    u8::try_from(count.saturating_sub(1).min(3)).unwrap_or(3)
}

/// By services that call the changed ones, directly or through others.
pub(super) const fn dependants(count: usize) -> u8 {
    match count {
        0 => 0,
        1 | 2 => 3,
        3..=5 => 6,
        _ => 10,
    }
}

/// By pages in a shift of 12 hours: two are what people can follow up.
pub(super) const fn pages(count: u64) -> u8 {
    match count {
        0 => 0,
        1 => 3,
        _ => 5,
    }
}

/// By incidents in 30 days.
pub(super) const fn incidents(count: u64) -> u8 {
    match count {
        0 => 0,
        1 => 4,
        2 => 7,
        _ => 10,
    }
}

/// By how long ago the way back was rehearsed.
pub(super) fn rehearsal(age: Span) -> u8 {
    match age {
        age if age <= Span::from_days(30) => 0,
        age if age <= Span::from_days(90) => 5,
        _ => 10,
    }
}

/// By the highest risk priority number, 1 to 1000.
pub(super) const fn priority(number: u16) -> u8 {
    match number {
        0..=49 => 0,
        50..=99 => 3,
        100..=199 => 6,
        _ => 10,
    }
}

/// For a mode that is grave, however seldom it is.
pub(super) const GRAVE: u8 = 6;
