//! What has to be done to the rollout of a service, cluster by cluster, and which versions that is about.

use serde_json::Value;

use super::{
    Ground, Look, Looks, Outline, Refused, Thing, Want,
    expand::{Draft, of_service},
    fill,
};
use crate::domain::{
    catalog::VersionFrom,
    plan::rollout::{self, Decision, Seen},
    runbook::{
        action::{Rollout, Verb},
        parameter::Place,
    },
    workload::Template,
};

/// Labels that name a template by its hash.
const HASHES: [&str; 2] = ["rollouts-pod-template-hash", "pod-template-hash"];

/// What was decided for one object in one cluster.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    /// Which.
    pub(super) want: Want,
    /// As it was seen.
    pub(super) thing: &'a Thing,
    /// What has to be done, or why nothing.
    pub(super) what: Result<Decision, String>,
    /// The version that it has.
    pub(super) from: Option<String>,
    /// The version that it goes back to, also where it is there already.
    pub(super) to: Option<String>,
}

/// What was decided for a service in all clusters.
#[derive(Debug)]
pub(super) struct Regions<'a> {
    /// The service.
    pub(super) service: String,
    /// Object by object.
    pub(super) decided: Vec<Decided<'a>>,
    /// What is not part of the plan, in words that stay the same.
    pub(super) left_out: Vec<String>,
    /// Whether all that should have been seen was seen.
    pub(super) observed: bool,
}

/// What `draft` has to do.
///
/// # Errors
/// When nothing can be done anywhere, with the reason.
pub(super) fn decide<'a>(
    draft: &Draft,
    action: &Rollout,
    outline: &Outline,
    ground: &Ground<'_>,
    looks: &'a Looks,
) -> Result<Regions<'a>, Refused> {
    let service = fill::service(draft, action)?;
    let to = fill::maybe(draft, action.to.as_ref(), Place::Whole)?;
    if to.as_deref().is_some_and(|to| to.contains("${")) {
        return Err(fill::wrong(draft, "`to` cannot be ${from} or ${to}: they follow from it"));
    }
    let target = &outline.aim.target;
    let mut regions = Regions { service: service.clone(), decided: Vec::new(), left_out: Vec::new(), observed: true };
    let mut unreadable = Vec::new();
    for (object, wants) in of_service(&service, &target.environment, ground)? {
        let mut seen = Vec::new();
        for want in wants {
            match looks.get(&want) {
                Some(Look::There(thing)) => seen.push((want, thing.as_ref())),
                Some(Look::Missing) => regions.left_out.push(format!("{} is not in {}", named(&want), want.source)),
                Some(Look::Unreadable(why)) => {
                    unreadable.push(format!("{} in {}: {why}", named(&want), want.source));
                    regions.left_out.push(not_seen(&want));
                    regions.observed = false;
                }
                None => {
                    regions.left_out.push(not_seen(&want));
                    regions.observed = false;
                }
            }
        }
        let leaving = leaving(action.verb, to.as_deref(), &service, &seen, &object.version, (outline, ground))?;
        regions.decided.extend(
            seen.into_iter().map(|(want, thing)| {
                one(action.verb, to.as_deref(), (want, thing), &object.version, leaving.as_deref())
            }),
        );
    }
    nothing_at_all(&regions, &unreadable, draft)?;
    Ok(regions)
}

/// Refuses when nothing can be done anywhere.
fn nothing_at_all(regions: &Regions<'_>, unreadable: &[String], draft: &Draft) -> Result<(), Refused> {
    if regions.decided.is_empty() {
        return Err(match unreadable {
            [] => Refused::State(format!("the step {}: {}", draft.id, regions.left_out.join("; "))),
            why => Refused::NotKnown(format!(
                "the step {} cannot be planned: its object could not be read: {}",
                draft.id,
                why.join("; ")
            )),
        });
    }
    let why: Vec<_> = regions.decided.iter().filter_map(|one| Some((one, one.what.as_ref().err()?))).collect();
    if why.len() < regions.decided.len() {
        return Ok(());
    }
    let words = why.iter().map(|(one, why)| format!("{} in {}: {why}", named(&one.want), one.want.source));
    Err(Refused::State(words.collect::<Vec<_>>().join("; ")))
}

fn not_seen(want: &Want) -> String {
    format!("{} in {} could not be read: it is NOT part of this plan", named(want), want.source)
}

/// The object for people: `Rollout shop/checkout`.
pub(super) fn named(want: &Want) -> String {
    let kind = want.kind.rsplit('/').next().unwrap_or(&want.kind);
    let namespace = want.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{kind} {namespace}{}", want.name)
}

/// The version that is left, where a way back is asked for without saying to where: the release's, or that of the clusters
/// where something is under way. A cluster that does not have it has nothing to go back from.
fn leaving(
    verb: Verb,
    to: Option<&str>,
    service: &str,
    seen: &[(Want, &Thing)],
    from: &VersionFrom,
    (outline, ground): (&Outline, &Ground<'_>),
) -> Result<Option<String>, Refused> {
    if !matches!(verb, Verb::Back | Verb::Undo) || to.is_some() {
        return Ok(None);
    }
    let release = ground.release(outline.aim.target.release.as_deref());
    let component = release.and_then(|release| release.components.iter().find(|one| one.service == service));
    if let Some(component) = component {
        return Ok(Some(component.version.clone()));
    }
    let versions: Vec<_> = seen.iter().map(|(want, thing)| (want, thing, current(thing, from))).collect();
    let mut distinct: Vec<_> = versions.iter().filter_map(|(.., version)| version.clone()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 2 {
        return Ok(None);
    }
    let mut moving: Vec<_> =
        versions.iter().filter(|(_, thing, _)| under_way(thing)).filter_map(|(.., version)| version.clone()).collect();
    moving.sort_unstable();
    moving.dedup();
    if let [one] = moving.as_slice() {
        return Ok(Some(one.clone()));
    }
    let told =
        versions.iter().map(|(want, _, version)| format!("{} {}", want.source, version.as_deref().unwrap_or("?")));
    Err(Refused::State(format!(
        "{service} has different versions ({}): say which to go back to, or name the release",
        told.collect::<Vec<_>>().join(", ")
    )))
}

fn under_way(thing: &Thing) -> bool {
    let text = |path: &str| thing.object.pointer(path).and_then(Value::as_str);
    text("/status/currentPodHash").is_some() && text("/status/currentPodHash") != text("/status/stableRS")
}

fn one<'a>(
    verb: Verb,
    to: Option<&str>,
    (want, thing): (Want, &'a Thing),
    version: &VersionFrom,
    leaving: Option<&str>,
) -> Decided<'a> {
    let from = current(thing, version);
    if let (Some(leaving), Some(now)) = (leaving, &from)
        && leaving != now
    {
        let why = format!("it has {now}, not {leaving}: there is nothing to go back from");
        return Decided { want, thing, what: Err(why), from, to: None };
    }
    let seen = Seen { object: &thing.object, sets: &thing.sets, manager: thing.manager.as_ref() };
    let what = rollout::decide(verb, to, &seen).map_err(|why| why.to_string());
    let changes = matches!(verb, Verb::Back | Verb::Abort | Verb::Undo);
    let hash = what.as_ref().ok().filter(|_| changes).and_then(|decision| decision.to.clone());
    let to = hash.map(|hash| {
        // What a person has to type must be something that a person can type.
        let typed = |version: &String| !version.is_empty() && version.chars().all(|c| c.is_ascii_graphic());
        kept(thing, &hash).and_then(|template| of(template, Some(&hash), version)).filter(typed).unwrap_or(hash)
    });
    Decided { want, thing, what, from, to }
}

/// The version that an object has now.
pub(super) fn current(thing: &Thing, from: &VersionFrom) -> Option<String> {
    let hash = thing.object.pointer("/status/currentPodHash").and_then(Value::as_str);
    let own = thing.object.pointer("/spec/template").filter(|template| template.is_object());
    let template = own.or_else(|| kept(thing, hash?))?;
    of(template, hash, from)
}

fn kept<'a>(thing: &'a Thing, hash: &str) -> Option<&'a Value> {
    let labelled = |set: &&Value| {
        let labels = set.pointer("/metadata/labels");
        HASHES.iter().any(|label| labels.and_then(|labels| labels.get(label)?.as_str()) == Some(hash))
    };
    thing.sets.iter().find(labelled)?.pointer("/spec/template")
}

fn of(template: &Value, hash: Option<&str>, from: &VersionFrom) -> Option<String> {
    let map = |path: &str| -> crate::domain::labels::Labels {
        let map = template.pointer(path).and_then(Value::as_object).into_iter().flatten();
        map.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
    };
    let containers = template.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let template = Template {
        hash: hash.map(str::to_owned),
        images: containers.filter_map(|container| Some(container.get("image")?.as_str()?.to_owned())).collect(),
        labels: map("/metadata/labels"),
        annotations: map("/metadata/annotations"),
    };
    template.version(from)
}
