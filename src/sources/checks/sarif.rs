//! The kind `sarif`: a report of SARIF 2.1.0 without findings above a level. Suppressed findings do not count.

use serde_json::Value;

use super::found::Found;

/// The levels, from harmless to worst (§3.27.10).
const LEVELS: [&str; 4] = ["none", "note", "warning", "error"];

/// What a SARIF report says, in which findings up to `worst` are let pass.
#[must_use]
pub fn judge(text: &str, worst: &str) -> Found {
    let report: Value = match serde_json::from_str(text) {
        Ok(report) => report,
        Err(error) => return Found::unknown(format!("not a SARIF report: {error}")),
    };
    let Some(runs) = report.get("runs").and_then(Value::as_array).filter(|runs| !runs.is_empty()) else {
        return Found::unknown("a SARIF report without a run: nothing was analysed");
    };
    let limit = rank(worst).unwrap_or(0);
    let (mut counts, mut first) = ([0_u64; 4], None);
    for run in runs {
        if let Some(why) = unfinished(run) {
            return Found::unknown(why);
        }
        for result in
            run.get("results").and_then(Value::as_array).into_iter().flatten().filter(|one| counts_at_all(one))
        {
            let Some(level) = level(result, run) else {
                return Found::unknown("a finding has a level that SARIF 2.1.0 does not know");
            };
            if let Some(count) = counts.get_mut(level) {
                *count += 1;
            }
            if level > limit && first.is_none() {
                first = Some(name(result));
            }
        }
    }
    let told = told(&counts);
    let bad: u64 = counts.iter().skip(limit + 1).sum();
    match first {
        Some(first) => Found::fail(format!("{bad} findings above {worst} ({told}), the first: {first}")),
        None => Found::pass(format!("no finding above {worst} ({told})")),
    }
}

/// Why a run proves nothing; `None` when it was finished.
fn unfinished(run: &Value) -> Option<String> {
    if run.get("results").is_none_or(|results| !results.is_array()) {
        // §3.14.23: results that are null or absent mean that the analysis did not take place.
        return Some("a run has no results: the analysis did not take place".to_owned());
    }
    let invocations = run.get("invocations").and_then(Value::as_array).into_iter().flatten();
    let broken = invocations.filter_map(|one| one.get("executionSuccessful")?.as_bool()).any(|good| !good);
    broken.then(|| "the analysis was not successful, so what it did not find proves nothing".to_owned())
}

/// Whether a result is a finding that stands: not passed, not suppressed, not gone since the baseline.
fn counts_at_all(result: &Value) -> bool {
    let text = |key: &str| result.get(key).and_then(Value::as_str);
    let suppressed = result.get("suppressions").and_then(Value::as_array).is_some_and(|all| {
        let refused =
            |one: &Value| matches!(one.get("status").and_then(Value::as_str), Some("underReview" | "rejected"));
        !all.is_empty() && !all.iter().any(refused)
    });
    !suppressed && text("kind").is_none_or(|kind| kind == "fail") && text("baselineState") != Some("absent")
}

/// The level of a result: its own, else the one of its rule, else warning.
fn level(result: &Value, run: &Value) -> Option<usize> {
    if let Some(level) = result.get("level") {
        return rank(level.as_str()?);
    }
    let rules = run.pointer("/tool/driver/rules").and_then(Value::as_array);
    let index = result.get("ruleIndex").or_else(|| result.pointer("/rule/index")).and_then(Value::as_u64);
    let by_index = index.and_then(|index| rules?.get(usize::try_from(index).ok()?));
    let id = result.get("ruleId").or_else(|| result.pointer("/rule/id"));
    let rule = by_index.or_else(|| rules?.iter().find(|rule| id.is_some() && rule.get("id") == id));
    match rule.and_then(|rule| rule.pointer("/defaultConfiguration/level")) {
        Some(level) => rank(level.as_str()?),
        None => rank("warning"),
    }
}

fn rank(level: &str) -> Option<usize> {
    LEVELS.iter().position(|known| *known == level)
}

fn name(result: &Value) -> String {
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str);
    let rule = text("/ruleId").or_else(|| text("/rule/id")).unwrap_or("a rule without a name");
    text("/locations/0/physicalLocation/artifactLocation/uri")
        .map_or_else(|| rule.to_owned(), |file| format!("{rule} in {file}"))
}

fn told(counts: &[u64; 4]) -> String {
    let parts: Vec<String> = LEVELS
        .iter()
        .zip(counts)
        .rev()
        .filter(|(level, count)| **count > 0 && **level != "none")
        .map(|(level, count)| format!("{count} {level}"))
        .collect();
    if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    fn report(results: &str) -> String {
        format!(
            r#"{{"runs":[{{"tool":{{"driver":{{"rules":[{{"id":"R1","defaultConfiguration":{{"level":"error"}}}}]}}}},"results":{results}}}]}}"#
        )
    }

    #[test]
    fn findings_are_counted_by_their_level() {
        assert_eq!(judge(&report("[]"), "warning"), Found::pass("no finding above warning (nothing found)"));
        assert_eq!(
            judge(&report(r#"[{"ruleId":"R2","level":"note"},{"ruleId":"R2"}]"#), "warning"),
            Found::pass("no finding above warning (1 warning, 1 note)"),
            "without a level it is a warning"
        );
        assert_eq!(judge(&report(r#"[{"ruleId":"R2"}]"#), "note").finding, Finding::Fail);
        let by_rule = judge(
            &report(r#"[{"ruleId":"R1","locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.rs"}}}]}]"#),
            "warning",
        );
        assert_eq!(by_rule, Found::fail("1 findings above warning (1 error), the first: R1 in a.rs"));
        for harmless in [
            r#"[{"level":"error","suppressions":[{"kind":"inSource"}]}]"#,
            r#"[{"level":"error","kind":"pass"}]"#,
            r#"[{"level":"error","baselineState":"absent"}]"#,
        ] {
            assert_eq!(judge(&report(harmless), "none").finding, Finding::Pass, "{harmless}");
        }
        let rejected = report(r#"[{"level":"error","suppressions":[{"status":"rejected"}]}]"#);
        assert_eq!(judge(&rejected, "warning").finding, Finding::Fail, "a refused suppression suppresses nothing");
    }

    #[test]
    fn what_was_not_analysed_is_unknown() {
        for text in [
            "",
            "{}",
            r#"{"runs":[]}"#,
            r#"{"runs":[{"results":null}]}"#,
            r#"{"runs":[{}]}"#,
            r#"{"runs":[{"results":[],"invocations":[{"executionSuccessful":false}]}]}"#,
            r#"{"runs":[{"results":[{"level":"terrible"}]}]}"#,
            "[1]",
        ] {
            assert_eq!(judge(text, "warning").finding, Finding::Unknown, "{text}");
        }
    }
}
