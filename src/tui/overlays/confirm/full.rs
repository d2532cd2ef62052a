//! The full plan: every request as it will be made, what changes, what takes it back, what a person should know.

use crate::{
    app::run::Resolved,
    domain::{
        level::Level,
        plan::{Planned, request::Request},
        runbook::{Part, action::Value},
        secret::SecretRef,
    },
    tui::{
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

const LABEL: usize = 11;

pub(in crate::tui::overlays) fn lines(scene: &Scene<'_>, resolved: &Resolved, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let plan = &resolved.plan;
    let mut page = Page { scene, cells, lines: Vec::new() };
    page.say("plan", &resolved.hash.to_string());
    page.say("runbook", &format!("{} {}", plan.runbook.name, plan.runbook.digest));
    page.say("commit", plan.runbook.commit.as_deref().unwrap_or("in no repository"));
    page.say("owner", plan.runbook.owner.as_deref().unwrap_or("nobody"));
    page.say("services", &plan.target.services.join(", "));
    for (name, value) in &plan.parameters {
        page.say("parameter", &format!("{name} = {value}"));
    }
    for (index, step) in plan.steps.iter().enumerate() {
        page.step(index, step);
    }
    page.lines.push(Strip::new());
    page.lines.push(Strip::of("Evidence", look.style(Role::Title)));
    for known in resolved.evidence.known.iter().chain(&resolved.evidence.unknown) {
        page.status(known.level, &format!("{}  {}", known.words, known.from));
    }
    page.lines
}

struct Page<'s, 'a> {
    scene: &'s Scene<'a>,
    cells: usize,
    lines: Vec<Strip>,
}

impl Page<'_, '_> {
    fn say(&mut self, label: &str, words: &str) {
        let look = self.scene.look;
        for (index, part) in wrap(words, self.cells.saturating_sub(LABEL + 2)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.lines.push(Strip::of(format!("  {label}"), look.dim()).at(LABEL + 2).put(part, look.text()));
        }
    }

    fn status(&mut self, level: Level, words: &str) {
        let look = self.scene.look;
        for (index, part) in wrap(words, self.cells.saturating_sub(4)).into_iter().enumerate() {
            let line = if index == 0 {
                look.status(level, &part)
            } else {
                Strip::of("  ", look.text()).put(part, look.text())
            };
            self.lines.push(Strip::of("  ", look.text()).join(line));
        }
    }

    fn step(&mut self, index: usize, step: &Planned) {
        let look = self.scene.look;
        let part = match step.part {
            Part::Before => "must hold before",
            Part::Steps => "is done",
            Part::Validation => "verifies it",
        };
        self.lines.push(Strip::new());
        self.lines.push(
            Strip::of(format!("{} {}", index + 1, step.title), look.bold())
                .put(format!("  {} {part}", step.kind), look.dim()),
        );
        self.request("does", &step.request);
        match &step.undo {
            Some(undo) => self.request("undo", undo),
            None if step.effect == crate::domain::runbook::action::Effect::Write => {
                self.status(Level::Watch, "nothing takes it back");
            }
            None => {}
        }
        if let Some(probe) = &step.probe {
            self.say("seen by", probe.word());
        }
        let once = if step.idempotent { "doing it twice is harmless" } else { "it is never done twice" };
        let cancel = if step.cancellable { "may be ended" } else { "must not be ended" };
        self.say(
            "limits",
            &format!("{} each, {} attempts, grace {}; {once}; {cancel}", step.timeout, step.attempts, step.grace),
        );
        for note in &step.notes {
            self.status(Level::Watch, note);
        }
    }

    fn request(&mut self, label: &str, request: &Request) {
        self.say(label, &request.words());
        match request {
            Request::Http(http) | Request::Notify { request: http, .. } => {
                for (name, value) in &http.headers {
                    self.say("header", &format!("{name}: {}", told(value)));
                }
                if let Some(body) = &http.body {
                    self.say("body", body);
                }
            }
            Request::Kubernetes(patch) => {
                self.say("path", &patch.path);
                self.say("patch", &patch.body);
                for line in &patch.diff {
                    self.diff(line);
                }
                for (path, must) in &patch.until {
                    self.say("until", &format!("{path} {must}"));
                }
                self.say("seen", &format!("generation {} of {}", patch.observed.generation, patch.observed.uid));
            }
            Request::Command(command) => {
                self.say("argv", &format!("{:?}", command.argv));
                for (name, value) in &command.environment {
                    self.say("sets", &format!("{name}={}", told(value)));
                }
            }
            Request::WaitMetric(_) | Request::Check(_) | Request::Manual { .. } | Request::Nothing { .. } => {}
        }
    }

    fn diff(&mut self, line: &str) {
        let look = self.scene.look;
        let role = match line.chars().next() {
            Some('+') => Role::DiffAdd,
            Some('-') => Role::DiffDel,
            _ => Role::Text,
        };
        for part in wrap(line, self.cells.saturating_sub(LABEL + 2)) {
            self.lines.push(Strip::new().at(LABEL + 2).put(part, look.style(role)));
        }
    }
}

/// A text, or where a secret comes from: never what it is.
fn told(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Secret(SecretRef::Env(name)) => format!("(secret from the environment variable {name})"),
        Value::Secret(SecretRef::File(path)) => format!("(secret from the file {})", path.display()),
        Value::Secret(SecretRef::Command(argv)) => {
            format!("(secret from the command {})", argv.first().map_or("?", String::as_str))
        }
    }
}
