//! The way of a release through its phases, with the present one marked.

use super::{scene::Scene, strip::Strip};
use crate::domain::{level::Level, release::Phase};

const FORWARD: [Phase; 6] =
    [Phase::Planned, Phase::Readiness, Phase::RollingOut, Phase::Baking, Phase::Verifying, Phase::Done];
const BACK: [Phase; 4] = [Phase::Planned, Phase::RollingOut, Phase::RollingBack, Phase::RolledBack];
const FAILED: [Phase; 3] = [Phase::Planned, Phase::RollingOut, Phase::Failed];

/// The track in at most `cells`: all phases where they fit, else the neighbours of the present one and its number.
pub(crate) fn track(scene: &Scene<'_>, phase: Phase, cells: usize) -> Strip {
    let phases: &[Phase] = match phase {
        Phase::RollingBack | Phase::RolledBack => &BACK,
        Phase::Failed => &FAILED,
        Phase::Unknown => return scene.look.status(Level::Unknown, "phase unknown"),
        _ => &FORWARD,
    };
    let now = phases.iter().position(|other| *other == phase).unwrap_or(0);
    let full = drawn(scene, phases, now, 0, phases.len());
    if full.width() <= cells {
        return full;
    }
    let count = format!("  {}/{}", now + 1, phases.len());
    let near =
        drawn(scene, phases, now, now.saturating_sub(1), (now + 2).min(phases.len())).put(&count, scene.look.text());
    if near.width() <= cells {
        return near;
    }
    drawn(scene, phases, now, now, now + 1).put(count, scene.look.text())
}

fn drawn(scene: &Scene<'_>, phases: &[Phase], now: usize, first: usize, end: usize) -> Strip {
    let look = scene.look;
    let mut line = Strip::new();
    for (index, phase) in phases.iter().enumerate().take(end).skip(first) {
        if index > first {
            line = line.put(format!(" {} ", look.glyphs.path), look.dim());
        }
        line = if index == now {
            line.join(look.status(level(*phase), "").put(phase.word(), look.bold()))
        } else {
            line.put(phase.word(), look.dim())
        };
    }
    line
}

/// What a phase alone says about how much it needs a person.
pub(crate) const fn level(phase: Phase) -> Level {
    match phase {
        Phase::Planned | Phase::Readiness => Level::Wait,
        Phase::RollingOut | Phase::Baking | Phase::Verifying => Level::Run,
        Phase::Done => Level::Ok,
        Phase::RollingBack | Phase::RolledBack => Level::Watch,
        Phase::Failed => Level::Bad,
        Phase::Unknown => Level::Unknown,
    }
}
