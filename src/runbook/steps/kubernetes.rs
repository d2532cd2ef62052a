//! The kinds `kubernetes` and `rollout`: an object is patched as it was seen, and read back until the change has taken effect.
//!
//! Accepted is not done: an API server accepts patches that change nothing. So success is what is read back.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{Done, Stops, Task, Tools};
use crate::{
    domain::{
        checklist::predicate::{NotComparable, Predicate},
        ledger::hash::Hash,
        plan::{
            drift::{Strictness, drift},
            request::{Observed, Patch},
        },
        run::Outcome,
    },
    runbook::{output::mask::Mask, place::Place},
    sources::actuators::kubernetes::{Actuator, Unpatched},
};

/// How many lines of what a patch changes its output repeats.
const SHOWN: usize = 12;

/// How often the object is read back.
const EVERY: Duration = Duration::from_secs(1);

/// Patches it.
pub async fn step(patch: &Patch, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let cluster = match tools.cluster(&patch.source) {
        Ok(cluster) => cluster,
        Err(error) => return Done::failed(format!("{error}; nothing was sent")),
    };
    let (started, limit) = (Instant::now(), task.step.timeout.duration());
    let sent = tokio::select! {
        sent = timeout(limit, send(patch, task, cluster)) => sent,
        () = stops.now() => return Done::unknown("a person ended it while it was sent; what became of it is not known"),
    };
    let so_far = match sent {
        Ok(Err(done)) => return done,
        Ok(Ok(Ok(object))) if task.is_rehearsal() => {
            let words = format!("the server would take it: {}", state(&object));
            return Done::succeeded(words).with(keep(task, patch, &object));
        }
        Ok(Ok(Ok(object))) => {
            remember(task, patch, &object);
            None
        }
        Ok(Ok(Err(Unpatched::Unsure(error)))) => Some(format!("no whole answer came: {error}")),
        Ok(Ok(Err(refused))) => return Done::failed(format!("{refused}; nothing was changed")),
        Err(_) => Some(format!("no answer within {}", task.step.timeout)),
    };
    if task.is_rehearsal() {
        return Done::failed(so_far.unwrap_or_default());
    }
    if patch.until.is_empty() {
        return so_far.map_or_else(
            || Done::succeeded("accepted; nothing is named that would show its effect"),
            |why| Done::unknown(format!("{why}; nothing is named that would show its effect")),
        );
    }
    let so_far = so_far.unwrap_or_else(|| "accepted".to_owned());
    let left = limit.saturating_sub(started.elapsed());
    tokio::select! {
        done = read_back(patch, task, cluster, left, &so_far) => done,
        () = stops.now() => Done::unknown(format!("{so_far}; a person ended the waiting for its effect")),
    }
}

/// Looks whether the patch has taken effect, or certainly was not taken.
pub async fn find_out(patch: &Patch, task: &Task<'_>, tools: &Tools) -> Option<Done> {
    let cluster = tools.cluster(&patch.source).ok()?;
    if task.is_rehearsal() {
        return Some(Done::failed("nobody knows what the server said to it; nothing was changed in a rehearsal"));
    }
    let object = cluster.read(&patch.object).await.ok()??;
    if !patch.until.is_empty() && missing(patch, &object).is_none() {
        return Some(Done::succeeded(format!("looking shows that it was done: {}", state(&object))));
    }
    let (patch, strictness) = expected(task, patch);
    if strictness == Strictness::Same && drift(&patch.observed, &object, strictness).is_empty() {
        return Some(Done::failed("looking shows that it was not done: the object is as it was"));
    }
    if patch.until.is_empty() {
        return None;
    }
    Some(read_back(&patch, task, cluster, task.step.timeout.duration(), "the object was changed").await)
}

/// Sends it, when there is something to do and it may be done.
async fn send(patch: &Patch, task: &Task<'_>, cluster: &Actuator) -> Result<Result<Value, Unpatched>, Done> {
    if task.number > 1
        && !patch.until.is_empty()
        && let Ok(Some(object)) = cluster.read(&patch.object).await
        && missing(patch, &object).is_none()
    {
        return Err(Done::succeeded(format!("it is so already: {}", state(&object))));
    }
    let (patch, strictness) = expected(task, patch);
    task.begin()?;
    Ok(cluster.patch(&patch, strictness, task.is_rehearsal()).await)
}

/// Reads the object until the change has taken effect.
async fn read_back(patch: &Patch, task: &Task<'_>, cluster: &Actuator, limit: Duration, so_far: &str) -> Done {
    let until = Instant::now() + limit;
    loop {
        let last = match cluster.read(&patch.object).await {
            Ok(Some(object)) => match missing(patch, &object) {
                None => {
                    let words = format!("{so_far}, and seen: {}", state(&object));
                    return Done::succeeded(words).with(keep(task, patch, &object));
                }
                Some(missing) => missing,
            },
            Ok(None) => format!("{} is not there any more", patch.name),
            Err(error) => error.to_string(),
        };
        if Instant::now() >= until {
            return Done {
                outcome: Outcome::Unknown,
                words: format!("{so_far}, but its effect was not seen within {}: {last}", task.step.timeout),
                output: None,
            };
        }
        sleep(EVERY.min(until.saturating_duration_since(Instant::now()))).await;
    }
}

/// The first thing that is not there although it should be.
fn missing(patch: &Patch, object: &Value) -> Option<String> {
    if is_behind(object) {
        return Some("its controller has not seen the change yet".to_owned());
    }
    patch.until.iter().find_map(|(pointer, must)| match must.holds(object.pointer(pointer)) {
        Err(NotComparable::Absent) if left_out(must, pointer, object) => None,
        Ok(true) => None,
        Ok(false) => Some(format!("{pointer} is {} (must be {must})", told(object.pointer(pointer)))),
        Err(why) => Some(format!("{pointer}: {why} (must be {must})")),
    })
}

/// Whether what is not there is right: the API leaves out what is false, zero or empty, where the part around it is there.
fn left_out(must: &Predicate, pointer: &str, object: &Value) -> bool {
    let around = pointer.rsplit_once('/').and_then(|(around, _)| object.pointer(around));
    let empty = [Value::Bool(false), Value::from(0), Value::from("")];
    around.is_some_and(Value::is_object)
        && !matches!(must, Predicate::Exists | Predicate::Text { equal: false, .. })
        && empty.iter().any(|value| must.holds(Some(value)) == Ok(true))
}

fn told(value: Option<&Value>) -> String {
    value.map_or_else(|| "not there".to_owned(), Value::to_string)
}

/// Whether the status is about an older specification. Argo Rollouts writes the number as a text.
fn is_behind(object: &Value) -> bool {
    let number = |pointer: &str| match object.pointer(pointer) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let (wanted, seen) = (number("/metadata/generation"), number("/status/observedGeneration"));
    matches!((wanted, seen), (Some(wanted), Some(seen)) if seen < wanted)
}

/// The patch with what the object should be now: as this run left it, or as it was when the plan was made.
fn expected(task: &Task<'_>, patch: &Patch) -> (Patch, Strictness) {
    let left = task.run.attempts.iter().rev().find_map(|attempt| {
        let index = task.run.plan.steps.iter().position(|step| step.id == attempt.step)?;
        let run = task.place.directory().parent()?;
        let place = Place::of(run, index, &attempt.step, attempt.undo, attempt.number);
        place.object().filter(|(object, _)| *object == key(patch))
    });
    match left {
        Some((_, observed)) => (Patch { observed, ..patch.clone() }, Strictness::Same),
        None if task.undo => (patch.clone(), Strictness::Identity),
        None => (patch.clone(), Strictness::Same),
    }
}

/// Keeps what this run made of the object: later steps, and taking it back, hold it against that.
fn remember(task: &Task<'_>, patch: &Patch, object: &Value) {
    let observed = Observed {
        uid: patch.observed.uid.clone(),
        generation: object.pointer("/metadata/generation").and_then(Value::as_u64).unwrap_or(0),
        resource_version: String::new(),
        // What its controller makes of it afterwards is no drift.
        facts: BTreeMap::new(),
    };
    // Without it, what comes later is held against the plan: stricter, never laxer.
    let _ = task.place.remember(&key(patch), &observed);
}

/// An object of one cluster: others may have one of the same name.
fn key(patch: &Patch) -> String {
    format!("{} {}", patch.source, patch.object)
}

fn keep(task: &Task<'_>, patch: &Patch, object: &Value) -> Option<Hash> {
    task.keep(report(patch, object, task.is_rehearsal()).as_bytes(), &Mask::default())
}

/// What was patched, what that changes, and what was seen afterwards, in a few lines. The object itself stands in what is
/// kept before the first write.
fn report(patch: &Patch, object: &Value, dry_run: bool) -> String {
    let mut lines = vec![format!("PATCH {} in {}", patch.name, patch.source)];
    lines.extend(patch.diff.iter().take(SHOWN).cloned());
    if patch.diff.len() > SHOWN {
        lines.push(format!("and {} more lines, which stand in the plan", patch.diff.len() - SHOWN));
    }
    lines.push(format!("{}: {}", if dry_run { "dry run" } else { "seen" }, state(object)));
    if !dry_run {
        lines.extend(patch.until.iter().map(|(pointer, _)| format!("  {pointer}: {}", told(object.pointer(pointer)))));
    }
    lines.join("\n") + "\n"
}

/// An object in a few words.
fn state(object: &Value) -> String {
    let number = |pointer: &str| object.pointer(pointer).map(Value::to_string);
    let generation = number("/metadata/generation").unwrap_or_else(|| "?".to_owned());
    let phase = object.pointer("/status/phase").and_then(Value::as_str);
    phase.map_or_else(|| format!("generation {generation}"), |phase| format!("generation {generation}, {phase}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{object::SourceName, plan::request::PatchForm};

    fn patch() -> Patch {
        Patch {
            source: SourceName::from("prod"),
            path: "/api/v1/namespaces/shop/things/flags".into(),
            object: "/api/v1/namespaces/shop/things/flags".into(),
            name: "Thing shop/flags".into(),
            form: PatchForm::Merge,
            body: "{}".into(),
            observed: Observed {
                uid: "u1".into(),
                generation: 3,
                resource_version: String::new(),
                facts: BTreeMap::new(),
            },
            until: vec![("/spec/on".into(), "== false".parse().expect("a condition"))],
            diff: vec!["- on: true".into(), "+ on: false".into()],
        }
    }

    #[test]
    fn accepted_is_not_done() {
        let patch = patch();
        let mut object = json!({"metadata": {"uid": "u1", "generation": 4}, "spec": {"on": true}});
        assert!(missing(&patch, &object).is_some_and(|why| why.contains("/spec/on is true (must be == false)")));
        object["spec"]["on"] = json!(false);
        assert_eq!(missing(&patch, &object), None);
        object["status"] = json!({"observedGeneration": "3"});
        assert!(missing(&patch, &object).is_some_and(|why| why.contains("has not seen")), "what is old proves nothing");
    }

    #[test]
    fn what_the_api_leaves_out_because_it_is_false_or_zero_is_seen_as_that() {
        let until = |pointer: &str, must: &str| Patch {
            until: vec![(pointer.into(), must.parse().expect("a condition"))],
            ..patch()
        };
        let object =
            json!({"metadata": {"generation": 3}, "spec": {"replicas": 2}, "status": {"observedGeneration": 3}});
        for (pointer, must) in [("/spec/paused", "== false"), ("/status/unavailableReplicas", "== 0")] {
            assert_eq!(missing(&until(pointer, must), &object), None, "{pointer} {must}");
        }
        for (pointer, must) in [
            ("/spec/paused", "== true"),
            ("/status/readyReplicas", ">= 2"),
            ("/status/stableRS", "== \"6cbc\""),
            ("/status/x/y", "== 0"),
            ("/status/phase", "!= \"Degraded\""),
        ] {
            assert!(missing(&until(pointer, must), &object).is_some(), "{pointer} {must}");
        }
    }

    #[test]
    fn what_is_told_of_a_patch_is_a_few_lines_however_large_its_object_is() {
        let mut object = json!({"metadata": {"generation": 4}, "spec": {"on": false}, "status": {"phase": "Healthy"}});
        object["spec"]["many"] = vec!["container"; 500].into();
        let told = report(&patch(), &object, false);
        let wanted =
            "PATCH Thing shop/flags in prod\n- on: true\n+ on: false\nseen: generation 4, Healthy\n  /spec/on: false\n";
        assert_eq!(told, wanted);
        let many = Patch { diff: vec!["+ x".into(); 500], ..patch() };
        let told = report(&many, &object, true);
        assert!(told.lines().count() < 16 && told.contains("and 488 more lines"), "{told}");
        assert!(told.ends_with("dry run: generation 4, Healthy\n"), "nothing changed, so nothing is seen: {told}");
    }
}
