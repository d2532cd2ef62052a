//! What was recorded about a run, the newest first.

use crate::{
    domain::run::Run,
    tui::{frame::Content, scene::Scene, strip::Strip},
};

pub(super) fn content(scene: &Scene<'_>, run: &Run, height: usize) -> Content {
    let look = scene.look;
    let events = scene.model.shown_ledger().newest.iter().filter(|recorded| recorded.event.target == run.id);
    let lines: Vec<Strip> = events
        .take(height)
        .map(|recorded| {
            let event = &recorded.event;
            let told =
                ["step", "outcome", "words", "how", "ending"].iter().filter_map(|name| event.data.get(*name)?.as_str());
            let told: Vec<&str> = told.collect();
            let why = recorded.why().map(|why| format!("  \"{why}\"")).unwrap_or_default();
            Strip::of(scene.clock(event.ts), look.dim())
                .put(format!("  {:<10} ", recorded.who()), look.text())
                .put(event.action.trim_start_matches("run."), look.bold())
                .put(format!("  {}{why}", told.join("  ")), look.text())
        })
        .collect();
    Content {
        title: Strip::of("Recorded", look.bold()),
        right: Strip::of(format!("plan {}", run.hash.short()), look.dim()),
        lines,
    }
}
