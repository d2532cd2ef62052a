//! The steps of a runbook, one after the other: nested runbooks opened, steps for several services written out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Aim, Asked, Ground, Refused, Want, fill, order::ordered, target};
use crate::domain::{
    catalog::ObjectRef,
    object::SourceName,
    plan::Mode,
    runbook::{
        Failing, Part, Runbook, Step,
        action::{Action, Kubernetes, Nested},
        parameter::{self, Kind, Parameter},
    },
};

/// How deep runbooks may nest.
const DEEPEST: usize = 4;
/// How many steps a plan may have.
const MOST_STEPS: usize = 200;
/// Values that only objects tell, and that stand for themselves until then.
pub(super) const LATE: [&str; 2] = ["from", "to"];

/// What a plan will be made of, once the objects were looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The runbook.
    pub runbook: Runbook,
    /// What it is for.
    pub aim: Aim,
    /// Whether its effects are real.
    pub mode: Mode,
    /// The values of the runbook's own parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its steps.
    pub drafts: Vec<Draft>,
    /// The objects that have to be looked at.
    pub wants: BTreeSet<Want>,
}

/// A step that is not filled in yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Unique in the plan, but for regions.
    pub id: String,
    /// The part of the runbook.
    pub part: Part,
    /// As its author wrote it.
    pub step: Step,
    /// The service that it is done for.
    pub service: String,
    /// What is filled in. `from` and `to` stand for themselves.
    pub values: BTreeMap<String, String>,
    /// The parameters that it may name.
    pub parameters: Vec<Parameter>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Whether what it brings is kept, and nothing is done by it.
    pub kept: bool,
}

/// What is handed down into nested runbooks.
struct Level<'a> {
    runbook: &'a Runbook,
    values: BTreeMap<String, String>,
    /// `OUTER-`, or nothing.
    prefix: String,
    /// The service, where the outer step is done for several.
    service: Option<String>,
    /// What the outer steps say of a failure.
    failing: Failing,
    /// The runbooks around it.
    around: Vec<&'a str>,
}

/// The outline of `runbook` for what is `asked`.
///
/// # Errors
/// What was asked for wrongly, or what the runbook cannot mean.
pub fn outline(runbook: &Runbook, asked: &Asked, ground: &Ground<'_>) -> Result<Outline, Refused> {
    let aim = target::aim(runbook, asked, ground)?;
    let parameters =
        parameter::values(&runbook.parameters, &asked.parameters).map_err(|why| Refused::Asked(why.to_string()))?;
    let values = parameters.clone();
    let level = Level {
        runbook,
        values,
        prefix: String::new(),
        service: None,
        failing: Failing::Stop,
        around: vec![runbook.name.as_str()],
    };
    let mut drafts = Vec::new();
    walk(&level, &aim, ground, &mut drafts)?;
    // Preconditions of all come first, validations of all last; otherwise the order stays.
    drafts.sort_by_key(|draft| draft.part);
    unique(&mut drafts);
    let mut outline =
        Outline { runbook: runbook.clone(), aim, mode: asked.mode, parameters, drafts, wants: BTreeSet::new() };
    outline.wants = wants(&outline, ground)?;
    Ok(outline)
}

fn walk(level: &Level<'_>, aim: &Aim, ground: &Ground<'_>, drafts: &mut Vec<Draft>) -> Result<(), Refused> {
    let kept = level.runbook.keep.iter().map(|step| (Part::Before, step, true));
    let all = kept.chain(level.runbook.all().map(|(part, step)| (part, step, false)));
    for (part, step, kept) in all {
        let (services, circle) = services(step, level, aim, ground)?;
        let several = step.each.is_some();
        for service in services {
            let mut values = level.values.clone();
            let target = &aim.target;
            let given = [("release", target.release.as_deref()), ("service", Some(service.as_str()))];
            let given = given.into_iter().chain([("environment", Some(target.environment.as_str()))]);
            values.extend(given.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
            values.extend(LATE.map(|name| (name.to_owned(), late(name))));
            let suffix = if several { format!("@{service}") } else { String::new() };
            let id = format!("{}{}{suffix}", level.prefix, step.id);
            if let Action::Runbook(nested) = &step.action {
                nest(level, step, (&id, &service), nested, &values, aim, ground, drafts)?;
                continue;
            }
            let mut step = step.clone();
            step.failing = if level.failing == Failing::GoOn { Failing::GoOn } else { step.failing };
            if several {
                step.title = format!("{}: {service}", step.title);
            }
            let parameters = level.runbook.parameters.clone();
            let notes = circle.iter().cloned().collect();
            drafts.push(Draft { id, part, step, service, values, parameters, notes, kept });
            if drafts.len() > MOST_STEPS {
                return Err(Refused::Asked(format!("it would have more than {MOST_STEPS} steps")));
            }
        }
    }
    Ok(())
}

/// What stands for a value that only objects tell.
pub(super) fn late(name: &str) -> String {
    format!("${{{name}}}")
}

/// The services that `step` is done for, in their order.
fn services(
    step: &Step,
    level: &Level<'_>,
    aim: &Aim,
    ground: &Ground<'_>,
) -> Result<(Vec<String>, Option<String>), Refused> {
    let own = level.service.as_ref().unwrap_or(&aim.target.service);
    let Some(each) = &step.each else { return Ok((vec![own.clone()], None)) };
    let release = ground.release(aim.target.release.as_deref());
    let services = if each.services.is_empty() {
        let release = release.ok_or_else(|| {
            Refused::Asked(format!("the step {} is for every service of a release: name the release", step.id))
        })?;
        release.components.iter().map(|component| component.service.clone()).collect()
    } else {
        each.services.clone()
    };
    if let Some(unknown) = services.iter().find(|name| !ground.catalog.services.contains_key(*name)) {
        return Err(Refused::Asked(format!(
            "the step {} names {unknown}, which is no service of the catalog",
            step.id
        )));
    }
    Ok(ordered(&services, each.order, ground.catalog, release))
}

#[expect(clippy::too_many_arguments, reason = "what a level hands down; it has one caller")]
fn nest(
    level: &Level<'_>,
    step: &Step,
    (id, service): (&str, &str),
    nested: &Nested,
    values: &BTreeMap<String, String>,
    aim: &Aim,
    ground: &Ground<'_>,
    drafts: &mut Vec<Draft>,
) -> Result<(), Refused> {
    let inner = ground.runbook(&nested.runbook)?;
    let mut around = level.around.clone();
    if around.contains(&inner.name.as_str()) {
        return Err(Refused::Asked(format!("runbooks nest in a circle: {} > {}", around.join(" > "), inner.name)));
    }
    around.push(&inner.name);
    if around.len() > DEEPEST {
        return Err(Refused::Asked(format!("runbooks nest deeper than {DEEPEST}: {}", around.join(" > "))));
    }
    let wrong = |why: String| Refused::Asked(format!("the step {} with the runbook {}: {why}", step.id, inner.name));
    let with = nested.with.iter().map(|(name, text)| Ok((name.clone(), fill::whole(text, values)?)));
    let (later, with): (BTreeMap<_, _>, BTreeMap<_, _>) = with
        .collect::<Result<BTreeMap<_, _>, String>>()
        .map_err(wrong)?
        .into_iter()
        .partition(|(_, value)| LATE.iter().any(|name| *value == late(name)));
    // What only objects tell is held against its kind when it is known.
    let known: Vec<_> = inner.parameters.iter().filter(|known| !later.contains_key(&known.name)).cloned().collect();
    let mut inner_values = parameter::values(&known, &with).map_err(|why| wrong(why.to_string()))?;
    inner_values.extend(later);
    let service = (step.each.is_some() || level.service.is_some()).then(|| service.to_owned());
    let failing = if level.failing == Failing::GoOn { Failing::GoOn } else { step.failing };
    let level = Level { runbook: inner, values: inner_values, prefix: format!("{id}-"), service, failing, around };
    walk(&level, aim, ground, drafts)
}

/// Two steps that would be called the same get a number.
fn unique(drafts: &mut [Draft]) {
    let mut seen = BTreeSet::new();
    for draft in drafts {
        let (name, mut number) = (draft.id.clone(), 1);
        while !seen.insert(draft.id.clone()) {
            number += 1;
            draft.id = format!("{name}-{number}");
        }
    }
}

/// The objects of `service` in each cluster of the plan.
pub(super) fn of_service(
    service: &str,
    environment: &str,
    ground: &Ground<'_>,
) -> Result<Vec<(ObjectRef, Vec<Want>)>, Refused> {
    let objects = ground.catalog.services.get(service).map(|file| file.objects.as_slice()).unwrap_or_default();
    if objects.is_empty() {
        return Err(Refused::Asked(format!(
            "the service {service} names no object: say in its file of the catalog where it lives, as [[object]]"
        )));
    }
    objects
        .iter()
        .map(|object| {
            let places = ground.clusters_of(environment, object.source.as_ref());
            if places.is_empty() {
                return Err(no_cluster(environment, object.source.as_ref()));
            }
            let want = |source| Want {
                source,
                kind: object.kind.clone(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
            };
            Ok((object.clone(), places.into_iter().map(want).collect()))
        })
        .collect()
}

/// The object of a step in each cluster of the plan.
pub(super) fn of_step(
    action: &Kubernetes,
    draft: &Draft,
    environment: &str,
    ground: &Ground<'_>,
) -> Result<Vec<Want>, Refused> {
    let filled = |text: &String| {
        let text = fill::whole(text, &draft.values).map_err(|why| fill::wrong(draft, &why))?;
        if text.contains("${") {
            return Err(fill::wrong(draft, "an object is looked at before ${from} and ${to} are known"));
        }
        Ok(text)
    };
    let (name, namespace) = (filled(&action.name)?, action.namespace.as_ref().map(filled).transpose()?);
    let places = ground.clusters_of(environment, action.source.as_ref());
    if places.is_empty() {
        return Err(no_cluster(environment, action.source.as_ref()));
    }
    let want = |source| Want { source, kind: action.kind.clone(), namespace: namespace.clone(), name: name.clone() };
    Ok(places.into_iter().map(want).collect())
}

fn no_cluster(environment: &str, source: Option<&SourceName>) -> Refused {
    Refused::Asked(source.map_or_else(
        || format!("no source of the kind kubernetes is for {environment}: configure one as [[source]]"),
        |name| format!("{name} is no source of the kind kubernetes"),
    ))
}

fn wants(outline: &Outline, ground: &Ground<'_>) -> Result<BTreeSet<Want>, Refused> {
    let environment = outline.aim.target.environment.as_str();
    let mut wants = BTreeSet::new();
    // The version that runs is told with every plan; a runbook that changes no object needs none.
    if let Ok(own) = of_service(&outline.aim.target.service, environment, ground) {
        wants.extend(own.into_iter().flat_map(|(_, wants)| wants));
    }
    for draft in &outline.drafts {
        match &draft.step.action {
            Action::Rollout(action) => {
                let service = fill::service(draft, action)?;
                wants.extend(of_service(&service, environment, ground)?.into_iter().flat_map(|(_, wants)| wants));
            }
            Action::Kubernetes(action) => wants.extend(of_step(action, draft, environment, ground)?),
            _ => {}
        }
    }
    Ok(wants)
}

/// The kind of the parameter `name`, for values that are more than text.
pub(super) fn kind<'a>(draft: &'a Draft, name: &str) -> Option<&'a Kind> {
    draft.parameters.iter().find(|known| known.name == name).map(|known| &known.kind)
}
