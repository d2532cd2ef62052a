//! `calendar/*.toml`: freezes, change windows and notices, with the iCalendar files that they name.

mod ics;

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value as Json;

use super::{File, Reader};
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, Severity},
        document::{Document, Node},
        form, layers,
        load::unknown_environment,
        origin::Origin,
        schema::calendar::{CalendarFile, TimeTable},
    },
    domain::calendar::{Entry, Kind, Recurrence, Scope, Times},
};

/// The schema of an entry's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<CalendarFile>);

impl Reader<'_> {
    /// Reads the calendar. Comes after services and roles, which it names.
    pub(super) fn calendar_entries(&mut self) {
        for file in self.read::<CalendarFile>("calendar", &SCHEMA) {
            self.entry(file);
        }
    }

    /// Reads the entry `name` from a text that lies in no file.
    pub(super) fn calendar_entry(&mut self, name: &str, document: Document) {
        let file = self.parsed(name.to_owned(), PathBuf::from(format!("calendar/{name}.toml")), document, &SCHEMA);
        self.entry(file);
    }

    fn entry(&mut self, file: File<CalendarFile>) {
        let Some(content) = &file.content else { return };
        self.names_in(&file, content);
        let entry = Entry {
            title: content.title.clone(),
            kind: content.kind,
            owner: content.owner.clone(),
            scope: Scope {
                services: content.scope.services.iter().cloned().collect(),
                environments: content.scope.environments.iter().cloned().collect(),
                regions: content.scope.regions.iter().cloned().collect(),
                classes: content.scope.classes.iter().copied().collect(),
            },
            overrides: content.overrides.iter().cloned().collect(),
            times: self.times(&file, content),
        };
        self.catalog.calendar.insert(file.name, entry);
    }

    /// Whether what it names exists.
    fn names_in(&mut self, file: &File<CalendarFile>, content: &CalendarFile) {
        let scope = file.root.get("scope").unwrap_or(&file.root);
        for (service, node) in content.scope.services.iter().zip(items(scope, "services")) {
            if !self.services.contains(service) {
                let diagnostic = Diagnostic::error(&file.document, node, "");
                self.report.push(self.unknown_service(diagnostic, service));
            }
        }
        for (environment, node) in content.scope.environments.iter().zip(items(scope, "environments")) {
            if !self.names.environments.contains(environment) {
                let diagnostic = Diagnostic::error(&file.document, node, "");
                self.report.push(unknown_environment(diagnostic, environment, self.names));
            }
        }
        if let (Some(owner), Some(node)) = (&content.owner, file.root.get("owner")) {
            self.owner_exists(owner, &file.document, node);
        }
        for (role, node) in content.overrides.iter().zip(items(&file.root, "override")) {
            self.owner_exists(role, &file.document, node);
        }
    }

    fn times(&mut self, file: &File<CalendarFile>, content: &CalendarFile) -> Vec<Times> {
        let zone = content.zone.unwrap_or(chrono_tz::UTC);
        let mut times = Vec::new();
        for (table, node) in content.time.iter().zip(items(&file.root, "time")) {
            match read_time(table, zone) {
                Ok(one) => times.push(one),
                // The form of a text was told before, with its place.
                Err(Some((key, problem, expected))) => {
                    let diagnostic = Diagnostic::error(&file.document, node.get(key).unwrap_or(node), problem);
                    self.report.push(diagnostic.expected(expected));
                }
                Err(None) => {}
            }
        }
        if let (Some(path), Some(node)) = (&content.ics, file.root.get("ics")) {
            let path = form::path(path, &file.document.base, self.home);
            match events(&path, zone) {
                Ok((found, flaws)) => {
                    times.extend(found);
                    for flaw in flaws {
                        let origin = Origin::File(path.clone());
                        self.report.push(Diagnostic::new(Severity::Error, origin, flaw.problem).advise(flaw.advice));
                    }
                }
                Err(problem) => self.report.push(
                    Diagnostic::error(&file.document, node, problem).advise("name an iCalendar file beside this one"),
                ),
            }
        }
        if times.is_empty() && content.time.is_empty() && content.ics.is_none() {
            self.report.push(
                Diagnostic::error(&file.document, &file.root, format!("this {} is at no time", content.kind.word()))
                    .expected("[[time]] with `from` and `until`, or `ics = \"FILE.ics\"`"),
            );
        } else if content.kind == Kind::Notice && !content.overrides.is_empty() {
            let node = file.root.get("override").unwrap_or(&file.root);
            self.report.push(
                Diagnostic::warning(&file.document, node, "a notice stops nothing, so there is nothing to override")
                    .advise("take it out, or make it a freeze"),
            );
        }
        times
    }
}

/// The events of the file at `path`, and what is wrong with it.
fn events(path: &Path, zone: chrono_tz::Tz) -> Result<(Vec<Times>, Vec<ics::Flaw>), String> {
    let text = layers::read(path).map_err(|diagnostic| diagnostic.problem.clone())?;
    let text = text.ok_or_else(|| format!("{} is not there", path.display()))?;
    ics::read(&text, zone)
}

/// What is wrong with a value: its key, the problem, and what was expected.
type Wrong = (&'static str, String, String);

fn read_time(table: &TimeTable, zone: chrono_tz::Tz) -> Result<Times, Option<Wrong>> {
    let local = |text: &str| form::local_time(text).map_err(|_| None);
    let (from, until) = (local(&table.from)?, local(&table.until)?);
    if until <= from {
        let expected = format!("a time after {}", table.from);
        return Err(Some(("until", "it ends before it begins".to_owned(), expected)));
    }
    let rule = |rule: &String| Recurrence::new(rule, from);
    let repeat = table.repeat.as_ref().map(rule).transpose().map_err(|why| {
        let expected = "a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TU or FREQ=YEARLY".to_owned();
        Some(("repeat", why.to_string(), expected))
    })?;
    let except = table.except.iter().map(|text| form::day(text).map_err(|_| None)).collect::<Result<_, _>>()?;
    Ok(Times { title: None, zone, from, until, repeat, except })
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map_or(&[], Node::items)
}
