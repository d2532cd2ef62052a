//! What lies over a screen and takes the keys.

use ratatui::{buffer::Buffer, layout::Rect};

use super::scene::Scene;

/// Draws the overlay that is open, if there is one.
pub(crate) fn draw(_scene: &Scene<'_>, _area: Rect, _buffer: &mut Buffer) {}
