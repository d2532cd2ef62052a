//! How often the rules are wrong, and how soon they are right, by simulation. `cargo bench --bench canary` prints the figures, which
//! `docs/canary.md` tells.

#[path = "../../../benches/stories/mod.rs"]
mod stories;

use stories::{Alarms, Chance, Power, SAME, Story, WORSE, stories, sum};
use warroom::domain::canary::{compare::Comparison, rules::Verdict};

#[test]
fn without_a_difference_a_canary_hardly_ever_fails() {
    let mut chance = Chance::new(6);
    for (requests, share) in SAME {
        let Alarms { any, row, fail } = Alarms::of(&stories(&mut chance, requests, (share, share)));
        assert!(any <= 8.0, "one look in thirty: {any} %");
        assert!(row <= 4.0 && row <= any, "three in a row: {row} %");
        assert!(fail <= 4.0, "by the rules of a release: {fail} %");
    }
}

#[test]
fn a_real_difference_is_found_as_soon_as_the_number_of_requests_allows() {
    let mut chance = Chance::new(7);
    let expected = [[46.0, 83.0, 100.0], [26.0, 55.0, 95.0], [97.0, 100.0, 100.0]];
    for ((requests, share), expected) in WORSE.into_iter().zip(expected) {
        let Power { found, fail, .. } = Power::of(&stories(&mut chance, requests, (share, 0.005)));
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() <= 6.0, "{requests}: {found} % and not {expected} %");
        }
        assert!(fail >= 85.0, "{requests} requests a minute: {fail} %");
    }
}

#[test]
fn a_difference_that_does_not_matter_never_fails_however_certain_it_is() {
    let story = Story::new(&mut Chance::new(8), 60_000, (0.003, 0.001));
    let compared = Comparison::of(sum(&story.canary), sum(&story.baseline)).unwrap();
    assert!(compared.p < 1e-9, "{compared:?}");
    for minute in 3..=30 {
        assert_eq!(story.verdict(minute), Verdict::Pass, "{minute}");
    }
}
