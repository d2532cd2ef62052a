//! The kind `check`, and probes: a look that changes nothing.

use std::collections::BTreeMap;

use super::{Done, Stops, Task, Tools};
use crate::{
    domain::{
        catalog::{ChangeClass, ReleaseFile},
        checklist::{
            Due, Item,
            check::Check,
            state::{Evidence, Finding},
        },
        run::Run,
        time::Span,
    },
    sources::checks::Subject,
};

/// Looks once.
pub async fn step(check: &Check, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let look = look(check, task.step.timeout, task.run, tools);
    let evidence = tokio::select! {
        evidence = look => evidence,
        () = stops.now() => return Done::aborted("a person ended it"),
    };
    match evidence {
        Some(Evidence { finding: Finding::Pass, words, by, .. }) => Done::succeeded(format!("{by}: {words}")),
        Some(Evidence { finding: Finding::Fail, words, by, .. }) if task.is_without_effect() => {
            Done::succeeded(without_effect(&format!("{by}: {words}")))
        }
        Some(Evidence { finding: Finding::Fail, words, by, .. }) => Done::failed(format!("{by}: {words}")),
        Some(Evidence { finding: Finding::Unknown, words, by, .. }) => Done::unknown(format!("{by}: {words}")),
        Some(Evidence { finding: Finding::NotApplicable, words, .. }) => Done::skipped(words),
        None => Done::unknown("only a person can tell"),
    }
}

/// What is told of a validation of a rehearsal that answers, and does not say what it will say after the change.
pub(super) fn without_effect(words: &str) -> String {
    format!("it answers, and is not so, because nothing was changed: {words}")
}

/// Asks the probe of a step whether its effect is there.
pub async fn probe(task: &Task<'_>, tools: &Tools) -> Option<Done> {
    let check = task.step.probe.as_ref()?;
    match look(check, task.step.timeout, task.run, tools).await? {
        Evidence { finding: Finding::Pass, words, by, .. } => {
            Some(Done::succeeded(format!("its probe shows that it was done: {by}: {words}")))
        }
        Evidence { finding: Finding::Fail, words, by, .. } => {
            Some(Done::failed(format!("its probe shows that it was not done: {by}: {words}")))
        }
        _ => None,
    }
}

/// One look within `timeout`, about what `run` is about. `None` for what only a person can tell.
pub(super) async fn look(check: &Check, timeout: Span, run: &Run, tools: &Tools) -> Option<Evidence> {
    let item = Item {
        id: "look".to_owned(),
        title: String::new(),
        owner: None,
        mandatory: true,
        weight: 1,
        due: Due::Start,
        check: check.clone(),
        every: timeout,
        timeout,
    };
    let known = run.plan.target.release.as_ref().and_then(|release| tools.catalog.releases.get(release));
    let nameless = nameless(&run.plan.target.environment);
    let subject = Subject { catalog: &tools.catalog, release: known.unwrap_or(&nameless) };
    tools.checks.look(&item, subject).await
}

/// A release that says nothing but where it is.
fn nameless(environment: &str) -> ReleaseFile {
    ReleaseFile {
        title: None,
        owner: None,
        environment: environment.to_owned(),
        class: ChangeClass::Normal,
        ticket: None,
        window: None,
        checklist: None,
        links: BTreeMap::new(),
        risks: Vec::new(),
        components: Vec::new(),
    }
}
