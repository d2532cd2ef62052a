//! How risky a plan is, and whose approval it needs.

use crate::domain::{
    catalog::ChangeClass,
    checklist::Requirement,
    plan::{Mode, Planned, request::Request},
    readiness::roles::{Right, Roles},
    runbook::{
        Runbook,
        action::Effect,
        risk::{Grounds, Risk, least},
    },
};

/// What the steps say of the risk.
pub(super) fn grounds(steps: &[Planned], production: bool, rollback: bool, observed: bool) -> Grounds {
    // Who is told something changes nothing that would have to be taken back.
    let writes: Vec<&Planned> = steps
        .iter()
        .filter(|step| step.effect == Effect::Write)
        .filter(|step| !matches!(step.request, Request::Nothing { .. } | Request::Notify { .. }))
        .collect();
    let mut regions: Vec<_> = writes
        .iter()
        .filter_map(|step| match &step.request {
            Request::Kubernetes(patch) => Some(&patch.source),
            _ => None,
        })
        .collect();
    regions.sort_unstable();
    regions.dedup();
    Grounds {
        writes: !writes.is_empty(),
        production,
        undoable: writes.iter().all(|step| step.undo.is_some()),
        rollback,
        regions: regions.len(),
        observed,
    }
}

/// The risk of a plan, and why: what its steps say, or more when its author says so.
pub(super) fn risk(runbook: &Runbook, mode: Mode, grounds: &Grounds) -> (Risk, String) {
    let (found, because) = least(grounds);
    if mode == Mode::Rehearsal {
        return (found.min(Risk::R1), "it is a rehearsal: nothing is changed".to_owned());
    }
    match runbook.risk {
        Some(said) if said > found => {
            (said, format!("its author says so; by its steps it would be {}: {because}", found.word()))
        }
        _ => (found, because.to_owned()),
    }
}

/// Whose approval a plan of `risk` needs beside the one who runs it. What nobody could ever approve asks for nobody: then
/// only breaking the glass is left.
pub(super) fn needs(
    runbook: &Runbook,
    (class, risk): (ChangeClass, Risk),
    (mode, production): (Mode, bool),
    roles: &Roles,
) -> Option<Requirement> {
    if mode == Mode::Rehearsal || !production || risk == Risk::R0 {
        return None;
    }
    if let Some(own) = runbook.approvals.get(&class) {
        return Some(own.clone());
    }
    // An emergency needs one of those whom the usual change would need.
    if class == ChangeClass::Emergency
        && let Some(usual) = runbook.approvals.get(&ChangeClass::Normal)
    {
        return Some(Requirement::Any(usual.roles().into_iter().map(|(role, author)| one(role, author)).collect()));
    }
    let approving = roles.roles.iter().filter(|(_, role)| role.may.contains(&Right::Approve));
    (risk == Risk::R4).then(|| Requirement::Any(approving.map(|(name, _)| one(name, false)).collect()))
}

fn one(role: &str, not_author: bool) -> Requirement {
    Requirement::Role { role: role.to_owned(), count: 1, not_author }
}
