//! What holds for every reading, sane or not.

use proptest::prelude::*;
use warroom::domain::{
    level::Level,
    slo::{
        budget::remaining,
        definition::{CalendarUnit, Objective, Origin, Period},
        reading::{Amount, DataState},
        status::{Exhaustion, Firing, SloStatus},
    },
    time::Span,
};

use super::evidence::{Story, span};

const WINDOWS: [&str; 9] = ["1ms", "5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"];

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..1e6_f64,
        2 => Just(0.0),
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-1.0), Just(f64::MIN_POSITIVE)],
    ]
}

fn any_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![
        4 => (any_number(), any_number()).prop_map(|(bad, total)| Amount::Counts { bad, total }),
        2 => (0.0..=1.0_f64, 1.0..1e9_f64).prop_map(|(ratio, total)| Amount::Counts { bad: ratio * total, total }),
        1 => any_number().prop_map(Amount::Ratio),
        1 => Just(Amount::NotANumber),
        1 => Just(Amount::Infinite),
    ]
}

fn any_origin() -> impl Strategy<Value = Origin> {
    prop_oneof![Just(Origin::File("a".to_owned())), Just(Origin::Sloth), Just(Origin::Pyrra)]
}

fn any_period() -> impl Strategy<Value = Period> {
    prop_oneof![
        Just(Period::Rolling(span("30d"))),
        any::<u64>().prop_map(|millis| Period::Rolling(Span::from_millis(millis))),
        Just(Period::Calendar { unit: CalendarUnit::Month, zone: chrono_tz::Europe::Berlin }),
        Just(Period::Calendar { unit: CalendarUnit::Day, zone: chrono_tz::Asia::Beirut }),
    ]
}

prop_compose! {
    fn any_story()(
        percent in prop_oneof![Just(99.9), Just(90.0), 1e-12..99.999_999_999_9_f64],
        origin in any_origin(),
        period in any_period(),
        version in proptest::option::of(Just("1.42.0".to_owned())),
        readings in proptest::collection::vec(
            (0..WINDOWS.len(), any_amount(), prop_oneof![3 => -10_i64..100, 1 => -1_000_000_000_000_i64..1_000_000_000_000]),
            0..14,
        ),
        first_seen in proptest::option::of(prop_oneof![0_u64..10_000_000, Just(0)]),
        recorded in proptest::option::of((proptest::option::of(any_number()), any::<bool>())),
        release in proptest::option::of(0_u64..10_000_000),
    ) -> Story {
        let mut story = Story::new(percent, origin);
        story.slo.period = period;
        story.version = version;
        for (window, amount, age) in readings {
            story = story.says(WINDOWS[window], amount);
            if let Some(reading) = story.readings.last_mut() {
                reading.at -= chrono::TimeDelta::seconds(age);
            }
        }
        if let Some(ago) = first_seen {
            story = story.first_seen(&format!("{ago}s"));
        }
        if let Some((remaining, time_weighted)) = recorded {
            story = story.recorded(remaining, time_weighted);
        }
        story.release_started = release.map(|ago| story.now - Span::from_secs(ago).delta());
        story
    }
}

/// Every number that a status carries.
fn numbers(status: &SloStatus) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    for burn in &status.burns {
        all.extend([burn.rate, burn.ratio, burn.bad, burn.total, burn.effective()].into_iter().flatten());
        all.push(burn.coverage);
    }
    for pair in &status.pairs {
        all.push(pair.factor);
        match pair.firing {
            Firing::CannotFire { max } => all.push(max),
            Firing::LowTraffic { bad, needed } => all.extend([bad, needed]),
            _ => {}
        }
    }
    all.extend([status.budget.remaining, status.budget.so_far].into_iter().flatten());
    all.extend(status.spent_since_release.iter().flat_map(|spent| [spent.share, spent.at_least, spent.at_most]));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_never_panics_and_never_becomes_a_number(story in any_story()) {
        let status = story.judged();
        for number in numbers(&status) {
            prop_assert!(number.is_finite(), "{number} in {status:#?}");
        }
        for burn in &status.burns {
            prop_assert!((0.0..=1.0).contains(&burn.coverage));
            prop_assert!(burn.ratio.is_none_or(|ratio| (0.0..=1.0).contains(&ratio)));
        }
        for text in status.warnings.iter().chain(status.pairs.iter().map(|pair| &pair.note)) {
            prop_assert!(text.len() < 250, "{text}");
        }
    }

    #[test]
    fn no_doubt_is_ever_ok(story in any_story()) {
        let status = story.judged();
        if status.level == Level::Ok {
            prop_assert!(status.state.is_ok());
            prop_assert!(!status.burns.is_empty());
            for pair in status.pairs.iter().filter(|pair| !matches!(pair.firing, Firing::CannotFire { .. })) {
                prop_assert_eq!(&pair.firing, &Firing::No);
                for window in [pair.long, pair.short] {
                    let burn = status.burn(window).unwrap();
                    prop_assert!(burn.state.is_ok() && burn.rate.is_some(), "{burn:?}");
                }
            }
        }
        for burn in &status.burns {
            let measured = matches!(
                burn.state,
                DataState::Ok | DataState::Warming { .. } | DataState::Stale { .. } | DataState::Partial { .. }
            );
            prop_assert!(measured || burn.rate.is_none(), "a value of {}: {burn:?}", burn.state.word());
        }
    }

    #[test]
    fn the_order_of_readings_does_not_matter(story in any_story(), seed in any::<u64>()) {
        let mut shuffled = story.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled.readings);
        prop_assert_eq!(format!("{:?}", story.judged()), format!("{:?}", shuffled.judged()));
    }

    #[test]
    fn more_bad_events_never_burn_less_or_leave_more(
        percent in 50.0..99.999_f64, total in 1.0..1e9_f64, one in 0.0..1.0_f64, other in 0.0..1.0_f64,
    ) {
        let (less, more) = (one.min(other), one.max(other));
        let (a, b) = (Story::own(percent).everywhere(less).judged(), Story::own(percent).everywhere(more).judged());
        for (a, b) in a.burns.iter().zip(&b.burns) {
            prop_assert!(a.rate <= b.rate);
        }
        prop_assert!(a.level <= b.level);
        prop_assert!(a.budget.remaining >= b.budget.remaining);
        let budget = Objective::new(percent).unwrap().budget();
        let left = remaining(more * total, total, budget).unwrap();
        let consumed = more * total / (budget * total);
        prop_assert!((left + consumed - 1.0).abs() <= 1e-9 * consumed.max(1.0));
    }

    #[test]
    fn a_rolling_budget_never_ends_later_than_its_period(story in any_story()) {
        let status = story.judged();
        if let (Exhaustion::AtLeast(time), Period::Rolling(length)) = (status.exhaustion, story.slo.period) {
            prop_assert!(time <= length);
        }
    }

    #[test]
    fn what_a_release_spent_lies_between_its_bounds(story in any_story()) {
        if let Some(spent) = story.judged().spent_since_release {
            prop_assert!(spent.at_least <= spent.share * (1.0 + 1e-9) + 1e-12);
            prop_assert!(spent.share <= spent.at_most * (1.0 + 1e-9) + 1e-12);
        }
    }
}
