//! Answers that are not what was asked for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::io::AsyncWriteExt;
use warroom::{
    config::schema::source::{Auth, HttpOptions},
    domain::{
        secret::SecretRef,
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::http::Endpoint,
};

use crate::support::{alertmanager_source, base_url, context, dead_port, http_answer, server, server_of};

const LIMIT: usize = 1024 * 1024;

/// What a poll of a server that sends these bytes ends with.
async fn outcome(bytes: impl AsRef<[u8]>) -> Result<serde_json::Value, SourceError> {
    ask(&base_url(server_of(bytes).await), &HttpOptions::default(), Span::from_secs(10)).await
}

async fn ask(url: &url::Url, options: &HttpOptions, timeout: Span) -> Result<serde_json::Value, SourceError> {
    let mut source = alertmanager_source("am", vec![url.clone()]);
    source.timeout = timeout;
    let endpoint = Endpoint::new(url, options, &source, &context())?;
    endpoint.get("/api/v2/alerts", &[("active", "true")]).await?.success(|_| None)?.json()
}

async fn error_of(bytes: impl AsRef<[u8]>) -> SourceError {
    outcome(bytes).await.expect_err("a bad answer was taken")
}

#[tokio::test]
async fn a_good_answer_is_read() {
    assert_eq!(outcome(http_answer("200 OK", "", "[1]")).await, Ok(serde_json::json!([1])));
}

#[tokio::test]
async fn a_web_page_instead_of_json_is_called_that_with_its_title() {
    let page = "<!DOCTYPE html><html><head><title>Sign in \u{1b}[2J</title></head></html>";
    let error = error_of(http_answer("200 OK", "content-type: text/html\r\n", page)).await;
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.what.contains("an HTML page (\"Sign in \u{fffd}[2J\") instead of JSON"), "{error}");
    assert!(error.advice.contains("login page"), "{error}");
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_cut_off() {
    let error = error_of("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n[{\"fingerprint\":").await;
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.what.contains("cut off after 16 bytes"), "{error}");
}

#[tokio::test]
async fn json_that_ends_in_the_middle_is_called_that() {
    let error = error_of(http_answer("200 OK", "", "[{\"fingerprint\":")).await;
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.what.contains("ends in the middle, after 16 bytes"), "{error}");
}

#[tokio::test]
async fn invalid_utf_8_is_a_bad_answer() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\"".to_vec();
    bytes.extend([0xff, 0xfe, b'"']);
    assert_eq!(error_of(bytes).await.kind, ErrorKind::Decode);
}

#[tokio::test]
async fn an_empty_body_is_a_bad_answer() {
    let error = error_of(http_answer("200 OK", "", "")).await;
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.what.contains("empty answer"), "{error}");
}

#[tokio::test]
async fn a_length_over_the_limit_is_refused_before_it_is_read() {
    let error = error_of("HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n[").await;
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(error.what.contains(&LIMIT.to_string()), "{error}");
    assert!(error.advice.contains("max_body"), "{error}");
}

#[tokio::test]
async fn a_body_without_a_length_is_read_no_further_than_the_limit() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[".to_vec();
    bytes.resize(11 * LIMIT, b' ');
    assert_eq!(error_of(bytes).await.kind, ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_small_body_that_unpacks_into_a_large_one_is_refused() {
    // 20 MiB of blanks, packed by gzip -9 into 20 kB.
    let bomb = include_bytes!("../../fixtures/http/blanks-20MB.gz");
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", bomb.len()).into_bytes();
    bytes.extend_from_slice(bomb);
    assert_eq!(error_of(bytes).await.kind, ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_body_that_claims_to_be_gzip_and_is_not_is_a_bad_answer() {
    let error = error_of(http_answer("200 OK", "content-encoding: gzip\r\n", "[1,2,3,4,5,6,7,8]")).await;
    assert_eq!(error.kind, ErrorKind::Decode);
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_timeout_and_says_how_much_had_come() {
    let address = server(|_, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[").await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let error =
        ask(&base_url(address), &HttpOptions::default(), Span::from_millis(500)).await.expect_err("it never ends");
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(error.what.contains("not complete in 500ms"), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_the_request_and_says_nothing_ends_with_the_timeout() {
    let address = server(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let error =
        ask(&base_url(address), &HttpOptions::default(), Span::from_millis(300)).await.expect_err("it never answers");
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(error.what.contains("no answer in 300ms"), "{error}");
}

#[tokio::test]
async fn statuses_have_their_own_kinds_and_advice() {
    for (status, kind, advice) in [
        ("401 Unauthorized", ErrorKind::Unauthenticated, "set auth"),
        ("403 Forbidden", ErrorKind::Forbidden, "read access"),
        ("404 Not Found", ErrorKind::NotFound, "path prefix"),
        ("429 Too Many Requests", ErrorKind::RateLimited, "less often"),
        ("407 Proxy Authentication Required", ErrorKind::Proxy, "proxy"),
        ("500 Internal Server Error", ErrorKind::Status, "problem"),
        ("503 Service Unavailable", ErrorKind::Status, "problem"),
    ] {
        let error = error_of(http_answer(status, "", "")).await;
        assert_eq!(error.kind, kind, "{status}: {error}");
        assert!(error.advice.contains(advice), "{status}: {error}");
    }
}

#[tokio::test]
async fn the_words_of_a_refusal_lose_their_escape_sequences() {
    let error =
        error_of(http_answer("500 Oops", "content-type: text/plain\r\n", "\u{1b}]0;owned\u{7}\u{202e}boom")).await;
    assert!(error.what.contains("boom"), "{error}");
    assert!(error.to_string().chars().all(warroom::domain::clean::is_safe), "{error:?}");
}

#[tokio::test]
async fn retry_after_is_kept_in_both_of_its_forms() {
    for (value, wait) in [("17", 17), ("Wed, 21 Oct 2026 07:28:30 GMT", 30)] {
        let headers = format!("date: Wed, 21 Oct 2026 07:28:00 GMT\r\nretry-after: {value}\r\n");
        let error = error_of(http_answer("429 Too Many Requests", &headers, "")).await;
        assert_eq!(error.retry_after, Some(Span::from_secs(wait)), "{value}");
        assert_eq!(error.status, Some(429));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_names_its_host_without_the_query() {
    let location = "location: https://login.example/sso?token=hunter2\r\n";
    let error = error_of(http_answer("302 Found", location, "")).await;
    assert_eq!(error.kind, ErrorKind::Redirect);
    assert!(error.what.contains("https://login.example/sso"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_no_connection() {
    let error = error_of("").await;
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.what.contains("closed the connection without an answer"), "{error}");
}

#[tokio::test]
async fn what_is_not_http_is_a_bad_answer() {
    let error = error_of("SSH-2.0-OpenSSH_9.2p1\r\n").await;
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.what.contains("not HTTP"), "{error}");
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_are_told_apart() {
    let refused = format!("http://127.0.0.1:{}", dead_port()).parse().expect("URL");
    let error = ask(&refused, &HttpOptions::default(), Span::from_secs(10)).await.expect_err("nobody listens");
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.what.contains("refuses connections"), "{error}");

    let unknown = "http://warroom-test.invalid:9093".parse().expect("URL");
    let error = ask(&unknown, &HttpOptions::default(), Span::from_secs(10)).await.expect_err("no such name");
    assert_eq!(error.kind, ErrorKind::Dns, "{error}");
    assert!(error.what.contains("warroom-test.invalid"), "{error}");
}

#[tokio::test]
async fn a_dead_proxy_is_blamed_instead_of_the_server() {
    let proxy = format!("http://user:hunter2@127.0.0.1:{}", dead_port());
    let options = HttpOptions { proxy: Some(proxy), ..HttpOptions::default() };
    let url = "https://am.example".parse().expect("URL");
    let error = ask(&url, &options, Span::from_secs(10)).await.expect_err("the proxy is not there");
    assert_eq!(error.kind, ErrorKind::Proxy, "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_or_fails_is_blamed_by_name() {
    for (scheme, status) in [
        ("https", "407 Proxy Authentication Required"),
        ("https", "502 Bad Gateway"),
        ("http", "407 Proxy Authentication Required"),
    ] {
        let proxy = base_url(server_of(http_answer(status, "", "")).await);
        let options = HttpOptions { proxy: Some(proxy.to_string()), ..HttpOptions::default() };
        let url = format!("{scheme}://am.example").parse().expect("URL");
        let error = ask(&url, &options, Span::from_secs(10)).await.expect_err("the proxy refuses");
        assert_eq!(error.kind, ErrorKind::Proxy, "{scheme} {status}: {error}");
        assert!(error.advice.contains("proxy"), "{error}");
    }
}

#[tokio::test]
async fn requests_say_who_asks_and_carry_the_tenant_and_the_password() {
    let address = server(|request, mut stream| async move {
        let head = request.head.to_ascii_lowercase();
        let wanted = [
            "user-agent: warroom/",
            "x-scope-orgid: shop",
            "accept-encoding: gzip",
            "authorization: basic bwlyytpodw50zxiy",
        ];
        let missing: Vec<_> = wanted.iter().filter(|part| !head.contains(*part)).collect();
        let _ = stream.write_all(http_answer("200 OK", "", &format!("{missing:?}")).as_bytes()).await;
    })
    .await;
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("password");
    write_secret(&file, "hunter2\n");
    let options = HttpOptions {
        auth: Some(Auth::Basic { user: "mira".to_owned(), password: SecretRef::File(file) }),
        headers: [("X-Scope-OrgID".to_owned(), "shop".to_owned())].into(),
        ..HttpOptions::default()
    };
    let answer = ask(&base_url(address), &options, Span::from_secs(10)).await;
    assert_eq!(answer, Ok(serde_json::json!([])), "what is missing in the request");
}

#[tokio::test]
async fn a_rotated_token_is_read_again_when_the_server_says_401() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let address = server(move |request, mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            let new = request.head.to_ascii_lowercase().contains("authorization: bearer new-token");
            let answer = if new { http_answer("200 OK", "", "[]") } else { http_answer("401 Unauthorized", "", "") };
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("token");
    write_secret(&file, "old-token\n");
    let options = HttpOptions { auth: Some(Auth::Bearer(SecretRef::File(file.clone()))), ..HttpOptions::default() };
    let url = base_url(address);
    let endpoint =
        Endpoint::new(&url, &options, &alertmanager_source("am", vec![url.clone()]), &context()).expect("endpoint");

    let refused = endpoint.get("/", &[]).await.expect("an answer").success(|_| None).expect_err("the token is old");
    assert_eq!(refused.kind, ErrorKind::Unauthenticated);
    assert!(!format!("{refused:?}").contains("old-token"), "{refused:?}");
    assert_eq!(seen.load(Ordering::Relaxed), 1, "the same token is not tried twice");

    write_secret(&file, "new-token\n");
    assert_eq!(endpoint.get("/", &[]).await.expect("an answer").status, 200);
    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

fn write_secret(file: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, text).expect("temporary file");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("temporary file");
}
