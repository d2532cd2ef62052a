//! Whether what was signed is what the event says: a good signature under another matter proves nothing of the event.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    event::{Event, Outcome, Signed},
    proof::Proof,
    signature::Meaning,
};
use crate::domain::{
    readiness::statement::Decision,
    time::Span,
    verdict::{Word, computed::Computed},
};

/// How far a signer's clock may be ahead of the ledger's. A statement from later does not count, so it is not used up.
const AHEAD: Span = Span::from_mins(5);

/// Where the signed statement of `event` and the event itself disagree, in words; `None` when they do not, or nothing is signed.
#[must_use]
pub fn disagreement(event: &Event) -> Option<String> {
    let signed = event.signed.as_ref()?;
    let Some(meaning) = meaning(&event.action) else {
        return Some(format!(
            "signed, but {} is an act that carries no signature: it counts for nothing",
            event.action
        ));
    };
    if signed.namespace != meaning.namespace() {
        return Some(format!(
            "signed, but for {}, which is another meaning than {}: it counts for nothing",
            signed.namespace, event.action
        ));
    }
    pairs(event).into_iter().find_map(|(name, told)| {
        let stated = signed.statement.get(name).and_then(Value::as_str);
        (stated != told).then(|| {
            format!(
                "signed, but the statement is about something else ({name}: {} was signed, the event says {}): it counts for nothing",
                stated.unwrap_or("nothing"),
                told.unwrap_or("nothing")
            )
        })
    })
}

/// What the signature of an act means; `None` for acts that are never signed.
fn meaning(action: &str) -> Option<Meaning> {
    Some(match action {
        "signoff.give" | "signoff.deny" | "signoff.withdraw" | "checklist.tick" => Meaning::Signoff,
        "waiver.grant" | "waiver.revoke" => Meaning::Waiver,
        "decision.take" => Meaning::Decision,
        "run.result" => Meaning::Answer,
        "breaker.begin" | "run.create" => Meaning::Breaker,
        _ if action.starts_with("approval.") => Meaning::Approval,
        _ => return None,
    })
}

/// What the statement must say, by member: what the event says.
fn pairs(event: &Event) -> Vec<(&'static str, Option<&str>)> {
    let (target, release) = (Some(event.target.as_str()), event.release.as_deref());
    let data = |name: &str| event.data.get(name).and_then(Value::as_str);
    let tick = [("checklist", "digest"), ("subject", "subject")];
    match event.action.as_str() {
        "signoff.give" => vec![("decision", Some("approve")), ("signoff", target), ("release", release)],
        "signoff.deny" => vec![("decision", Some("deny")), ("signoff", target), ("release", release)],
        "signoff.withdraw" => vec![("decision", Some("withdraw")), ("signoff", target), ("release", release)],
        "waiver.grant" => vec![("decision", Some("grant")), ("item", target), ("release", release)],
        "waiver.revoke" => vec![("decision", Some("revoke")), ("item", target), ("release", release)],
        "decision.take" => vec![("release", release), ("release", target)],
        "checklist.tick" => [("decision", data("state")), ("item", target), ("release", release)]
            .into_iter()
            .chain(tick.map(|(stated, told)| (stated, data(told))))
            .collect(),
        "approval.request" => vec![("decision", Some("request")), ("plan", target)],
        "approval.give" => vec![("decision", Some("approve")), ("plan", target)],
        "approval.deny" => vec![("decision", Some("deny")), ("plan", target)],
        "approval.break-glass" => vec![("decision", Some("break-glass")), ("plan", target)],
        "breaker.begin" => {
            vec![("plan", data("plan")), ("release", release), ("release", target), ("says", Some("begin"))]
        }
        "run.create" => vec![("plan", data("hash")), ("release", release), ("says", target)],
        "run.result" => {
            ["step", "outcome", "words"].map(|name| (name, data(name))).into_iter().chain([("run", target)]).collect()
        }
        _ => Vec::new(),
    }
}

/// What was decided, in the word of the event: `go`, `approve`, `pass`. Text from outside.
#[must_use]
pub fn decision(event: &Event) -> Option<&str> {
    let signed = event.signed.as_ref().and_then(|signed| signed.statement.get("decision"));
    signed.or_else(|| event.data.get("state")).or_else(|| event.data.get("decision"))?.as_str()
}

/// What was computed when it was decided or started, as who recorded it says; `None` where that is not recorded.
#[must_use]
pub fn computed(event: &Event) -> Option<Computed> {
    let signed = event.signed.as_ref().and_then(|signed| signed.statement.get("computed"));
    signed.or_else(|| event.data.get("computed"))?.as_object().and_then(Computed::read)
}

/// Behind a decision: `, computed HOLD`, and `, AGAINST the computed HOLD` where both differ; nothing where it is not recorded.
#[must_use]
pub fn beside(event: &Event) -> String {
    let Some(computed) = computed(event) else { return String::new() };
    let word = computed.word.word();
    let go = decision(event).filter(|_| event.action == "decision.take").map(|said| said == Decision::Go.word());
    match go {
        Some(go) if go != (computed.word == Word::Go) => format!(", AGAINST the computed {word}"),
        _ => format!(", computed {word}"),
    }
}

/// The same behind the action, with a blank before it; nothing where the action says it already.
#[must_use]
pub fn behind(event: &Event) -> String {
    let word = decision(event).filter(|word| event.action.rsplit('.').next() != Some(word));
    word.map_or_else(String::new, |word| format!(" {word}"))
}

/// What is used up when `event` counts: a nonce counts once for a release, one about a plan or a run once at all.
#[must_use]
pub fn nonce(event: &Event) -> Option<String> {
    let Signed { namespace, statement, .. } = event.signed.as_ref()?;
    let text = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let ahead =
        text(statement, "at").and_then(|at| at.parse().ok()).is_some_and(|at| Span::between(event.ts, at) > AHEAD);
    if ahead || event.outcome != Outcome::Done {
        return None;
    }
    let once =
        [Meaning::Approval, Meaning::Answer, Meaning::Breaker].map(Meaning::namespace).contains(&namespace.as_str());
    let matter = if once { None } else { event.release.as_deref() };
    Some(format!("{}\n{}", matter.unwrap_or_default(), text(statement, "nonce")?))
}

/// The nonces that were used up so far.
#[derive(Clone, Debug, Default)]
pub struct Nonces(BTreeSet<String>);

impl Nonces {
    /// What `proof` is worth beside the events before: a statement that was recorded before proves nothing a second time.
    /// `nonce` is that of the event.
    pub fn held(&mut self, proof: Proof, nonce: Option<String>) -> Proof {
        let counts = matches!(proof, Proof::Verified { .. });
        if nonce.filter(|_| counts).is_none_or(|nonce| self.0.insert(nonce)) {
            return proof;
        }
        Proof::Bad { why: "signed, but the same statement was recorded before: it counts for nothing".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        ledger::hash::Hash,
        readiness::{
            act::Act,
            example::{at, event, hash, signoff, statement, tick},
            statement::{About, Decision, Ticked, Vote},
        },
        run::approval,
    };

    fn signed(nonce: &'static str, about: About<'static>) -> Event {
        event(1, &Act::Signed(statement(hash("subject"), "mira", nonce, at(1), about))).0
    }

    fn signed_tick() -> Event {
        let about = About::Tick { item: "backup", state: Ticked::Fail, checklist: hash("checklist") };
        let mut act = tick("backup", Ticked::Fail);
        if let Act::Tick { signed, .. } = &mut act {
            *signed = Some(statement(hash("subject"), "mira", "n", at(1), about));
        }
        event(1, &act).0
    }

    #[test]
    fn what_was_signed_is_what_the_event_says() {
        let waiver = About::Waiver { item: "backup", granted: true, role: "sre", reason: "why", expires: Some(at(60)) };
        let decision = About::Decision { decision: Decision::Hold, reason: "burn", computed: None };
        let vote = |vote| signoff("go", vote, "sre");
        let all = [vote(Vote::Approve), vote(Vote::Deny), vote(Vote::Withdraw), waiver, decision];
        for about in all {
            assert_eq!(disagreement(&signed("n", about)), None, "{about:?}");
        }
        assert_eq!(disagreement(&signed_tick()), None);
        assert_eq!(disagreement(&event(1, &tick("comms", Ticked::Pass)).0), None, "nothing is signed");
    }

    #[test]
    fn a_statement_put_under_another_matter_is_told() {
        let good = signed("n", signoff("go", Vote::Approve, "sre"));
        let told = |event: Event| disagreement(&event).expect("it disagrees");
        let other = told(Event { release: Some("payments-9".into()), ..good.clone() });
        assert!(other.contains("about something else (release: ") && other.contains("the event says payments-9"));
        assert!(told(Event { target: "full-rollout".into(), ..good.clone() }).contains("signoff: go was signed"));
        assert!(told(Event { action: "signoff.deny".into(), ..good.clone() }).contains("approve was signed"));
        assert!(told(Event { action: "decision.take".into(), ..good.clone() }).contains("another meaning"));
        assert!(told(Event { action: "checklist.note".into(), ..good.clone() }).contains("carries no signature"));
        assert!(told(Event { action: "checklist.tick".into(), ..good }).contains("something else"));
        let mut tick = signed_tick();
        tick.data.insert("state".into(), json!("pass"));
        assert!(told(tick).contains("decision: fail was signed, the event says pass"));
    }

    #[test]
    fn every_act_about_a_plan_is_known() {
        for action in ["request", "approve", "deny", "break-glass"] {
            let object = json!({"decision": action, "v": 1, "principal": "mira", "plan": Hash::NONE, "role": "sre",
                "reason": "r", "incident": "i", "expires": "2026-11-20T12:00:00.000Z", "nonce": "n",
                "at": "2026-11-20T12:00:00.000Z"});
            let object = object.as_object().cloned().unwrap_or_default();
            let stated = approval::Statement::read(&object).expect("a statement");
            let namespace = Meaning::Approval.namespace().to_owned();
            let signed = Signed { namespace, statement: object.clone(), signature: String::new() };
            let entry = approval::entry(&stated, (crate::domain::ledger::event::Actor::default(), signed), None, &[]);
            let place = signed_tick();
            let event = Event { action: entry.action, target: entry.target, signed: entry.signed, ..place };
            assert_eq!(disagreement(&event), None, "{action}");
            let other = Event { target: "another".into(), ..event };
            assert!(disagreement(&other).is_some_and(|why| why.contains("plan: ")), "{action}");
        }
    }

    #[test]
    fn a_statement_proves_something_once() {
        let (mut nonces, good) = (Nonces::default(), signed("n", signoff("go", Vote::Approve, "sre")));
        let proof = Proof::Verified { principal: "mira".into() };
        assert_eq!(nonces.held(proof.clone(), nonce(&good)), proof);
        let again = nonces.held(proof.clone(), nonce(&good));
        assert!(matches!(&again, Proof::Bad { why } if why.contains("recorded before")), "{again:?}");
        let other = signed("m", signoff("go", Vote::Approve, "sre"));
        assert_eq!(nonces.held(proof.clone(), nonce(&other)), proof);
        let early = Event { ts: at(1) - chrono::Duration::hours(1), ..good };
        assert_eq!(nonce(&early), None, "a statement from later is not used up");
    }

    #[test]
    fn what_was_decided_has_a_word() {
        assert_eq!(decision(&signed("n", signoff("go", Vote::Deny, "sre"))), Some("deny"));
        assert_eq!(decision(&event(1, &tick("comms", Ticked::NotApplicable)).0), Some("not-applicable"));
        assert_eq!(decision(&event(1, &Act::Note { item: None, note: "quiet" }).0), None);
    }
}
