//! What is kept of the failed version before the first write: the objects that are about to change, the analyses of their
//! rollouts, the series that are watched, the alerts, and what the runbook's own `[[keep]]` steps bring.
//!
//! Everything is asked at once and has a few seconds. What did not come is told, and the way back goes on.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use crate::{
    config::{
        schema::source::Source,
        secret::{process_variable, resolve},
    },
    domain::{
        chart::ChartRequest,
        demand::Demand,
        plan::{
            Plan, Planned,
            request::{Patch, Request, Wait},
        },
        run::{Outcome, Run, Worker, act::Kept},
        runbook::action::Value as FieldValue,
        secret::SecretRef,
        source::Gap,
        time::Span,
    },
    runbook::{
        output::{file::Output, mask::Mask},
        place::{self, Place},
        steps::{self, Stops, Task, Tools},
    },
    sources::evidence,
};

/// How long each part may take. They are asked at once, so all of them together take no longer.
const LIMIT: Duration = Duration::from_secs(4);

/// How far back series are kept: a release and its canary, at the resolution of a chart.
const BACK: Span = Span::from_mins(30);

/// The distance of two points of a series, in seconds.
const STEP: i64 = 10;

/// Its directory in the run's.
const DIRECTORY: &str = "snapshot";

/// A part: how its file is called, what it is for people, and what is going to bring it.
struct Part<'a> {
    file: String,
    what: String,
    brings: BoxFuture<'a, Result<Option<Value>, String>>,
}

/// Keeps what there is about the version that `run` leaves, below its `directory`; `me` is who does. What was kept, and what
/// could not be.
pub(super) async fn take(run: &Run, directory: &Path, tools: &Tools, me: &Worker) -> (Vec<Kept>, Vec<String>) {
    let plan = &run.plan;
    let own = plan.keep.iter().enumerate().map(|(index, step)| bring(run, step, (directory, index), tools, me));
    let parts: Vec<Part<'_>> = objects(plan, tools)
        .chain(series(plan, tools))
        .chain(watched(plan, tools))
        .chain(alerts(plan, tools))
        .collect();
    let brought = parts.into_iter().map(|Part { file, what, brings }| async move {
        let value = match timeout(LIMIT, brings).await {
            Ok(value) => value,
            Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
        };
        (file, what, value)
    });
    let (mut kept, mut missing) = (Vec::new(), Vec::new());
    let mask = mask(plan).await;
    let (brought, own) = tokio::join!(join_all(brought), join_all(own));
    for (number, (file, what, value)) in brought.into_iter().enumerate() {
        let written = match value {
            Ok(None) => continue,
            Ok(Some(value)) => {
                write(directory, number + 1, &file, &format!("{value:#}\n"), &mask).map_err(|error| error.to_string())
            }
            Err(why) => Err(why),
        };
        match written {
            Ok(file) => kept.push(file),
            Err(why) => missing.push(format!("{what}: {why}")),
        }
    }
    for (step, brought) in plan.keep.iter().zip(own) {
        match brought {
            Ok(file) => kept.push(file),
            Err(why) => missing.push(format!("{}: {why}", step.id)),
        }
    }
    (kept, missing)
}

/// Does what a `[[keep]]` step of the runbook says, as any step is done: in the shim, masked, its output cut.
async fn bring(
    run: &Run,
    step: &Planned,
    (directory, index): (&Path, usize),
    tools: &Tools,
    me: &Worker,
) -> Result<Kept, String> {
    let limit = Span::from_millis(u64::try_from(LIMIT.as_millis()).unwrap_or(u64::MAX));
    let step = Planned { timeout: step.timeout.min(limit), grace: Span::ZERO, cancellable: true, ..step.clone() };
    let place = Place::of(&directory.join(DIRECTORY), index, &step.id, false, 1);
    place.make().map_err(|error| error.to_string())?;
    let task = Task { run, step: &step, undo: false, number: 1, place: &place, worker: me };
    // Nobody tells it to stop: it has seconds.
    let (_nobody, stops) = watch::channel(None);
    let done = timeout(LIMIT, steps::perform(tools, &task, &mut Stops(stops))).await;
    let done = done.map_err(|_| format!("it did not end within {} s", LIMIT.as_secs()))?;
    match (done.outcome, done.output) {
        (Outcome::Succeeded, Some(hash)) => {
            let path = place.output();
            let size = std::fs::metadata(&path).map_err(|error| error.to_string())?.len();
            let name = path.strip_prefix(directory).unwrap_or(&path).display().to_string();
            Ok(Kept { name, hash, size })
        }
        (Outcome::Succeeded, None) => Err("it wrote nothing".to_owned()),
        _ => Err(done.words),
    }
}

/// Takes out the secrets of the plan's steps, should an object or an alert repeat one. Those that a program would have to say
/// are not asked for here: it may need a person.
async fn mask(plan: &Plan) -> Mask {
    let mut secrets = Vec::new();
    for step in plan.steps.iter().chain(&plan.keep) {
        for request in [Some(&step.request), step.undo.as_ref()].into_iter().flatten() {
            let values = match request {
                Request::Http(request) | Request::Notify { request, .. } => &request.headers,
                Request::Command(command) => &command.environment,
                _ => continue,
            };
            let references = values.values().filter_map(|value| match value {
                FieldValue::Secret(reference) if !matches!(reference, SecretRef::Command(_)) => Some(reference),
                _ => None,
            });
            for reference in references {
                // The step that needs it will tell when it cannot be read.
                secrets.extend(resolve(reference, process_variable).await.ok());
            }
        }
    }
    Mask::new(secrets.iter().map(ExposeSecret::expose_secret))
}

/// The objects that are about to change, each with the analyses of its rollout.
fn objects<'a>(plan: &'a Plan, tools: &'a Tools) -> impl Iterator<Item = Part<'a>> {
    let mut seen = BTreeSet::new();
    let patches = plan.steps.iter().filter_map(|step| match &step.request {
        Request::Kubernetes(patch) => Some(patch),
        _ => None,
    });
    let once = patches.filter(move |patch| seen.insert((&patch.source, &patch.object)));
    once.flat_map(|patch| {
        let analyses = patch.object.contains("/rollouts/").then(|| Part {
            file: format!("analyses-{}-{}", patch.source, patch.name),
            what: format!("analyses of {} in {}", patch.name, patch.source),
            brings: analyses(patch, tools).boxed(),
        });
        let object = Part {
            file: format!("object-{}-{}", patch.source, patch.name),
            what: format!("{} in {}", patch.name, patch.source),
            brings: object(patch, tools).boxed(),
        };
        [object].into_iter().chain(analyses)
    })
}

async fn object(patch: &Patch, tools: &Tools) -> Result<Option<Value>, String> {
    let cluster = tools.cluster(&patch.source).map_err(|error| error.to_string())?;
    let object = cluster.read(&patch.object).await.map_err(|error| error.to_string())?;
    object.map(Some).ok_or_else(|| "it is not there".to_owned())
}

async fn analyses(patch: &Patch, tools: &Tools) -> Result<Option<Value>, String> {
    let cluster = tools.cluster(&patch.source).map_err(|error| error.to_string())?;
    let found = cluster.analyses(&patch.object, &patch.observed.uid).await.map_err(|error| error.to_string())?;
    // A rollout without analyses has nothing that could be kept, or be missing.
    Ok((!found.is_empty()).then(|| json!(found)))
}

/// The error ratio and rate of each SLO of the services, whole and by version.
fn series<'a>(plan: &'a Plan, tools: &'a Tools) -> impl Iterator<Item = Part<'a>> {
    sources(plan, tools).map(move |source| Part {
        file: format!("slos-{}", source.name),
        what: format!("series of {}", source.name),
        brings: charts(plan, source, tools).boxed(),
    })
}

async fn charts(plan: &Plan, source: &Source, tools: &Tools) -> Result<Option<Value>, String> {
    let request = |service: &String| ChartRequest {
        service: service.clone(),
        environment: plan.target.environment.clone(),
        range: BACK,
    };
    let charts = plan.target.services.iter().map(request).collect();
    let demand = Demand { catalog: Arc::clone(&tools.catalog), charts, ..Demand::default() };
    let Some((series, gaps)) =
        evidence::charts(source, &demand, &tools.context).await.map_err(|error| error.to_string())?
    else {
        return Ok(None);
    };
    if series.is_empty() {
        return Err(format!("it has no series of the SLOs of {}", plan.target.services.join(", ")));
    }
    Ok(Some(with_gaps(source, "series", &json!(series), &gaps)))
}

/// What the looks of the runbook itself ask for: what will tell whether it helped.
fn watched<'a>(plan: &'a Plan, tools: &'a Tools) -> impl Iterator<Item = Part<'a>> {
    let waits = plan.steps.iter().filter_map(|step| match &step.request {
        Request::WaitMetric(wait) => Some((step, wait)),
        _ => None,
    });
    waits.map(move |(step, wait)| Part {
        file: format!("watched-{}", step.id),
        what: format!("what {} watches", step.id),
        brings: range(wait, tools).boxed(),
    })
}

async fn range(wait: &Wait, tools: &Tools) -> Result<Option<Value>, String> {
    let source = tools.checks.sources().iter().find(|source| source.name == wait.source);
    let source = source.ok_or_else(|| format!("there is no source {}", wait.source))?;
    let end = tools.context.clock.now().timestamp().div_euclid(STEP) * STEP;
    let start = end.saturating_sub(i64::try_from(BACK.millis() / 1_000).unwrap_or(0));
    let (rows, gaps) = evidence::range(source, &wait.query, (start, end, STEP), &tools.context)
        .await
        .map_err(|error| error.to_string())?;
    let mut kept = with_gaps(source, "result", &rows, &gaps);
    for (name, value) in
        [("start", json!(start)), ("end", json!(end)), ("step", json!(STEP)), ("query", json!(wait.query))]
    {
        if let Some(kept) = kept.as_object_mut() {
            kept.insert(name.to_owned(), value);
        }
    }
    Ok(Some(kept))
}

/// The alerts of every source that knows some.
fn alerts<'a>(plan: &'a Plan, tools: &'a Tools) -> impl Iterator<Item = Part<'a>> {
    sources(plan, tools).map(move |source| Part {
        file: format!("alerts-{}", source.name),
        what: format!("alerts of {}", source.name),
        brings: async move {
            let alerts = evidence::alerts(source, &tools.context).await.map_err(|error| error.to_string())?;
            Ok(alerts.map(|(alerts, gaps)| with_gaps(source, "alerts", &alerts, &gaps)))
        }
        .boxed(),
    })
}

/// The sources of the environment.
fn sources<'a>(plan: &'a Plan, tools: &'a Tools) -> impl Iterator<Item = &'a Source> {
    let environment = plan.target.environment.as_str();
    let sources = tools.checks.sources().iter();
    sources.filter(move |source| source.environment.as_deref().is_none_or(|own| own == environment))
}

/// A value with what its answer lacks: a part is kept as a part.
fn with_gaps(source: &Source, name: &str, value: &Value, gaps: &[Gap]) -> Value {
    let gaps: Vec<String> = gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect();
    json!({"source": source.name, "incomplete": gaps, name: value})
}

fn write(run: &Path, number: usize, name: &str, text: &str, mask: &Mask) -> std::io::Result<Kept> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(64).map(plain).collect();
    let name = format!("{DIRECTORY}/{number:02}-{name}.json");
    place::make(&run.join(DIRECTORY))?;
    let mut output = Output::new(place::create(&run.join(&name))?, mask.clone());
    output.push(text.as_bytes())?;
    let hash = output.finish()?.ok_or_else(|| std::io::Error::other("nothing was written"))?;
    let size = std::fs::metadata(run.join(&name))?.len();
    Ok(Kept { name, hash, size })
}
