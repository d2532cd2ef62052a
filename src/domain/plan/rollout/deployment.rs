//! Plain Deployments: an undo as kubectl does it, compared exactly.

use serde_json::{Map, Value, json};

use super::{CannotDecide, Change, Decision, Seen, observed, paused, paused_now, put_back, template};
use crate::domain::{
    checklist::predicate::{Comparison, Predicate},
    plan::request::PatchForm,
    runbook::action::Verb,
};

const LABEL: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Annotations that stay those of the Deployment, as kubectl keeps them.
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

pub(super) fn decide(verb: Verb, to: Option<&str>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    match verb {
        Verb::Back | Verb::Undo => undo(to, seen),
        Verb::Pause | Verb::Resume => {
            let pause = verb == Verb::Pause;
            let change = (paused_now(seen.object) != pause).then(|| paused(pause));
            let undo = change.is_some().then(|| paused(!pause));
            let why = if change.is_some() { "pods stay as they are while it is paused" } else { "it is so already" };
            let notes = put_back(seen.manager).into_iter().collect();
            decision(seen, verb.word().to_owned(), why.to_owned(), notes, change, undo, None)
        }
        Verb::Abort | Verb::Retry => Err(CannotDecide::NoVerb {
            kind: "Deployment".to_owned(),
            verb: verb.word(),
            instead: "take `back` or `undo`: they put the template before back",
        }),
    }
}

fn undo(to: Option<&str>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    if paused_now(seen.object) {
        return Err(CannotDecide::State("it is paused, and would not move: resume it first".to_owned()));
    }
    let now = seen.object.pointer("/spec/template").ok_or(CannotDecide::Lacks("spec.template"))?;
    let kept = template::kept(seen.sets, LABEL, REVISION);
    let current = current(&kept, now);
    let target = template::target(&kept, to, &current)?;
    let verb = format!("undo to {}", target.hash);
    let diff = template::diff(now, &target.template);
    if diff.is_empty() {
        let why = format!("the template is that of {} already", target.hash);
        return decision(seen, verb, why, Vec::new(), None, None, Some(target.hash.clone()));
    }
    let why = format!("a Deployment goes back by the template of {}", template::name(&target.template));
    let back = template::diff(&target.template, now);
    let annotations = |hash: &str| annotations(seen, hash);
    let change = put(seen.object, &target.template, &annotations(&target.hash), diff);
    let undo = put(seen.object, now, &annotations(&current), back);
    let notes = put_back(seen.manager).into_iter().collect();
    decision(seen, verb, why, notes, Some(change), Some(undo), Some(target.hash.clone()))
}

/// The hash of the template that is asked for now; empty where no `ReplicaSet` has it yet.
fn current(kept: &[template::Kept], now: &Value) -> String {
    kept.iter().find(|kept| kept.template == *now).map(|kept| kept.hash.clone()).unwrap_or_default()
}

/// The annotations after an undo: those of the `ReplicaSet`, but for what is the Deployment's own.
fn annotations(seen: &Seen<'_>, hash: &str) -> Map<String, Value> {
    let of = |object: &Value| object.pointer("/metadata/annotations").and_then(Value::as_object).cloned();
    let hashed = |set: &&Value| set.pointer(&format!("/metadata/labels/{LABEL}")).and_then(Value::as_str) == Some(hash);
    let own = of(seen.object).unwrap_or_default().into_iter().filter(|(name, _)| KEPT.contains(&name.as_str()));
    let set = seen.sets.iter().find(hashed).and_then(of).unwrap_or_default();
    set.into_iter().filter(|(name, _)| !KEPT.contains(&name.as_str())).chain(own).collect()
}

fn put(object: &Value, template: &Value, annotations: &Map<String, Value>, diff: Vec<String>) -> Change {
    let replicas = object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 pods")]
    let all = Predicate::Number(Comparison::AtLeast, replicas as f64);
    let mut body = vec![json!({"op": "replace", "path": "/spec/template", "value": template})];
    if object.pointer("/metadata/annotations").is_some() {
        body.push(json!({"op": "replace", "path": "/metadata/annotations", "value": annotations}));
    }
    let until = ["/status/updatedReplicas", "/status/availableReplicas"].map(|path| (path.to_owned(), all.clone()));
    Change { subresource: None, form: PatchForm::Json, body: Value::Array(body), until: until.to_vec(), diff }
}

fn decision(
    seen: &Seen<'_>,
    verb: String,
    why: String,
    notes: Vec<String>,
    change: Option<Change>,
    undo: Option<Change>,
    to: Option<String>,
) -> Result<Decision, CannotDecide> {
    Ok(Decision { verb, why, notes, change, observed: observed(seen.object)?, undo, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::rollout;

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"image": image}]}})
    }

    fn set(hash: &str, revision: u32, image: &str) -> Value {
        let mut template = template(image);
        template["metadata"]["labels"][LABEL] = json!(hash);
        json!({"metadata": {"labels": {LABEL: hash}, "annotations": {REVISION: revision.to_string(), "cause": hash}},
            "spec": {"template": template}})
    }

    fn object(paused: bool) -> Value {
        json!({
            "kind": "Deployment",
            "metadata": {"uid": "u1", "generation": 3, "annotations": {REVISION: "2", "cause": "new"}},
            "spec": {"replicas": 4, "paused": paused, "template": template("shop/cart:2")},
        })
    }

    fn decided(verb: Verb, object: &Value) -> Result<Decision, CannotDecide> {
        let sets = [set("old", 1, "shop/cart:1"), set("new", 2, "shop/cart:2")];
        rollout::decide(verb, None, &Seen { object, sets: &sets, manager: None })
    }

    #[test]
    fn it_goes_back_by_the_template_before_with_the_annotations_of_then() {
        let decision = decided(Verb::Back, &object(false)).expect("decided");
        let change = decision.change.expect("a change");
        assert_eq!(decision.verb, "undo to old");
        assert_eq!(change.body[0]["value"], template("shop/cart:1"));
        assert_eq!(change.body[1]["value"], json!({REVISION: "2", "cause": "old"}));
        let until: Vec<_> = change.until.iter().map(|(path, must)| format!("{path} {must}")).collect();
        assert_eq!(until, ["/status/updatedReplicas >= 4", "/status/availableReplicas >= 4"]);
    }

    #[test]
    fn a_paused_one_is_not_undone_and_an_abort_is_not_known() {
        let why = decided(Verb::Undo, &object(true)).expect_err("paused").to_string();
        assert!(why.contains("resume it first"), "{why}");
        let why = decided(Verb::Abort, &object(false)).expect_err("no abort").to_string();
        assert!(why.contains("knows no abort") && why.contains("`back`"), "{why}");
        let resumed = decided(Verb::Resume, &object(true)).expect("decided");
        assert_eq!(resumed.change.expect("a change").body, json!({"spec": {"paused": false}}));
        let undo = resumed.undo.expect("an undo");
        assert_eq!(undo.diff, ["- paused: false", "+ paused: true"], "what takes it back begins where the change ends");
        assert_eq!(decided(Verb::Resume, &object(false)).expect("decided").change, None);
    }
}
