//! The dialog that takes WRITE mode.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{command::input_line, middle, window};
use crate::{
    app::write_mode::ARMING,
    domain::time::{Span, Timestamp},
    tui::{
        frame::{self, Content},
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// What it means, below the question.
const MEANING: &str = "For ten minutes this console may change things there. It is READ-ONLY again after five minutes without \
                       a key, after two minutes out of focus, after a suspend, and in any other environment.";

/// Draws it.
pub(super) fn draw(
    scene: &Scene<'_>,
    reason: &str,
    environment: &str,
    opened: Timestamp,
    area: Rect,
    buffer: &mut Buffer,
) {
    let look = scene.look;
    let cells = usize::from(area.width.min(76).saturating_sub(4));
    let mut lines = vec![input_line(scene, "why: ", reason, cells), Strip::new()];
    lines.extend(wrap(MEANING, cells).into_iter().map(|line| Strip::of(line, look.text())));
    let place = middle(area, 76, frame::cells(lines.len() + 2));
    let armed = scene.model.setup.patience(ARMING) <= Span::between(opened, scene.model.now);
    let keys = if armed { "Enter takes it  Esc leaves it" } else { "takes keys in 0.8 s" };
    let production =
        scene.picture.releases.iter().any(|release| release.production && release.environment == environment);
    let role = if production { Role::EnvProd } else { Role::EnvStage };
    let content = Content {
        title: Strip::of("WRITE mode in ", look.bold()).put(format!(" {environment} "), look.style(role)),
        right: Strip::of(keys, look.text()),
        lines,
    };
    window(scene, &content, place, buffer);
}
