//! The Open Cybersecurity Schema Framework, 1.4: what collectors of security events read.

use serde_json::{Map, Value, json};

use super::syslog::words;
use crate::domain::ledger::{
    claim,
    event::{Event, Outcome},
    hash::Hash,
};

/// What an event is for OCSF: class, category, activity.
struct Class {
    uid: u32,
    name: &'static str,
    category: u32,
    category_name: &'static str,
    activity: u32,
    activity_name: &'static str,
}

/// `event` as an object of OCSF. Checklists, waivers and other things of the room are managed entities (3004); what people
/// decide and approve are calls of an API (6003).
#[must_use]
pub fn object(event: &Event, hash: Hash) -> Value {
    let class = class(&event.action);
    let (status, status_id) = match event.outcome {
        Outcome::Done => ("Success", 1),
        Outcome::Refused | Outcome::Failed => ("Failure", 2),
        Outcome::Unknown => ("Unknown", 0),
    };
    let mut object = json!({
        "activity_id": class.activity, "activity_name": class.activity_name,
        "category_uid": class.category, "category_name": class.category_name,
        "class_uid": class.uid, "class_name": class.name,
        "type_uid": class.uid * 100 + class.activity,
        "type_name": format!("{}: {}", class.name, class.activity_name),
        "time": event.ts.timestamp_millis(),
        "severity_id": 1, "severity": "Informational",
        "status_id": status_id, "status": status,
        "message": words(event),
        "metadata": {
            "version": "1.4.0", "uid": event.id, "sequence": event.seq,
            "product": { "name": "warroom", "vendor_name": "warroom", "version": env!("CARGO_PKG_VERSION") },
        },
        "actor": { "user": user(event) },
        "raw_data": event.to_bytes().ok().and_then(|bytes| String::from_utf8(bytes).ok()),
        "raw_data_hash": { "algorithm": "SHA-256", "algorithm_id": 3, "value": hash },
        "unmapped": {
            "release": event.release, "outcome": event.outcome, "decision": claim::decision(event),
            "data": event.data, "prev": event.prev, "signer": signer(event),
        },
    });
    if let Some(object) = object.as_object_mut() {
        object.extend(of_class(event, &class));
    }
    object
}

/// The login name. It is no proof; a name that only a signature proves would look like one here.
fn user(event: &Event) -> Value {
    json!({ "name": event.actor.user })
}

/// Who is said to have signed, and whether the statement is about this event. The signature itself is not looked at, nor whether
/// the same nonce came before: `warroom ledger verify` does.
fn signer(event: &Event) -> Value {
    let Some(signed) = &event.signed else { return Value::Null };
    json!({
        "claimed": event.actor.principal, "key": event.actor.key, "nonce": signed.statement.get("nonce"),
        "statement": claim::disagreement(event).unwrap_or_else(|| "is about this event".to_owned()),
    })
}

/// What only this class has.
fn of_class(event: &Event, class: &Class) -> Map<String, Value> {
    let mut members = Map::new();
    let place = match &event.actor.ssh_client {
        Some(address) => json!({ "ip": address, "hostname": event.host }),
        None => json!({ "hostname": event.host }),
    };
    if class.uid == 3004 {
        members.insert("entity".to_owned(), json!({ "name": event.target, "type": noun(&event.action) }));
        members.insert("device".to_owned(), json!({ "hostname": event.host, "type_id": 0 }));
    } else {
        members.insert(
            "api".to_owned(),
            json!({ "operation": event.action, "service": { "name": "warroom" }, "request": { "uid": event.id } }),
        );
        members.insert("resources".to_owned(), json!([{ "name": event.target, "type": noun(&event.action) }]));
        members.insert("src_endpoint".to_owned(), place);
    }
    members
}

fn noun(action: &str) -> &str {
    action.split('.').next().unwrap_or_default()
}

fn class(action: &str) -> Class {
    let (noun, verb) = action.split_once('.').unwrap_or((action, ""));
    let entity = |activity, activity_name| Class {
        uid: 3004,
        name: "Entity Management",
        category: 3,
        category_name: "Identity & Access Management",
        activity,
        activity_name,
    };
    let call = |activity, activity_name| Class {
        uid: 6003,
        name: "API Activity",
        category: 6,
        category_name: "Application Activity",
        activity,
        activity_name,
    };
    match (noun, verb) {
        ("checklist" | "review", _) => entity(3, "Update"),
        ("waiver", "grant") => entity(1, "Create"),
        ("waiver", "revoke") => entity(4, "Delete"),
        ("signoff" | "decision" | "ledger", "request" | "give" | "deny" | "take" | "checkpoint") => call(1, "Create"),
        ("signoff", "withdraw") => call(4, "Delete"),
        _ => call(99, "Other"),
    }
}
