//! What goes wrong with SLO numbers in the field, one trap a test.

use std::sync::Arc;

use warroom::domain::{
    level::Level,
    slo::{
        definition::{CalendarUnit, Origin, Period},
        evidence::Question,
        pairs::{budget_window, windows},
        reading::Amount,
        status::{BudgetBasis, Exhaustion, Firing, SloStatus},
    },
    source::{ErrorKind, SourceError},
    time::{Span, Timestamp},
};

use super::evidence::{Story, question, span};

fn first_page(status: &SloStatus) -> (&Firing, &str) {
    let pair = &status.pairs[0];
    (&pair.firing, &pair.note)
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn a_healthy_service_is_ok_with_its_budget_left() {
    let status = Story::own(99.9).everywhere(0.0002).judged();
    assert_eq!((status.level, status.state.word(), status.warnings.len()), (Level::Ok, "OK", 0), "{status:#?}");
    assert!(near(status.budget.remaining.unwrap(), 0.8));
    assert_eq!(status.exhaustion, Exhaustion::Never);
}

#[test]
fn one_missing_window_is_enough_to_be_unknown() {
    for (window, amount, word) in [
        ("5m", None, "NO DATA"),
        ("3d", None, "NO DATA"),
        ("30d", None, "NO DATA"),
        ("5m", Some(Amount::NotANumber), "NO TRAFFIC"),
        ("1h", Some(Amount::Counts { bad: 0.0, total: 0.0 }), "NO TRAFFIC"),
        ("6h", Some(Amount::Counts { bad: 90.0, total: 7.0 }), "CONFLICT"),
        ("1d", Some(Amount::Infinite), "CONFLICT"),
        ("30d", Some(Amount::NotANumber), "NO TRAFFIC"),
    ] {
        let mut story = Story::own(99.9).everywhere(0.0).without(window);
        if let Some(amount) = amount {
            story = story.says(window, amount);
        }
        let status = story.judged();
        assert_eq!((status.level, status.state.word()), (Level::Unknown, word), "{window} {amount:?}");
        let burn = status.burn(span(window)).unwrap();
        assert_eq!((burn.state.word(), burn.rate), (word, None), "{window} {amount:?}");
    }
}

#[test]
fn an_asked_window_without_an_answer_shows_why_and_its_query() {
    let query: Arc<str> = Arc::from("sum(increase(http_requests_total[1h]))");
    let error = SourceError::new(ErrorKind::Timeout, "no answer in 10s");
    let cases = [
        (Question { query: Some(&query), ..question("1h") }, "NO DATA"),
        (Question { query: Some(&query), error: Some(&error), ..question("1h") }, "FAILED"),
        (Question { query: Some(&query), partial: Some("store-3 is down"), ..question("1h") }, "PARTIAL"),
    ];
    for (asked, word) in cases {
        let status = Story::own(99.9).everywhere(0.0).without("1h").judged_with(&[asked]);
        let burn = status.burn(span("1h")).unwrap();
        assert_eq!((burn.state.word(), burn.query.as_ref(), status.level), (word, query.as_ref(), Level::Unknown));
    }
}

#[test]
fn old_and_partial_values_raise_an_alarm_but_never_clear_one() {
    let aged = |ratio: f64| {
        let mut story = Story::own(99.9).everywhere(ratio);
        story.now += span("2h").delta();
        story.judged()
    };
    let calm = aged(0.0);
    assert_eq!((calm.level, calm.state.word()), (Level::Unknown, "STALE"));
    assert!(matches!(first_page(&calm), (Firing::Unknown { .. }, "1h 0.0x STALE, 5m 0.0x STALE: not known")));
    assert_eq!(calm.exhaustion, Exhaustion::Unknown);
    assert_eq!(aged(0.5).level, Level::Bad);

    let partial = |ratio: f64| {
        let story = Story::own(99.9).everywhere(ratio);
        let asked = Question { partial: Some("store-3 is down"), ..question("1h") };
        story.judged_with(&[asked])
    };
    assert_eq!((partial(0.0).level, partial(0.0).state.word()), (Level::Unknown, "PARTIAL"));
    assert_eq!(partial(0.5).level, Level::Bad);
}

#[test]
fn a_failed_poll_does_not_age_a_value_that_is_still_fresh() {
    let error = SourceError::new(ErrorKind::Timeout, "no answer in 10s");
    let status = Story::own(99.9).everywhere(0.0).judged_with(&[Question { error: Some(&error), ..question("1h") }]);
    assert_eq!(status.level, Level::Ok);
}

#[test]
fn both_halves_are_told() {
    let told = |long: f64, short: f64| {
        let story = Story::own(99.9).everywhere(0.0).without("1h").without("5m");
        let status = story.counts("1h", long * 3.6, 3_600.0).counts("5m", short * 0.3, 300.0).judged();
        (first_page(&status).1.to_owned(), status.level)
    };
    assert_eq!(told(16.2, 3.1), ("1h 16.2x over, 5m 3.1x falling: recovering".to_owned(), Level::Ok));
    assert_eq!(told(3.1, 16.2), ("1h 3.1x, 5m 16.2x over: rising".to_owned(), Level::Ok));
    assert_eq!(told(16.2, 20.0), ("1h 16.2x over, 5m 20.0x over: firing".to_owned(), Level::Bad));
    assert_eq!(told(1.0, 0.0), ("1h 1.0x, 5m 0.0x".to_owned(), Level::Ok));
}

#[test]
fn a_burn_of_exactly_the_factor_is_not_over() {
    for percent in [99.0, 99.5, 99.9, 99.95, 99.99] {
        let budget = (100.0 - percent) / 100.0;
        let exactly = Story::own(percent).everywhere(14.4 * budget).judged();
        assert_eq!(first_page(&exactly).0, &Firing::No, "{percent} %");
        let above = Story::own(percent).everywhere(14.41 * budget).judged();
        assert_eq!(first_page(&above).0, &Firing::Yes, "{percent} %");
    }
}

#[test]
fn one_half_that_is_known_to_be_under_settles_it_and_the_other_does_not() {
    let no_short = |ratio: f64| Story::own(99.9).everywhere(ratio).without("5m").judged();
    assert_eq!(first_page(&no_short(0.0)).0, &Firing::No);
    let over = no_short(0.5);
    assert_eq!(
        first_page(&over),
        (&Firing::Unknown { why: "5m NO DATA".to_owned() }, "1h 500x over, 5m ? NO DATA: not known")
    );
}

#[test]
fn a_factor_above_the_highest_burn_is_told_to_be_useless() {
    let status = Story::own(90.0).everywhere(1.0).judged();
    assert_eq!(first_page(&status), (&Firing::CannotFire { max: 10.0 }, "14.4x cannot fire: burn is at most 10.0x"));
    assert_eq!(status.warnings[0], "page 14.4x over 1h and 5m cannot fire: burn is at most 10.0x");
    assert_eq!(status.pairs[1].firing, Firing::Yes, "6x over 6h can");
}

#[test]
fn a_single_error_of_a_quiet_service_is_held_back_and_told() {
    let quiet = |bad: f64| {
        let hourly = Story::own(99.9).everywhere(0.0).without("1h").without("5m");
        hourly.counts("1h", bad, 10.0).counts("5m", bad, bad).judged()
    };
    let status = quiet(1.0);
    assert_eq!(first_page(&status).0, &Firing::LowTraffic { bad: 1.0, needed: 3.0 });
    assert_eq!(first_page(&status).1, "1h 100x over, 5m 1000x over: held back, 1 of the 3 bad events it takes");
    assert_eq!(status.level, Level::Watch);
    assert_eq!(
        status.warnings[0],
        "low traffic: 0.14 errors over 1h fire the page: any single error pages; held back here until there are 3"
    );
    assert_eq!(first_page(&quiet(3.0)).0, &Firing::Yes);
}

#[test]
fn a_new_service_does_not_page_before_the_textbook_does() {
    // Prometheus gives the ratio of the covered part: 20 % errors from the first scrape on, which fired Sloth's page after 7.5 s.
    let after = |age: &str| {
        let story =
            ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"].into_iter().fold(Story::own(99.9), |story, window| {
                let seen = span(age).secs().min(span(window).secs());
                story.counts(window, 200.0 * seen, 1_000.0 * seen)
            });
        story.first_seen(age).judged()
    };
    let young = after("8s");
    assert_eq!((young.level, young.state.word()), (Level::Wait, "WARMING"));
    assert!(near(young.burn(span("1h")).unwrap().rate.unwrap(), 200.0), "the burn itself is shown as it is");
    assert_eq!(first_page(&young).1, "1h 200x (<1 % covered, counts as 0.4x), 5m 200x (3 % covered, counts as 5.3x)");
    assert_eq!(after("259s").level, Level::Wait);
    assert_eq!(after("260s").level, Level::Bad);
    let warning = "30m window 24 % covered, 1h 12 %, 2h 6 %, 6h 2 %, 1d <1 %, 3d <1 %, 30d <1 %";
    assert!(after("432s").warnings.iter().any(|text| text == warning), "{:?}", after("432s").warnings);
}

#[test]
fn a_service_younger_than_its_period_has_a_budget_and_can_be_ok() {
    let status = Story::own(99.9).everywhere(0.0002).first_seen("20d").judged();
    assert_eq!((status.level, status.budget.state.word()), (Level::Ok, "WARMING"));
    assert!(near(status.budget.remaining.unwrap(), 0.8));
}

#[test]
fn an_overspent_budget_stays_negative_and_is_worth_an_eye() {
    let status = Story::own(99.9).everywhere(0.0).without("30d").counts("30d", 2_400.0, 1_000_000.0).judged();
    assert!(near(status.budget.remaining.unwrap(), -1.4));
    assert_eq!((status.level, status.exhaustion), (Level::Watch, Exhaustion::Exhausted));
}

#[test]
fn the_time_to_exhaustion_has_its_caveats() {
    let at = |ratio: f64| {
        let story = Story::own(99.9).everywhere(ratio).without("30d").counts("30d", 500.0, 1_000_000.0);
        story.judged().exhaustion
    };
    assert_eq!(at(0.0), Exhaustion::NotBurning);
    assert_eq!(at(0.001), Exhaustion::Never);
    assert_eq!(at(0.005), Exhaustion::AtLeast(span("3d")));
    let silent = Story::own(99.9).everywhere(0.0).without("1h").says("1h", Amount::NotANumber).judged();
    assert_eq!(silent.exhaustion, Exhaustion::Unknown, "no traffic is not the same as no errors");
}

#[test]
fn a_recorded_average_of_slices_is_told_to_be_one() {
    let sloth = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
        .into_iter()
        .fold(Story::new(99.9, Origin::Sloth), |story, window| story.says(window, Amount::Ratio(0.0002)));
    let status = sloth.clone().recorded(Some(0.41), true).judged();
    assert_eq!((status.level, status.budget.basis), (Level::Ok, BudgetBasis::Time));
    assert_eq!(status.warnings, ["budget is time-weighted: a quiet hour weighs as much as a busy one"]);

    let poisoned = sloth.clone().recorded(None, true).judged();
    assert_eq!((poisoned.level, poisoned.budget.state.word()), (Level::Unknown, "CONFLICT"));
    assert!(poisoned.warnings[0].contains("NaN"), "{:?}", poisoned.warnings);
    assert_eq!(sloth.judged().budget.state.word(), "NO DATA");
}

#[test]
fn a_version_is_judged_by_the_windows_that_are_split_by_it() {
    let mut story = Story::own(99.9);
    story.version = Some("1.42.0".to_owned());
    let status = story.counts("5m", 40.0, 100.0).counts("1h", 40.0, 100.0).first_seen("2m").judged();
    assert_eq!(status.pairs.len(), 1);
    assert_eq!((status.level, status.state.word()), (Level::Wait, "WARMING"));
    assert!(near(status.burn(span("5m")).unwrap().rate.unwrap(), 400.0));
    assert_eq!((status.budget.remaining, status.spent_since_release), (None, None));
}

#[test]
fn what_a_release_spent_is_told_with_its_bounds() {
    let mut story =
        Story::own(99.9).counts("30m", 300.0, 1.8e6).counts("1h", 600.0, 3.6e6).counts("30d", 700.0, 2.592e9);
    story.release_started = Some(story.now - span("45m").delta());
    let spent = story.judged().spent_since_release.unwrap();
    let budget = 0.001 * 2.592e9;
    assert!(
        near(spent.at_least, 300.0 / budget)
            && near(spent.at_most, 600.0 / budget)
            && near(spent.share, 450.0 / budget)
    );
    assert_eq!(spent.basis, BudgetBasis::Events);

    let mut recorded = Story::new(99.9, Origin::Sloth).says("1h", Amount::Ratio(0.0144));
    recorded.release_started = Some(recorded.now - span("1h").delta());
    let spent = recorded.judged().spent_since_release.unwrap();
    assert!(near(spent.share, 0.02), "14.4x for an hour is 2 % of 30 days");
    assert_eq!(spent.basis, BudgetBasis::Time);

    recorded.release_started = Some(recorded.now - span("2h").delta());
    assert_eq!(recorded.judged().spent_since_release, None, "nothing reaches back so far");
}

/// A monthly promise in Berlin, as of `now`, with `ratio` bad since the month began, at one event a second.
fn monthly(now: &str, ratio: f64) -> Story {
    let mut story = Story::own(99.9);
    story.slo.period = Period::Calendar { unit: CalendarUnit::Month, zone: chrono_tz::Europe::Berlin };
    story.now = now.parse().unwrap();
    let window = budget_window(story.slo.period, &story.slo.origin, story.now).unwrap();
    let fixed = windows(story.slo.period, &story.slo.origin);
    fixed
        .into_iter()
        .chain([window])
        .fold(story, |story, window| story.counts(&window.to_string(), ratio * window.secs(), window.secs()))
}

#[test]
fn a_calendar_budget_counts_from_midnight_in_its_zone_and_is_projected() {
    // 31 days and an hour, because clocks go back on the 25th: half of the month is over at this instant.
    let half: Timestamp = "2026-10-16T10:30:00Z".parse().unwrap();
    let status = monthly("2026-10-16T10:30:00Z", 0.001).judged();
    assert_eq!(status.budget.basis, BudgetBasis::Projection);
    assert!(near(status.budget.remaining.unwrap(), 0.5), "{half}: {:?}", status.budget);
    assert!(near(status.budget.so_far.unwrap(), 0.0));
    assert_eq!(status.exhaustion, Exhaustion::AfterPeriod, "a burn of 1 lasts to the end of the month");
    assert!(!status.burns.iter().any(|burn| burn.window > span("3d")), "the growing window is no column");

    let faster = monthly("2026-10-16T10:30:00Z", 0.0015).judged();
    let Exhaustion::In(time) = faster.exhaustion else { panic!("{:?}", faster.exhaustion) };
    let left = 0.25 / 1.5 * span("31d1h").secs();
    assert!((time.secs() - left).abs() < 1.0, "{time}");
}

#[test]
fn a_new_month_does_not_take_over_the_reading_of_the_old_one() {
    let mut story = monthly("2026-10-31T22:50:00Z", 0.002);
    assert!(story.judged().budget.remaining.unwrap() < 0.0);
    story.now += Span::from_mins(11).delta();
    let status = story.judged();
    assert_eq!((status.budget.remaining, status.budget.state.word()), (None, "NO DATA"));
}

#[test]
fn notes_of_the_questions_are_told_once() {
    let notes = ["no bucket at 300ms: counts events over 250ms as slow".to_owned()];
    let asked = ["5m", "1h"].map(|window| Question { notes: &notes, ..question(window) });
    assert_eq!(Story::own(99.9).everywhere(0.0).judged_with(&asked).warnings, notes);
}
