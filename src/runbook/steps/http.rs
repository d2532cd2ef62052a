//! The kind `http`: a request is sent once.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::{Done, Stops, Task, Tools};
use crate::{
    config::secret::{process_variable, resolve},
    domain::{checklist::state::Finding, plan::request::HttpRequest, runbook::action::Value, source::SourceError},
    runbook::output::mask::Mask,
    sources::{
        actuators::{
            Unanswered,
            http::{Letter, send},
        },
        checks::found,
    },
};

/// Sends it.
pub async fn step(request: &HttpRequest, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let url = match (task.is_rehearsal(), &request.rehearsal_url) {
        (false, _) => &request.url,
        (true, Some(url)) => url,
        (true, None) => return Done::skipped(format!("not sent in a rehearsal: {} {}", request.method, request.url)),
    };
    let (mut headers, secrets) = match read(&request.headers).await {
        Ok(read) => read,
        Err(error) => return Done::failed(format!("{error}; nothing was sent")),
    };
    let mask = Mask::new(secrets.iter().map(ExposeSecret::expose_secret));
    if let Some(name) = &request.idempotency_header {
        headers.insert(name.clone(), SecretString::from(task.key()));
    }
    let letter =
        Letter { method: &request.method, url, headers, body: request.body.as_deref(), timeout: task.step.timeout };
    if let Err(refused) = task.begin() {
        return refused;
    }
    let answer = tokio::select! {
        answer = send(letter, &tools.context) => answer,
        () = stops.now() => {
            return Done::unknown("a person ended it while it was sent; whether it did anything is not known");
        }
    };
    let done = judge(answer.as_ref().map(|answer| (answer.status, answer.body.as_ref())), request);
    let output = answer.ok().and_then(|answer| {
        let text = [format!("status {}\n", answer.status).as_bytes(), &answer.body].concat();
        task.keep(&text, &mask)
    });
    Done { words: mask.text(&done.words), ..done }.with(output)
}

/// Headers with their secrets read, and the secrets.
async fn read(
    headers: &BTreeMap<String, Value>,
) -> Result<(BTreeMap<String, SecretString>, Vec<SecretString>), SourceError> {
    let (mut all, mut secrets) = (BTreeMap::new(), Vec::new());
    for (name, value) in headers {
        let value = match value {
            Value::Text(text) => SecretString::from(text.clone()),
            Value::Secret(reference) => {
                let secret = resolve(reference, process_variable).await?;
                secrets.push(secret.clone());
                secrets.extend(parts(secret.expose_secret()).into_iter().map(SecretString::from));
                secret
            }
        };
        all.insert(name.clone(), value);
    }
    Ok((all, secrets))
}

/// What of the value of a header may be told alone: `TOKEN` of `Bearer TOKEN`, name and password of `Basic …`.
fn parts(value: &str) -> Vec<String> {
    let mut all: Vec<String> = value.split_whitespace().skip(1).map(str::to_owned).collect();
    let Some(("Basic" | "basic" | "BASIC", coded)) = value.split_once(' ') else { return all };
    let decoded = STANDARD.decode(coded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    all.extend(decoded.as_ref().and_then(|pair| Some(pair.split_once(':')?.1.to_owned())));
    all.extend(decoded);
    all
}

/// What an answer, or the lack of one, says.
#[must_use]
pub fn judge(answer: Result<(u16, &[u8]), &Unanswered>, request: &HttpRequest) -> Done {
    let right = |status: u16| match request.status.as_slice() {
        [] => (200..300).contains(&status),
        list => list.contains(&status),
    };
    match answer {
        Err(unanswered @ Unanswered::NotSent(_)) => Done::failed(unanswered.to_string()),
        Err(unanswered @ Unanswered::Lost(_)) => Done::unknown(unanswered.to_string()),
        Err(Unanswered::Cut(status, error)) if right(*status) && request.field.is_none() => {
            Done::succeeded(format!("status {status}; the rest of the answer did not come: {error}"))
        }
        Err(Unanswered::Cut(status, error)) if right(*status) => Done::unknown(format!("status {status}; {error}")),
        Err(Unanswered::Cut(status, error)) => wrong(*status, &error.to_string()),
        Ok((status, body)) if right(status) => field(status, body, request),
        Ok((status, _)) => wrong(status, ""),
    }
}

fn wrong(status: u16, more: &str) -> Done {
    let more = if more.is_empty() { String::new() } else { format!("; {more}") };
    match status {
        // Who says so did not begin.
        300..=407 | 409..=499 | 501 | 505 => Done::failed(format!("status {status}: it was refused{more}")),
        _ => Done::unknown(format!("status {status}: whether it was done, or a part of it, is not known{more}")),
    }
}

fn field(status: u16, body: &[u8], request: &HttpRequest) -> Done {
    let Some((pointer, must)) = &request.field else { return Done::succeeded(format!("status {status}")) };
    match serde_json::from_slice(body) {
        Ok(document) => {
            let found = found::field(&document, pointer, must);
            let words = format!("status {status}; {}", found.words);
            match found.finding {
                Finding::Pass => Done::succeeded(words),
                Finding::Fail => Done::failed(words),
                _ => Done::unknown(words),
            }
        }
        Err(error) => Done::unknown(format!("status {status}; the answer is not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        run::Outcome,
        source::{ErrorKind, SourceError},
    };

    fn request(status: &[u16], field: Option<(&str, &str)>) -> HttpRequest {
        HttpRequest {
            method: "POST".into(),
            url: "http://flags.example/off".into(),
            headers: BTreeMap::new(),
            body: None,
            idempotency_header: None,
            status: status.to_vec(),
            field: field.map(|(pointer, must)| (pointer.to_owned(), must.parse().expect(must))),
            rehearsal_url: None,
        }
    }

    #[test]
    fn parts_of_what_authorises_are_secrets_too() {
        assert_eq!(parts("Bearer hunter2"), ["hunter2"]);
        let coded = STANDARD.encode("deploy:hunter:2");
        assert_eq!(parts(&format!("Basic {coded}")), [&coded, "hunter:2", "deploy:hunter:2"]);
    }

    #[test]
    fn only_what_was_certainly_not_done_has_failed() {
        let error = || SourceError::new(ErrorKind::Connect, "the server is gone");
        let outcome =
            |answer: Result<(u16, &[u8]), Unanswered>| judge(answer.as_ref().copied(), &request(&[], None)).outcome;
        assert_eq!(outcome(Ok((204, &b""[..]))), Outcome::Succeeded);
        for status in [302, 400, 401, 404, 409, 422, 429, 501] {
            assert_eq!(outcome(Ok((status, &b""[..]))), Outcome::Failed, "{status}");
        }
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(outcome(Ok((status, &b""[..]))), Outcome::Unknown, "{status}");
        }
        assert_eq!(outcome(Err(Unanswered::NotSent(error()))), Outcome::Failed);
        assert_eq!(outcome(Err(Unanswered::Lost(error()))), Outcome::Unknown);
        assert_eq!(outcome(Err(Unanswered::Cut(200, error()))), Outcome::Succeeded);
        assert_eq!(outcome(Err(Unanswered::Cut(502, error()))), Outcome::Unknown);
    }

    #[test]
    fn a_good_status_with_the_wrong_content_is_no_success() {
        let off = request(&[200], Some(("/on", "== false")));
        let outcome = |status, body: &str| judge(Ok((status, body.as_bytes())), &off).outcome;
        assert_eq!(outcome(200, "{\"on\":false}"), Outcome::Succeeded);
        assert_eq!(outcome(200, "{\"on\":true}"), Outcome::Failed);
        for body in ["", "<html>", "{}"] {
            assert_eq!(outcome(200, body), Outcome::Unknown, "{body}");
        }
        assert_eq!(outcome(201, "{\"on\":false}"), Outcome::Unknown, "2xx, but not what is right");
    }
}
