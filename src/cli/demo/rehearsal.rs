//! A rehearsal of long ago in the demo's ledger: planned by the maker of plans, recorded by the rules of every run.

use std::{collections::BTreeMap, error::Error};

use serde_json::{Value, json};

use super::{
    colleague::{HOST, actor},
    desk::Desk,
};
use crate::{
    clock::Clock,
    config::schema::source::SourceKind,
    domain::{
        ledger::hash::Hash,
        plan::{
            Mode, Plan, Planned,
            request::Request,
            resolve::{Asked, Ground, Look, Looks, Place, Thing, make, outline},
        },
        run::{Known, Outcome, Worker, act::Act as Run, course, course::Next},
        time::{Span, Timestamp},
    },
    runbook::journal::Journal,
    sim::{Act, Rehearsed, Settings},
};

/// How much later the last event may be written than it should: the first one makes the ledger, which takes longest.
const WRITING: Span = Span::from_millis(900);

/// How long a step takes that does not wait.
const BRIEF: Span = Span::from_millis(400);

/// Records `rehearsed`, which `act` did, with the times that it had. Nothing when the demo has ended.
pub(super) fn record(rehearsed: &Rehearsed, act: &Act, settings: &Settings, desk: &Desk) -> Result<(), Box<dyn Error>> {
    let plan = plan(rehearsed, settings)?;
    let waits = u64::try_from(plan.steps.iter().filter(|step| is_long(step)).count())?.max(1);
    let brief = BRIEF.times(u64::try_from(plan.steps.len())? - waits);
    let long = Span::from_millis((rehearsed.took.millis() + WRITING.millis()).saturating_sub(brief.millis()) / waits);
    let id = format!("run-{}", Hash::of(act.at.to_rfc3339().as_bytes()).short().to_lowercase());
    let mut at = act.at;
    let say = |at: Timestamp, said: &Run| -> Result<Option<Journal>, Box<dyn Error>> {
        let Some(store) = desk.ledger_at(HOST, Clock::running_from(at, 1.0)) else { return Ok(None) };
        let mut journal = Journal::open(Box::new(store?), actor(&act.by))?;
        journal.record(&id, said)?;
        Ok(Some(journal))
    };
    let hash = plan.hash()?;
    let create = Run::Create {
        plan,
        hash,
        reason: None,
        incident: None,
        take_over: None,
        break_glass: false,
        countdown: None,
        computed: None,
    };
    let Some(mut journal) = say(at, &create)? else { return Ok(()) };
    let epoch = journal.run(&id)?.epoch;
    let worker = Worker { host: HOST.to_owned(), boot: "of-then".to_owned(), pid: 4_711, started: 1 };
    let mut next = vec![(at, Run::Claim { epoch, worker })];
    loop {
        for (at, said) in &next {
            match say(*at, said)? {
                Some(written) => journal = written,
                None => return Ok(()),
            }
        }
        next = match course::next(journal.run(&id)?) {
            Next::Do { step, number, .. } => {
                let (step_id, took) = (step.id.clone(), if is_long(step) { long } else { BRIEF });
                let intent = Run::Intent {
                    epoch,
                    step: step_id.clone(),
                    undo: false,
                    number,
                    deadline: at + step.timeout.delta(),
                };
                let result = Run::Result {
                    epoch,
                    step: step_id,
                    undo: false,
                    number,
                    outcome: Outcome::Succeeded,
                    words: words(&step.request),
                    took,
                    known: Known::Worker,
                    output: None,
                };
                let begun = at;
                at += took.delta();
                vec![(begun, intent), (at, result)]
            }
            Next::End(ending, words) => vec![(at, Run::End { epoch, ending, words })],
            Next::FindOut(_) | Next::Wait(_) | Next::Over(_) => return Ok(()),
        };
    }
}

/// Whether it waits for what a metric says.
fn is_long(step: &Planned) -> bool {
    matches!(step.request, Request::WaitMetric(_))
}

fn words(request: &Request) -> String {
    match request {
        Request::Kubernetes(_) => "the server would take it: generation 311, Healthy".to_owned(),
        Request::WaitMetric(wait) => format!("{}: answers for {}", wait.source, wait.hold),
        _ => "as it must be".to_owned(),
    }
}

/// The plan of then, by the object of then.
fn plan(rehearsed: &Rehearsed, settings: &Settings) -> Result<Plan, Box<dyn Error>> {
    let places = |is: fn(&SourceKind) -> bool| -> Vec<Place> {
        let sources = settings.settings.sources.iter().filter(|source| is(&source.kind));
        sources.map(|one| Place { source: one.name.clone(), environment: one.environment.clone() }).collect()
    };
    let clusters = places(|kind| matches!(kind, SourceKind::Kubernetes(_)));
    let metrics = places(|kind| matches!(kind, SourceKind::Prometheus(_)));
    let ground = Ground { catalog: &settings.catalog, clusters: &clusters, metrics: &metrics };
    let runbook = settings.catalog.runbooks.get(&rehearsed.runbook).ok_or("there is no such runbook")?;
    let asked = Asked {
        service: Some(rehearsed.service.clone()),
        environment: runbook.environments.first().cloned(),
        parameters: BTreeMap::new(),
        mode: Mode::Rehearsal,
        ..Asked::default()
    };
    let outline = outline(runbook, &asked, &ground)?;
    let looks: Looks =
        outline.wants.iter().map(|want| (want.clone(), Look::There(Box::new(thing(rehearsed))))).collect();
    Ok(make(&outline, &ground, &looks)?.plan)
}

/// The rollout of then: one version that is done, and the one before it.
fn thing(rehearsed: &Rehearsed) -> Thing {
    let Rehearsed { service, version, before, .. } = rehearsed;
    let hash = |version: &str| Hash::of(version.as_bytes()).short();
    let template = |version: &str| -> Value {
        let image = format!("registry.example.net/shop/{service}:{version}");
        json!({"metadata": {"labels": {"app": service}}, "spec": {"containers": [{"name": service, "image": image}]}})
    };
    let set = |version: &str, revision: u32| {
        json!({
            "metadata": {
                "labels": {"rollouts-pod-template-hash": hash(version)},
                "annotations": {"rollout.argoproj.io/revision": revision.to_string()},
            },
            "spec": {"template": template(version)},
        })
    };
    Thing {
        path: format!("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/{service}"),
        object: json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {"name": service, "namespace": "shop", "uid": hash(service), "generation": 311},
            "spec": {"template": template(version)},
            "status": {"phase": "Healthy", "currentPodHash": hash(version), "stableRS": hash(version)},
        }),
        sets: vec![set(before, 40), set(version, 41)],
        manager: None,
    }
}
