//! One burn rate as a cell: its number, its weight, and what the number is worth.

use crate::domain::level::Level;
use crate::{
    domain::slo::{
        definition::Window,
        reading::DataState,
        status::{Budget, PairSeverity, SloStatus},
    },
    tui::{number, scene::Scene, strip::Strip, theme::Role},
};

/// The burn over `window`: red over the page's factor, marked over the ticket's, `?` where it is not known. A value whose data are not
/// whole is kept, dimmed, behind the glyph of staleness.
pub(crate) fn cell(scene: &Scene<'_>, slo: &SloStatus, window: Window) -> Strip {
    let look = scene.look;
    let Some(burn) = slo.burn(window) else { return Strip::of(number::UNKNOWN, look.words(Level::Unknown)) };
    let text = number::burn(burn.rate);
    if text == number::UNKNOWN {
        return Strip::of(text, look.words(Level::Unknown));
    }
    match burn.state {
        DataState::Ok => {}
        DataState::Warming { .. } | DataState::Partial { .. } => {
            return Strip::of("~", look.style(Role::Unknown)).put(text, look.text());
        }
        _ => return Strip::of(look.glyphs.stale, look.style(Role::Unknown)).put(text, look.dim()),
    }
    let over = |severity| {
        // Alerting counts the uncovered part of a window as good.
        let rate = burn.effective().unwrap_or_default();
        slo.pairs.iter().any(|pair| {
            pair.severity == severity && (pair.long == window || pair.short == window) && rate > pair.factor
        })
    };
    if over(PairSeverity::Page) {
        Strip::of(text, look.words(Level::Bad))
    } else if over(PairSeverity::Ticket) {
        Strip::of(text, look.words(Level::Watch))
    } else {
        Strip::of(text, look.text())
    }
}

/// The same, and nothing where a version was never measured over `window`: what was not asked is not unknown.
pub(crate) fn asked(scene: &Scene<'_>, slo: &SloStatus, window: Window) -> Strip {
    let asked = slo.key.version.is_none() || slo.burn(window).is_some_and(|burn| !burn.query.is_empty());
    if asked { cell(scene, slo, window) } else { Strip::new() }
}

/// The share of the budget that is left; like a burn, kept and marked where its data are not whole.
pub(crate) fn left(scene: &Scene<'_>, budget: &Budget) -> Strip {
    let look = scene.look;
    let text = number::whole_percent(budget.remaining);
    match (budget.remaining.filter(|left| left.is_finite()), &budget.state) {
        (None, _) => Strip::of(text, look.words(Level::Unknown)),
        (Some(_), DataState::Warming { .. } | DataState::Partial { .. }) => {
            Strip::of("~", look.style(Role::Unknown)).put(text, look.text())
        }
        (Some(left), DataState::Ok) if left <= 0.0 => Strip::of(text, look.words(Level::Bad)),
        (Some(left), DataState::Ok) if left < 0.25 => Strip::of(text, look.words(Level::Watch)),
        (Some(_), DataState::Ok) => Strip::of(text, look.text()),
        (Some(_), _) => Strip::of(look.glyphs.stale, look.style(Role::Unknown)).put(text, look.dim()),
    }
}

/// What a table says beside the numbers: nothing where all is well, else the word of the data state.
pub(super) fn state(scene: &Scene<'_>, slo: &SloStatus) -> Strip {
    let look = scene.look;
    match &slo.state {
        DataState::Ok => Strip::new(),
        DataState::Warming { coverage } => look.status(Level::Unknown, &format!("WARMING {:.0} %", coverage * 100.0)),
        DataState::Stale { age } => Strip::of(look.glyphs.stale, look.style(Role::Unknown))
            .put(format!(" STALE {}", scene.aged(*age).age()), look.words(Level::Unknown)),
        state => look.status(Level::Unknown, state.word()),
    }
}
