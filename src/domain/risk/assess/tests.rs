//! Factors by what is said and known; worse and unknown facts.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    catalog::Service,
    join::example::{at, catalog, room, with_release},
    ledger::hash::Hash,
    plan::Mode,
    run::{
        Outcome,
        example::{Journal, plan},
    },
    runbook::example::example,
};

/// A release of `checkout` that nobody said anything about.
fn bare() -> (Catalog, Release) {
    let catalog = with_release(catalog(), "checkout-1.42", "1.42.0");
    let release = room(catalog.clone()).picture(at(0)).releases.remove(0);
    (catalog, release)
}

fn risk(catalog: &Catalog, release: &Release, pages: Result<u64, String>, runs: Option<&Runs>) -> Risk {
    assess(release, &Known { catalog, callers: &Callers::new(catalog), pages, runs, now: at(0) })
}

fn with(facts: Facts) -> Risk {
    let (mut catalog, release) = bare();
    catalog.changes.insert("checkout-1.42".into(), Change { said: vec![facts], ..Change::default() });
    risk(&catalog, &release, Ok(0), None)
}

fn points(risk: &Risk, name: Name) -> (u8, u8) {
    let factor = risk.factor(name).expect("every factor is there");
    (factor.least, factor.most)
}

#[test]
fn a_release_of_which_nothing_is_known_may_be_anything_and_says_so() {
    let (mut catalog, release) = bare();
    catalog.services.clear();
    let risk = risk(&catalog, &release, Err("no source of alerts is configured".into()), None);
    // There is no runbook: that is known.
    assert_eq!((risk.least(), risk.most(), risk.unknown()), (10, 100, 9));
    assert_eq!(risk.words(), "at least 10, 9 factors unknown, at most 100");
    assert_eq!(risk.factors.len(), Name::ALL.len());
    let told: Vec<&str> = risk.factors.iter().map(|factor| factor.evidence.as_str()).collect();
    assert!(told.iter().all(|evidence| !evidence.is_empty()), "{told:#?}");
}

#[test]
fn what_a_file_says_gives_points_with_its_evidence_and_its_source() {
    let facts = Facts {
        source: "releases/checkout-1.42.change.json".into(),
        lines: Some(412),
        files: Some(3),
        coverage: Some(78.5),
        schema_change: Some(true),
        personal_data: Some(false),
        pages: Some(1),
        incidents: Some(2),
        rehearsed: Some(at(-40 * 86_400)),
        ..Facts::default()
    };
    let risk = with(facts);
    for (name, wanted) in [
        (Name::Size, 10),
        (Name::Coverage, 3),
        (Name::SchemaChange, 10),
        (Name::PersonalData, 0),
        (Name::OnCall, 3),
        (Name::Incidents, 7),
        (Name::Rehearsal, 5),
    ] {
        assert_eq!(points(&risk, name), (wanted, wanted), "{name:?}");
    }
    let size = risk.factor(Name::Size).expect("it");
    assert_eq!((size.evidence.as_str(), size.source.as_str()), ("412 lines", "releases/checkout-1.42.change.json"));
}

#[test]
fn of_two_files_the_worse_counts_and_one_that_cannot_be_read_may_say_anything() {
    let (mut catalog, release) = bare();
    let said =
        |source: &str, lines| Facts { source: source.into(), lines: Some(lines), files: Some(1), ..Facts::default() };
    let two = Change { said: vec![said("a", 5_000), said("b", 5)], ..Change::default() };
    catalog.changes.insert("checkout-1.42".into(), two);
    assert_eq!(points(&risk(&catalog, &release, Ok(0), None), Name::Size), (15, 15));
    let broken = Change { said: vec![said("b", 5)], unread: Some("x.json is not there".into()), ..Change::default() };
    catalog.changes.insert("checkout-1.42".into(), broken);
    let found = risk(&catalog, &release, Ok(0), None);
    assert_eq!(points(&found, Name::Size), (0, 15));
    assert!(found.factor(Name::Size).is_some_and(|factor| factor.evidence.contains("x.json is not there")));
    assert_eq!(points(&found, Name::OnCall), (0, 5));
}

#[test]
fn services_count_by_the_most_critical_and_callers_by_whoever_reaches_them() {
    let (mut catalog, release) = bare();
    let calls = |on: &str| Service { depends_on: vec![on.to_owned()], ..Service::default() };
    catalog.services.insert("web".into(), calls("checkout"));
    catalog.services.insert("mobile".into(), calls("web"));
    catalog.services.insert("cart".into(), Service::default());
    let found = risk(&catalog, &release, Ok(0), None);
    assert_eq!(points(&found, Name::Services), (0, 15), "nobody said how critical it is");
    assert_eq!(points(&found, Name::Dependants), (3, 3));
    let evidence = &found.factor(Name::Dependants).expect("it").evidence;
    assert_eq!(evidence, "called by mobile, web");
    catalog.services.get_mut("checkout").expect("it").criticality = Some(1);
    assert_eq!(points(&risk(&catalog, &release, Ok(0), None), Name::Services), (12, 12));
}

#[test]
fn the_ledger_tells_of_rehearsals_and_of_runbooks_that_were_run() {
    let (mut catalog, mut release) = bare();
    let mut rehearsal = plan();
    rehearsal.mode = Mode::Rehearsal;
    let mut runbook = crate::domain::runbook::Runbook {
        digest: rehearsal.runbook.digest,
        services: vec!["checkout".into()],
        ..example("back", Vec::new())
    };
    catalog.runbooks.insert("back".into(), runbook.clone());
    assert_eq!(points(&risk(&catalog, &release, Ok(0), None), Name::Rehearsal), (0, 10), "no ledger is no rehearsal");
    let mut journal = Journal::started(rehearsal);
    assert_eq!(points(&risk(&catalog, &release, Ok(0), Some(&journal.runs)), Name::Rehearsal), (10, 10), "never");
    journal.go(&[Outcome::Succeeded; 4]);
    let now = journal.events.last().expect("an event").ts;
    let at = |catalog: &Catalog, release: &Release, runs: &Runs, now| {
        assess(release, &Known { catalog, callers: &Callers::new(catalog), pages: Ok(0), runs: Some(runs), now })
    };
    let found = |catalog: &Catalog, days| {
        points(&at(catalog, &release, &journal.runs, now + Span::from_days(days).delta()), Name::Rehearsal).0
    };
    assert_eq!([found(&catalog, 1), found(&catalog, 31), found(&catalog, 91)], [0, 5, 10]);
    runbook.digest = Hash::of(b"changed since");
    catalog.runbooks.insert("back".into(), runbook);
    assert_eq!(found(&catalog, 1), 10, "another content was rehearsed");
    let real = Journal::started(plan());
    release.environment.clone_from(&plan().target.environment);
    assert_eq!(points(&at(&catalog, &release, &real.runs, now), Name::Incidents), (4, 10), "others are not known");
}

#[test]
fn the_worst_way_to_fail_counts_and_a_grave_one_counts_however_seldom_it_is() {
    let (mut catalog, release) = bare();
    let mode = |mode: &str, severity, occurrence, detection| FailureMode {
        mode: mode.into(),
        effect: "customers cannot pay".into(),
        severity,
        occurrence,
        detection,
        mitigation: None,
    };
    let mut found = |failures: Vec<FailureMode>| {
        catalog.changes.insert("checkout-1.42".into(), Change { failures, ..Change::default() });
        risk(&catalog, &release, Ok(0), None)
    };
    assert_eq!(points(&found(Vec::new()), Name::FailureModes), (0, 10), "nobody looked");
    assert_eq!(points(&found(vec![mode("slow", 2, 2, 2)]), Name::FailureModes), (0, 0));
    assert_eq!(points(&found(vec![mode("lost orders", 10, 1, 1)]), Name::FailureModes), (6, 6));
    let both = found(vec![mode("slow", 2, 2, 2), mode("double charge", 8, 5, 6)]);
    assert_eq!(points(&both, Name::FailureModes), (10, 10));
    let first = &both.failures[0];
    assert_eq!((first.mode.as_str(), first.priority()), ("double charge", 240));
}

fn facts() -> impl Strategy<Value = Facts> {
    let count = || proptest::option::of(0_u64..3_000);
    (
        (count(), count(), proptest::option::of(0.0_f64..=100.0)),
        (any::<Option<bool>>(), any::<Option<bool>>()),
        (proptest::option::of(0_u64..5), proptest::option::of(0_u64..5), proptest::option::of(0_i64..200)),
    )
        .prop_map(|((lines, files, coverage), (schema_change, personal_data), (pages, incidents, days))| Facts {
            source: "file".into(),
            at: None,
            lines,
            files,
            coverage,
            schema_change,
            personal_data,
            pages,
            incidents,
            rehearsed: days.map(|days| at(-days * 86_400)),
        })
}

/// The same with one thing worse than it was; what is not known stays so.
fn worse(facts: &Facts, which: usize) -> Facts {
    let more = |count: Option<u64>| count.map(|count| count * 2 + 1);
    let mut facts = facts.clone();
    match which {
        0 => facts.lines = more(facts.lines),
        1 => facts.files = more(facts.files),
        2 => facts.coverage = facts.coverage.map(|percent| percent / 2.0),
        3 => facts.schema_change = facts.schema_change.map(|_| true),
        4 => facts.personal_data = facts.personal_data.map(|_| true),
        5 => facts.pages = more(facts.pages),
        6 => facts.incidents = more(facts.incidents),
        _ => facts.rehearsed = facts.rehearsed.map(|at| at - Span::from_days(60).delta()),
    }
    facts
}

/// The same with one thing not known any more.
fn forgotten(facts: &Facts, which: usize) -> Facts {
    let mut facts = facts.clone();
    match which {
        0 => facts.lines = None,
        1 => facts.files = None,
        2 => facts.coverage = None,
        3 => facts.schema_change = None,
        4 => facts.personal_data = None,
        5 => facts.incidents = None,
        _ => facts.rehearsed = None,
    }
    facts
}

fn bounds(facts: &Facts) -> (u8, u8) {
    let risk = with(facts.clone());
    (risk.least(), risk.most())
}

proptest! {
    #[test]
    fn a_worse_fact_never_lowers_a_score(facts in facts(), which in 0_usize..8) {
        let (before, after) = (bounds(&facts), bounds(&worse(&facts, which)));
        prop_assert!(after.0 >= before.0 && after.1 >= before.1, "{before:?} {after:?}");
    }

    #[test]
    fn another_file_never_lowers_what_is_known_of_a_score(one in facts(), other in facts()) {
        let (mut catalog, release) = bare();
        // Whoever rehearsed later makes the way back safer: that is no bad fact.
        let one = Facts { rehearsed: None, ..one };
        let other = Facts { rehearsed: None, ..other };
        let said = |said: Vec<Facts>| Change { said, ..Change::default() };
        catalog.changes.insert("checkout-1.42".into(), said(vec![one.clone()]));
        let before = risk(&catalog, &release, Ok(0), None).least();
        catalog.changes.insert("checkout-1.42".into(), said(vec![one, other]));
        prop_assert!(risk(&catalog, &release, Ok(0), None).least() >= before);
    }

    #[test]
    fn what_is_forgotten_never_lowers_what_a_rule_counts(facts in facts(), which in 0_usize..7) {
        let (before, after) = (bounds(&facts), bounds(&forgotten(&facts, which)));
        prop_assert!(after.1 >= before.1, "{before:?} {after:?}");
    }

    #[test]
    fn a_score_is_within_its_bounds(facts in facts()) {
        let (least, most) = bounds(&facts);
        prop_assert!(least <= most && most <= 100);
    }
}
