//! `warroom sources list`.

use std::io::Write;

use serde_json::{Value, json};

use crate::{
    cli::{Exit, output},
    config::schema::source::Source,
    domain::clean::clean,
    sources::{connection::endpoint, connector::Kind, kinds},
};

/// Prints the kinds with their samples and decoders, and what is configured.
pub fn list(sources: &[Source], json: bool, out: &mut dyn Write) -> Exit {
    let text = if json { output::json(&as_json(sources)) } else { as_text(sources) };
    let _ = out.write_all(text.as_bytes());
    Exit::Ok
}

fn as_json(sources: &[Source]) -> Value {
    let kinds: Vec<Value> = kinds::all()
        .iter()
        .map(|kind| {
            let decoders: Vec<Value> =
                kind.decoders.iter().map(|decoder| json!({"name": decoder.name, "doc": decoder.doc})).collect();
            json!({"name": kind.name, "doc": kind.doc, "sample": kind.sample, "decoders": decoders})
        })
        .collect();
    let sources: Vec<Value> = sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name, "kind": source.kind.word(), "endpoint": endpoint(source),
                "environment": source.environment, "region": source.region,
            })
        })
        .collect();
    json!({"version": 1, "kinds": kinds, "sources": sources})
}

fn as_text(sources: &[Source]) -> String {
    let mut text = String::from("Kinds\n");
    for kind in kinds::all() {
        text.push_str(&of_kind(kind));
    }
    text.push_str("\nConfigured sources\n");
    if sources.is_empty() {
        text.push_str("  none\n");
    }
    let width = sources.iter().map(|source| source.name.as_str().chars().count()).max().unwrap_or(0);
    for source in sources {
        let line = format!("  {:width$}  {:12}  {}", source.name.as_str(), source.kind.word(), endpoint(source));
        text.push_str(clean(&line).trim_end());
        text.push('\n');
    }
    text
}

fn of_kind(kind: &Kind) -> String {
    let mut text = format!("\n  {}: {}\n", kind.name, kind.doc);
    for line in kind.sample.trim().lines() {
        text.push_str(format!("      {line}").trim_end());
        text.push('\n');
    }
    for decoder in kind.decoders {
        text.extend(["    sources decode ", decoder.name, ": ", decoder.doc, "\n"]);
    }
    text
}
