//! `warroom sources check`.

use std::io::{self, Write};

use serde_json::json;

use super::{Checked, CheckedFeed, State};
use crate::{
    cli::{Exit, output},
    clock::Clock,
    config::Loaded,
    domain::{clean::clean, demand::Demand, time::Span},
    sources::{
        self,
        connector::Context,
        http,
        schedule::{self, Round},
    },
};

/// No command waits longer than this for all sources together.
const DEADLINE: Span = Span::from_secs(60);

/// Asks every feed of every configured source once.
///
/// # Errors
/// When no threads or sockets can be had.
pub fn round(loaded: &Loaded) -> io::Result<Round> {
    http::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let clock = Clock::real();
    let connections = sources::build(&loaded.settings.sources, &Context::new(clock, true));
    let demand = Demand { catalog: loaded.catalog.clone(), ..Demand::default() };
    let round = runtime.block_on(schedule::once(&connections, clock, &demand, DEADLINE));
    // A secret's command that hangs must not keep the program.
    runtime.shutdown_background();
    Ok(round)
}

/// Prints what a round brought.
pub fn check(checked: &[Checked], json: bool, out: &mut dyn Write) -> Exit {
    let worst = checked.iter().map(|source| source.state).max().unwrap_or(State::Unknown);
    let text = if json {
        output::json(&json!({"version": 1, "state": worst, "sources": checked}))
    } else {
        checked.iter().map(of_source).collect::<Vec<_>>().join("\n")
    };
    let _ = out.write_all(text.as_bytes());
    match worst {
        State::Ok => Exit::Ok,
        State::Failed => Exit::No,
        State::Partial | State::Unknown => Exit::Unknown,
    }
}

fn of_source(source: &Checked) -> String {
    let skew = source
        .skew_ms
        .filter(|skew| skew.abs() >= 2_000)
        .map_or_else(String::new, |skew| format!("  clock {:+.1} s against ours", skew as f64 / 1_000.0));
    let head = format!("{}  {}  {}  {}{skew}", source.name, source.state.word(), source.kind, source.endpoint);
    let mut lines = vec![head];
    let width = source.feeds.iter().map(|feed| feed.name.chars().count()).max().unwrap_or(0);
    for feed in &source.feeds {
        lines.extend(of_feed(feed, width));
    }
    lines.iter().map(|line| clean(line).into_owned() + "\n").collect()
}

fn of_feed(feed: &CheckedFeed, width: usize) -> Vec<String> {
    let word = feed.state.word();
    let numbers = match (feed.facts, feed.requests, feed.bytes) {
        (Some(facts), Some(requests), Some(bytes)) => {
            format!("facts {facts}  requests {requests}  bytes {bytes}")
        }
        _ => String::new(),
    };
    let line = format!("  {:width$}  {word:7}  {:>5} ms  {numbers}", feed.name, feed.latency_ms);
    let mut lines = vec![line.trim_end().to_owned()];
    lines.extend(feed.gaps.iter().map(|gap| format!("    missing: {}: {}", gap.what, gap.why)));
    if let Some(error) = &feed.error {
        lines.push(format!("    {}: {}", error.kind.word(), error.what));
        if !error.advice.is_empty() {
            lines.push(format!("    what to do: {}", error.advice));
        }
    }
    lines
}
