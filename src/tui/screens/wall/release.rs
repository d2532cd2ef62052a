//! One release: its state in block letters, five numbers, a chart, and what the others do.

use super::{headline, numbers, state, status};
use crate::{
    app::wall::Wall,
    domain::release::Release,
    tui::{list, panes, scene::Scene, strip::Strip, verdict},
};

/// The least lines that a chart with its title needs.
const CHART: usize = 7;

pub(super) fn lines(scene: &Scene<'_>, wall: &Wall, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let state = state::of_release(scene, wall, release);
    let others = usize::from(scene.picture.releases.len() > 1);
    let gap = usize::from(height >= 20);
    let numbers = if wall.big { Vec::new() } else { numbers::lines(scene, release, cells, height >= 46) };
    // The numbers and the others have their lines; the letters grow into those of the chart where that does not fit anyway.
    let for_headline = height.saturating_sub(others + numbers.len() + 2 * gap);
    let headline = |letters| headline::lines(scene, &state, cells, for_headline, letters);
    let letters = super::for_letters(wall, height);
    let mut lines = headline(letters);
    let room = for_headline.saturating_sub(lines.len());
    if room > 0 && room <= CHART {
        lines = headline(letters + room);
    }
    lines.resize(lines.len() + gap, Strip::new());
    lines.extend(numbers);
    let room = height.saturating_sub(lines.len() + others + gap);
    if room > CHART && !wall.big {
        lines.push(Strip::new());
        lines.extend(panes::chart::short(scene, release, cells, room - 1));
    }
    lines.resize(height.saturating_sub(others), Strip::new());
    if others > 0 {
        lines.push(strip_of_others(scene, release, cells));
    }
    lines
}

/// `OTHERS  ✓ payments 7.3.1 RUN   ▲ search …  +3 ▲1 ✓2`.
fn strip_of_others(scene: &Scene<'_>, release: &Release, cells: usize) -> Strip {
    let look = scene.look;
    let others: Vec<&Release> = scene.picture.releases.iter().filter(|other| other.id != release.id).collect();
    let mut line = status::title(scene, "OTHERS");
    for (index, other) in others.iter().enumerate() {
        let next = Strip::of("   ", look.text())
            .put(look.glyph(verdict::level(scene, other)), look.level(verdict::level(scene, other)))
            .put(format!(" {} ", other.name), look.bold())
            .put(
                verdict::short(scene, other, true).text().chars().skip(2).collect::<String>(),
                look.words(verdict::level(scene, other)),
            );
        let rest: Vec<_> = others.iter().skip(index).map(|other| other.level).collect();
        let count = Strip::of(format!("   +{} ", rest.len()), look.text()).join(list::counts(&rest, look));
        let reserve = if index + 1 < others.len() { count.width() } else { 0 };
        if line.width() + next.width() + reserve > cells {
            return line.join(count);
        }
        line = line.join(next);
    }
    line
}
