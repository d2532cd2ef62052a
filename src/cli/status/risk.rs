//! How risky a release is, as text and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::domain::{clean::clean, risk::Risk};

/// One line, and with `whole` every factor and failure mode below it.
pub(super) fn text(release: &str, risk: &Risk, whole: bool) -> String {
    let mut text = format!("RISK {release}: {}\n", risk.words());
    if !whole {
        return text;
    }
    // Writing to a String cannot fail.
    for factor in &risk.factors {
        let word = if factor.is_unknown() { "UNKNOWN " } else { "" };
        let source = if factor.source.is_empty() { String::new() } else { format!(" ({})", factor.source) };
        let line = format!("{:16} {:14} {word}{}{source}", factor.name.words(), factor.points(), factor.evidence);
        let _ = writeln!(text, "  {}", clean(&line));
    }
    for mode in &risk.failures {
        let mitigation = mode.mitigation.as_deref().unwrap_or("none");
        let line = format!("{}: {}; {}; mitigation: {mitigation}", mode.mode, mode.words(), mode.effect);
        let _ = writeln!(text, "  may fail: {}", clean(&line));
    }
    text
}

/// The object for programs; `docs/json.md` tells its shape.
pub(super) fn json(risk: &Risk) -> Value {
    let factors = risk.factors.iter().map(|factor| {
        json!({
            "name": factor.name,
            "least": factor.least,
            "most": factor.most,
            "weight": factor.name.weight(),
            "evidence": factor.evidence,
            "source": Some(&factor.source).filter(|source| !source.is_empty()),
        })
    });
    let failures = risk.failures.iter().map(|mode| {
        json!({
            "mode": mode.mode,
            "effect": mode.effect,
            "severity": mode.severity,
            "occurrence": mode.occurrence,
            "detection": mode.detection,
            "priority": mode.priority(),
            "mitigation": mode.mitigation,
        })
    });
    json!({
        "least": risk.least(),
        "most": risk.most(),
        "unknown": risk.unknown(),
        "factors": factors.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}
