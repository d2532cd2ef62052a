//! Panes whose matter is not configured.

use crate::tui::{
    frame::Content,
    scene::Scene,
    strip::{Strip, wrap},
};

/// Triggers and promotion criteria.
pub(super) fn triggers(scene: &Scene<'_>, cells: usize) -> Content {
    not_configured(scene, cells, "Triggers", "not configured: rollback criteria come here")
}

fn not_configured(scene: &Scene<'_>, cells: usize, title: &str, text: &str) -> Content {
    let look = scene.look;
    Content {
        title: Strip::of(title, look.bold()),
        right: Strip::new(),
        lines: wrap(text, cells).into_iter().map(|line| Strip::of(line, look.dim())).collect(),
    }
}
