//! The line under the header of a release: the verdict, why, what would change it, and how old that is.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{list, panes::checks, scene::Scene, strip::Strip};
use crate::{
    app::rows,
    domain::{
        level::Level,
        release::Release,
        verdict::{Verdict, Word, reason::Effect},
    },
};

/// The verdict on `release`; `None` for one that is over, or on its way back.
pub(crate) fn of<'a>(scene: &Scene<'a>, release: &Release) -> Option<&'a Verdict> {
    scene.model.shown_verdicts().get(&release.id)
}

/// Glyph and words for a table: `✗ ROLL BACK, error rate fired`; in a `narrow` one the word alone.
pub(crate) fn short(scene: &Scene<'_>, release: &Release, narrow: bool) -> Strip {
    let star = scene.star(release, |changed| changed.state);
    let words = match of(scene, release) {
        Some(verdict) if narrow => word(scene, release, verdict),
        _ => words(scene, release),
    };
    scene.look.status(level(scene, release), &words).put(star, scene.look.bold())
}

/// How much it needs a person; one that is held is never quiet.
pub(crate) fn level(scene: &Scene<'_>, release: &Release) -> Level {
    rows::verdict_level(scene.model, release)
}

/// The verdict's word, with a decision of people that stands against it.
fn word(scene: &Scene<'_>, release: &Release, verdict: &Verdict) -> String {
    let computed = verdict.word.word();
    match (checks::held(scene, release), verdict.word) {
        (None, _) => computed.to_owned(),
        (Some(held), Word::Hold) => held,
        (Some(held), Word::RollBack) => format!("{computed}, {held}"),
        (Some(held), Word::Go | Word::Unknown) => format!("{held}, says {computed}"),
    }
}

/// Its state in a few words: the verdict and the short reason that decided it. Without a verdict a decision against it first, then the
/// worst fact.
pub(crate) fn words(scene: &Scene<'_>, release: &Release) -> String {
    if let Some(verdict) = of(scene, release) {
        let word = word(scene, release, verdict);
        let deciding = verdict.deciding().filter(|reason| verdict.word != Word::Go && reason.short != "unknown");
        return match deciding {
            Some(reason) => format!("{word}, {}", reason.short),
            None => word,
        };
    }
    match checks::held(scene, release) {
        Some(word) if release.level >= Level::Watch => format!("{word}, {}", release.headline()),
        Some(word) => word,
        None => release.headline().to_owned(),
    }
}

/// Why, the heaviest first: the reasons that are in the way, what people decided, what would change it; of a GO what it rests on.
pub(crate) fn why(scene: &Scene<'_>, release: &Release) -> Vec<(Level, String)> {
    let Some(verdict) = of(scene, release) else {
        return release.reasons.iter().map(|reason| (reason.level, reason.text.clone())).collect();
    };
    let in_the_way = |effect: Effect| verdict.word == Word::Go || effect > Effect::Supports;
    let mut lines: Vec<(Level, String)> = verdict
        .reasons
        .iter()
        .filter(|reason| in_the_way(reason.effect))
        .map(|reason| (reason.level(), reason.text.clone()))
        .collect();
    let at = usize::from(!lines.is_empty());
    if verdict.go_at.is_some() {
        lines.insert(at, (Level::Wait, verdict.change(scene.model.now)));
    }
    if let Some(human) = verdict.human.as_ref().filter(|human| human.is_disputed()) {
        lines.insert(at, (Level::Watch, human.words()));
    }
    lines
}

/// How old the oldest of the data is that the release is judged by.
pub(crate) fn data_age(scene: &Scene<'_>, release: &Release) -> String {
    release.data_at.map_or_else(|| "?".to_owned(), |at| scene.since(at).age())
}

/// Draws the verdict line into the first line of `area`.
pub(crate) fn draw(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let text = look.text();
    let level = level(scene, release);
    let style = look.badge(level);
    let words = match of(scene, release) {
        Some(verdict) => word(scene, release, verdict),
        None => words(scene, release),
    };
    let age = match release.data_at {
        Some(_) if width >= 100 => format!("data {} old ", data_age(scene, release)),
        Some(_) => format!("{} old ", data_age(scene, release)),
        None => "data age ? ".to_owned(),
    };
    let age = Strip::of(age, text);
    let mut line = Strip::of(" ", text)
        .put(format!(" {} {words}{} ", look.glyph(level), scene.star(release, |changed| changed.state)), style)
        .put("  ", text);
    let room = width.saturating_sub(age.width() + 2);
    let reasons = why(scene, release);
    if reasons.is_empty() {
        line = line.put(release.phase.word(), text);
    }
    for (index, (_, reason)) in reasons.iter().enumerate() {
        let gap = if index == 0 { String::new() } else { format!(" {} ", look.glyphs.dot) };
        let more = reasons.len() - index;
        let next = Strip::of(gap, look.dim()).put(reason, if index == 0 { look.bold() } else { text });
        // One that does not fit is counted, not cut away, unless it is the first: that one is shortened, and the rest counted.
        let rest = count(scene, &reasons, index);
        let for_rest = if more > 1 { count(scene, &reasons, index + 1).width() } else { 0 };
        if index > 0 && line.width() + next.width() + for_rest > room {
            line = line.join(rest);
            break;
        }
        let left = room.saturating_sub(line.width() + for_rest);
        line = line.join(next.fitted(left, look.glyphs.ellipsis));
    }
    line.fitted(room, look.glyphs.ellipsis).right(age, width).draw(buffer, area.x, area.y, area.width);
}

/// `  +3 ▲`: how many reasons there are from the one at `first` on, and the worst of them.
fn count(scene: &Scene<'_>, reasons: &[(Level, String)], first: usize) -> Strip {
    let levels: Vec<Level> = reasons.iter().skip(first).map(|(level, _)| *level).collect();
    Strip::of(format!("  +{} ", levels.len()), scene.look.text()).join(list::worst(&levels, scene.look))
}
