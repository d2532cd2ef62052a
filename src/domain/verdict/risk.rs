//! What the risk of a release calls for: a class, sign-offs, and who may let it keep a laxer class.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    alarms::alerts_unknown,
    reason::{Effect, Input, Reason, Remedy},
};
use crate::domain::{
    alert::{AlertState, Severity},
    catalog::Catalog,
    picture::Picture,
    readiness::{
        next::Next,
        standing::Standing,
        waiver::{CLASS, Waiver},
    },
    release::{Release, ReleaseId},
    risk::{
        Risk,
        assess::{Callers, Known, assess},
        routing::Routed,
    },
    run::runs::Runs,
};

/// The risk of every release of `picture`; `runs` is what is known of runs, where a ledger was read.
#[must_use]
pub fn risks(picture: &Picture, catalog: &Catalog, runs: Option<&Runs>) -> BTreeMap<ReleaseId, Arc<Risk>> {
    let mut pages: BTreeMap<&str, Result<u64, String>> = BTreeMap::new();
    let callers = Callers::new(catalog);
    let mut risks = BTreeMap::new();
    for release in &picture.releases {
        let environment = release.environment.as_str();
        let pages = pages.entry(environment).or_insert_with(|| firing(picture, environment)).clone();
        let known = Known { catalog, callers: &callers, pages, runs, now: picture.at };
        risks.insert(release.id.clone(), Arc::new(assess(release, &known)));
    }
    risks
}

/// How many pages fire in `environment`, or why that is not known.
fn firing(picture: &Picture, environment: &str) -> Result<u64, String> {
    if let Some(why) = alerts_unknown(&picture.sources, environment) {
        return Err(why);
    }
    let fires = picture.alerts.iter().filter(|joined| {
        !joined.stale
            && joined.alert.state == AlertState::Active
            && joined.alert.severity() == Severity::Page
            && joined.environment.as_deref().is_none_or(|own| own == environment)
    });
    Ok(fires.count() as u64)
}

/// The reasons of `risk` before the step `next`. Nothing where the catalog has no routing rules.
#[must_use]
pub fn routed(
    release: &Release,
    risk: &Risk,
    catalog: &Catalog,
    standing: Option<&Standing>,
    next: Next,
) -> Vec<Reason> {
    if catalog.routing.rules.is_empty() || !matches!(next, Next::Start | Next::Traffic(_)) {
        return Vec::new();
    }
    let routed = catalog.routing.route(release, risk, catalog);
    let mut reasons = vec![class(release, risk, catalog, &routed, standing)];
    reasons.extend(routed.sign.iter().map(|role| signed(role, &routed, standing)));
    reasons
}

fn class(release: &Release, risk: &Risk, catalog: &Catalog, routed: &Routed, standing: Option<&Standing>) -> Reason {
    let own = release.class.word();
    let score = risk.words();
    let Some(wanted) = routed.class.filter(|_| routed.is_stricter_than(release.class, standing.is_some())) else {
        let text = format!("risk {score}; no rule asks for more than class {own}");
        return Reason::new(Input::Risk, Effect::Supports, "class", "risk", text);
    };
    let item = format!("{CLASS}{}", wanted.word());
    let roles: Vec<String> = catalog.routing.overrides.iter().cloned().collect();
    let remedy = Remedy::Waive { item: item.clone(), roles: roles.clone() };
    let called_by = routed.rules.join(", ");
    let may = |waiver: &&Waiver| waiver.item == item && catalog.routing.overrides.contains(&waiver.role);
    if let Some(waiver) = standing.and_then(|standing| standing.overrides.iter().find(may)) {
        let text = format!(
            "class {own} where {} is called for ({called_by}): {} as {} lets it be until {}: {}",
            wanted.word(),
            waiver.principal,
            waiver.role,
            waiver.expires_at.format("%Y-%m-%d %H:%MZ"),
            waiver.reason
        );
        let lets_be = Reason::new(Input::Risk, Effect::Supports, "class", "override", text);
        return lets_be.measured(Some(waiver.at), None).by_somebody().remedied_by(remedy);
    }
    let text = format!("class {own}, and its risk calls for {} ({called_by}): risk {score}", wanted.word());
    let who = if roles.is_empty() {
        "nobody may let it be: routing.toml names no role in `override`".to_owned()
    } else {
        format!(
            "{} may let it be: `warroom waive {} {item} --role ROLE --reason … --for 4h`",
            roles.join(", "),
            release.id
        )
    };
    let reason = Reason::new(Input::Risk, Effect::Waits, "class", "class too lax", text);
    Reason { evidence: who, ..reason }.cured_when(format!("its class is {}", wanted.word())).remedied_by(remedy)
}

/// Whether somebody signed as `role`: in whichever sign-off of the release.
fn signed(role: &str, routed: &Routed, standing: Option<&Standing>) -> Reason {
    let id = format!("routing sign {role}");
    let by = standing.into_iter().flat_map(|standing| &standing.signoffs).flat_map(|signed| &signed.approvals);
    if let Some(by) = by.filter(|approval| approval.role == role).max_by_key(|approval| approval.seq) {
        let text = format!("{} signed as {role}, as its risk calls for", by.principal);
        let signed = Reason::new(Input::Risk, Effect::Supports, id, "signed", text);
        return signed.measured(Some(by.at), None).by_somebody();
    }
    let text = format!("its risk calls for a signature of {role} ({})", routed.rules.join(", "));
    let reason = Reason::new(Input::Risk, Effect::Waits, id, "sign-off missing", text);
    let evidence = match standing {
        None => "it has no checklist, so nobody can sign it: name one in its file".to_owned(),
        Some(_) => format!("one who is {role} signs one of its sign-offs; its checklist must ask for that role"),
    };
    Reason { evidence, ..reason }.cured_when(format!("{role} signs"))
}

#[cfg(test)]
mod tests;
