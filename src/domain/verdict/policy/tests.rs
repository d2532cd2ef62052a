//! What a decision of policies does to the verdict, with and without what people said.

use super::*;
use crate::domain::{
    catalog::{ChangeClass, ReleaseFile},
    checklist::Checklist,
    ledger::hash::Hash,
    level::Level,
    policy::{Decision, Risk},
    readiness::{
        example::{RELEASE, Told, at, hash, signoff},
        roles::Roles,
        standing::Inputs,
        statement::{About, Vote},
    },
    release::{Phase, Release},
};

const LASTS: Span = Span::from_mins(1);

fn objection(id: &str) -> Objection {
    Objection {
        id: id.to_owned(),
        message: "too large".to_owned(),
        severity: Severity::High,
        overridable_by: vec!["commander".to_owned()],
        remediation: Some("split it".to_owned()),
    }
}

fn ruling(decision: Decision) -> Ruling {
    Ruling { decision, at: at(10), input: Hash::NONE }
}

/// How the release stands after what `told` has, ten minutes after the beginning.
fn standing(told: &Told) -> Standing {
    let roles: Roles = toml::from_str(
        "[roles.commander]\nmembers = [\"ana\"]\nmay = [\"waive\", \"sign\"]\n[roles.lead]\nmembers = [\"lin\", \"jo\"]\nmay = [\"waive\", \"sign\"]",
    )
    .expect("roles");
    let release = Release {
        id: RELEASE.into(),
        name: RELEASE.into(),
        file: Some(ReleaseFile { owner: Some("jo".into()), ..ReleaseFile::default() }),
        environment: "prod".into(),
        production: true,
        class: ChangeClass::Normal,
        components: Vec::new(),
        phase: Phase::Planned,
        level: Level::Wait,
        reasons: Vec::new(),
        started_at: None,
        finished_at: None,
        data_at: None,
    };
    let (name, digest) = ("service".into(), hash("checklist"));
    let checklist = Checklist { name, title: None, groups: Vec::new(), signoffs: Vec::new(), digest, commit: None };
    let said = told.record.said(RELEASE).cloned().unwrap_or_default();
    let evidence = std::collections::BTreeMap::new();
    let inputs = Inputs {
        release: &release,
        checklist: &checklist,
        roles: &roles,
        said: &said,
        evidence: &evidence,
        subject: hash("subject"),
    };
    Standing::at(at(10), &inputs)
}

fn judged(decision: Decision, told: &Told) -> Vec<Reason> {
    policy(Some(&ruling(decision)), Some(&standing(told)), LASTS, at(10))
}

fn waive(told: &mut Told, principal: &str, role: &str) {
    let item = "policy/size";
    let about = About::Waiver { item, granted: true, role, reason: "customers cannot pay", expires: Some(at(60)) };
    told.sign(principal, about);
}

fn effects(reasons: &[Reason]) -> Vec<Effect> {
    reasons.iter().map(|reason| reason.effect).collect()
}

#[test]
fn before_an_answer_and_long_after_one_nobody_can_say() {
    assert_eq!(effects(&policy(None, None, LASTS, at(10))), [Effect::Unknown]);
    let allowed = ruling(Decision::default());
    assert_eq!(effects(&policy(Some(&allowed), None, LASTS, at(11))), [Effect::Supports]);
    let late = policy(Some(&allowed), None, LASTS, at(12));
    assert_eq!(effects(&late), [Effect::Unknown]);
    assert!(late[0].text.contains("2m"), "{}", late[0].text);
}

#[test]
fn a_denial_stops_and_says_how_bad_who_may_and_what_to_do() {
    let denied = judged(Decision { deny: vec![objection("size")], ..Decision::default() }, &Told::default());
    assert_eq!(effects(&denied), [Effect::Stops]);
    for wanted in ["high severity", "split it", "commander may let it pass", "warroom waive RELEASE policy/size"] {
        assert!(denied[0].evidence.contains(wanted), "{}", denied[0].evidence);
    }
    assert_eq!(denied[0].at, Some(at(10)), "it has the age of the answer");
    let nobody = Decision::unavailable("it took too long");
    assert!(judged(nobody, &Told::default())[0].evidence.contains("nobody may let it pass"));
}

#[test]
fn who_has_the_role_lets_it_pass_and_nobody_else() {
    let decision = || Decision { deny: vec![objection("size")], ..Decision::default() };
    let mut told = Told::default();
    waive(&mut told, "lin", "lead");
    let refused = judged(decision(), &told);
    assert_eq!(effects(&refused), [Effect::Stops]);
    assert!(refused[0].evidence.contains("lin as lead may not let it pass"), "{}", refused[0].evidence);
    waive(&mut told, "ana", "commander");
    let passed = judged(decision(), &told);
    assert!(effects(&passed).iter().all(|effect| *effect == Effect::Supports), "{passed:?}");
    assert!(passed[0].text.contains("ana as commander") && passed[0].text.contains("customers cannot pay"));
    let other = judged(Decision { deny: vec![objection("other")], ..Decision::default() }, &told);
    assert_eq!(effects(&other), [Effect::Stops], "it was given for one denial");
}

#[test]
fn an_approval_that_a_policy_asks_for_is_waited_for_until_somebody_else_than_the_owner_gives_it() {
    let decision = || Decision { required_approvals: vec!["lead".to_owned()], ..Decision::default() };
    let mut told = Told::default();
    let missing = judged(decision(), &told);
    assert_eq!(effects(&missing), [Effect::Waits]);
    assert!(missing[0].evidence.contains("warroom sign RELEASE policy/lead"));
    told.sign("jo", signoff("policy/lead", Vote::Approve, "lead"));
    assert_eq!(effects(&judged(decision(), &told)), [Effect::Waits], "the owner");
    told.sign("lin", signoff("policy/lead", Vote::Approve, "lead"));
    assert_eq!(effects(&judged(decision(), &told)), [Effect::Supports]);
    told.sign("lin", signoff("policy/lead", Vote::Deny, "lead"));
    assert_eq!(effects(&judged(decision(), &told)), [Effect::Stops]);
}

#[test]
fn warnings_and_the_risk_are_told_and_stop_nothing() {
    let risk = Some(Risk { score: 55.0, factors: Vec::new() });
    let told = judged(Decision { warn: vec![objection("size")], risk, ..Decision::default() }, &Told::default());
    assert_eq!(effects(&told), [Effect::Supports, Effect::Supports]);
    assert!(told[1].text.contains("risk 55 of 100"), "{}", told[1].text);
}
