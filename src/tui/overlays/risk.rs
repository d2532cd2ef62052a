//! How risky a release is: every factor with its points, evidence and source, and how it may fail.

use crate::{
    domain::{
        level::Level,
        risk::{Risk, factor::Factor, failure::FailureMode},
    },
    tui::{
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// The column at which evidence begins.
const EVIDENCE: usize = 34;

/// The lines of `risk`, as wide as `cells`.
pub(super) fn lines(scene: &Scene<'_>, risk: &Risk, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let heading = |text: String| Strip::of(text, look.style(Role::Title));
    let mut lines = vec![Strip::new(), heading(format!("Risk: {}", risk.words()))];
    for factor in &risk.factors {
        let start = look.status(level(factor), factor.name.words()).at(20).put(factor.points(), look.text());
        let source = if factor.source.is_empty() { String::new() } else { format!(" ({})", factor.source) };
        below(scene, start, &format!("{}{source}", factor.evidence), cells, &mut lines);
    }
    if !risk.failures.is_empty() {
        lines.extend([Strip::new(), heading("Failure modes (IEC 60812)".to_owned())]);
    }
    for mode in &risk.failures {
        failure(scene, mode, cells, &mut lines);
    }
    lines
}

/// What is not known is never calm.
const fn level(factor: &Factor) -> Level {
    match (factor.is_unknown(), factor.least) {
        (true, _) => Level::Unknown,
        (false, 0) => Level::Ok,
        (false, _) => Level::Watch,
    }
}

fn failure(scene: &Scene<'_>, mode: &FailureMode, cells: usize, lines: &mut Vec<Strip>) {
    let look = scene.look;
    lines.push(Strip::of(format!("{}  ", mode.mode), look.bold()).put(mode.words(), look.text()));
    let start = |label: &str| Strip::of(format!("  {label}"), look.dim());
    below(scene, start("effect"), &mode.effect, cells, lines);
    let mitigation = mode.mitigation.as_deref().unwrap_or("none");
    below(scene, start("mitigation"), mitigation, cells, lines);
}

/// `text` wrapped below itself, behind `start`.
fn below(scene: &Scene<'_>, start: Strip, text: &str, cells: usize, lines: &mut Vec<Strip>) {
    let mut start = start;
    for part in wrap(text, cells.saturating_sub(EVIDENCE)) {
        lines.push(std::mem::take(&mut start).at(EVIDENCE).put(part, scene.look.text()));
    }
}
