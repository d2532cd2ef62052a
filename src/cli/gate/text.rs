//! The answer for people.

use std::fmt::Write as _;

use super::Gate;
use crate::domain::{
    clean::clean,
    time::Span,
    verdict::reason::{Effect, Reason},
};

/// The answer, then every reason, the heaviest first.
pub(super) fn write(gate: &Gate<'_>) -> String {
    let mut text = clean(&gate.headline()).into_owned();
    let Some(verdict) = gate.verdict else { return text };
    for reason in &verdict.reasons {
        let _ = write!(text, "\n  {:9} {}", word(reason.effect), clean(&line(gate, reason)));
    }
    let _ = write!(text, "\n{}", clean(&verdict.change(gate.model.now)));
    if let Some(human) = &verdict.human {
        let _ = write!(text, "\n{}", clean(&human.words()));
    }
    text
}

/// What a reason does to the verdict, in a word.
pub(super) const fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Supports => "ok",
        Effect::Waits => "WAITS",
        Effect::Unknown => "UNKNOWN",
        Effect::Stops => "STOPS",
        Effect::RollsBack => "ROLL BACK",
    }
}

/// A reason in one line: what, the numbers, the source, the age.
pub(super) fn line(gate: &Gate<'_>, reason: &Reason) -> String {
    let mut line = format!("{}: {}", reason.input.word(), reason.text);
    if !reason.evidence.is_empty() && !reason.text.contains(&reason.evidence) {
        let _ = write!(line, " ({})", reason.evidence);
    }
    if let Some(source) = &reason.source {
        let _ = write!(line, "  {source}");
    }
    if let Some(at) = reason.at {
        let _ = write!(line, "  {} old", Span::between(at, gate.model.now).age());
    }
    line
}
