//! An Open Policy Agent that is asked over HTTP: what it allows is allowed, and whatever else comes is a denial with the reason.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;
use warroom::{
    config::schema::{
        policy::Policy,
        source::{Auth, HttpOptions},
    },
    domain::{policy::Decision, secret::SecretRef, time::Span},
    sources::opa::Opa,
};

use super::reason;
use crate::support::{base_url, context, dead_port, http_answer, server, server_of};

/// What the server at `url` decides about one release.
async fn asked(url: Url, http: HttpOptions) -> Decision {
    let settings = Policy { opa: Some(url), timeout: Span::from_millis(500), http };
    let opa = Opa::of(&settings, &context()).expect("settings").expect("a server");
    let mut decisions = opa.decide(&[json!({ "schema": "warroom.gate/1" })]).await;
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

/// The same of a server that always answers this.
async fn answered(status: &str, body: &str) -> Decision {
    let url = base_url(server_of(http_answer(status, "content-type: application/json\r\n", body)).await);
    asked(url, HttpOptions::default()).await
}

#[tokio::test]
async fn the_document_is_its_input_and_its_result_is_the_decision() {
    let seen: Arc<Mutex<Option<(String, Value)>>> = Arc::default();
    let told = Arc::clone(&seen);
    let address = server(move |request, mut stream| {
        let told = Arc::clone(&told);
        async move {
            let length = request.head.to_lowercase();
            let length = length.split_once("content-length: ").expect("a length").1;
            let mut body = vec![0; length.lines().next().expect("a number").parse().expect("a number")];
            stream.read_exact(&mut body).await.expect("a body");
            *told.lock().expect("free") = Some((request.head, serde_json::from_slice(&body).expect("JSON")));
            let result = json!({ "result": { "allow": true, "warn": ["look"], "required_approvals": ["dba"] } });
            let _ = stream.write_all(http_answer("200 OK", "", &result.to_string()).as_bytes()).await;
        }
    })
    .await;
    let url = base_url(address).join("/v1/data/warroom/gate").expect("a path");
    let token = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(token.path(), "s3cret\n").expect("written");
    let bearer = Auth::Bearer(SecretRef::File(token.path().to_owned()));
    let decision = asked(url, HttpOptions { auth: Some(bearer), ..HttpOptions::default() }).await;
    assert!(decision.allows());
    assert_eq!((decision.warn.len(), decision.required_approvals), (1, vec!["dba".to_owned()]));
    let (head, body) = seen.lock().expect("free").clone().expect("it was asked");
    assert!(head.starts_with("POST /v1/data/warroom/gate HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    assert!(head.contains("Bearer s3cret"), "{head}");
    assert_eq!(body, json!({ "input": { "schema": "warroom.gate/1" } }));
}

#[tokio::test]
async fn whatever_is_no_decision_denies_and_says_why() {
    let large = format!("{{\"result\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    for (status, body, wanted) in [
        ("200 OK", "{}", "undefined"),
        ("200 OK", "{\"result\": true}", "no object"),
        ("200 OK", "{\"result\": {\"allow\": \"yes\"}}", "neither true nor false"),
        ("200 OK", "{\"result\": {\"allow\": true, \"deny\": [\"no\"]}}", "no"),
        ("200 OK", "<html>", "HTML page"),
        ("200 OK", "{\"result\": {\"allow\": tr", "ends in the middle"),
        ("200 OK", &large, "larger than the limit"),
        ("400 Bad Request", "{\"code\": \"invalid_parameter\", \"message\": \"bad path\"}", "bad path"),
        ("401 Unauthorized", "{}", "401"),
        ("500 Internal Server Error", "{}", "500"),
    ] {
        let decision = answered(status, body).await;
        let told = reason(&decision);
        assert!(told.contains(wanted), "{status} {wanted}: {told}");
    }
    let away = asked(format!("http://127.0.0.1:{}/", dead_port()).parse().expect("a URL"), HttpOptions::default());
    assert!(!away.await.allows());
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_denies() {
    let address = server(|_, stream| async move {
        // Held open, silent.
        let _stream = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let decision = asked(base_url(address), HttpOptions::default()).await;
    assert!(reason(&decision).contains("no answer in 500ms"), "{}", reason(&decision));
}

#[tokio::test]
async fn where_a_token_cannot_be_read_nothing_is_allowed_and_no_secret_told() {
    let url: Url = "http://user:hunter2@127.0.0.1:1/".parse().expect("a URL");
    let bearer = Auth::Bearer(SecretRef::Env("WARROOM_NO_SUCH_TOKEN".to_owned()));
    let decision = asked(url, HttpOptions { auth: Some(bearer), ..HttpOptions::default() }).await;
    let told = reason(&decision);
    assert!(told.contains("WARROOM_NO_SUCH_TOKEN") && !told.contains("hunter2"), "{told}");
}
