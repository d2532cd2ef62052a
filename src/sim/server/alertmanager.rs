//! The API v2 of Alertmanager.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::DateTime;
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Hub,
    parameters::Parameters,
    prometheus::{instant_text, object},
    reply,
};
use crate::{
    domain::labels::Labels,
    sim::{
        alerts::fingerprint,
        metrics::ENVIRONMENT,
        silence::{Matcher, Silence, identifier},
        world::World,
    },
};

/// The configuration that the status shows.
const CONFIG: &str = "route:
  receiver: default
  group_by:
  - alertname
  - service
receivers:
- name: default
";

#[derive(Clone)]
struct Api {
    hub: Arc<Hub>,
    prometheus: Arc<str>,
}

/// The routes; `prometheus` is the base URL of the Prometheus that alerts come from.
pub(super) fn router(hub: Arc<Hub>, prometheus: String) -> Router {
    Router::new()
        .route("/api/v2/status", get(status))
        .route("/api/v2/receivers", get(receivers))
        .route("/api/v2/alerts", get(alerts))
        .route("/api/v2/alerts/groups", get(groups))
        .route("/api/v2/silences", get(silences).post(post_silence))
        .route("/api/v2/silence/{id}", get(silence).delete(delete_silence))
        .route("/-/ready", get(|| async { reply::text(StatusCode::OK, "OK") }))
        .route("/-/healthy", get(|| async { reply::text(StatusCode::OK, "OK") }))
        .fallback(|| async { reply::text(StatusCode::NOT_FOUND, "404 page not found\n") })
        .with_state(Api { hub, prometheus: prometheus.into() })
}

/// An alert as it came, before silences.
struct Known {
    labels: Labels,
    annotations: Labels,
    starts_at: i64,
    updated_at: i64,
    generator: Option<String>,
}

/// All alerts that fire now, by fingerprint.
fn known(world: &World, prometheus: &str) -> BTreeMap<String, Known> {
    let mut alerts = BTreeMap::new();
    for (rule, alert) in world.alerts.alerts() {
        let Some(starts_at) = alert.fired_at else { continue };
        let query = url::form_urlencoded::byte_serialize(rule.declared.expr.as_bytes()).collect::<String>();
        let generator = Some(format!("{prometheus}/graph?g0.expr={query}&g0.tab=1"));
        let alert = Known {
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at,
            updated_at: world.alerts.evaluated,
            generator,
        };
        alerts.insert(fingerprint(&alert.labels), alert);
    }
    for alert in world.scenario.standing_alerts.iter().filter(|alert| world.start + alert.from.0 <= world.now) {
        let mut labels = alert.labels.clone();
        labels.entry("env".to_owned()).or_insert_with(|| ENVIRONMENT.to_owned());
        let starts_at = world.start + alert.from.0;
        // Sent again every minute, as Prometheus does.
        let updated_at = world.now - (world.now - starts_at).rem_euclid(60_000);
        let known = Known { labels, annotations: alert.annotations.clone(), starts_at, updated_at, generator: None };
        alerts.insert(fingerprint(&known.labels), known);
    }
    alerts
}

/// The alerts that the parameters ask for, as objects.
fn wanted(world: &World, prometheus: &str, parameters: &Parameters) -> Result<Vec<Value>, String> {
    let mut filters = Vec::new();
    for text in parameters.all("filter") {
        filters.push(matcher(text).ok_or_else(|| format!("bad matcher format: {text}"))?);
    }
    let yes = |name: &str| parameters.get(name).is_none_or(|value| value != "false");
    let mut alerts = Vec::new();
    for (fingerprint, alert) in known(world, prometheus) {
        let holders: Vec<&str> = world
            .silences
            .iter()
            .filter(|silence| silence.holds(&alert.labels, world.now))
            .map(|silence| silence.id.as_str())
            .collect();
        let shown = if holders.is_empty() { yes("active") } else { yes("silenced") };
        if !shown || !filters.iter().all(|filter| filter.is_match(&alert.labels)) {
            continue;
        }
        let mut value = json!({
            "labels": object(&alert.labels),
            "annotations": object(&alert.annotations),
            "startsAt": instant_text(alert.starts_at),
            "updatedAt": instant_text(alert.updated_at),
            "endsAt": instant_text(alert.updated_at + 240_000),
            "fingerprint": fingerprint,
            "receivers": [{"name": "default"}],
            "status": {
                "state": if holders.is_empty() { "active" } else { "suppressed" },
                "silencedBy": holders,
                "inhibitedBy": [],
                "mutedBy": [],
            },
        });
        if let (Some(generator), Some(value)) = (alert.generator, value.as_object_mut()) {
            value.insert("generatorURL".to_owned(), json!(generator));
        }
        alerts.push(value);
    }
    Ok(alerts)
}

/// Reads `name="value"` with any of the four operators; quotes may be left out.
fn matcher(text: &str) -> Option<Matcher> {
    let start = text.find(['=', '!'])?;
    let (name, rest) = text.split_at(start);
    let (value, is_equal, is_regex) =
        [("=~", true, true), ("!~", false, true), ("!=", false, false), ("=", true, false)].into_iter().find_map(
            |(operator, is_equal, is_regex)| rest.strip_prefix(operator).map(|value| (value, is_equal, is_regex)),
        )?;
    let (name, value) = (name.trim(), value.trim());
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let good = good && (!is_regex || regex::Regex::new(value).is_ok());
    good.then(|| Matcher { name: name.to_owned(), value: value.to_owned(), is_regex, is_equal })
}

fn told(result: Result<Vec<Value>, String>) -> Response {
    match result {
        Ok(list) => reply::json(StatusCode::OK, &json!(list)),
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!(error)),
    }
}

async fn alerts(State(api): State<Api>, RawQuery(raw): RawQuery) -> Response {
    let parameters = Parameters::new(raw.as_deref(), &[]);
    told(api.hub.with(|world| wanted(world, &api.prometheus, &parameters)))
}

async fn groups(State(api): State<Api>, RawQuery(raw): RawQuery) -> Response {
    let parameters = Parameters::new(raw.as_deref(), &[]);
    told(api.hub.with(|world| wanted(world, &api.prometheus, &parameters)).map(|alerts| {
        let mut groups: BTreeMap<[String; 2], Vec<Value>> = BTreeMap::new();
        for alert in alerts {
            let label = |name: &str| alert.pointer("/labels").and_then(|labels| labels.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned();
            groups.entry([label("alertname"), label("service")]).or_default().push(alert);
        }
        groups
            .into_iter()
            .map(|([name, service], alerts)| json!({"labels": {"alertname": name, "service": service}, "receiver": {"name": "default"}, "alerts": alerts}))
            .collect()
    }))
}

async fn status(State(api): State<Api>) -> Response {
    let uptime = api.hub.with(|world| instant_text(world.start - 86_400_000));
    let version = json!({"version": "0.25.0", "revision": "warroom-simulator", "branch": "demo", "buildUser": "", "buildDate": "", "goVersion": ""});
    reply::json(
        StatusCode::OK,
        &json!({"cluster": {"status": "disabled", "peers": []}, "config": {"original": CONFIG}, "uptime": uptime, "versionInfo": version}),
    )
}

async fn receivers() -> Response {
    reply::json(StatusCode::OK, &json!([{"name": "default"}]))
}

fn silence_object(silence: &Silence, now: i64) -> Value {
    let matchers: Vec<Value> = silence
        .matchers
        .iter()
        .map(|matcher| json!({"name": matcher.name, "value": matcher.value, "isRegex": matcher.is_regex, "isEqual": matcher.is_equal}))
        .collect();
    json!({
        "id": silence.id,
        "status": {"state": silence.state(now)},
        "updatedAt": instant_text(silence.updated_at),
        "startsAt": instant_text(silence.starts_at),
        "endsAt": instant_text(silence.ends_at),
        "createdBy": silence.created_by,
        "comment": silence.comment,
        "matchers": matchers,
    })
}

async fn silences(State(api): State<Api>) -> Response {
    let list: Vec<Value> =
        api.hub.with(|world| world.silences.iter().map(|silence| silence_object(silence, world.now)).collect());
    reply::json(StatusCode::OK, &json!(list))
}

async fn silence(State(api): State<Api>, Path(id): Path<String>) -> Response {
    let found = api.hub.with(|world| {
        world.silences.iter().find(|silence| silence.id == id).map(|silence| silence_object(silence, world.now))
    });
    found.map_or_else(|| reply::text(StatusCode::NOT_FOUND, ""), |silence| reply::json(StatusCode::OK, &silence))
}

async fn delete_silence(State(api): State<Api>, Path(id): Path<String>) -> Response {
    let found = api.hub.with(|world| {
        let now = world.now;
        world.silences.iter_mut().find(|silence| silence.id == id).map(|silence| {
            if silence.ends_at > now {
                silence.ends_at = now;
                silence.updated_at = now;
            }
        })
    });
    match found {
        Some(()) => reply::text(StatusCode::OK, ""),
        None => reply::json(StatusCode::INTERNAL_SERVER_ERROR, &json!("silence not found")),
    }
}

async fn post_silence(State(api): State<Api>, body: Bytes) -> Response {
    let refuse = |what: &str| {
        reply::json(
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!({"code": 602, "message": format!("{what} in body is required")}),
        )
    };
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return reply::json(
            StatusCode::BAD_REQUEST,
            &json!({"code": 400, "message": "parsing silence body from \"\" failed, because of invalid JSON"}),
        );
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let time =
        |key: &str| text(key).and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|at| at.timestamp_millis());
    let Some(comment) = text("comment") else { return refuse("comment") };
    let Some(created_by) = text("createdBy") else { return refuse("createdBy") };
    let Some(ends_at) = time("endsAt") else { return refuse("endsAt") };
    let Some(starts_at) = time("startsAt") else { return refuse("startsAt") };
    let Some(list) = body.get("matchers").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return refuse("matchers");
    };
    let matchers: Option<Vec<Matcher>> = list.iter().map(read_matcher).collect();
    let Some(matchers) = matchers else { return refuse("matchers.name") };
    let made = api.hub.with(|world| {
        if ends_at <= world.now {
            return Err("Failed to create silence: end time can't be in the past");
        }
        let id = identifier(&format!("{}{body}", world.now));
        let silence = Silence {
            id: id.clone(),
            matchers,
            starts_at: starts_at.max(world.now),
            ends_at,
            updated_at: world.now,
            created_by: created_by.to_owned(),
            comment: comment.to_owned(),
        };
        // A silence that is changed ends, and a new one takes its place.
        if let Some(old) = text("id").and_then(|id| world.silences.iter_mut().find(|silence| silence.id == id)) {
            old.ends_at = world.now;
        }
        world.silences.push(silence);
        Ok(id)
    });
    match made {
        Ok(id) => reply::json(StatusCode::OK, &json!({"silenceID": id})),
        Err(why) => reply::json(StatusCode::BAD_REQUEST, &json!(why)),
    }
}

fn read_matcher(value: &Value) -> Option<Matcher> {
    let flag = |key: &str| value.get(key).and_then(Value::as_bool);
    Some(Matcher {
        name: value.get("name")?.as_str()?.to_owned(),
        value: value.get("value")?.as_str()?.to_owned(),
        is_regex: flag("isRegex").unwrap_or(false),
        is_equal: flag("isEqual").unwrap_or(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_with_and_without_quotes() {
        let read = |text: &str| matcher(text).map(|it| (it.name, it.value, it.is_equal, it.is_regex));
        assert_eq!(read("service=\"checkout\""), Some(("service".to_owned(), "checkout".to_owned(), true, false)));
        assert_eq!(read("code!~5.."), Some(("code".to_owned(), "5..".to_owned(), false, true)));
        assert_eq!(read("{bad"), None);
        assert_eq!(read("a=~\"(\""), None);
    }
}
