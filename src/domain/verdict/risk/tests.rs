//! Reasons of a class that is too lax, and of missing signatures.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    catalog::ChangeClass,
    join::example::{at, catalog, room, with_release},
    risk::{
        change::{Change, Facts},
        routing::{Rule, When},
    },
    time::Span,
};

/// A standard release of `checkout` that a schema change routes to normal.
fn routed_to_normal() -> (Catalog, Release) {
    let mut catalog = with_release(catalog(), "checkout-1.42", "1.42.0");
    catalog.releases.get_mut("checkout-1.42").expect("it").class = ChangeClass::Standard;
    let when = When { has: BTreeSet::from([crate::domain::risk::routing::Trait::SchemaChange]), ..When::default() };
    let rule = Rule { id: "schema".into(), when, class: Some(ChangeClass::Normal), sign: BTreeSet::new() };
    catalog.routing.rules.push(rule);
    catalog.routing.overrides.insert("release-manager".into());
    let release = room(catalog.clone()).picture(at(0)).releases.remove(0);
    (catalog, release)
}

fn reasons(catalog: &Catalog, release: &Release, standing: Option<&Standing>) -> Vec<Reason> {
    let picture = Picture { releases: vec![release.clone()], ..Picture::empty(at(0)) };
    let risks = risks(&picture, catalog, None);
    let risk = risks.get(&release.id).expect("every release has a risk");
    routed(release, risk, catalog, standing, Next::Start)
}

fn standing(overrides: Vec<Waiver>) -> Standing {
    Standing {
        subject: crate::domain::ledger::hash::Hash::NONE,
        groups: Vec::new(),
        signoffs: Vec::new(),
        progress: crate::domain::readiness::progress::Progress::default(),
        next: Next::Start,
        blocks: Vec::new(),
        waivers: Vec::new(),
        overrides,
        approvals: Vec::new(),
        decision: None,
        risks: Vec::new(),
        debt: None,
    }
}

fn waiver(role: &str) -> Waiver {
    Waiver {
        item: "class/normal".into(),
        principal: "ana".into(),
        role: role.into(),
        reason: "the column is not read yet".into(),
        at: at(0),
        expires_at: at(3_600),
        left: Span::from_hours(1),
        seq: 7,
    }
}

#[test]
fn a_class_that_is_laxer_than_the_risk_calls_for_waits_until_somebody_lets_it_be() {
    let (mut catalog, release) = routed_to_normal();
    let found = reasons(&catalog, &release, Some(&standing(Vec::new())));
    let [reason] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((reason.effect, reason.short.as_str()), (Effect::Waits, "class too lax"));
    assert!(reason.text.contains("calls for normal (schema)"), "{}", reason.text);
    assert!(reason.evidence.contains("warroom waive checkout-1.42 class/normal"), "{}", reason.evidence);
    let passed = reasons(&catalog, &release, Some(&standing(vec![waiver("release-manager")])));
    assert_eq!(passed.iter().map(|reason| reason.effect).collect::<Vec<_>>(), [Effect::Supports]);
    assert!(passed.iter().all(|reason| reason.text.contains("the column is not read yet")));
    let other = reasons(&catalog, &release, Some(&standing(vec![waiver("developer")])));
    assert_eq!(other.first().map(|reason| reason.effect), Some(Effect::Waits));
    let no = Facts { source: "file".into(), schema_change: Some(false), ..Facts::default() };
    catalog.changes.insert("checkout-1.42".into(), Change { said: vec![no], ..Change::default() });
    let calm = reasons(&catalog, &release, None);
    assert_eq!(calm.first().map(|reason| reason.effect), Some(Effect::Supports), "no schema is changed");
}

#[test]
fn a_signature_that_the_risk_calls_for_is_waited_for() {
    let (mut catalog, mut release) = routed_to_normal();
    release.class = ChangeClass::Normal;
    catalog.routing.rules[0].sign.insert("security".into());
    let found = reasons(&catalog, &release, None);
    let waits: Vec<&Reason> = found.iter().filter(|reason| reason.effect == Effect::Waits).collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].cure.as_ref().map(|cure| cure.what.as_str()), Some("security signs"));
}

#[test]
fn without_rules_a_risk_is_shown_and_holds_nothing() {
    let (mut catalog, release) = routed_to_normal();
    catalog.routing.rules.clear();
    assert_eq!(reasons(&catalog, &release, None), []);
}
