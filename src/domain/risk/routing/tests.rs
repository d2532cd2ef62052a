//! Rules hold from a score on, and never ask for less.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    join::example::{at, catalog, room, with_release},
    risk::factor::Factor,
};

fn release() -> (Catalog, Release) {
    let catalog = with_release(catalog(), "checkout-1.42", "1.42.0");
    let release = room(catalog.clone()).picture(at(0)).releases.remove(0);
    (catalog, release)
}

/// A risk of which one factor is so much, and nothing else is anything.
fn risk(name: Name, least: u8, most: u8) -> Risk {
    let factor = |one| Factor {
        name: one,
        least: if one == name { least } else { 0 },
        most: if one == name { most } else { 0 },
        evidence: String::new(),
        source: String::new(),
    };
    Risk { factors: Name::ALL.map(factor).to_vec(), failures: Vec::new() }
}

fn rule(id: &str, when: When, class: Option<ChangeClass>, sign: &[&str]) -> Rule {
    Rule { id: id.into(), when, class, sign: sign.iter().map(|&role| role.to_owned()).collect() }
}

fn score(from: u8) -> When {
    When { score: Some(from), ..When::default() }
}

#[test]
fn the_strictest_of_all_rules_that_hold_decides() {
    let (catalog, release) = release();
    let rules = vec![
        rule("any", When::default(), Some(ChangeClass::Standard), &[]),
        rule("some", score(5), Some(ChangeClass::Normal), &["sre"]),
        rule("much", score(12), None, &["change-manager"]),
    ];
    let routing = Routing { rules, overrides: BTreeSet::new() };
    let route = |risk: &Risk| {
        let routed = routing.route(&release, risk, &catalog);
        (routed.class, routed.sign.into_iter().collect::<Vec<_>>(), routed.rules.join(" "))
    };
    assert_eq!(route(&risk(Name::Size, 0, 0)), (Some(ChangeClass::Standard), vec![], "any".into()));
    assert_eq!(route(&risk(Name::Size, 5, 5)), (Some(ChangeClass::Normal), vec!["sre".into()], "any some".into()));
    let (class, sign, _) = route(&risk(Name::Size, 5, 15));
    assert_eq!((class, sign.len()), (Some(ChangeClass::Normal), 2), "what is not known counts as there");
}

#[test]
fn what_is_not_known_counts_as_there() {
    let (mut catalog, release) = release();
    let when = When { has: BTreeSet::from([Trait::SchemaChange]), ..When::default() };
    assert!(!when.holds(&release, &risk(Name::SchemaChange, 0, 0), &catalog));
    assert!(when.holds(&release, &risk(Name::SchemaChange, 0, 10), &catalog));
    assert!(when.holds(&release, &Risk::default(), &catalog));
    let critical = When { criticality: Some(1), ..When::default() };
    assert!(critical.holds(&release, &Risk::default(), &catalog), "nobody said how critical it is");
    catalog.services.get_mut("checkout").expect("it").criticality = Some(2);
    assert!(!critical.holds(&release, &Risk::default(), &catalog));
    let elsewhere = When { environments: BTreeSet::from(["staging".into()]), ..When::default() };
    assert!(!elsewhere.holds(&release, &Risk::default(), &catalog));
}

#[test]
fn an_emergency_is_no_laxer_class_where_it_can_be_signed() {
    let normal = Routed { class: Some(ChangeClass::Normal), ..Routed::default() };
    assert!(normal.is_stricter_than(ChangeClass::Standard, true));
    assert!(!normal.is_stricter_than(ChangeClass::Normal, true));
    assert!(!normal.is_stricter_than(ChangeClass::Emergency, true));
    assert!(normal.is_stricter_than(ChangeClass::Emergency, false));
    assert!(!Routed::default().is_stricter_than(ChangeClass::Standard, true));
}

proptest! {
    #[test]
    fn more_risk_never_asks_for_less(
        from in proptest::collection::vec(0_u8..=15, 0..5),
        (low, more) in (0_u8..=15, 0_u8..=15),
        unknown in 0_u8..=15,
    ) {
        let (catalog, release) = release();
        let classes = [None, Some(ChangeClass::Standard), Some(ChangeClass::Normal)];
        let rules = from.iter().enumerate().map(|(index, from)| {
            let role = format!("role-{index}");
            rule(&format!("r{index}"), score(*from), classes[index % 3], &[&role])
        });
        let routing = Routing { rules: rules.collect(), overrides: BTreeSet::new() };
        let before = routing.route(&release, &risk(Name::Size, low, low), &catalog);
        let worse = (low + more).min(15);
        for after in [risk(Name::Size, worse, worse), risk(Name::Size, low, (low + unknown).min(15))] {
            let after = routing.route(&release, &after, &catalog);
            prop_assert!(after.class >= before.class);
            prop_assert!(after.sign.is_superset(&before.sign));
        }
    }
}
