//! What the breaker does, as a runbook like any other: one step that changes something, and a look whether it took effect.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::{
    checklist::{check::Check, predicate::Predicate},
    ledger::{canonical, hash::Hash},
    object::ObjectKey,
    runbook::{
        Failing, Runbook, Step,
        action::{Action, Kubernetes, Rollout, Verb},
    },
    time::Span,
    trigger::Act,
};

/// How long the step and its look may take each.
const TIMEOUT: Span = Span::from_mins(2);
/// How old a rehearsal may be before it is told. Nobody rehearses one verb.
const REHEARSE: Span = Span::from_days(30);

/// What pauses or aborts the rollout of `service`, whose objects under way are `objects`; `None` for advice.
#[must_use]
pub fn of(act: Act, service: &str, objects: &[ObjectKey]) -> Option<Runbook> {
    let (field, seen) = match act {
        Act::Advise => return None,
        Act::Pause => ("/spec/paused", "is paused"),
        Act::Abort => ("/status/abort", "is aborted"),
    };
    let title = format!("{} the rollout of {service}", act.word());
    let steps = if act == Act::Pause {
        // A region that is done, or has not begun, is left as it is: each object by its name.
        let pauses = objects.iter().enumerate();
        pauses.map(|(index, key)| step(&format!("pause-{}", index + 1), title.clone(), pause(key))).collect()
    } else {
        // The verb leaves alone what is not under way, and knows when an abort would be ignored.
        let abort = Rollout { service: Some(service.to_owned()), verb: Verb::Abort, to: None };
        vec![step("abort", title, Action::Rollout(abort))]
    };
    let looks = objects.iter().enumerate().map(|(index, key)| {
        let check = Check::Kubernetes {
            source: Some(key.source.clone()),
            kind: key.kind.clone(),
            namespace: (!key.namespace.is_empty()).then(|| key.namespace.clone()),
            name: key.name.clone(),
            field: field.to_owned(),
            must: Predicate::Truth(true),
        };
        let title = format!("{} {} in {} {seen}", key.kind, key.name, key.source);
        step(&format!("seen-{}", index + 1), title, Action::Check(check))
    });
    let mut runbook = Runbook {
        name: format!("breaker-{}", act.word()),
        title: format!("Circuit breaker: {} {service}", act.word()),
        purpose: Some("What a trigger does by itself when it fired and nobody held it.".to_owned()),
        services: vec![service.to_owned()],
        environments: Vec::new(),
        owner: None,
        reviewers: Vec::new(),
        budget: Span::from_mins(5),
        rto: None,
        rpo: None,
        risk: None,
        rehearse: REHEARSE,
        parameters: Vec::new(),
        approvals: BTreeMap::new(),
        before: Vec::new(),
        keep: Vec::new(),
        steps,
        validation: looks.collect(),
        digest: Hash::NONE,
        commit: None,
    };
    runbook.digest = Hash::of(&canonical::to_bytes(&runbook).ok()?);
    Some(runbook)
}

/// Pauses the object of this name in its cluster.
fn pause(key: &ObjectKey) -> Action {
    Action::Kubernetes(Kubernetes {
        source: Some(key.source.clone()),
        kind: key.kind.clone(),
        namespace: (!key.namespace.is_empty()).then(|| key.namespace.clone()),
        name: key.name.clone(),
        subresource: None,
        patch: json!({ "spec": { "paused": true } }),
        until: Some(("/spec/paused".to_owned(), Predicate::Truth(true))),
    })
}

fn step(id: &str, title: String, action: Action) -> Step {
    Step {
        id: id.to_owned(),
        title,
        idempotent: action.is_idempotent(),
        cancellable: false,
        timeout: TIMEOUT,
        grace: Span::from_secs(10),
        attempts: 1,
        failing: Failing::Stop,
        each: None,
        undo: None,
        probe: None,
        action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::join::example::key;

    #[test]
    fn it_changes_one_thing_and_looks_whether_that_took_effect() {
        let runbook = of(Act::Pause, "checkout", &[key("eu", "checkout", "u-1")]).expect("a runbook");
        assert_eq!((runbook.steps.len(), runbook.validation.len()), (1, 1));
        let Action::Kubernetes(pause) = &runbook.steps[0].action else { panic!("{:?}", runbook.steps) };
        assert_eq!(pause.source, Some("eu".into()), "another region is left as it is");
        assert!(
            of(Act::Pause, "checkout", &[]).is_some_and(|runbook| runbook.steps.is_empty()),
            "nothing is under way"
        );
        assert!(!runbook.goes_forward(&BTreeMap::new()), "neither a pause nor an abort takes a new version on");
        assert_ne!(runbook.digest, of(Act::Abort, "checkout", &[]).expect("a runbook").digest);
        assert_eq!(of(Act::Advise, "checkout", &[]), None);
    }
}
