//! Pane 5 and the screen of the checklist: what holds, what does not, who says so, and what blocks next.

use crate::{
    app::{
        ledger::State,
        model::List,
        rows::{self, CheckRow},
    },
    domain::{
        checklist::state::ItemState,
        level::Level,
        readiness::{progress::Progress, standing::Standing},
        release::Release,
        time::Timestamp,
    },
    tui::{
        frame::Content,
        list::Window,
        look::Look,
        scene::Scene,
        strip::{Strip, wrap},
        table::{Column, Layout},
        theme::Role,
    },
};

/// `6/9 ✗1 ?1 ◷2 1 waived`: what is not there is not counted.
pub(crate) fn progress(look: &Look, progress: &Progress) -> Strip {
    let line = counts(look, progress);
    if progress.waived == 0 {
        return line;
    }
    line.put(format!(" {} waived", progress.waived), look.words(Level::Watch))
}

/// The same without the waived ones.
fn counts(look: &Look, progress: &Progress) -> Strip {
    let mut line = Strip::of(format!("{}/{}", progress.passed, progress.total), look.text());
    let counts = [
        (progress.failed, Level::Bad, look.glyphs.bad),
        (progress.unknown, Level::Unknown, look.glyphs.unknown),
        (progress.outdated, Level::Watch, look.glyphs.watch),
        (progress.waiting, Level::Wait, look.glyphs.wait),
    ];
    for (count, level, glyph) in counts {
        if count > 0 {
            line = line.put(" ", look.text()).put(glyph, look.level(level)).put(count.to_string(), look.words(level));
        }
    }
    line
}

/// The cell of the board: `?` where what people said is not known, nothing where there is no checklist.
pub(crate) fn cell(scene: &Scene<'_>, release: &Release) -> Strip {
    let look = scene.look;
    match scene.model.shown_readiness().get(&release.id) {
        None => Strip::new(),
        Some(_) if !scene.model.shown_ledger().is_known() => Strip::of("?", look.words(Level::Unknown)),
        Some(standing) if standing.progress.waived > 0 => {
            counts(look, &standing.progress).put(format!(" w{}", standing.progress.waived), look.words(Level::Watch))
        }
        Some(standing) => counts(look, &standing.progress),
    }
}

/// The cell in a narrow board: how many of how many, with the sign of the worst that is not passed. `18/23✗`
pub(crate) fn short_cell(scene: &Scene<'_>, release: &Release) -> Strip {
    let look = scene.look;
    let standing = scene.model.shown_readiness().get(&release.id).filter(|_| scene.model.shown_ledger().is_known());
    let Some(standing) = standing else { return cell(scene, release) };
    let progress = &standing.progress;
    let levels = [
        (progress.failed, Level::Bad),
        (progress.unknown, Level::Unknown),
        (progress.outdated + progress.waived, Level::Watch),
        (progress.waiting, Level::Wait),
    ];
    let line = Strip::of(format!("{}/{}", progress.passed, progress.total), look.text());
    match levels.into_iter().find(|(count, _)| *count > 0) {
        Some((_, level)) => line.put(look.glyph(level), look.level(level)),
        None => line,
    }
}

/// How a state is drawn: glyph and word. What people said is unknown until the ledger was read.
pub(crate) fn state(scene: &Scene<'_>, row: CheckRow<'_>) -> (Level, &'static str, &'static str) {
    let glyphs = &scene.look.glyphs;
    let said = match row {
        CheckRow::Item { line, .. } => matches!(line.kind, "manual" | "signed"),
        CheckRow::Signoff(_) => true,
    };
    let signed = match row {
        CheckRow::Item { line, .. } => line.signed,
        CheckRow::Signoff(_) => true,
    };
    match row.state() {
        ItemState::Open if said && !scene.model.shown_ledger().is_known() => {
            (Level::Unknown, glyphs.unknown, "UNKNOWN")
        }
        ItemState::Pass if signed => (Level::Ok, glyphs.ok, "SIGNED"),
        ItemState::Fail if matches!(row, CheckRow::Signoff(_)) => (Level::Bad, glyphs.blocked, "DENIED"),
        ItemState::Stale if matches!(row, CheckRow::Signoff(_)) => (Level::Unknown, glyphs.stale, "EXPIRED"),
        state @ ItemState::Stale => (Level::Unknown, glyphs.stale, state.word()),
        state @ ItemState::NotApplicable => (Level::Wait, glyphs.dot, state.word()),
        state => (state.level(), scene.look.glyph(state.level()), state.word()),
    }
}

/// What the ledger is, where that must be said before anything that people said is believed.
pub(crate) fn ledger_trouble(scene: &Scene<'_>) -> Option<Strip> {
    let (look, ledger) = (scene.look, &scene.model.shown_ledger());
    match &ledger.state {
        State::Away { since, .. } => {
            let trouble = ledger.trouble().unwrap_or_default();
            let since = format!("{} ago: {trouble}", scene.since(*since).age());
            Some(Strip::of(look.glyphs.stale, look.level(Level::Unknown)).put(
                format!(" {} since {since}", if ledger.is_known() { "STALE" } else { "UNKNOWN" }),
                look.words(Level::Unknown),
            ))
        }
        _ if ledger.damage.is_some() => Some(look.status(Level::Bad, &ledger.trouble().unwrap_or_default())),
        State::Opening => {
            let far = match ledger.events {
                0 => String::new(),
                events => format!(", {events} events so far"),
            };
            let words = format!("the ledger is being read{far}: what people said is not known yet");
            Some(look.status(Level::Wait, &words))
        }
        State::Off => Some(look.status(Level::Unknown, "no ledger here: what people said is not known")),
        State::Empty | State::Following => None,
    }
}

/// The pane: what the next step waits for, then every line, what is in its way first.
pub(crate) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let title = Strip::of("Checks", look.bold());
    let Some(standing) = scene.model.shown_readiness().get(&release.id) else {
        return Content { title, right: Strip::new(), lines: none(scene, release, cells) };
    };
    let mut lines: Vec<Strip> = ledger_trouble(scene).into_iter().collect();
    lines.extend(decisions(look, standing));
    lines.push(waits(scene, standing));
    let found = rows::checks(scene.model);
    let selected = scene.chosen(List::Checks, &found).or(scene.has_keys(List::Checks).then_some(0));
    let window = Window::of(found.len(), selected, height.saturating_sub(lines.len()));
    let drawn = found.iter().enumerate().skip(window.first).take(window.shown);
    let short: Vec<Vec<Strip>> = drawn.clone().map(|(_, row)| short(scene, row.item)).collect();
    let columns =
        [Column::text("", 34, 60, 0), Column::text("", 6, 10, 1), Column::text("", 8, 80, 2), Column::number("", 3, 3)];
    let layout = Layout::of(&columns, &short, cells);
    for ((index, _), row) in drawn.zip(&short) {
        let line = layout.line(row, look);
        let chosen = selected == Some(index) && scene.has_keys(List::Checks);
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
    }
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| state(scene, row.item).0), look));
    }
    if let Some(row) = selected.and_then(|index| found.get(index)).filter(|_| scene.has_keys(List::Checks)) {
        let detail = detail(scene, row.item, cells);
        // All that is said about the line, or nothing: half of it would mislead.
        if lines.len() + 1 + detail.len() <= height {
            lines.push(Strip::new());
            lines.extend(detail);
        }
    }
    Content { title, right: cell(scene, release), lines }
}

/// A line of the pane: what, how it stands, by whom, how old.
fn short(scene: &Scene<'_>, row: CheckRow<'_>) -> Vec<Strip> {
    let mut cells = cells_of(scene, row);
    // Due and kind are for the screen that has the room.
    [1, 3, 4, 5].iter().filter_map(|index| cells.get_mut(*index).map(std::mem::take)).collect()
}

/// Why there is no checklist.
pub(crate) fn none(scene: &Scene<'_>, release: &Release, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let wanted = release.file.as_ref().and_then(|file| file.checklist.as_ref());
    let words = match (&release.file, wanted) {
        (_, Some(name)) => {
            format!("the checklist {name} of this release is not in the catalog: its readiness is not known")
        }
        (Some(_), None) => "not configured: `checklist` in the release's file names one".to_owned(),
        (None, None) => "not configured: a file in the catalog declares the release and names its checklist".to_owned(),
    };
    let level = if wanted.is_some() { Level::Unknown } else { Level::Wait };
    let style = if wanted.is_some() { look.words(level) } else { look.dim() };
    wrap(&words, cells).into_iter().map(|line| Strip::of(line, style)).collect()
}

/// The word of the decision that stands against the next step of `release`: `HOLD`, `NO-GO`.
pub(crate) fn held(scene: &Scene<'_>, release: &Release) -> Option<String> {
    scene.model.shown_readiness().get(&release.id)?.against().next().map(|(word, _)| word)
}

/// A line for each decision that stands against the next step.
pub(crate) fn decisions(look: &Look, standing: &Standing) -> Vec<Strip> {
    let line = |(word, why): (String, &str)| look.status(Level::Bad, &word).put(format!(" {why}"), look.text());
    standing.against().map(line).collect()
}

/// What lets it pass that is no evidence: `, 1 override, a review is owed`.
fn exceptions(standing: &Standing) -> String {
    let counted = |count: usize, one: &str| match count {
        0 => String::new(),
        1 => format!(", 1 {one}"),
        more => format!(", {more} {one}s"),
    };
    let owed = if standing.debt.is_some() { ", a review is owed" } else { "" };
    let waivers = counted(standing.waivers.len(), "waiver");
    format!("{waivers}{}{owed}", counted(standing.overrides.len(), "override"))
}

/// How much the next step waits for, beside decisions.
pub(crate) fn waits(scene: &Scene<'_>, standing: &Standing) -> Strip {
    let look = scene.look;
    let next = standing.next.words();
    if !scene.model.shown_ledger().is_known() {
        return look.status(Level::Unknown, &format!("before {next}: what blocks is not known"));
    }
    // A decision is no line of the list: it is told before it.
    let left = standing.blocks.len() - standing.against().count();
    let listed = standing.blocks.iter().filter(|block| !block.title.starts_with("Decision: "));
    let Some(worst) = listed.map(|block| block.state.level()).max().filter(|_| left > 0) else {
        let words = format!("nothing of the checklist blocks before {next}{}", exceptions(standing));
        let level = standing.level();
        return look.status(if level == Level::Bad { Level::Watch } else { level }, &words);
    };
    look.status(worst, &format!("{left} to do before {next}"))
}

/// `Readiness 4/5 ✗1 · Data 2/2 · sign-offs 0/2`.
pub(crate) fn groups(look: &Look, standing: &Standing) -> Strip {
    let mut line = Strip::new();
    for group in &standing.groups {
        if line.width() > 0 {
            line = line.put(format!(" {} ", look.glyphs.dot), look.dim());
        }
        line = line.put(format!("{} ", group.name), look.text()).join(progress(look, &group.progress));
    }
    if !standing.signoffs.is_empty() {
        let given = standing.signoffs.iter().filter(|signed| signed.state == ItemState::Pass).count();
        let gap = if line.width() > 0 { format!(" {} ", look.glyphs.dot) } else { String::new() };
        line = line.put(gap, look.dim()).put(format!("sign-offs {given}/{}", standing.signoffs.len()), look.text());
    }
    line
}

/// The table of items and sign-offs.
pub(crate) fn table(scene: &Scene<'_>, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let found = rows::checks(scene.model);
    let selected = rows::position(scene.model, List::Checks, &found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let rows: Vec<Vec<Strip>> =
        found.iter().skip(window.first).take(window.shown).map(|row| cells_of(scene, row.item)).collect();
    let columns = [
        Column::text("BLOCKS", 6, 11, 3),
        Column::text("ITEM", 20, 60, 0),
        Column::text("KIND", 6, 12, 4),
        Column::text("STATE", 8, 10, 0),
        Column::text("BY / SOURCE", 10, 32, 1),
        Column::number("AGE", 4, 2),
    ];
    let layout = Layout::of(&columns, &rows, cells.saturating_sub(2));
    let mut lines = vec![Strip::of("  ", look.text()).join(layout.heading(look))];
    for (index, row) in rows.iter().enumerate() {
        let chosen = selected == Some(window.first + index);
        let mark = if chosen { look.glyphs.cursor } else { " " };
        let line = Strip::of(mark, look.style(Role::Accent)).put(" ", look.text()).join(layout.line(row, look));
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
    }
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| state(scene, row.item).0), look));
    }
    lines
}

fn cells_of(scene: &Scene<'_>, row: CheckRow<'_>) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let (level, glyph, word) = state(scene, row);
    let (title, kind, by, at, mandatory): (&str, &str, String, Option<Timestamp>, bool) = match row {
        CheckRow::Item { line, .. } => {
            let waits = || line.owner.as_ref().map_or_else(String::new, |owner| format!("for {owner}"));
            (&line.title, line.kind, line.by.clone().unwrap_or_else(waits), line.at, line.mandatory)
        }
        CheckRow::Signoff(signed) => {
            let at = signed.approvals.iter().map(|approval| approval.at).max();
            (&signed.title, "sign-off", people(signed), at, true)
        }
    };
    let name = Strip::of(glyph, look.level(level)).put(" ", text).put(title, if mandatory { text } else { look.dim() });
    let due = if mandatory { row.due().words() } else { "advisory".to_owned() };
    vec![
        Strip::of(due, look.dim()),
        name,
        Strip::of(kind, look.dim()),
        Strip::of(word, look.words(level)),
        Strip::of(by, text),
        at.map_or_else(|| Strip::of("-", look.dim()), |at| Strip::of(scene.since(at).age(), text)),
    ]
}

/// Who signed and who is missing: `jo; 1 more of sre`.
fn people(signed: &crate::domain::readiness::signoff::Signed) -> String {
    let told: Vec<&str> =
        signed.denials.iter().chain(&signed.approvals).map(|counted| counted.principal.as_str()).collect();
    let missing: Vec<String> = signed.missing.iter().map(crate::domain::readiness::quorum::Missing::words).collect();
    let missing = if missing.is_empty() { String::new() } else { format!("needs {}", missing.join(" and ")) };
    [told.join(", "), missing].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Everything about one line: why, evidence, query, waiver, notes.
pub(crate) fn detail(scene: &Scene<'_>, row: CheckRow<'_>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let (level, glyph, word) = state(scene, row);
    let mut lines = Vec::new();
    let title = match row {
        CheckRow::Item { line, .. } => &line.title,
        CheckRow::Signoff(signed) => &signed.title,
    };
    lines.push(Strip::of(glyph, look.level(level)).put(format!(" {title} "), look.bold()).put(word, look.words(level)));
    let mut say = |label: &str, words: &str, style| {
        for (index, part) in wrap(words, cells.saturating_sub(14)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(Strip::of(format!("  {label}"), look.dim()).at(13).put(part, style));
        }
    };
    match row {
        CheckRow::Item { line, group } => {
            say("why", &line.why, look.text());
            if let Some(evidence) = &line.evidence {
                let took = evidence.took;
                say(
                    "evidence",
                    &format!(
                        "{} ({}, looked at {}, took {took})",
                        evidence.words,
                        evidence.by,
                        scene.clock(evidence.at)
                    ),
                    look.text(),
                );
            }
            if let Some(query) = query(scene, &line.id) {
                say("check", &query, look.text());
            }
            if let Some(waiver) = &line.waiver {
                let words = format!(
                    "WAIVED by {} ({}) until {}, {} left: {}; without it: {}",
                    waiver.principal,
                    waiver.role,
                    scene.minute(waiver.expires_at),
                    scene.until(waiver.expires_at).age(),
                    waiver.reason,
                    line.beneath.word()
                );
                say("waiver", &words, look.words(Level::Watch));
            }
            let owner = line.owner.as_deref().unwrap_or("nobody");
            let people = if line.people.is_empty() { String::new() } else { format!(" ({})", line.people.join(", ")) };
            let must = if line.mandatory { "mandatory" } else { "advisory" };
            say(
                "owner",
                &format!(
                    "{owner}{people} {dot} {must}, weight {} {dot} {group} {dot} {}",
                    line.weight,
                    line.id,
                    dot = look.glyphs.dot
                ),
                look.text(),
            );
            for note in notes(scene, &line.id) {
                say("note", &note, look.text());
            }
        }
        CheckRow::Signoff(signed) => {
            say("why", &signed.words(), look.text());
            for counted in signed.denials.iter().chain(&signed.approvals) {
                let reason = counted.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
                say(
                    "said",
                    &format!(
                        "{} as {}, {} ago{reason}",
                        counted.principal,
                        counted.role,
                        scene.since(counted.at).age()
                    ),
                    look.text(),
                );
            }
            for (who, why) in &signed.not_counted {
                say("not counted", &format!("{who}: {why}"), look.words(Level::Watch));
            }
            if let Some(latency) = signed.latency {
                let open = signed.state != ItemState::Pass;
                say(
                    "latency",
                    &format!(
                        "{}{}",
                        latency.age(),
                        if open { " since it was asked for" } else { " from request to signature" }
                    ),
                    look.text(),
                );
            }
            if let Some(at) = signed.expires_at {
                say("expires", &format!("{}, in {}", scene.minute(at), scene.until(at).age()), look.text());
            }
        }
    }
    lines
}

/// What the check of an item asks, as it stands in the checklist.
fn query(scene: &Scene<'_>, item: &str) -> Option<String> {
    use crate::domain::checklist::check::Check;
    let release = rows::release(scene.model)?;
    let name = release.file.as_ref()?.checklist.as_ref()?;
    let item = scene.model.room.catalog.checklists.get(name)?.item(item)?;
    (!matches!(item.check, Check::Manual { .. })).then(|| {
        let words = serde_json::to_string(&item.check).unwrap_or_default();
        format!("{words}, every {}", item.every)
    })
}

fn notes(scene: &Scene<'_>, item: &str) -> Vec<String> {
    let release = rows::release(scene.model);
    let said = release.and_then(|release| scene.model.shown_ledger().record.said(&release.id));
    let notes = said.into_iter().flat_map(|said| &said.notes).filter(|note| note.item.as_deref() == Some(item)).rev();
    notes.take(5).map(|note| format!("{} {} ago: {}", note.by.who, scene.since(note.by.at).age(), note.text)).collect()
}
