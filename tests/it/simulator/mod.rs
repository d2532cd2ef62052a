//! The simulator's protocols.

mod alertmanager;
mod kubernetes;
mod oracle;
mod prometheus;
mod starter;

use chrono::TimeDelta;
use serde_json::Value;
use warroom::{
    clock::Clock,
    domain::time::Timestamp,
    sim::{self, Options, Running},
};

/// When the stories of these tests begin: a moment on no round second.
fn beginning() -> Timestamp {
    Timestamp::from_timestamp_millis(1_763_650_000_123).expect("in range")
}

/// A story that was begun `seconds` ago, by a clock that goes on from there.
pub(crate) fn story(scenario: &str, seconds: i64) -> Running {
    fast_story(scenario, seconds, 1.0)
}

/// The same, by a clock that is faster than the real one.
fn fast_story(scenario: &str, seconds: i64, speed: f64) -> Running {
    let clock = Clock::running_from(beginning() + TimeDelta::seconds(seconds), speed);
    let options = Options { scenario: scenario.to_owned(), start: Some(beginning()), ..Options::new(clock) };
    sim::start(&options).expect("starts")
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Status and body of a GET.
async fn get(base: &url::Url, path: &str) -> (u16, Value) {
    let answer = client().get(base.join(path).expect("a URL")).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The whole answer to a query at `time` (in seconds).
async fn query(running: &Running, text: &str, time: f64) -> Value {
    let form = [("query", text.to_owned()), ("time", time.to_string())];
    let url = running.urls().prometheus.join("api/v1/query").expect("a URL");
    let answer = client().post(url).form(&form).send().await.expect("an answer");
    serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
}
