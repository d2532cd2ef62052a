//! Bytes to facts, and saved answers to JSON for people. Pure.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json, value::RawValue};

use super::wire::WireAlert;
use crate::{
    domain::{
        clean::clean,
        source::{ErrorKind, Gap, SourceError},
    },
    sources::{http::Response, saved},
};

/// The elements of an answer that can be read, and a gap for those that cannot.
///
/// # Errors
/// [`ErrorKind::Decode`] when the answer is no list, or nothing in it can be read.
pub(super) fn elements<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<(Vec<T>, Vec<Gap>), SourceError> {
    let raw: Vec<&RawValue> = answer.json()?;
    let mut good = Vec::with_capacity(raw.len());
    let mut bad = None;
    for element in &raw {
        match serde_json::from_str(element.get()) {
            Ok(element) => good.push(element),
            Err(error) => bad = Some(error),
        }
    }
    let Some(error) = bad else { return Ok((good, Vec::new())) };
    if good.is_empty() {
        return Err(answer.not_json(&error));
    }
    let unread = raw.len() - good.len();
    let why = format!("not what this API sends: {}", clean(&error.to_string()));
    Ok((good, vec![Gap { what: format!("{unread} of {} {what}", raw.len()), why }]))
}

/// Reads Alertmanager's own words for an error: `{"code", "message"}`, or a bare string.
pub(super) fn explain(answer: &Response) -> Option<(ErrorKind, String)> {
    let said = said(&serde_json::from_slice(&answer.body).ok()?)?;
    let kind = match answer.status {
        400 | 422 => ErrorKind::Query,
        404 => ErrorKind::NotFound,
        _ => ErrorKind::Status,
    };
    Some((kind, said))
}

fn said(body: &Value) -> Option<String> {
    match body {
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => Some(fields.get("message").or_else(|| fields.get("error"))?.as_str()?.to_owned()),
        _ => None,
    }
}

/// One object for each distinct alert of saved `/alerts` and `/alerts/groups` answers, in the order of first sight.
///
/// # Errors
/// [`ErrorKind::Query`] for a saved error, [`ErrorKind::Decode`] for what is no such answer.
pub(super) fn decode(texts: &[&str]) -> Result<Vec<Value>, SourceError> {
    let mut alerts: Vec<WireAlert> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        for alert in alerts_of(saved::value(text)?)? {
            if let Some(known) = places.get(&alert.fingerprint).and_then(|place| alerts.get_mut(*place)) {
                known.merge(alert);
            } else {
                places.insert(alert.fingerprint.clone(), alerts.len());
                alerts.push(alert);
            }
        }
    }
    Ok(alerts.iter().map(shown).collect())
}

fn alerts_of(answer: Value) -> Result<Vec<WireAlert>, SourceError> {
    if let Some(text) = said(&answer) {
        return Err(SourceError::new(ErrorKind::Query, format!("Alertmanager said: {}", clean(&text))));
    }
    let Value::Array(elements) = answer else {
        return Err(not_alerts("the answer is no list".to_owned()));
    };
    let mut alerts = Vec::new();
    for (index, mut element) in elements.into_iter().enumerate() {
        // A group holds alerts; an alert in the groups of several receivers is in the answer several times.
        match element.get_mut("alerts").map(Value::take) {
            Some(Value::Array(group)) => {
                for alert in group {
                    alerts.push(alert_of(alert, index)?);
                }
            }
            Some(_) => return Err(not_alerts(format!("element {index}: `alerts` is no list"))),
            None => alerts.push(alert_of(element, index)?),
        }
    }
    Ok(alerts)
}

fn alert_of(value: Value, index: usize) -> Result<WireAlert, SourceError> {
    serde_json::from_value(value).map_err(|error| not_alerts(format!("element {index}: {}", clean(&error.to_string()))))
}

fn not_alerts(what: String) -> SourceError {
    SourceError::new(ErrorKind::Decode, what)
        .advise("this reads the answers of /api/v2/alerts and /api/v2/alerts/groups")
}

fn shown(alert: &WireAlert) -> Value {
    json!({
        "name": alert.name(),
        "fingerprint": alert.fingerprint,
        "state": alert.status.state,
        "silenced_by": alert.status.silenced_by,
        "inhibited_by": alert.status.inhibited_by,
        "muted_by": alert.status.muted_by,
        "starts_at": alert.starts_at,
        "labels": alert.labels,
    })
}
