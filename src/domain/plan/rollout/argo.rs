//! Argo Rollouts. Patches as its own plugin sends them; the traps of its controller are told.

use serde_json::{Value, json};

use super::{
    CannotDecide, Change, Decision, Seen, equals, observed, paused, paused_now, put_back,
    template::{self, Kept},
};
use crate::domain::{
    checklist::predicate::{Comparison, Predicate},
    plan::request::PatchForm,
    runbook::action::Verb,
};

const LABEL: &str = "rollouts-pod-template-hash";
const REVISION: &str = "rollout.argoproj.io/revision";

/// What its status says.
struct State<'a> {
    object: &'a Value,
    current: &'a str,
    stable: &'a str,
    aborted: bool,
    promote_full: bool,
}

impl<'a> State<'a> {
    fn of(object: &'a Value) -> Result<Self, CannotDecide> {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        let truth = |path: &str| object.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            object,
            current: text("/status/currentPodHash").ok_or(CannotDecide::Lacks("status.currentPodHash"))?,
            stable: text("/status/stableRS").unwrap_or_default(),
            aborted: truth("/status/abort"),
            promote_full: truth("/status/promoteFull"),
        })
    }

    /// Whether a new version is on its way. Without a stable version there is nothing to go back to.
    fn under_way(&self) -> bool {
        self.current != self.stable
    }
}

pub(super) fn decide(verb: Verb, to: Option<&str>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    let state = State::of(seen.object)?;
    if seen.object.pointer("/spec/workloadRef").is_some()
        && matches!(verb, Verb::Undo | Verb::Back)
        && !state.under_way()
    {
        return Err(CannotDecide::State(
            "its template stands in another object (workloadRef): roll that one back".to_owned(),
        ));
    }
    match verb {
        Verb::Abort => abort(&state, seen),
        Verb::Undo => undo(&state, to, seen, format!("{} runs everywhere", state.current)),
        Verb::Back => back(&state, to, seen),
        Verb::Retry => retry(&state, seen),
        Verb::Pause => pause(&state, seen, true),
        Verb::Resume => resume(&state, seen),
    }
}

/// The way back that the state asks for.
fn back(state: &State<'_>, to: Option<&str>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    if !state.under_way() {
        return undo(state, to, seen, "it is done: an abort would do nothing now".to_owned());
    }
    if state.stable.is_empty() {
        return Err(CannotDecide::State("it is the first version: there is none to go back to".to_owned()));
    }
    let kept = template::kept(seen.sets, LABEL, REVISION);
    // Only a template that is there can differ from the stable one; without its ReplicaSet an abort is still right.
    let elsewhere = match to {
        Some(wanted) => template::target(&kept, Some(wanted), state.current)?.hash != state.stable,
        None => false,
    };
    if elsewhere {
        return undo(state, to, seen, "another version than the stable one is wanted".to_owned());
    }
    if state.promote_full {
        let why = "it is being promoted at once, and an abort is ignored until that is through".to_owned();
        return undo(state, Some(state.stable), seen, why);
    }
    abort(state, seen)
}

fn abort(state: &State<'_>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    if !state.under_way() {
        return Err(CannotDecide::State(
            "it is done: an abort would be accepted and do nothing; undo it instead".to_owned(),
        ));
    }
    if state.promote_full {
        return Err(CannotDecide::State(
            "it is being promoted at once: an abort would be accepted and ignored; undo it instead".to_owned(),
        ));
    }
    let kept = template::kept(seen.sets, LABEL, REVISION);
    let name = |hash: &str| kept.iter().find(|kept| kept.hash == hash).map(|kept| template::name(&kept.template));
    let of = |hash: &str| name(hash).unwrap_or_else(|| hash.to_owned());
    let mut notes = vec![format!(
        "the object still asks for {}: any later retry or change of its template starts that again; put the template back when users are served",
        of(state.current)
    )];
    if let Some(manager) = seen.manager {
        notes.push(format!("{} ({}) leaves an abort alone: it changes no specification", manager.system, manager.name));
    }
    // That it is aborted was written by the patch itself; that it is Degraded, its controller says.
    let mut until = vec![("/status/abort".to_owned(), Predicate::Truth(true)), equals("/status/phase", "Degraded")];
    if seen.object.pointer("/status/canary/weights/canary").is_some() {
        let none = Predicate::Number(Comparison::Equal, 0.0);
        until.push(("/status/canary/weights/canary/weight".to_owned(), none));
    }
    let change = Change {
        subresource: Some("status"),
        form: PatchForm::Merge,
        body: json!({"status": {"abort": true}}),
        until,
        diff: vec![
            format!("- traffic: {} and {}", of(state.stable), of(state.current)),
            format!("+ traffic: all to {}", of(state.stable)),
        ],
    };
    let why = format!("{} is under way, and {} is still there with its pods", of(state.current), of(state.stable));
    let change = (!state.aborted).then_some(change);
    let why =
        if change.is_some() { why } else { "it is aborted already: all traffic is on the stable version".to_owned() };
    let undo = change.is_some().then(|| retried(state));
    decision(state, "abort".to_owned(), why, notes, change, undo, Some(state.stable.to_owned()))
}

fn undo(state: &State<'_>, to: Option<&str>, seen: &Seen<'_>, why: String) -> Result<Decision, CannotDecide> {
    let kept = template::kept(seen.sets, LABEL, REVISION);
    let target = template::target(&kept, to, state.current)?;
    let now = seen.object.pointer("/spec/template").ok_or(CannotDecide::Lacks("spec.template"))?;
    let verb = format!("undo to {}", target.hash);
    // Compared exactly: a version that only took something away differs too.
    let diff = template::diff(now, &target.template);
    if diff.is_empty() {
        let why = format!("the template is that of {} already", target.hash);
        return decision(state, verb, why, Vec::new(), None, None, Some(target.hash.clone()));
    }
    let mut notes = Vec::new();
    notes.extend(all_steps_again(state, target, &kept));
    notes.extend(put_back(seen.manager));
    let put = |template: &Value, diff: Vec<String>, until| Change {
        subresource: None,
        form: PatchForm::Json,
        body: json!([{"op": "replace", "path": "/spec/template", "value": template}]),
        until,
        diff,
    };
    let until = vec![equals("/status/currentPodHash", &target.hash), equals("/status/stableRS", &target.hash)];
    let back = template::diff(&target.template, now);
    let undo = put(now, back, vec![equals("/status/currentPodHash", state.current)]);
    decision(state, verb, why, notes, Some(put(&target.template, diff, until)), Some(undo), Some(target.hash.clone()))
}

/// Whether the way back goes through all steps, which takes as long as the way out.
fn all_steps_again(state: &State<'_>, target: &Kept, kept: &[Kept]) -> Option<String> {
    if target.hash == state.stable {
        return None;
    }
    let steps = state.object.pointer("/spec/strategy/canary/steps").and_then(Value::as_array).map_or(0, Vec::len);
    let window = state.object.pointer("/spec/rollbackWindow/revisions").and_then(Value::as_u64).unwrap_or(0);
    let newer = kept.iter().filter(|other| other.revision > target.revision).count();
    let within = usize::try_from(window).is_ok_and(|window| newer <= window);
    (steps > 0 && !within).then(|| {
        format!("it goes back through all {steps} steps with their pauses and analyses: rollbackWindow does not reach so far")
    })
}

fn retried(state: &State<'_>) -> Change {
    Change {
        subresource: Some("status"),
        form: PatchForm::Merge,
        body: json!({"status": {"abort": false}}),
        until: vec![
            equals("/status/currentPodHash", state.current),
            ("/status/abort".to_owned(), Predicate::Truth(false)),
            ("/status/phase".to_owned(), Predicate::Text { equal: false, text: "Degraded".to_owned() }),
        ],
        diff: vec!["- aborted".to_owned(), format!("+ {} is tried again from its first step", state.current)],
    }
}

fn retry(state: &State<'_>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    if !state.aborted {
        return Err(CannotDecide::State("it is not aborted: there is nothing to try again".to_owned()));
    }
    let undo = abort(&State { aborted: false, ..*state }, seen)?.change;
    let why = format!("{} was aborted", state.current);
    decision(state, "retry".to_owned(), why, Vec::new(), Some(retried(state)), undo, Some(state.current.to_owned()))
}

fn pause(state: &State<'_>, seen: &Seen<'_>, pause: bool) -> Result<Decision, CannotDecide> {
    let change = (paused_now(state.object) != pause).then(|| paused(pause));
    let undo = change.is_some().then(|| paused(!pause));
    let why = if state.under_way() {
        "it stays at the step where it is"
    } else {
        "it is done: the next version will not start"
    };
    decision(
        state,
        "pause".to_owned(),
        why.to_owned(),
        put_back(seen.manager).into_iter().collect(),
        change,
        undo,
        None,
    )
}

fn resume(state: &State<'_>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    if state.aborted {
        return Err(CannotDecide::State(
            "it is aborted: going on would be accepted and do nothing; retry it instead".to_owned(),
        ));
    }
    if paused_now(state.object) {
        return Ok(Decision { verb: "resume".to_owned(), ..pause(state, seen, false)? });
    }
    let waits =
        state.object.pointer("/status/pauseConditions").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if !waits {
        return Err(CannotDecide::State("it does not wait for anybody".to_owned()));
    }
    let change = Change {
        subresource: Some("status"),
        form: PatchForm::Merge,
        body: json!({"status": {"pauseConditions": null}}),
        until: went_on(state),
        diff: vec!["- waits".to_owned(), "+ goes on with its next step".to_owned()],
    };
    let why = "it waits for a person".to_owned();
    decision(state, "resume".to_owned(), why, Vec::new(), Some(change), Some(paused(true)), None)
}

/// What shows that a rollout that waited goes on: its next step, or for blue-green the switch.
fn went_on(state: &State<'_>) -> Vec<(String, Predicate)> {
    let step = state.object.pointer("/status/currentStepIndex").and_then(Value::as_u64);
    match step.and_then(|step| u32::try_from(step).ok()) {
        Some(step) => {
            let next = Predicate::Number(Comparison::AtLeast, f64::from(step) + 1.0);
            vec![("/status/currentStepIndex".to_owned(), next)]
        }
        None if state.object.pointer("/spec/strategy/blueGreen").is_some() => {
            vec![equals("/status/blueGreen/activeSelector", state.current)]
        }
        None => Vec::new(),
    }
}

fn decision(
    state: &State<'_>,
    verb: String,
    why: String,
    notes: Vec<String>,
    change: Option<Change>,
    undo: Option<Change>,
    to: Option<String>,
) -> Result<Decision, CannotDecide> {
    Ok(Decision { verb, why, notes, change, observed: observed(state.object)?, undo, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{plan::rollout, workload::Manager};

    fn set(hash: &str, revision: u32, image: &str) -> Value {
        json!({
            "metadata": {"labels": {LABEL: hash}, "annotations": {REVISION: revision.to_string()}},
            "spec": {"template": {"metadata": {"labels": {LABEL: hash, "app": "checkout"}}, "spec": {"containers": [{"image": image}]}}},
        })
    }

    fn sets() -> Vec<Value> {
        vec![
            set("new", 3, "shop/checkout:1.42.0"),
            set("old", 2, "shop/checkout:1.41.7"),
            set("older", 1, "shop/checkout:1.40.0"),
        ]
    }

    fn object(current: &str, stable: &str, change: impl Fn(&mut Value)) -> Value {
        let image = if current == "new" { "shop/checkout:1.42.0" } else { "shop/checkout:1.41.7" };
        let mut object = json!({
            "kind": "Rollout",
            "metadata": {"uid": "u1", "generation": 7, "resourceVersion": "99"},
            "spec": {
                "template": {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"image": image}]}},
                "strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {}}]}},
            },
            "status": {"currentPodHash": current, "stableRS": stable, "canary": {"weights": {"canary": {"weight": 25}}}},
        });
        change(&mut object);
        object
    }

    fn decided(verb: Verb, to: Option<&str>, object: &Value) -> Result<Decision, CannotDecide> {
        rollout::decide(verb, to, &Seen { object, sets: &sets(), manager: None })
    }

    #[test]
    fn the_way_back_of_a_rollout_under_way_is_an_abort_that_is_seen_in_its_weights() {
        let under_way = object("new", "old", |_| {});
        let decision = decided(Verb::Back, None, &under_way).expect("decided");
        let change = decision.change.expect("a change");
        assert_eq!((decision.verb.as_str(), change.subresource), ("abort", Some("status")));
        assert_eq!(change.body, json!({"status": {"abort": true}}));
        let until: Vec<_> = change.until.iter().map(|(path, must)| format!("{path} {must}")).collect();
        let wanted =
            ["/status/abort == true", "/status/phase == \"Degraded\"", "/status/canary/weights/canary/weight == 0"];
        assert_eq!(until, wanted);
        assert_eq!(change.diff.last().map(String::as_str), Some("+ traffic: all to shop/checkout:1.41.7"));
        assert!(decision.notes[0].contains("still asks for shop/checkout:1.42.0"), "{:?}", decision.notes);
        assert_eq!(decided(Verb::Back, Some("1.41.7"), &under_way).expect("the same").verb, "abort");
        assert_eq!(decided(Verb::Back, Some("1.40.0"), &under_way).expect("further back").verb, "undo to older");
    }

    #[test]
    fn the_way_back_of_one_that_is_done_puts_the_template_before_back() {
        let done = object("new", "new", |_| {});
        let decision = decided(Verb::Back, None, &done).expect("decided");
        let change = decision.change.expect("a change");
        assert_eq!((decision.verb.as_str(), decision.to.as_deref()), ("undo to old", Some("old")));
        let template = &change.body[0]["value"];
        assert_eq!(template["spec"]["containers"][0]["image"], "shop/checkout:1.41.7");
        assert_eq!(template["metadata"]["labels"], json!({"app": "checkout"}), "without the label of the hash");
        assert_eq!(
            change.diff,
            ["- /spec/containers/0/image: shop/checkout:1.42.0", "+ /spec/containers/0/image: shop/checkout:1.41.7"]
        );
        assert!(decision.notes.iter().any(|note| note.contains("all 2 steps")), "{:?}", decision.notes);
        assert!(decision.undo.is_some());
        let within = object("new", "new", |object| object["spec"]["rollbackWindow"] = json!({"revisions": 2}));
        assert!(decided(Verb::Back, None, &within).expect("decided").notes.is_empty());
    }

    #[test]
    fn what_would_be_accepted_and_do_nothing_is_not_done() {
        let refused = |verb, object: &Value| decided(verb, None, object).expect_err("refused").to_string();
        assert!(refused(Verb::Abort, &object("new", "new", |_| {})).contains("accepted and do nothing"));
        let promoted = object("new", "old", |object| object["status"]["promoteFull"] = json!(true));
        assert!(refused(Verb::Abort, &promoted).contains("accepted and ignored"));
        assert_eq!(decided(Verb::Back, None, &promoted).expect("decided").verb, "undo to old");
        let aborted = object("new", "old", |object| object["status"]["abort"] = json!(true));
        assert!(refused(Verb::Resume, &aborted).contains("retry it instead"));
        let again = decided(Verb::Back, None, &aborted).expect("decided");
        assert!(again.change.is_none() && again.why.contains("aborted already"), "{again:?}");
        assert!(refused(Verb::Retry, &object("new", "old", |_| {})).contains("not aborted"));
        assert!(refused(Verb::Resume, &object("new", "old", |_| {})).contains("does not wait"));
        let gone = decided(Verb::Undo, Some("1.39.0"), &object("new", "new", |_| {})).expect_err("gone").to_string();
        assert!(gone.contains("1.39.0") && gone.contains("old (shop/checkout:1.41.7)"), "{gone}");
        let first = object("new", "", |_| {});
        assert!(refused(Verb::Back, &first).contains("first version"));
    }

    #[test]
    fn what_is_seen_afterwards_is_what_the_controller_did_and_not_what_the_patch_wrote() {
        let until = |verb, object: &Value| -> Vec<String> {
            let change = decided(verb, None, object).expect("decided").change.expect("a change");
            change.until.iter().map(|(path, must)| format!("{path} {must}")).collect()
        };
        let waits = |object: &mut Value| object["status"]["pauseConditions"] = json!([{"reason": "CanaryPauseStep"}]);
        let canary = object("new", "old", |object| {
            waits(object);
            object["status"]["currentStepIndex"] = json!(3);
        });
        assert_eq!(until(Verb::Resume, &canary), ["/status/currentStepIndex >= 4"]);
        let blue_green = object("new", "old", |object| {
            waits(object);
            object["spec"]["strategy"] = json!({"blueGreen": {}});
        });
        assert_eq!(until(Verb::Resume, &blue_green), ["/status/blueGreen/activeSelector == \"new\""]);
        let aborted = object("new", "old", |object| object["status"]["abort"] = json!(true));
        let retried = until(Verb::Retry, &aborted);
        assert!(retried.contains(&"/status/phase != \"Degraded\"".to_owned()), "{retried:?}");
    }

    #[test]
    fn what_a_repository_will_put_back_is_told() {
        let manager = Manager { system: "Argo CD".into(), name: "shop".into() };
        let (done, under_way) = (object("new", "new", |_| {}), object("new", "old", |_| {}));
        let notes = |object| {
            let seen = Seen { object, sets: &sets(), manager: Some(&manager) };
            rollout::decide(Verb::Back, None, &seen).expect("decided").notes.join("; ")
        };
        assert!(notes(&done).contains("Argo CD (shop) puts this back within seconds"), "{}", notes(&done));
        assert!(notes(&under_way).contains("leaves an abort alone"), "{}", notes(&under_way));
    }

    #[test]
    fn the_state_that_decided_is_part_of_the_plan_and_its_bare_version_is_not() {
        let observed = decided(Verb::Back, None, &object("new", "old", |_| {})).expect("decided").observed;
        assert_eq!((observed.uid.as_str(), observed.generation), ("u1", 7));
        assert_eq!(observed.facts["stableRS"], "old");
        let written = serde_json::to_value(&observed).expect("JSON");
        assert!(written.get("resource_version").is_none(), "status changes it all the time: {written}");
    }
}
