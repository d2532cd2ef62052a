//! Parameters filled into what a step does, each where it stands.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    Refused,
    expand::{Draft, kind},
};
use crate::domain::{
    checklist::{check::Check, predicate::Predicate},
    plan::request::{CommandLine, HttpRequest},
    runbook::{
        self,
        action::{Body, Command, Http, Rollout, Value},
        parameter::{self, Kind, Place},
    },
};

/// `text`, which is nothing but a parameter or has none.
pub(super) fn whole(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    parameter::fill(text, values, Place::Whole)
}

/// What a step cannot be.
pub(super) fn wrong(draft: &Draft, why: &str) -> Refused {
    Refused::Asked(format!("the step {}: {why}", draft.id))
}

/// `text` of `draft` for `place`.
pub(super) fn text(draft: &Draft, text: &str, place: Place) -> Result<String, Refused> {
    parameter::fill(text, &draft.values, place).map_err(|why| wrong(draft, &why))
}

/// `part` of `draft`, where it is there.
pub(super) fn maybe(draft: &Draft, part: Option<&String>, place: Place) -> Result<Option<String>, Refused> {
    part.map(|part| text(draft, part, place)).transpose()
}

/// A look with everything filled in.
pub(super) fn check(draft: &Draft, check: &Check) -> Result<Check, Refused> {
    runbook::fill::check(check, &draft.values).map_err(|why| wrong(draft, &why))
}

/// What a value must be, with everything filled in.
pub(super) fn predicate(draft: &Draft, must: &Predicate) -> Result<Predicate, Refused> {
    let mut must = must.clone();
    runbook::fill::predicate(&mut must, &draft.values).map_err(|why| wrong(draft, &why))?;
    Ok(must)
}

/// A field, and what it must be.
pub(super) fn field(
    draft: &Draft,
    field: Option<&(String, Predicate)>,
) -> Result<Option<(String, Predicate)>, Refused> {
    field.map(|(path, must)| Ok((path.clone(), predicate(draft, must)?))).transpose()
}

/// The service whose rollout is meant.
pub(super) fn service(draft: &Draft, action: &Rollout) -> Result<String, Refused> {
    let Some(named) = &action.service else { return Ok(draft.service.clone()) };
    let service = text(draft, named, Place::Whole)?;
    if service.contains("${") {
        return Err(wrong(draft, "the service must be known before its objects are looked at"));
    }
    Ok(service)
}

/// The request as it is sent.
pub(super) fn http(draft: &Draft, http: &Http) -> Result<HttpRequest, Refused> {
    let headers = http.headers.iter().map(|(name, value)| Ok((name.clone(), self::value(draft, value)?)));
    let body = match &http.body {
        None => None,
        Some(Body::Json(json)) => Some(self::json(draft, json)?.to_string()),
        Some(Body::Text(text)) => Some(text.clone()),
    };
    Ok(HttpRequest {
        method: http.method.clone(),
        url: text(draft, &http.url, Place::Url)?,
        headers: headers.collect::<Result<_, Refused>>()?,
        body,
        idempotency_header: http.idempotency_header.clone(),
        status: http.status.clone(),
        field: field(draft, http.field.as_ref())?,
        rehearsal_url: maybe(draft, http.rehearsal_url.as_ref(), Place::Url)?,
    })
}

/// The program as it is run.
pub(super) fn command(draft: &Draft, command: &Command) -> Result<CommandLine, Refused> {
    let all = |argv: &[String]| argv.iter().map(|part| text(draft, part, Place::Whole)).collect::<Result<Vec<_>, _>>();
    let environment = command.environment.iter().map(|(name, value)| Ok((name.clone(), self::value(draft, value)?)));
    Ok(CommandLine {
        argv: all(&command.argv)?,
        pass: command.pass.clone(),
        environment: environment.collect::<Result<_, Refused>>()?,
        exit: command.exit.clone(),
        rehearsal: command.rehearsal.as_deref().map(all).transpose()?,
    })
}

/// A text is filled in; a secret stays where it comes from.
fn value(draft: &Draft, value: &Value) -> Result<Value, Refused> {
    match value {
        Value::Text(part) => Ok(Value::Text(text(draft, part, Place::Whole)?)),
        Value::Secret(_) => Ok(value.clone()),
    }
}

/// JSON whose texts are parameters. One that is a number stands there as a number.
pub(super) fn json(draft: &Draft, json: &Json) -> Result<Json, Refused> {
    match json {
        Json::String(part) => {
            let filled = text(draft, part, Place::Whole)?;
            let name = part.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let number = match name.and_then(|name| kind(draft, name)) {
                Some(Kind::Number { .. }) => filled.parse::<i64>().ok(),
                _ => None,
            };
            Ok(number.map_or(Json::String(filled), Json::from))
        }
        Json::Array(parts) => {
            parts.iter().map(|part| self::json(draft, part)).collect::<Result<_, _>>().map(Json::Array)
        }
        Json::Object(parts) => {
            let parts = parts.iter().map(|(name, part)| Ok((name.clone(), self::json(draft, part)?)));
            parts.collect::<Result<_, Refused>>().map(Json::Object)
        }
        other => Ok(other.clone()),
    }
}
