//! Pane 8 and the screen of the same name: every connection, its age, and what is unknown because of it.

use crate::{
    app::{model::List, rows},
    domain::{
        feed::Freshness,
        level::Level,
        picture::{FeedView, SourceView},
        time::Span,
    },
    tui::{
        frame::Content,
        list::Window,
        number,
        scene::Scene,
        strip::{Strip, wrap},
        table::{Column, Layout},
    },
};

/// The table of sources.
pub(crate) fn content(scene: &Scene<'_>, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let found = rows::sources(scene.model);
    let selected = scene.chosen(List::Sources, &found);
    let sources: Vec<&SourceView> = found.into_iter().map(|row| row.item).collect();
    let title = Strip::of("Sources", look.bold());
    let fresh = sources.iter().filter(|source| source.level == Level::Ok).count();
    let right = Strip::of(format!("{fresh}/{} fresh", sources.len()), look.text());
    if sources.is_empty() {
        let line = look.status(Level::Unknown, "no source is configured: nothing can be known");
        return Content { title, right, lines: vec![line] };
    }
    let headed = height > 2;
    let window = Window::of(sources.len(), selected, height.saturating_sub(usize::from(headed)));
    let rows: Vec<Vec<Strip>> =
        sources.iter().skip(window.first).take(window.shown).map(|source| row(scene, source)).collect();
    let columns = [
        Column::text("SOURCE", 8, 24, 0),
        Column::text("STATE", 9, 12, 0),
        Column::number("AGE", 4, 0),
        Column::number("POLL", 4, 4),
        Column::number("P50", 4, 5),
        Column::number("ERR 1h", 6, 3),
        Column::text("KIND", 6, 14, 6),
        Column::text("EFFECT", 14, 90, 1),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let focused = scene.has_keys(List::Sources);
    let mut lines: Vec<Strip> = headed.then(|| layout.heading(look)).into_iter().collect();
    lines.extend(rows.iter().enumerate().map(|(index, row)| {
        let line = layout.line(row, look);
        if selected == Some(window.first + index) && focused { line.filled(cells, look.selection()) } else { line }
    }));
    if window.rest {
        lines.push(window.rest_line(sources.iter().map(|source| source.level), look));
    }
    Content { title, right, lines }
}

fn row(scene: &Scene<'_>, source: &SourceView) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let unknown = || Strip::of(number::UNKNOWN, look.words(Level::Unknown));
    let state = if source.word == "STALE" {
        Strip::of(look.glyphs.stale, look.level(source.level)).put(" STALE", look.words(source.level))
    } else {
        look.status(source.level, &source.word)
    };
    let interval = source.feeds.iter().map(|feed| feed.interval).min();
    let effect = source.effects.first().map_or_else(
        || source.error.as_ref().map(|error| error.kind.word().to_owned()).unwrap_or_default(),
        Clone::clone,
    );
    let errors =
        Strip::of(source.errors_last_hour.to_string(), if source.errors_last_hour > 0 { look.bold() } else { text });
    vec![
        Strip::of(source.name.as_str(), text),
        state,
        source.age.map_or_else(unknown, |age| Strip::of(scene.aged(age).age(), text)),
        interval.map_or_else(unknown, |span| Strip::of(span.to_string(), text)),
        source.latency.map_or_else(unknown, |span| Strip::of(latency(span), text)),
        errors,
        Strip::of(&source.kind, look.dim()),
        Strip::of(effect, text),
    ]
}

fn latency(span: Span) -> String {
    if span.millis() < 1_000 { format!("{}ms", span.millis()) } else { format!("{:.1}s", span.secs()) }
}

/// Everything about one source.
pub(crate) fn detail(scene: &Scene<'_>, source: &SourceView, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let mut lines = vec![
        Strip::of(source.name.as_str(), look.bold())
            .put(format!("  {}", source.kind), text)
            .put("  ", text)
            .put(&source.endpoint, look.style(crate::tui::theme::Role::Link)),
    ];
    let mut told = |level: Level, words: &str, indent: &str| {
        for (index, part) in wrap(words, cells.saturating_sub(4)).into_iter().enumerate() {
            let start = Strip::of("  ", text);
            lines.push(if index == 0 {
                start.join(look.status(level, &format!("{indent}{part}")))
            } else {
                start.put(format!("  {part}"), text)
            });
        }
    };
    if let Some(error) = &source.error {
        let since = source.failing_since.map(|at| format!(" since {}", scene.clock(at))).unwrap_or_default();
        told(Level::Bad, &format!("{error}{since}"), "");
    }
    for effect in &source.effects {
        told(source.level, &format!("effect: {effect}"), "");
    }
    for gap in &source.gaps {
        told(Level::Watch, &format!("partial: {}: {}", gap.what, gap.why), "");
    }
    let next = source.next.map(|at| {
        if at <= scene.model.now && !scene.model.ui.low_bandwidth {
            "asked now".to_owned()
        } else {
            format!("asked again in {}", scene.until(at).age())
        }
    });
    let skew = source.skew_millis.map(|millis| format!("its clock {:+.1} s", millis as f64 / 1_000.0));
    let failures = Some(format!("{} failures in 1h", source.errors_last_hour));
    let facts: Vec<String> = [next, failures, skew].into_iter().flatten().collect();
    lines.push(Strip::of(format!("  {}", facts.join(&format!(" {} ", look.glyphs.dot))), text));
    lines.extend(source.feeds.iter().map(|feed| feed_line(scene, feed)));
    lines
}

fn feed_line(scene: &Scene<'_>, feed: &FeedView) -> Strip {
    let look = scene.look;
    let (level, word) = match feed.freshness {
        Freshness::Fresh => (Level::Ok, "fresh"),
        Freshness::Ageing => (Level::Watch, "ageing"),
        Freshness::Stale => (Level::Unknown, "stale"),
        Freshness::Never => (Level::Wait, "no answer yet"),
    };
    let age = feed.age.map_or_else(|| number::UNKNOWN.to_owned(), |age| scene.aged(age).age());
    let old = if feed.freshness == Freshness::Never { ",".to_owned() } else { format!(" {age} old,") };
    let line = Strip::of("  ", look.text())
        .join(look.status(level, &feed.name))
        .at(24)
        .put(format!("{word}{old} asked every {}", feed.interval), look.text());
    match &feed.error {
        Some(error) => line.put(format!("  {error}"), look.words(Level::Bad)),
        None => line,
    }
}
