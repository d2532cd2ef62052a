//! What policies say: denials, warnings, and approvals that they ask for.

use super::reason::{Effect, Input, Reason, Remedy};
use crate::domain::{
    checklist::state::ItemState,
    policy::{Objection, Ruling, Severity},
    readiness::{
        standing::Standing,
        waiver::{POLICY, Waiver},
    },
    time::{Span, Timestamp},
};

/// The reasons of the newest `ruling`; `None`: policies have not answered yet. One that is older than `lasts` says nothing any more.
#[must_use]
pub fn policy(ruling: Option<&Ruling>, standing: Option<&Standing>, lasts: Span, now: Timestamp) -> Vec<Reason> {
    let Some(ruling) = ruling else {
        return vec![unknown("policies are being asked".to_owned())];
    };
    let age = Span::between(ruling.at, now);
    if age > lasts {
        return vec![unknown(format!("policies answered {} ago, and not since", age.age()))];
    }
    let decision = &ruling.decision;
    let mut reasons: Vec<Reason> = decision.deny.iter().map(|one| denied(one, standing)).collect();
    let warning =
        |one: &Objection| reason(Effect::Supports, &format!("warning {}", one.id), "warning", one.message.clone());
    reasons.extend(decision.warn.iter().map(warning));
    reasons.extend(decision.required_approvals.iter().filter_map(|role| wanted(role, standing)));
    if reasons.iter().all(|reason| reason.effect == Effect::Supports) {
        let risk = decision.risk.as_ref().map_or_else(String::new, |risk| format!("; risk {:.0} of 100", risk.score));
        reasons.push(reason(Effect::Supports, "policy", "policy", format!("policies allow it{risk}")));
    }
    reasons.into_iter().map(|reason| reason.measured(Some(ruling.at), Some("policies".to_owned()))).collect()
}

fn reason(effect: Effect, id: &str, short: &str, text: String) -> Reason {
    Reason::new(Input::Policy, effect, id, short, text)
}

fn unknown(text: String) -> Reason {
    reason(Effect::Unknown, "policy", "policy unknown", text).cured_when("policies answer")
}

fn denied(objection: &Objection, standing: Option<&Standing>) -> Reason {
    let item = format!("{POLICY}{}", objection.id);
    let remedy = Remedy::Waive { item: item.clone(), roles: objection.overridable_by.clone() };
    let waiver = standing.and_then(|standing| standing.overrides.iter().find(|waiver| waiver.item == item));
    let may = |waiver: &&Waiver| objection.overridable_by.contains(&waiver.role);
    if let Some(waiver) = waiver.filter(may) {
        let until = waiver.expires_at.format("%Y-%m-%d %H:%MZ");
        let text = format!(
            "{}: {} as {} lets it pass until {until}: {}",
            objection.message, waiver.principal, waiver.role, waiver.reason
        );
        return reason(Effect::Supports, &item, "override", text).by_somebody().remedied_by(remedy);
    }
    let mut evidence = vec![format!("{} severity", severity(objection.severity))];
    evidence.extend(objection.remediation.clone());
    if objection.overridable_by.is_empty() {
        evidence.push("nobody may let it pass".to_owned());
    } else {
        let who = objection.overridable_by.join(", ");
        evidence.push(format!("{who} may let it pass: `warroom waive RELEASE {item} --role ROLE --reason … --for 1h`"));
    }
    evidence.extend(waiver.map(|waiver| format!("{} as {} may not let it pass", waiver.principal, waiver.role)));
    let denied = reason(Effect::Stops, &item, "policy", objection.message.clone());
    let weight = denied.weight + objection.severity as u16;
    let denied = Reason { evidence: evidence.join("; "), weight, ..denied };
    denied.cured_when(format!("policy {} allows it", objection.id)).remedied_by(remedy)
}

/// What is said of the approval of `role`; `None` where it is given.
fn wanted(role: &str, standing: Option<&Standing>) -> Option<Reason> {
    let id = format!("{POLICY}{role}");
    let signoffs = standing.into_iter().flat_map(|standing| &standing.signoffs);
    let asked = standing.and_then(|standing| standing.approvals.iter().find(|signed| signed.id == id));
    if let Some(denied) = asked.filter(|signed| signed.state == ItemState::Fail) {
        let text = format!("approval of {role}: {}", denied.words());
        return Some(
            reason(Effect::Stops, &format!("approval {role}"), "approval denied", text)
                .cured_when(format!("{role} approves it"))
                .by_somebody()
                .remedied_by(Remedy::Sign { signoff: id }),
        );
    }
    // Who approved it in that role for the checklist has approved it.
    let mut given = signoffs.flat_map(|signed| &signed.approvals);
    if asked.is_some_and(|signed| signed.state == ItemState::Pass) || given.any(|approval| approval.role == role) {
        return None;
    }
    let waits = reason(
        Effect::Waits,
        &format!("approval {role}"),
        "approval missing",
        format!("a policy asks for an approval of {role}"),
    );
    let evidence = format!("`warroom sign RELEASE {id}`");
    let waits = Reason { evidence, ..waits }.cured_when(format!("{role} approves it"));
    Some(waits.remedied_by(Remedy::Sign { signoff: id }))
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests;
