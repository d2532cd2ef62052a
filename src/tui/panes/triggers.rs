//! Pane 6: the rollback triggers, how close each is to firing, and how far the promotion criterion is.

use crate::{
    domain::{
        level::Level,
        release::Release,
        trigger::{
            Act,
            promotion::Met,
            state::{Standing, TriggerState},
        },
        verdict::Verdict,
    },
    tui::{
        frame::Content,
        scene::Scene,
        strip::{Strip, wrap},
        table::{Column, Layout},
        theme::Role,
    },
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let title = Strip::of("Triggers", look.bold());
    let Some(verdict) = scene.model.shown_verdicts().get(&release.id) else {
        let why = format!("nothing is judged: the release is {}", release.phase.word());
        let lines = wrap(&why, cells).into_iter().map(|line| Strip::of(line, look.dim())).collect();
        return Content { title, right: Strip::new(), lines };
    };
    let right = verdict
        .triggers
        .iter()
        .map(|standing| standing.look.at)
        .min()
        .map_or_else(Strip::new, |at| Strip::of(format!("oldest look {} old", scene.since(at).age()), look.text()));
    let fired = verdict.triggers.iter().filter(|one| matches!(one.state, TriggerState::Fired { .. })).count();
    let title = if fired > 0 { title.put(format!("  {fired} fired"), look.words(Level::Bad)) } else { title };
    Content { title, right, lines: lines(scene, verdict, cells, height) }
}

/// In a pane of fewer cells a reading and what is said of it share a column, so that neither is cut away for the other.
const NARROW: usize = 84;

fn lines(scene: &Scene<'_>, verdict: &Verdict, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    // What there is nothing to judge of says nothing, unless all of it is like that.
    let idle = |standing: &&Standing| matches!(standing.state, TriggerState::Idle { .. });
    let mut standings: Vec<&Standing> = verdict.triggers.iter().filter(|one| !idle(one)).collect();
    if standings.is_empty() {
        standings.extend(&verdict.triggers);
    }
    standings.sort_by_key(|standing| std::cmp::Reverse(standing.state.level()));
    let services: std::collections::BTreeSet<&str> = standings.iter().map(|one| one.service.as_str()).collect();
    let several = services.len() > 1;
    let narrow = cells < NARROW;
    let rows: Vec<Vec<Strip>> = standings.iter().map(|standing| row(scene, standing, several, narrow)).collect();
    let columns: &[Column] = if narrow {
        &[
            Column::text("", 7, 13, 0),
            Column::text("", 10, 30, 0),
            Column::text("", 8, 12, 1),
            Column::text("", 8, 90, 0),
        ]
    } else {
        &[
            Column::text("", 13, 13, 0),
            Column::text("", 10, 30, 0),
            Column::text("", 6, 34, 0),
            Column::text("", 12, 12, 1),
            Column::text("", 8, 90, 0),
        ]
    };
    let layout = Layout::of(columns, &rows, cells);
    let promotion = promotion(scene, verdict);
    // Evidence has a line of its own where all of it has room.
    let roomy = height > standings.len() * 2 + 1 + promotion.len();
    let mut lines = Vec::new();
    if standings.is_empty() {
        lines.push(look.status(Level::Wait, "triggers are judged once something has moved"));
    }
    for (standing, row) in standings.into_iter().zip(&rows) {
        lines.push(layout.line(row, look));
        let evidence = &standing.look.evidence.text;
        if roomy && !evidence.is_empty() {
            lines.extend(
                wrap(evidence, cells.saturating_sub(4))
                    .into_iter()
                    .map(|part| Strip::of(format!("    {part}"), look.dim())),
            );
        }
    }
    lines.extend(promotion);
    lines
}

fn row(scene: &Scene<'_>, standing: &Standing, several: bool, narrow: bool) -> Vec<Strip> {
    let look = scene.look;
    let kind = standing.trigger.condition.kind();
    let name = if several { format!("{kind}, {}", standing.service) } else { kind.to_owned() };
    let level = standing.state.level();
    let patience = standing.trigger.patience();
    let limit =
        if patience.is_empty() { standing.look.limit.clone() } else { format!("{} {patience}", standing.look.limit) };
    let limit = match standing.trigger.act {
        Act::Advise => limit,
        act => format!("{limit}, then {} after {}", act.word(), standing.trigger.countdown),
    };
    let why = match &standing.state {
        TriggerState::Fired { since, cannot_clear: Some(why) } => {
            format!("{}, cannot clear: {why}", scene.since(*since).age())
        }
        TriggerState::Fired { since, .. } => format!("for {}, limit {limit}", scene.since(*since).age()),
        TriggerState::Armed { why, .. } => format!("{why}, limit {limit}"),
        TriggerState::CannotTell { why } => format!("cannot clear: {why}"),
        TriggerState::Early { why, until } => {
            until.map_or_else(|| why.clone(), |until| format!("{why}, {} to go", scene.until(until).age()))
        }
        TriggerState::Idle { why } => why.clone(),
        TriggerState::Clear => format!("limit {limit}"),
    };
    let close = standing.look.closeness.map_or_else(Strip::new, |close| {
        let percent = (close * 100.0).clamp(0.0, 999.0);
        let bar = scene.bar(Some(close.clamp(0.0, 1.0)), 6, Role::Accent);
        bar.put(format!(" {percent:.0} %"), look.text())
    });
    let state = look.status(level, standing.state.word());
    let name = Strip::of(name, look.text());
    let reading = Strip::of(&standing.look.reading, if level >= Level::Watch { look.bold() } else { look.text() });
    if narrow {
        let known = reading.width() > 0 && standing.look.reading != "?";
        let told = if known { reading.put("  ", look.text()) } else { Strip::new() };
        return vec![state, name, close, told.put(why, look.text())];
    }
    vec![state, name, reading, close, Strip::of(why, look.text())]
}

/// Since when it is compliant, and until when it must be.
fn promotion(scene: &Scene<'_>, verdict: &Verdict) -> Vec<Strip> {
    let look = scene.look;
    let progress = &verdict.promotion;
    let criterion = progress.criterion;
    let due = if verdict.promotion_due { ", due next" } else { "" };
    let head = format!("promotion  compliant for {} before {}{due}: ", criterion.lasting, criterion.before.words());
    let counted = format!("{} of {} evaluations", progress.passed, criterion.evaluations());
    let since = progress.since.map_or_else(String::new, |since| format!(" since {}", scene.clock(since)));
    let (level, told) = match progress.met {
        Met::Yes => (Level::Ok, format!("holds{since}, {counted}")),
        Met::At(at) => (Level::Wait, format!("{counted}{since}, until {}", scene.clock(at))),
        Met::Paused => (Level::Paused, format!("PAUSED, something is not known, {counted}{since}")),
        Met::Broken => {
            (Level::Watch, "BROKEN, something is over its limit: it begins anew when all is within".to_owned())
        }
    };
    vec![
        Strip::of(look.glyph(level), look.level(level))
            .put(format!(" {head}"), look.text())
            .put(told, look.words(level)),
    ]
}
