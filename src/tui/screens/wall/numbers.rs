//! The five numbers of a release: how far, how fast it burns, what is left, who was called, how old all of that is.

use super::{headline, letters, letters::Letters, state};
use crate::app::rows;
use crate::{
    domain::{
        alert::AlertState,
        level::Level,
        release::Release,
        slo::{
            definition::Window,
            reading::DataState,
            status::{Burn, PairSeverity, SloStatus},
        },
    },
    tui::{
        facts, number,
        panes::{alerts, burn, position, share},
        scene::Scene,
        strip::Strip,
        theme::Role,
        verdict,
    },
};

/// One of them.
struct Number {
    label: String,
    level: Level,
    value: Strip,
    /// What it means, in small.
    note: String,
    /// The filled share of a bar.
    bar: Option<f64>,
}

/// The numbers side by side in so many cells: a label, the value, a bar or a note; in block letters where `large`.
pub(super) fn lines(scene: &Scene<'_>, release: &Release, cells: usize, large: bool) -> Vec<Strip> {
    let numbers = [
        progress(scene, release),
        burning(scene, release),
        budget(scene, release),
        calls(scene, release),
        age(scene, release),
    ];
    // How far, how fast and how old stay longest.
    let fits = |index: usize| match index {
        3 => cells >= 70,
        2 => cells >= 56,
        _ => true,
    };
    let numbers: Vec<&Number> =
        numbers.iter().enumerate().filter(|(index, _)| fits(*index)).map(|(_, number)| number).collect();
    let column = cells / numbers.len().max(1);
    let inner = column.saturating_sub(3);
    let look = scene.look;
    let row = |cell: &dyn Fn(&Number) -> Strip| {
        numbers.iter().enumerate().fold(Strip::new(), |line, (index, number)| {
            let cell = cell(number).fitted(inner, look.glyphs.ellipsis);
            if index == 0 { line.join(cell) } else { line.at(index * column).join(cell) }
        })
    };
    let mut lines = vec![row(&|number| Strip::of(&number.label, look.style(Role::Title)))];
    let texts: Vec<String> = numbers.iter().map(|number| in_font(&number.value)).collect();
    if let Some(letters) = Letters::alike(texts.iter().map(String::as_str), inner).filter(|_| large) {
        let drawn: Vec<Vec<Strip>> =
            numbers.iter().zip(letters).map(|(number, letters)| in_blocks(scene, number, &letters)).collect();
        for place in 0..drawn.iter().map(Vec::len).max().unwrap_or(0) {
            lines.push(drawn.iter().enumerate().fold(Strip::new(), |line, (index, drawn)| {
                let part = drawn.get(place).cloned().unwrap_or_default();
                if index == 0 { part } else { line.at(index * column).join(part) }
            }));
        }
        lines.push(Strip::new());
    } else {
        lines.push(row(&|number| {
            // Doubt is in the value itself.
            let sign = match number.level {
                Level::Bad | Level::Watch => look.status(number.level, ""),
                _ => Strip::new(),
            };
            sign.join(number.value.clone())
        }));
    }
    lines.push(row(&|number| match number.bar {
        Some(_) => scene.bar(number.bar, inner.min(24), Role::Chart1),
        None => Strip::of(&number.note, look.text()),
    }));
    lines
}

/// A value as block letters write it: the sign of doubt before it is told by what the letters are made of.
///
/// A burn of two digits needs no fraction from afar: the exact one stands among the reasons.
fn in_font(value: &Strip) -> String {
    let text = value.text();
    let text = match text.strip_suffix('x').and_then(|rate| rate.split_once('.')) {
        Some((whole, _)) if whole.chars().filter(char::is_ascii_digit).count() > 1 => format!("{whole}x"),
        _ => text,
    };
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '%' | '-' | '?' | '<')).collect()
}

fn in_blocks(scene: &Scene<'_>, number: &Number, letters: &Letters) -> Vec<Strip> {
    let look = scene.look;
    let style = match number.level {
        Level::Bad | Level::Watch | Level::Unknown => headline::colour(look, number.level),
        _ => letters::solid(look.text()),
    };
    letters.lines(headline::pixel(look, number.level == Level::Unknown), style, style)
}

fn progress(scene: &Scene<'_>, release: &Release) -> Number {
    let look = scene.look;
    let component = facts::leading(scene, release);
    let workload = component.and_then(|component| component.workload.as_ref());
    let old = component
        .and_then(|component| component.key.as_ref())
        .is_some_and(|key| state::doubts(scene.picture).any(|source| source.name == key.source));
    let label = workload.and_then(position).map_or_else(|| "TRAFFIC".to_owned(), |step| format!("STEP {step}"));
    let actual = workload.and_then(|workload| workload.traffic.actual.map(|units| (units, workload.traffic.max)));
    let Some((units, max)) = actual else {
        return Number { label, level: Level::Unknown, value: unknown(scene), note: String::new(), bar: None };
    };
    Number {
        label,
        level: if old { Level::Unknown } else { Level::Run },
        value: if old {
            kept(scene, &share(Some(units), max))
        } else {
            Strip::of(share(Some(units), max), look.bold())
        },
        note: String::new(),
        bar: Some(f64::from(units) / f64::from(max.max(1))),
    }
}

/// The loudest SLO of the whole service: by level, then by burn.
fn loudest<'a>(scene: &Scene<'a>, release: &'a Release) -> Option<&'a SloStatus> {
    let rate = |slo: &SloStatus| hour(slo).and_then(Burn::effective).filter(|rate| rate.is_finite()).unwrap_or(0.0);
    rows::slos_of(scene.picture, release)
        .filter(|slo| slo.key.version.is_none())
        .max_by(|a, b| a.level.cmp(&b.level).then(rate(a).total_cmp(&rate(b))))
}

fn hour(slo: &SloStatus) -> Option<&Burn> {
    slo.burn(Window::from_hours(1))
}

fn burning(scene: &Scene<'_>, release: &Release) -> Number {
    let label = "BURN 1h".to_owned();
    let Some(slo) = loudest(scene, release) else {
        return Number { label, level: Level::Unknown, value: unknown(scene), note: "no SLO".to_owned(), bar: None };
    };
    let page = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page).min_by_key(|pair| pair.long);
    let note = page.map_or_else(|| slo.key.slo.clone(), |pair| format!("page at {}", number::burn(Some(pair.factor))));
    let value = burn::cell(scene, slo, Window::from_hours(1));
    let sure = hour(slo).is_some_and(|burn| burn.state == DataState::Ok && burn.rate.is_some_and(f64::is_finite));
    let level = if sure { slo.level } else { Level::Unknown };
    Number { label, level, value, note, bar: None }
}

fn budget(scene: &Scene<'_>, release: &Release) -> Number {
    let label = "BUDGET LEFT".to_owned();
    let worth = |slo: &SloStatus| slo.budget.remaining.filter(|left| left.is_finite()).unwrap_or(f64::NEG_INFINITY);
    let least = rows::slos_of(scene.picture, release)
        .filter(|slo| slo.key.version.is_none())
        .min_by(|a, b| worth(a).total_cmp(&worth(b)));
    let Some(slo) = least else {
        return Number { label, level: Level::Unknown, value: unknown(scene), note: "no SLO".to_owned(), bar: None };
    };
    let value = burn::left(scene, &slo.budget);
    let remaining = slo.budget.remaining.filter(|left| left.is_finite());
    let level = match remaining {
        _ if slo.budget.state != DataState::Ok => Level::Unknown,
        None => Level::Unknown,
        Some(left) if left <= 0.0 => Level::Bad,
        Some(left) if left < 0.25 => Level::Watch,
        Some(_) => Level::Run,
    };
    let note = format!("{} {}", slo.key.service, slo.key.slo);
    Number { label, level, value, note, bar: remaining.map(|left| left.max(0.0)) }
}

fn calls(scene: &Scene<'_>, release: &Release) -> Number {
    let label = "ALERTS".to_owned();
    let all = facts::alerts(scene, release);
    if all.iter().any(|alert| alert.stale) || !super::super::board::alerts_known(scene) {
        let note = "nobody says".to_owned();
        return Number { label, level: Level::Unknown, value: unknown(scene), note, bar: None };
    }
    let firing: Vec<_> = all.into_iter().filter(|alert| alert.alert.state == AlertState::Active).collect();
    let level = firing.iter().map(|alert| alerts::level(alert)).max().unwrap_or(Level::Ok);
    let pages = firing.iter().filter(|alert| alerts::level(alert) == Level::Bad).count();
    let note = match (pages, firing.len()) {
        (_, 0) => "none fires".to_owned(),
        (0, _) => "no page".to_owned(),
        (1, _) => "1 page".to_owned(),
        (pages, _) => format!("{pages} pages"),
    };
    Number { label, level, value: Strip::of(firing.len().to_string(), scene.look.bold()), note, bar: None }
}

fn age(scene: &Scene<'_>, release: &Release) -> Number {
    let all = &scene.picture.sources;
    let fresh = all.iter().filter(|source| source.level == Level::Ok).count();
    let level = if release.data_at.is_none() || release.level == Level::Unknown || state::silent(scene.picture) {
        Level::Unknown
    } else {
        Level::Run
    };
    Number {
        label: "DATA AGE".to_owned(),
        level,
        value: Strip::of(verdict::data_age(scene, release), scene.look.words(level.max(Level::Watch))),
        note: format!("sources {fresh}/{}", all.len()),
        bar: None,
    }
}

/// A value that nobody has confirmed since.
fn kept(scene: &Scene<'_>, text: &str) -> Strip {
    let look = scene.look;
    Strip::of(look.glyphs.stale, look.style(Role::Unknown)).put(text, look.dim())
}

fn unknown(scene: &Scene<'_>) -> Strip {
    Strip::of(number::UNKNOWN, scene.look.words(Level::Unknown))
}
