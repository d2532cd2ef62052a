//! The plan, once the objects were looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Ground, Look, Looks, Outline, Refused, Thing, Want,
    expand::{Draft, LATE, late, of_service, of_step},
    fill, merge, needs,
    rollouts::{self, Decided, Regions, current, named},
};
use crate::domain::{
    checklist::predicate::Predicate,
    ledger::{event::LARGEST, hash::Hash},
    plan::{
        Plan, Planned, Source, VERSION,
        request::{Observed, Patch, PatchForm, Request, Wait},
        rollout::Change,
    },
    runbook::{
        self,
        action::{Action, Effect, Kubernetes, Verb},
        parameter::Place,
    },
};

/// A plan, and what is told with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// What people confirm.
    pub hash: Hash,
    /// What is not known, in words that may change from look to look.
    pub unknown: Vec<String>,
}

/// Versions of services.
type Versions = BTreeMap<String, Version>;

/// The versions of a service.
#[derive(Clone, Debug, Default)]
struct Version {
    /// The one that it has.
    from: Option<String>,
    /// The one that it goes back to, also where it is there already.
    to: Option<String>,
    /// Whether the plan changes it.
    changed: bool,
}

/// The plan of `outline`, by what was seen.
///
/// # Errors
/// Why there is none.
pub fn make(outline: &Outline, ground: &Ground<'_>, looks: &Looks) -> Result<Made, Refused> {
    let mut rolled = BTreeMap::new();
    for draft in &outline.drafts {
        if let Action::Rollout(action) = &draft.step.action {
            rolled.insert(draft.id.as_str(), rollouts::decide(draft, action, outline, ground, looks)?);
        }
    }
    let versions = versions(outline, ground, looks, rolled.values());
    let mut maker = Maker {
        outline,
        ground,
        looks,
        keep: Vec::new(),
        steps: Vec::new(),
        services: BTreeSet::new(),
        observed: true,
    };
    for draft in &outline.drafts {
        let draft = known(draft, &versions)?;
        maker.step(&draft, rolled.get(draft.id.as_str()))?;
    }
    let unknown = looks.iter().filter_map(|(want, look)| match look {
        Look::Unreadable(why) => Some(format!("{} in {}: {why}", named(want), want.source)),
        _ => None,
    });
    let unknown = unknown.collect();
    let rollback = outline.drafts.iter().any(|draft| {
        let goes =
            |action: &Action| matches!(action, Action::Rollout(one) if !matches!(one.verb, Verb::Pause | Verb::Resume));
        goes(&draft.step.action)
            && rolled.get(draft.id.as_str()).is_some_and(|regions| regions.decided.iter().any(changes))
    });
    let plan = maker.plan(&versions, rollback);
    let bytes = plan.bytes().map_err(|why| Refused::Asked(format!("the plan cannot be recorded: {why}")))?;
    if bytes.len() > LARGEST - ROOM {
        let size = bytes.len() / 1024;
        return Err(Refused::State(format!("the plan has {size} KiB, and the record takes 248: name fewer services")));
    }
    Ok(Made { plan, hash: Hash::of(&bytes), unknown })
}

/// Room for what else stands in the event that begins a run.
const ROOM: usize = 8 * 1024;

fn changes(one: &Decided<'_>) -> bool {
    one.what.as_ref().is_ok_and(|decision| decision.change.is_some())
}

fn versions<'a>(
    outline: &Outline,
    ground: &Ground<'_>,
    looks: &Looks,
    rolled: impl Iterator<Item = &'a Regions<'a>>,
) -> Versions {
    let mut versions = Versions::new();
    for regions in rolled {
        let all = || regions.decided.iter();
        let moved = all().find(|one| changes(one)).or_else(|| all().find(|one| one.to.is_some()));
        let Some(moved) = moved.or_else(|| regions.decided.first()) else { continue };
        let known = versions.entry(regions.service.clone()).or_default();
        known.from = known.from.take().or_else(|| moved.from.clone());
        known.to = known.to.take().or_else(|| moved.to.clone());
        known.changed |= changes(moved);
    }
    let target = &outline.aim.target;
    let known = versions.entry(target.service.clone()).or_default();
    if known.from.is_none() {
        let objects = of_service(&target.service, &target.environment, ground).unwrap_or_default();
        known.from = objects.into_iter().find_map(|(object, wants)| {
            wants.iter().find_map(|want| match looks.get(want) {
                Some(Look::There(thing)) => current(thing, &object.version),
                _ => None,
            })
        });
    }
    versions
}

/// `draft` with the versions of its service where they stood for themselves.
fn known(draft: &Draft, versions: &Versions) -> Result<Draft, Refused> {
    let mut draft = draft.clone();
    let Version { from, to, .. } = versions.get(&draft.service).cloned().unwrap_or_default();
    for (name, version) in LATE.into_iter().zip([from, to]) {
        let places: Vec<String> =
            draft.values.iter().filter(|(_, value)| **value == late(name)).map(|(place, _)| place.clone()).collect();
        for place in places {
            let Some(version) = &version else {
                draft.values.remove(&place);
                continue;
            };
            if let Some(parameter) = draft.parameters.iter().find(|known| known.name == place) {
                parameter.admit(version).map_err(|why| fill::wrong(&draft, &why.to_string()))?;
            }
            draft.values.insert(place, version.clone());
        }
    }
    Ok(draft)
}

struct Maker<'a> {
    outline: &'a Outline,
    ground: &'a Ground<'a>,
    looks: &'a Looks,
    keep: Vec<Planned>,
    steps: Vec<Planned>,
    /// Services that a step changes.
    services: BTreeSet<String>,
    /// Whether everything that is changed could be seen.
    observed: bool,
}

impl Maker<'_> {
    fn step(&mut self, draft: &Draft, regions: Option<&Regions<'_>>) -> Result<(), Refused> {
        if draft.step.effect() == Effect::Write && draft.step.each.is_some() {
            self.services.insert(draft.service.clone());
        }
        match (&draft.step.action, regions) {
            (Action::Rollout(_), Some(regions)) => self.rollout(draft, regions),
            (Action::Kubernetes(action), _) => self.kubernetes(draft, action),
            (action, _) => {
                let request = self.request(draft, action)?;
                let planned = self.planned(draft, None, request, None, Vec::new())?;
                if draft.kept {
                    self.keep.push(Planned { effect: Effect::Read, ..planned });
                } else {
                    self.steps.push(planned);
                }
                Ok(())
            }
        }
    }

    fn rollout(&mut self, draft: &Draft, regions: &Regions<'_>) -> Result<(), Refused> {
        self.services.insert(regions.service.clone());
        self.observed &= regions.observed;
        let wants: Vec<&Want> = regions.decided.iter().map(|one| &one.want).collect();
        for (index, one) in regions.decided.iter().enumerate() {
            let mut notes = if index == 0 { regions.left_out.clone() } else { Vec::new() };
            let suffix = suffix(&one.want, &wants, regions.left_out.len());
            let (request, undo) = match &one.what {
                Err(why) => (Request::Nothing { why: why.clone() }, None),
                Ok(decision) => {
                    notes.insert(0, format!("{}: {}", decision.verb, decision.why));
                    notes.extend(decision.notes.iter().cloned());
                    let patch = |change: &Change| patch(&one.want, one.thing, change, &decision.observed);
                    match &decision.change {
                        None => (Request::Nothing { why: decision.why.clone() }, None),
                        Some(change) => (patch(change), decision.undo.as_ref().map(patch)),
                    }
                }
            };
            let planned = self.planned(draft, suffix.as_deref(), request, undo, notes)?;
            self.steps.push(planned);
        }
        Ok(())
    }

    fn kubernetes(&mut self, draft: &Draft, action: &Kubernetes) -> Result<(), Refused> {
        let change = fill::json(draft, &action.patch)?;
        let until = fill::field(draft, action.until.as_ref())?;
        let wants = of_step(action, draft, &self.outline.aim.target.environment, self.ground)?;
        let (mut there, mut left_out, mut why) = (Vec::new(), Vec::new(), Vec::new());
        for want in wants {
            match self.looks.get(&want) {
                Some(Look::There(thing)) => there.push((want, thing.as_ref())),
                Some(Look::Missing) => left_out.push(format!("{} is not in {}", named(&want), want.source)),
                Some(Look::Unreadable(words)) => {
                    self.observed = false;
                    why.push(format!("{} in {}: {words}", named(&want), want.source));
                    left_out.push(format!(
                        "{} in {} could not be read: it is NOT part of this plan",
                        named(&want),
                        want.source
                    ));
                }
                None => self.observed = false,
            }
        }
        if there.is_empty() {
            let told = format!(
                "the step {} cannot be planned: {}",
                draft.id,
                if why.is_empty() { left_out.join("; ") } else { why.join("; ") }
            );
            return Err(if why.is_empty() { Refused::State(told) } else { Refused::NotKnown(told) });
        }
        let wants: Vec<&Want> = there.iter().map(|(want, _)| want).collect();
        for (index, (want, thing)) in there.iter().enumerate() {
            let mut notes = if index == 0 { left_out.clone() } else { Vec::new() };
            notes.extend(thing.manager.iter().map(|manager| {
                format!(
                    "{} ({}) may put this back: revert it in the repository too, where it stands there",
                    manager.system, manager.name
                )
            }));
            let (request, undo) = patched(want, thing, action, (&change, until.as_ref())).map_err(|what| {
                Refused::State(format!("the step {}: {} in {} {what}", draft.id, named(want), want.source))
            })?;
            let suffix = suffix(want, &wants, left_out.len());
            let planned = self.planned(draft, suffix.as_deref(), request, undo, notes)?;
            self.steps.push(planned);
        }
        Ok(())
    }

    /// What exactly is done, for actions that look at no object.
    fn request(&self, draft: &Draft, action: &Action) -> Result<Request, Refused> {
        Ok(match action {
            Action::Http(http) => Request::Http(fill::http(draft, http)?),
            Action::Command(command) => Request::Command(fill::command(draft, command)?),
            Action::Check(one) => Request::Check(fill::check(draft, one)?),
            Action::Notify(message) => {
                Request::Notify { request: fill::http(draft, &message.request)?, required: message.required }
            }
            Action::Manual(manual) => Request::Manual {
                instruction: runbook::fill::words(&manual.instruction, &draft.values),
                who: manual.who.clone(),
                evidence: manual.evidence,
            },
            Action::WaitMetric(wait) => {
                let environment = &self.outline.aim.target.environment;
                let source = self.ground.metrics_of(environment, wait.source.as_ref());
                let source = source.ok_or_else(|| {
                    fill::wrong(
                        draft,
                        &format!("no source that speaks PromQL is for {environment}: configure one as [[source]]"),
                    )
                })?;
                let query = fill::text(draft, &wait.query, Place::Query)?;
                Request::WaitMetric(Wait {
                    source,
                    query,
                    must: fill::predicate(draft, &wait.must)?,
                    hold: wait.hold,
                    every: wait.every,
                })
            }
            Action::Kubernetes(_) | Action::Rollout(_) | Action::Runbook(_) => {
                return Err(fill::wrong(
                    draft,
                    "what takes it back cannot be a step that depends on the state of then",
                ));
            }
        })
    }

    fn planned(
        &self,
        draft: &Draft,
        suffix: Option<&str>,
        request: Request,
        undo: Option<Request>,
        notes: Vec<String>,
    ) -> Result<Planned, Refused> {
        let step = &draft.step;
        let nothing = matches!(request, Request::Nothing { .. });
        let title = runbook::fill::words(&step.title, &draft.values);
        let undo = match &step.undo {
            _ if nothing => None,
            // What was seen now gives the better undo of an object.
            Some(Action::Kubernetes(_) | Action::Rollout(_)) if undo.is_some() => undo,
            Some(action) => Some(self.request(draft, action)?),
            None => undo,
        };
        Ok(Planned {
            id: suffix.map_or_else(|| draft.id.clone(), |suffix| format!("{}@{suffix}", draft.id)),
            part: draft.part,
            title: suffix.map_or_else(|| title.clone(), |suffix| format!("{title} ({suffix})")),
            kind: step.action.word().to_owned(),
            request,
            undo,
            probe: step.probe.as_ref().map(|probe| fill::check(draft, probe)).transpose()?,
            effect: if nothing { Effect::Read } else { step.effect() },
            idempotent: step.idempotent,
            cancellable: step.cancellable,
            timeout: step.timeout,
            grace: step.grace,
            attempts: step.attempts,
            failing: step.failing,
            notes: draft.notes.iter().cloned().chain(notes).collect(),
        })
    }

    fn plan(self, versions: &Versions, rollback: bool) -> Plan {
        let Outline { runbook, aim, mode, parameters, .. } = self.outline;
        let mut target = aim.target.clone();
        let Version { from, to, changed } = versions.get(&target.service).cloned().unwrap_or_default();
        (target.from, target.to) = (from, to.filter(|_| changed));
        target.services =
            self.services.into_iter().chain([target.service.clone()]).collect::<BTreeSet<_>>().into_iter().collect();
        let grounds = needs::grounds(&self.steps, target.production, rollback, self.observed);
        let (risk, because) = needs::risk(runbook, *mode, &grounds);
        let needed = needs::needs(runbook, (aim.class, risk), (*mode, target.production), &self.ground.catalog.roles);
        Plan {
            v: VERSION,
            runbook: Source {
                name: runbook.name.clone(),
                title: runbook.title.clone(),
                digest: runbook.digest,
                commit: runbook.commit.clone(),
                owner: runbook.owner.clone(),
            },
            target,
            mode: *mode,
            class: aim.class,
            window: aim.window,
            policy: None,
            risk,
            because,
            needs: needed,
            budget: runbook.budget,
            parameters: parameters.clone(),
            keep: self.keep,
            steps: self.steps,
        }
    }
}

/// What tells the objects of one step apart: the cluster where there are several, the object where there are several.
fn suffix(want: &Want, all: &[&Want], left_out: usize) -> Option<String> {
    let clusters = all.iter().any(|other| other.source != want.source) || left_out > 0;
    let objects = all.iter().any(|other| (&other.kind, &other.name) != (&want.kind, &want.name));
    let parts = [objects.then(|| want.name.clone()), clusters.then(|| want.source.to_string())];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("@"))
}

fn patch(want: &Want, thing: &Thing, change: &Change, observed: &Observed) -> Request {
    let path = change.subresource.map_or_else(|| thing.path.clone(), |sub| format!("{}/{sub}", thing.path));
    Request::Kubernetes(Patch {
        source: want.source.clone(),
        path,
        object: thing.path.clone(),
        name: named(want),
        form: change.form,
        body: change.body.to_string(),
        observed: observed.clone(),
        until: change.until.clone(),
        diff: change.diff.clone(),
    })
}

/// The patch of a `kubernetes` step, and what takes it back.
fn patched(
    want: &Want,
    thing: &Thing,
    action: &Kubernetes,
    (change, until): (&Value, Option<&(String, Predicate)>),
) -> Result<(Request, Option<Request>), &'static str> {
    let merged = merge::merged(&thing.object, change);
    if merged.diff.is_empty() {
        return Ok((Request::Nothing { why: "everything is so already".to_owned() }, None));
    }
    let text = |path: &str| thing.object.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let observed = Observed {
        uid: text("/metadata/uid").ok_or("has no identity (metadata.uid)")?,
        generation: thing.object.pointer("/metadata/generation").and_then(Value::as_u64).unwrap_or(0),
        resource_version: text("/metadata/resourceVersion").unwrap_or_default(),
        facts: merged.facts,
    };
    let path = action.subresource.as_ref().map_or_else(|| thing.path.clone(), |sub| format!("{}/{sub}", thing.path));
    let one = |body: &Value, until, diff| {
        Request::Kubernetes(Patch {
            source: want.source.clone(),
            path: path.clone(),
            object: thing.path.clone(),
            name: named(want),
            form: PatchForm::Merge,
            body: body.to_string(),
            observed: observed.clone(),
            until,
            diff,
        })
    };
    let until = until.map_or(merged.until, |until| vec![until.clone()]);
    let undo = one(&merged.inverse, merged.inverse_until, merged.inverse_diff);
    Ok((one(change, until, merged.diff), Some(undo)))
}
