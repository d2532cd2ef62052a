//! What the deployment system says about one component: gate, traffic, versions, analyses.

use ratatui::style::Style;

use crate::{
    domain::{
        catalog::VersionFrom,
        level::Level,
        release::Component,
        workload::{Analysis, Gate, TrafficSource, Workload, traffic_share},
    },
    tui::{
        look::Look,
        number,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// A share of traffic in percent of the whole: `25 %`, or `?`.
pub(crate) fn share(units: Option<u32>, max: u32) -> String {
    traffic_share(units, max)
}

/// `3/8`: the step in progress, counted from one; nothing where there are no steps.
pub(crate) fn position(workload: &Workload) -> Option<String> {
    workload.step.map(|step| format!("{}/{}", step.current(), step.total))
}

/// Everything but the steps, the most important first, each line with its label.
pub(crate) fn lines(scene: &Scene<'_>, component: &Component, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    if let Some(problem) = &component.problem {
        lines.extend(told(look, component.level.max(Level::Watch), problem, cells));
    }
    let Some(workload) = &component.workload else { return lines };
    // What is not known comes before what is: it is what must not be hidden.
    for missing in &workload.missing {
        lines.extend(told(look, Level::Unknown, missing, cells));
    }
    // A failed analysis says more than the traffic.
    let analyses = analyses(look, &workload.analyses);
    let failed = workload.analyses.iter().any(|analysis| level(analysis) >= Level::Watch);
    let (first, last) = if failed { (analyses, Vec::new()) } else { (Vec::new(), analyses) };
    lines.extend(first);
    lines.extend(traffic(scene, workload, cells));
    if let Some(gate) = &workload.gate {
        lines.push(labelled(look, "gate", gate_line(scene, gate)));
    }
    lines.extend(last);
    lines.extend(versions(scene, workload));
    lines.push(labelled(look, "pods", pods(look, workload)));
    if !workload.message.is_empty() {
        let level = workload.status.level();
        let style = if level >= Level::Watch { look.words(level) } else { look.text() };
        lines.push(labelled(look, "says", Strip::of(format!("{}: {}", workload.phase, workload.message), style)));
    }
    lines.push(labelled(look, "object", Strip::of(format!("{} {}", workload.key.kind, workload.key), look.text())));
    if let Some(manager) = &workload.managed_by {
        let text = format!("{} {} puts back what is changed here", manager.system, manager.name);
        lines.push(labelled(look, "managed", Strip::of(text, look.text())));
    }
    lines
}

/// Glyph and words in as many lines as they take.
fn told(look: &Look, level: Level, words: &str, cells: usize) -> impl Iterator<Item = Strip> {
    let first = look.status(level, "");
    let style = look.words(level);
    wrap(words, cells.saturating_sub(2)).into_iter().enumerate().map(move |(index, part)| {
        let start = if index == 0 { first.clone() } else { Strip::of("  ", Style::new()) };
        start.put(part, style)
    })
}

fn labelled(look: &Look, label: &str, value: Strip) -> Strip {
    Strip::of(format!("{label:<9}"), look.dim()).join(value)
}

fn traffic(scene: &Scene<'_>, workload: &Workload, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let traffic = workload.traffic;
    let how = match (traffic.source, traffic.verified) {
        (TrafficSource::Router, Some(false)) => "by router, unverified",
        (TrafficSource::Router, _) => "by router",
        (TrafficSource::Replicas, _) => "by pods, about",
        (TrafficSource::Nowhere, _) => "nothing says",
    };
    let known = traffic.desired.is_some() || traffic.actual.is_some();
    if !known && traffic.source == TrafficSource::Nowhere {
        return vec![labelled(look, "traffic", look.status(Level::Unknown, "nothing says"))];
    }
    let fraction = |units: Option<u32>| units.map(|units| f64::from(units) / f64::from(traffic.max.max(1)));
    let differs = traffic.desired != traffic.actual;
    let number = |units: Option<u32>, strong: bool| {
        let style = match units {
            None => look.words(Level::Unknown),
            Some(_) if strong => look.bold(),
            Some(_) => look.text(),
        };
        Strip::of(share(units, traffic.max), style)
    };
    // The bar gives way to the words: label, number and spaces take 17 cells.
    let row = |label: &str, units, strong, role, words: &str| {
        let width = cells.saturating_sub(17 + label.len() + words.len()).clamp(4, 24);
        Strip::of(label, look.text())
            .join(scene.bar(fraction(units), width, role))
            .put(" ", look.text())
            .join(number(units, strong))
    };
    if !differs {
        let words = format!("as desired, {how}");
        let line = row("", traffic.actual, false, Role::Chart1, &words);
        return vec![labelled(look, "traffic", line.put("  ", look.text()).put(words, look.dim()))];
    }
    let actual = row("actual  ", traffic.actual, true, Role::Chart1, how).put("  ", look.text()).put(how, look.dim());
    vec![
        labelled(look, "traffic", row("desired ", traffic.desired, false, Role::Chart2, how)),
        labelled(look, "", actual),
    ]
}

fn gate_line(scene: &Scene<'_>, gate: &Gate) -> Strip {
    let look = scene.look;
    let since = gate.since.map_or_else(|| "paused".to_owned(), |at| scene.since(at).age());
    let line = Strip::of(look.glyph(Level::Paused), look.level(Level::Paused)).put(format!(" {since}, "), look.text());
    let line = match gate.until {
        Some(until) if until <= scene.model.now => line.put("due now", look.bold()),
        Some(until) => {
            let left = scene.until(until).age();
            line.put(format!("goes on in {left}"), look.bold())
        }
        None => line.put("waits for a person", look.bold()),
    };
    line.put(format!("  {}", gate.reason), look.dim())
}

/// How much an analysis needs a person.
fn level(analysis: &Analysis) -> Level {
    match analysis.phase.as_str() {
        "Successful" => Level::Ok,
        "Failed" => Level::Bad,
        "Running" | "Pending" => Level::Run,
        _ => Level::Unknown,
    }
}

fn analyses(look: &Look, analyses: &[Analysis]) -> Vec<Strip> {
    let rows = analyses.iter().enumerate().map(|(index, analysis)| {
        let name = if analysis.metric.is_empty() { &analysis.run } else { &analysis.metric };
        let mut line = look.status(level(analysis), name).put(format!("  {} ok", analysis.successful), look.text());
        for (count, word) in
            [(analysis.failed, "failed"), (analysis.inconclusive, "undecided"), (analysis.error, "broke")]
        {
            if count > 0 {
                line = line.put(format!(" {count} {word}"), look.bold());
            }
        }
        if let Some(value) = &analysis.value {
            line = line.put(format!(", {value}"), look.text());
        }
        labelled(look, if index == 0 { "analysis" } else { "" }, line)
    });
    rows.collect()
}

fn versions(scene: &Scene<'_>, workload: &Workload) -> Vec<Strip> {
    let look = scene.look;
    let tagged: Vec<_> = workload.revisions.iter().filter(|revision| !revision.tags.is_empty()).collect();
    let mut rows: Vec<Strip> = Vec::new();
    for revision in tagged {
        let version = revision.template.version(&VersionFrom::ImageTag).or_else(|| revision.template.hash.clone());
        let mut line = Strip::of(format!("{:<8}", revision.tags.join(",")), look.text())
            .put(version.as_deref().unwrap_or(number::UNKNOWN), look.bold())
            .put(format!("  {}/{} ready", revision.available, revision.desired), look.text());
        if let Some(at) = revision.scale_down_at.filter(|at| *at > scene.model.now) {
            let left = scene.until(at).age();
            line = line.put(format!("  goes in {left}"), look.text());
        }
        rows.push(line);
    }
    if rows.is_empty() {
        for image in &workload.images {
            let name = image.image.rsplit('/').next().unwrap_or(&image.image);
            rows.push(Strip::of(format!("{:<8}", image.tags.join(",")), look.text()).put(name, look.bold()));
        }
    }
    let label = |index| if index == 0 { "versions" } else { "" };
    rows.into_iter().enumerate().map(|(index, line)| labelled(look, label(index), line)).collect()
}

fn pods(look: &Look, workload: &Workload) -> Strip {
    let pods = workload.replicas;
    let short = pods.ready < pods.desired;
    let style = if short { look.bold() } else { look.text() };
    Strip::of(format!("{}/{} ready", pods.ready, pods.desired), style)
        .put(format!(", {} updated, {} available", pods.updated, pods.available), look.text())
}
