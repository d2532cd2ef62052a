//! Judges policies in Rego. Runs in the process that is for nothing else; nothing here is fit for a console.

use std::io::{self, Write};

#[cfg(feature = "rego")]
use std::{num::NonZeroU32, time::Duration};

#[cfg(feature = "rego")]
use regorus::{Engine, Value, utils::limits::ExecutionTimerConfig};

use super::protocol::{Answer, Request};
#[cfg(feature = "rego")]
use super::protocol::{Asked, Policy};

/// Answers `request`, a line each, as soon as each is known.
///
/// # Errors
/// When nobody reads any more.
#[cfg(not(feature = "rego"))]
pub fn answer(_: &Request, out: &mut dyn Write) -> io::Result<()> {
    tell(&Answer::Failed("this warroom was built without Rego (cargo feature `rego`)".to_owned()), out)
}

/// Answers `request`, a line each, as soon as each is known.
///
/// # Errors
/// When nobody reads any more.
#[cfg(feature = "rego")]
pub fn answer(request: &Request, out: &mut dyn Write) -> io::Result<()> {
    let engine = match (engine(request), &request.asked) {
        (Ok(engine), _) => engine,
        (Err(faults), Asked::Check) => {
            return faults.into_iter().try_for_each(|fault| tell(&Answer::Failed(fault), out));
        }
        (Err(faults), _) => return tell(&Answer::Failed(faults.into_iter().next().unwrap_or_default()), out),
    };
    match &request.asked {
        // What cannot be compiled is only found when something is asked.
        Asked::Check => {
            if let failed @ Answer::Failed(_) = decide(&engine, &serde_json::json!({})) {
                tell(&failed, out)?;
            }
        }
        Asked::Decide(inputs) => {
            for input in inputs {
                tell(&decide(&engine, input), out)?;
            }
        }
        Asked::Test => {
            for rule in request.policies.iter().flat_map(tests) {
                tell(&test(&mut engine.clone(), rule), out)?;
            }
        }
    }
    tell(&Answer::Done, out)
}

fn tell(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The policies, read; or what is wrong with each that cannot be.
#[cfg(feature = "rego")]
fn engine(request: &Request) -> Result<Engine, Vec<String>> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_millis(request.limit),
        check_interval: NonZeroU32::MIN,
    });
    let mut add = |Policy { name, text }: &Policy| engine.add_policy(name.clone(), text.clone()).err();
    let faults: Vec<String> = in_order(&request.policies).filter_map(|policy| Some(add(policy)?.to_string())).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    // Compiles, which every copy would do otherwise. What cannot be compiled is told by the first question.
    let _ = engine.eval_query("true".to_owned(), false);
    Ok(engine)
}

/// Those that define `allow` come last. regorus (0.11 and 0.14) takes a set whose members stand in several files for complete when
/// it has seen the files up to the one that asks for it: `allow` would be true while a later file denies.
#[cfg(feature = "rego")]
fn in_order(policies: &[Policy]) -> impl Iterator<Item = &Policy> {
    let allows = |policy: &&Policy| {
        policy.text.lines().any(|line| ["allow", "default allow"].iter().any(|word| line.starts_with(word)))
    };
    policies.iter().filter(move |policy| !allows(policy)).chain(policies.iter().filter(allows))
}

/// What is asked for, each by itself: for the same reason the package as a whole is not.
#[cfg(feature = "rego")]
const RULES: [&str; 5] = ["allow", "deny", "warn", "required_approvals", "risk"];

#[cfg(feature = "rego")]
fn decide(engine: &Engine, input: &serde_json::Value) -> Answer {
    let input = match Value::from_json_str(&input.to_string()) {
        Ok(input) => input,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    let mut said = serde_json::Map::new();
    for rule in RULES {
        let mut engine = engine.clone();
        engine.set_input(input.clone());
        match asked(&mut engine, &format!("data.warroom.gate.{rule}")) {
            Ok(Some(value)) => drop(said.insert(rule.to_owned(), value)),
            Ok(None) => {}
            Err(why) => return Answer::Failed(why),
        }
    }
    Answer::Decided((!said.is_empty()).then(|| said.into()))
}

#[cfg(feature = "rego")]
fn test(engine: &mut Engine, rule: String) -> Answer {
    let (passed, why) = match asked(engine, &rule) {
        Ok(Some(serde_json::Value::Bool(true))) => (true, None),
        Ok(Some(said)) => (false, Some(format!("it is {said}"))),
        Ok(None) => (false, Some("it is undefined".to_owned())),
        Err(why) => (false, Some(why)),
    };
    Answer::Tested { rule, passed, why }
}

/// What `query` is. `None` when it is undefined.
#[cfg(feature = "rego")]
fn asked(engine: &mut Engine, query: &str) -> Result<Option<serde_json::Value>, String> {
    let found = engine.eval_query(query.to_owned(), false).map_err(|error| error.to_string())?;
    let value = found.result.first().and_then(|result| result.expressions.first()).map(|one| &one.value);
    match value {
        None | Some(Value::Undefined) => Ok(None),
        Some(value) => {
            let text = value.to_json_str().map_err(|error| error.to_string())?;
            serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
        }
    }
}

/// The tests of a file: rules whose names begin with `test_`, at the beginning of a line, in the package of the file.
#[cfg(feature = "rego")]
fn tests(policy: &Policy) -> Vec<String> {
    let word =
        |line: &str| line.chars().take_while(|c| c.is_ascii_alphanumeric() || "_.".contains(*c)).collect::<String>();
    let package = policy.text.lines().find_map(|line| line.strip_prefix("package ").map(|rest| word(rest.trim())));
    let Some(package) = package else { return Vec::new() };
    let mut rules: Vec<String> = Vec::new();
    for line in policy.text.lines().filter(|line| line.starts_with("test_")) {
        let rule = format!("data.{package}.{}", word(line));
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}
