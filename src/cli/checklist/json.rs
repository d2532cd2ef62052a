//! How a release stands, as JSON. The shape is an interface: `docs/json.md` tells it, and `version` changes with it.

use serde_json::{Value, json};

use super::show::{Shown, word};
use crate::domain::{
    readiness::{
        item::Line,
        progress::Progress,
        signoff::{Counted, Signed},
        waiver::Waiver,
    },
    time::Span,
};

const VERSION: u32 = 1;

pub(super) fn write(shown: &Shown<'_>) -> Value {
    let Shown { room, rules, standing, exit, .. } = shown;
    let file = room.loaded.catalog.releases.get(rules.release);
    let groups = standing.groups.iter().map(|group| {
        json!({
            "name": group.name,
            "progress": progress(&group.progress),
            "items": group.lines.iter().map(item).collect::<Vec<_>>(),
        })
    });
    let decision = standing.decision.as_ref().map(|decided| {
        json!({
            "decision": decided.decision,
            "by": decided.principal,
            "reason": decided.reason,
            "at": decided.at,
            "outdated": decided.outdated,
        })
    });
    let risks = standing.risks.iter().map(|(risk, left)| json!({ "risk": risk, "left_seconds": left.map(Span::secs) }));
    let blocks = standing
        .blocks
        .iter()
        .map(|block| json!({ "id": block.id, "title": block.title, "state": block.state, "why": block.why }));
    let notes = room.reading.record.said(rules.release).map(|said| &said.notes);
    let notes = notes.into_iter().flatten().map(|note| {
        json!({ "by": note.by.who, "at": note.by.at, "event": note.by.seq, "item": note.item, "text": note.text })
    });
    json!({
        "version": VERSION,
        "at": room.now,
        "release": rules.release,
        "state": word(*exit).to_lowercase().replace(' ', "-"),
        "exit_code": exit.code(),
        "before": standing.next.words(),
        "environment": file.map(|file| &file.environment),
        "class": rules.class,
        "owner": rules.author,
        "components": file.map(|file| &file.components),
        "subject": standing.subject,
        "checklist": {
            "name": rules.checklist.name,
            "digest": rules.checklist.digest,
            "commit": rules.checklist.commit,
        },
        "progress": progress(&standing.progress),
        "groups": groups.collect::<Vec<_>>(),
        "signoffs": standing.signoffs.iter().map(signoff).collect::<Vec<_>>(),
        "waivers": standing.waivers.iter().map(waiver).collect::<Vec<_>>(),
        "decision": decision,
        "risks": risks.collect::<Vec<_>>(),
        "review_owed_since": standing.debt.map(|debt| debt.since),
        "notes": notes.collect::<Vec<_>>(),
        "waits_for": blocks.collect::<Vec<_>>(),
        "ledger_damage": room.reading.damage,
    })
}

fn progress(progress: &Progress) -> Value {
    json!({
        "total": progress.total,
        "passed": progress.passed,
        "failed": progress.failed,
        "unknown": progress.unknown,
        "waiting": progress.waiting,
        "outdated": progress.outdated,
        "waived": progress.waived,
        "score": progress.score(),
    })
}

fn item(line: &Line) -> Value {
    // Where nobody looked, there is no evidence, and nothing has an age.
    let seen = line.by.as_ref().is_none_or(|by| !by.is_empty());
    json!({
        "id": line.id,
        "title": line.title,
        "kind": line.kind,
        "owner": line.owner,
        "people": line.people,
        "mandatory": line.mandatory,
        "weight": line.weight,
        "due": line.due,
        "state": line.state,
        "without_waiver": line.beneath,
        "why": line.why,
        "by": line.by.as_ref().filter(|_| seen),
        "signed": line.signed,
        "at": line.at.filter(|_| seen),
        "age_seconds": line.age.filter(|_| seen).map(Span::secs),
        "evidence": line.evidence.as_ref().filter(|_| seen),
    })
}

fn signoff(signed: &Signed) -> Value {
    let missing = signed
        .missing
        .iter()
        .map(|missing| json!({ "role": missing.role, "count": missing.count, "not_owner": missing.not_author }));
    let ignored = signed.not_counted.iter().map(|(who, why)| json!({ "principal": who, "why": why }));
    json!({
        "id": signed.id,
        "title": signed.title,
        "due": signed.due,
        "state": signed.state,
        "words": signed.words(),
        "approvals": signed.approvals.iter().map(counted).collect::<Vec<_>>(),
        "denials": signed.denials.iter().map(counted).collect::<Vec<_>>(),
        "not_counted": ignored.collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "requested_at": signed.requested_at,
        "latency_seconds": signed.latency.map(Span::secs),
        "expires_at": signed.expires_at,
    })
}

fn counted(counted: &Counted) -> Value {
    json!({
        "principal": counted.principal,
        "role": counted.role,
        "key": counted.key,
        "at": counted.at,
        "expires_at": counted.expires_at,
        "reason": counted.reason,
        "event": counted.seq,
    })
}

fn waiver(waiver: &Waiver) -> Value {
    json!({
        "item": waiver.item,
        "principal": waiver.principal,
        "role": waiver.role,
        "reason": waiver.reason,
        "at": waiver.at,
        "expires_at": waiver.expires_at,
        "event": waiver.seq,
    })
}
