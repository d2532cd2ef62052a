//! All about the selected line: labels, query, links, age.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{confirm::full, middle, risk, scrolled, window};
use crate::{
    app::{
        act::Kind,
        action::Action,
        model::List,
        rows::{self, ComponentRow, Happening},
        run::Approving,
        write::Write,
    },
    domain::{
        canary::{
            against::Against,
            analysis::Analysis,
            counts::Counts,
            profile::Kept,
            what::{GaugeLook, What},
            words,
        },
        labels::Labels,
        marker::Marker,
        picture::JoinedAlert,
        plan::request::Request,
        release::{Component, Release},
        slo::status::SloStatus,
        time::Span,
        verdict::{
            Verdict,
            reason::{Effect, Reason, Remedy},
        },
    },
    tui::{
        frame::{Content, cells},
        number,
        panes::{alerts, burn, checks, sources, workload},
        scene::Scene,
        screens::{calendar, ledger, runbooks},
        strip::{Strip, width, wrap},
        theme::Role,
    },
};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, list: List, scroll: u16, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let place = middle(area, 116, area.height);
    let sheet = Sheet { scene, cells: usize::from(place.width.saturating_sub(4)), lines: Vec::new() };
    let (title, lines) = told(sheet, list);
    let height = cells(lines.len()).saturating_add(2).min(place.height);
    let (lines, below) = scrolled(lines, scroll, usize::from(place.height.saturating_sub(2)));
    let more = if below > 0 { format!("{below} more below: j  ") } else { String::new() };
    let right = Strip::of(format!("{more}y copies  Esc closes"), look.dim());
    let content = Content { title: Strip::of(title, look.bold()), right, lines };
    window(scene, &content, Rect { height, ..place }, buffer);
}

fn told(mut sheet: Sheet<'_, '_>, list: List) -> (String, Vec<Strip>) {
    let model = sheet.scene.model;
    let title = match list {
        List::Releases => rows::selected(model, list, &rows::releases(model)).map(|release| sheet.release(release)),
        List::Components => rows::selected(model, list, &rows::components(model)).map(|row| match row {
            ComponentRow::Component(component) | ComponentRow::Step { component, .. } => sheet.component(component),
        }),
        List::Slos => rows::selected(model, list, &rows::slos(model)).map(|slo| sheet.slo(slo)),
        List::Analyses => rows::selected(model, list, &rows::analyses(model)).map(|one| sheet.canary(one)),
        List::Alerts => rows::selected(model, list, &rows::alerts(model)).map(|alert| sheet.alert(alert)),
        List::Timeline => rows::selected(model, list, &rows::timeline(model)).map(|happening| match happening {
            Happening::Marker(marker) => sheet.marker(marker),
            Happening::Alert(alert) => sheet.alert(alert),
            Happening::Act(recorded) => {
                sheet.lines = ledger::detail(sheet.scene, recorded, sheet.cells);
                format!("Event {}", recorded.event.seq)
            }
        }),
        List::Sources => rows::selected(model, list, &rows::sources(model)).map(|source| {
            sheet.lines = sources::detail(sheet.scene, source, sheet.cells);
            source.name.to_string()
        }),
        List::Checks => rows::selected(model, list, &rows::checks(model)).map(|row| {
            sheet.lines = checks::detail(sheet.scene, row, sheet.cells);
            "Check".to_owned()
        }),
        List::Runbooks => rows::chosen_runbook(model).map(|runbook| {
            sheet.lines = runbooks::detail(sheet.scene, runbook, sheet.cells);
            "Runbook".to_owned()
        }),
        List::Runs => None,
        List::Approvals => rows::selected(model, list, &rows::approvals(model)).map(|requested| {
            let shown = Approving::new(0, requested, model).shown;
            sheet.lines = full::lines(sheet.scene, &shown, sheet.cells);
            format!("Plan {}", requested.code)
        }),
        List::Calendar => rows::selected(model, list, &rows::dates(model)).map(|date| {
            sheet.lines = calendar::detail(sheet.scene, &date, sheet.cells);
            format!("Calendar: {}", date.name)
        }),
        List::RunSteps => rows::shown_attempt(model).map(|row| {
            sheet.step(&row);
            format!("Step {}", row.index + 1)
        }),
        List::Ledger => rows::selected(model, list, &rows::ledger(model)).map(|recorded| {
            sheet.lines = ledger::detail(sheet.scene, recorded, sheet.cells);
            format!("Event {}", recorded.event.seq)
        }),
    };
    match title {
        Some(title) => (title, sheet.lines),
        None => ("Nothing is selected".to_owned(), vec![Strip::of("there is no line here", sheet.scene.look.text())]),
    }
}

/// Lines with a label each.
struct Sheet<'s, 'a> {
    scene: &'s Scene<'a>,
    cells: usize,
    lines: Vec<Strip>,
}

const LABEL: usize = 14;

impl Sheet<'_, '_> {
    /// A label and a text, wrapped below itself.
    fn say(&mut self, label: &str, text: &str) {
        self.say_as(label, text, Role::Text);
    }

    fn say_as(&mut self, label: &str, text: &str, role: Role) {
        self.say_at(LABEL, label, text, role);
    }

    /// The text begins at `column`; a longer label has a line of its own.
    fn say_at(&mut self, column: usize, label: &str, text: &str, role: Role) {
        let look = self.scene.look;
        if text.is_empty() {
            return;
        }
        let mut start = Strip::of(label, look.dim());
        if start.width() >= column {
            self.lines.push(std::mem::take(&mut start));
        }
        for part in wrap(text, self.cells.saturating_sub(column)) {
            self.lines.push(std::mem::take(&mut start).at(column).put(part, look.style(role)));
        }
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(Strip::new());
        self.lines.push(Strip::of(text, self.scene.look.style(Role::Title)));
    }

    fn labels(&mut self, heading: &str, labels: &Labels) {
        if labels.is_empty() {
            return;
        }
        self.heading(heading);
        let longest = labels.keys().map(|name| width(name)).max().unwrap_or_default();
        let column = (longest + 2).clamp(LABEL, (self.cells / 3).max(LABEL));
        for (name, value) in labels {
            let role = if value.starts_with("http") { Role::Link } else { Role::Text };
            self.say_at(column, name, value, role);
        }
    }

    fn since(&mut self, label: &str, at: crate::domain::time::Timestamp) {
        let text = format!("{}, {} ago", self.scene.minute(at), self.scene.since(at).age());
        self.say(label, &text);
    }

    /// A step of a run: what exactly it does, and every word about how it went.
    fn step(&mut self, row: &rows::StepRow<'_>) {
        let step = row.step;
        self.say("step", &step.title);
        self.say("identifier", &step.id);
        self.say("does", &step.request.words());
        self.say("undo", &step.undo.as_ref().map_or_else(|| "nothing takes it back".to_owned(), Request::words));
        self.say("limit", &format!("{} each, {} attempts", step.timeout, step.attempts));
        for note in &step.notes {
            self.say("note", note);
        }
        for attempt in [row.done, row.undone].into_iter().flatten() {
            self.heading(&format!("{} attempt {}", if attempt.undo { "Undo," } else { "Last" }, attempt.number));
            self.since("begun", attempt.at);
            let Some(result) = &attempt.result else {
                self.say("outcome", "not known yet");
                continue;
            };
            self.say("outcome", result.outcome.word());
            self.say("known by", result.known.word());
            self.say("took", &result.took.age());
            self.say("words", &result.words);
            self.say("output", &result.output.map(|hash| hash.to_string()).unwrap_or_default());
        }
    }

    fn release(&mut self, release: &Release) -> String {
        let environment = if release.environment.is_empty() { number::UNKNOWN } else { &release.environment };
        self.say("environment", environment);
        self.say("phase", release.phase.word());
        if let Some(file) = &release.file {
            self.say("title", file.title.as_deref().unwrap_or_default());
            self.say("owner", file.owner.as_deref().unwrap_or_default());
            self.say("ticket", file.ticket.as_deref().unwrap_or_default());
            for (name, url) in &file.links {
                self.say_as(name, url, Role::Link);
            }
        }
        if let Some(at) = release.started_at {
            self.since("began", at);
        }
        if let Some(verdict) = crate::tui::verdict::of(self.scene, release) {
            self.verdict(verdict);
            return release.name.clone();
        }
        if !release.reasons.is_empty() {
            self.heading("Why");
        }
        for reason in &release.reasons {
            let look = self.scene.look;
            let source = reason.source.as_deref().unwrap_or(number::UNKNOWN);
            let age = reason.at.map_or_else(|| number::UNKNOWN.to_owned(), |at| self.scene.since(at).age());
            self.lines.push(look.status(reason.level, &reason.text).put(format!("  {source} {age} ago"), look.dim()));
        }
        release.name.clone()
    }

    /// All reasons of a verdict, each with its evidence, its age, the screen that shows it and its query.
    fn verdict(&mut self, verdict: &Verdict) {
        let look = self.scene.look;
        let now = self.scene.model.now;
        self.heading(&format!("Verdict: {}, before {}", verdict.word.word(), verdict.before));
        self.say("would change", &verdict.change(now));
        if let Some(score) = verdict.score {
            self.say("readiness", &format!("{} % of {} % needed before done", score.score, score.needed));
        }
        if let Some(human) = &verdict.human {
            let age = self.scene.since(human.at).age();
            self.say("people", &format!("{}, {age} ago: {}", human.words(), human.reason));
            let then = human.computed.as_ref().map(|computed| format!("computed then: {}", computed.words()));
            self.say("", &then.unwrap_or_default());
            self.say("rights", &human.escalation);
        }
        for reason in &verdict.reasons {
            let source = reason.source.as_deref().unwrap_or("warroom");
            let age = reason.at.map_or_else(String::new, |at| format!(" {} ago", self.scene.since(at).age()));
            let place = format!("  {source}{age}, {}", reason.input.screen());
            self.lines.push(look.status(reason.level(), &reason.text).put(place, look.dim()));
            self.say("evidence", &reason.evidence);
            self.say("console", &self.remedy(reason));
            if reason.effect > Effect::Supports {
                self.say("query", reason.query.as_deref().unwrap_or_default());
            }
        }
        if let Some(risk) = &verdict.risk {
            self.lines.extend(risk::lines(self.scene, risk, self.cells));
        }
    }

    /// With which key somebody takes `reason` out of the way from the console; empty where nobody can.
    fn remedy(&self, reason: &Reason) -> String {
        let key = |kind| self.scene.model.setup.keymap.key_of(Action::Write(Write::Act(kind)));
        let does = match reason.effect {
            Effect::Supports => "takes that back",
            _ => "lets it pass",
        };
        match &reason.remedy {
            Some(Remedy::Waive { roles, .. }) if !roles.is_empty() => {
                format!("{} on the release {does}", key(Kind::Waive))
            }
            Some(Remedy::Sign { .. }) => format!("{} on the release approves it", key(Kind::Sign)),
            _ => String::new(),
        }
    }

    fn component(&mut self, component: &Component) -> String {
        let previous = component.previous.as_deref().unwrap_or(number::UNKNOWN);
        let version = component.version.as_deref().unwrap_or(number::UNKNOWN);
        self.say("version", &format!("{previous} {} {version}", self.scene.look.glyphs.arrow));
        self.say("after", &component.after.join(", "));
        self.lines.extend(workload::lines(self.scene, component, self.cells));
        if let Some(workload) = &component.workload {
            for analysis in &workload.analyses {
                self.heading(&format!("Analysis {} {}", analysis.run, analysis.metric));
                self.say("says", &analysis.message);
                self.say("query", analysis.query.as_deref().unwrap_or_default());
            }
            self.labels("Labels", &workload.labels);
        }
        component.service.clone()
    }

    fn slo(&mut self, slo: &SloStatus) -> String {
        let look = self.scene.look;
        let version = slo.key.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        self.say("objective", &format!("{} %", number::objective(slo.objective.percent())));
        self.say("source", slo.key.source.as_str());
        self.say("data", slo.state.word());
        self.say("budget left", &number::percent(slo.budget.remaining));
        for warning in &slo.warnings {
            self.say("note", warning);
        }
        self.heading("Windows");
        for one in &slo.burns {
            let age = one.at.map_or_else(|| number::UNKNOWN.to_owned(), |at| self.scene.since(at).age());
            let counts = match (one.bad, one.total) {
                (Some(bad), Some(total)) => format!("  {} bad of {}", number::digits(bad), number::digits(total)),
                _ => String::new(),
            };
            let state = if one.state.is_ok() { "" } else { one.state.word() };
            let covered = number::whole_percent(Some(one.coverage));
            let line = Strip::of(format!("{:<LABEL$}", one.window.to_string()), look.dim())
                .join(burn::cell(self.scene, slo, one.window))
                .at(LABEL + 9)
                .put(format!("{} bad", number::percent(one.ratio)), look.text())
                .put(counts, look.text())
                .at(LABEL + 24)
                .put(format!("covered {covered}  {age} old  {state}"), look.text());
            self.lines.push(line);
        }
        self.heading("Queries");
        for one in &slo.burns {
            self.say(&one.window.to_string(), &one.query);
        }
        self.say("budget", &slo.budget.query);
        format!("{}{version} {}", slo.key.service, slo.key.slo)
    }

    /// A canary: what was counted, how it is judged, and every query.
    fn canary(&mut self, one: &Analysis) -> String {
        self.lines.push(self.scene.look.status(one.level(), one.word()));
        self.say("why", &one.why());
        let (new, old) = one.against.sides();
        self.say(new, &one.canary);
        self.say(old, &one.baseline);
        self.say("source", one.source.as_ref().map_or(number::UNKNOWN, |source| source.as_str()));
        let least = one.leading().and_then(|window| window.comparison).map(|compared| compared.least(&one.rules));
        let rule = match &one.what {
            What::Gauge { newest } => newest.as_ref().map(|look| look.gauged.rule(one.rules.in_a_row)),
            _ => Some(words::rules(&one.rules, least.unwrap_or(one.rules.least))),
        };
        self.say("rule", &rule.unwrap_or_default());
        self.say("evaluated", &format!("every {}", one.every));
        if let Some(at) = one.at {
            self.since("last", at);
        }
        if let Some(Kept { counts, from, until }) = one.profile.filter(|_| one.against.stored().is_none()) {
            let over = Span::between(from, until);
            let until = until.format("%Y-%m-%d %H:%MZ");
            self.say("profile", &format!("of {}: {} in {over} until {until}", one.baseline, share_of(counts)));
        }
        if let Against::Before(before) = &one.against {
            match &before.stored {
                None => self.heading("Before the deploy"),
                Some(stored) => self.heading(&format!("Stored profile of {}", stored.version)),
            }
            self.since("until", before.until);
            self.say("over", &before.reach.to_string());
            if let Some(over) = before.stored.as_ref().and_then(|stored| stored.over) {
                self.say("was over", &format!("its SLO: {} bad", words::share(over)));
            }
            for confounder in &before.confounders {
                self.say("may be", &confounder.words());
            }
            self.say("advice", before.advice.as_deref().unwrap_or_default());
            self.say("query", &before.query);
        }
        for window in &one.windows {
            self.heading(&format!("Window {}", window.window));
            for (name, counts) in [(new, window.canary), (old, window.baseline)] {
                self.say(name, &share_of(counts));
            }
            if let Some(compared) = window.comparison {
                let (low, high) = compared.interval;
                self.say("difference", &words::points(compared.difference));
                self.say("95 % between", &format!("{} and {}", words::points(low), words::points(high)));
                self.say("p", &words::p(compared.p));
            }
            self.say("query", &window.query);
        }
        if let What::Gauge { newest: Some(look) } = &one.what {
            self.gauge(look);
        }
        if let (true, Some(query)) = (one.windows.is_empty(), one.what.query()) {
            self.say("query", query);
        }
        let stands = if one.against == Against::Beside { "beside" } else { "after" };
        format!("{} {} {stands} {}: {}", one.service, one.canary, one.baseline, one.slo)
    }

    fn gauge(&mut self, look: &GaugeLook) {
        let compared = &look.gauged.newest;
        self.heading("Values since it is warm");
        for (name, side) in [("canary", compared.canary), ("stable", compared.baseline)] {
            let between = side.interval.map_or_else(String::new, |(low, high)| {
                format!(", 97.5 % between {} and {}", words::quantity(low), words::quantity(high))
            });
            let median = words::quantity(side.value);
            self.say(name, &format!("median {median} of {} values{between}", side.values));
        }
        self.say("difference", &look.gauged.difference());
        self.say("interval", &look.gauged.between());
        self.say("p", &words::p(compared.test.p));
        self.say("still needed", &look.gauged.needs().unwrap_or_default());
    }

    fn alert(&mut self, joined: &JoinedAlert) -> String {
        let alert = &joined.alert;
        let level = alerts::level(joined);
        self.lines.push(self.scene.look.status(level, crate::tui::look::word(level)));
        self.say("summary", alert.summary());
        self.say_as("runbook", alert.runbook_url().unwrap_or_default(), Role::Link);
        self.since("fires since", alert.starts_at);
        self.say("sources", &joined.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        self.say("receivers", &alert.receivers.join(", "));
        self.say("silenced by", &alert.silenced_by.join(", "));
        self.say("inhibited by", &alert.inhibited_by.join(", "));
        self.say("muted by", &alert.muted_by.join(", "));
        self.say_as("expression", alert.generator_url.as_deref().unwrap_or_default(), Role::Link);
        self.labels("Labels", &alert.labels);
        self.labels("Annotations", &alert.annotations);
        alert.name.clone()
    }

    fn marker(&mut self, marker: &Marker) -> String {
        self.since("happened", marker.at);
        self.since("learned", marker.observed_at);
        self.say("service", marker.service.as_deref().unwrap_or(number::UNKNOWN));
        self.say("version", marker.version.as_deref().unwrap_or(number::UNKNOWN));
        self.say("object", &format!("{} {}", marker.object.kind, marker.object));
        marker.text.clone()
    }
}
/// `9 bad of 500  1.80 %`.
fn share_of(counts: Counts) -> String {
    let share = counts.share().map_or_else(|| "no requests".to_owned(), words::share);
    format!("{} bad of {}  {share}", words::count(counts.bad()), words::count(counts.total()))
}
