//! The risk of a release, by what files, catalog, alerts and ledger say.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Risk,
    change::{Change, Facts},
    factor::{Factor, Name, Reading},
    failure::{FailureMode, GRAVE},
    steps,
};
use crate::domain::{
    catalog::Catalog,
    release::Release,
    run::runs::Runs,
    runbook::Runbook,
    time::{Span, Timestamp},
};

/// What a risk is worked out from, beside the release.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// What was declared.
    pub catalog: &'a Catalog,
    /// Who calls whom, by the same.
    pub callers: &'a Callers<'a>,
    /// How many pages fire in its environment, or why that is not known.
    pub pages: Result<u64, String>,
    /// What is known of runs and rehearsals; `None` where no ledger was read.
    pub runs: Option<&'a Runs>,
    /// Now.
    pub now: Timestamp,
}

/// Who calls each service directly: what services say they call, turned round.
#[derive(Clone, Debug, Default)]
pub struct Callers<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Callers<'a> {
    /// As the services of `catalog` say.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut callers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, service) in &catalog.services {
            for called in &service.depends_on {
                callers.entry(called).or_default().push(name);
            }
        }
        Self(callers)
    }

    fn of(&self, service: &str) -> impl Iterator<Item = &'a str> {
        self.0.get(service).into_iter().flatten().copied()
    }
}

/// So far back runs count as recent.
const RECENT: Span = Span::from_days(30);

/// The risk of `release`.
#[must_use]
pub fn assess(release: &Release, known: &Known<'_>) -> Risk {
    let nothing = Change::default();
    let change = known.catalog.changes.get(&release.id).unwrap_or(&nothing);
    let mut failures = change.failures.clone();
    failures.sort_by(|a, b| b.priority().cmp(&a.priority()).then_with(|| a.mode.cmp(&b.mode)));
    let services: BTreeSet<&str> = release.components.iter().map(|component| component.service.as_str()).collect();
    let factors = vec![
        size(change),
        coverage(change),
        criticality(&services, known.catalog),
        dependants(&services, known),
        yes_or_no(
            Name::SchemaChange,
            change,
            |facts| facts.schema_change,
            ("a schema is changed", "no schema is changed"),
        ),
        yes_or_no(
            Name::PersonalData,
            change,
            |facts| facts.personal_data,
            ("personal data is touched", "no personal data is touched"),
        ),
        on_call(change, known),
        incidents(release, &services, change, known),
        rehearsal(release, &services, change, known),
        modes(&failures),
    ];
    Risk { factors, failures }
}

/// What every file says of one thing.
fn readings<'a, T>(
    change: &'a Change,
    get: impl Fn(&Facts) -> Option<T> + 'a,
    read: impl Fn(T) -> (u8, String) + 'a,
) -> impl Iterator<Item = Reading> + 'a {
    change.said.iter().filter_map(move |facts| {
        let (points, evidence) = read(get(facts)?);
        Some(Reading { points, evidence, source: facts.source.clone() })
    })
}

/// What a file that cannot be read might have said is not known.
fn unread(factor: Factor, change: &Change) -> Factor {
    match &change.unread {
        Some(why) => factor.at_least(why),
        None => factor,
    }
}

fn size(change: &Change) -> Factor {
    let lines = readings(change, |facts| facts.lines, |count| (steps::lines(count), format!("{count} lines")));
    let files = readings(change, |facts| facts.files, |count| (steps::files(count), format!("{count} files")));
    let said = |get: fn(&Facts) -> Option<u64>| change.said.iter().any(|facts| get(facts).is_some());
    let factor = Factor::worst(Name::Size, lines.chain(files), "nobody said how much is changed");
    let factor = match (said(|facts| facts.lines), said(|facts| facts.files)) {
        (false, true) => factor.at_least("nobody said how many lines"),
        (true, false) => factor.up_to(steps::files(u64::MAX), "nobody said how many files"),
        (true, true) | (false, false) => factor,
    };
    unread(factor, change)
}

fn coverage(change: &Change) -> Factor {
    let read = |percent: f64| (steps::coverage(percent), format!("{percent} % of the changed lines are tested"));
    let readings = readings(change, |facts| facts.coverage, read);
    unread(Factor::worst(Name::Coverage, readings, "nobody said how much of it is tested"), change)
}

fn yes_or_no(
    name: Name,
    change: &Change,
    get: impl Fn(&Facts) -> Option<bool>,
    (yes, no): (&'static str, &'static str),
) -> Factor {
    let read = |there| if there { (name.weight(), yes.to_owned()) } else { (0, no.to_owned()) };
    let readings: Vec<Reading> = readings(change, get, read).collect();
    unread(Factor::worst(name, readings, &format!("nobody said whether {yes}")), change)
}

/// A service without a file has an owner and a weight that nobody told.
fn criticality(services: &BTreeSet<&str>, catalog: &Catalog) -> Factor {
    let of = |service: &&str| catalog.services.get(*service).and_then(|service| service.criticality);
    let (known, silent): (Vec<&str>, Vec<&str>) = services.iter().copied().partition(|service| of(service).is_some());
    let highest = known.iter().filter_map(of).min();
    let points = highest.map_or(0, steps::criticality) + steps::more_services(services.len());
    let told = known.iter().filter_map(|service| Some(format!("{service} of criticality {}", of(service)?)));
    let told = told.collect::<Vec<_>>().join(", ");
    let none = format!("nobody said how critical {} is", silent.join(", "));
    if known.is_empty() {
        let factor = Reading { points, evidence: none, source: String::new() };
        return Factor { most: Name::Services.weight(), ..Factor::read(Name::Services, factor) };
    }
    let factor = Factor::read(Name::Services, Reading { points, evidence: told, source: "catalog".to_owned() });
    if silent.is_empty() { factor } else { factor.at_least(&none) }
}

/// Who calls the changed services, directly or through others, and is not changed itself.
fn dependants(services: &BTreeSet<&str>, known: &Known<'_>) -> Factor {
    let mut reached: BTreeSet<&str> = services.clone();
    let mut next: Vec<&str> = services.iter().copied().collect();
    while let Some(service) = next.pop() {
        next.extend(known.callers.of(service).filter(|caller| reached.insert(caller)));
    }
    let callers: Vec<&str> = reached.difference(services).copied().collect();
    let evidence = match callers.len() {
        0 => "no service of the catalog calls it".to_owned(),
        1..=5 => format!("called by {}", callers.join(", ")),
        many => format!("called by {many} services"),
    };
    let reading = Reading { points: steps::dependants(callers.len()), evidence, source: "catalog".to_owned() };
    let factor = Factor::read(Name::Dependants, reading);
    let silent: Vec<&str> =
        services.iter().copied().filter(|service| !known.catalog.services.contains_key(*service)).collect();
    if silent.is_empty() {
        factor
    } else {
        factor.at_least(&format!("{} has no file in the catalog", silent.join(", ")))
    }
}

/// What fires now, and what files say of the shift.
fn on_call(change: &Change, known: &Known<'_>) -> Factor {
    let said = readings(change, |facts| facts.pages, |count| (steps::pages(count), format!("{count} pages in 12 h")));
    let (firing, why) = match &known.pages {
        Ok(count) => (Some(*count), String::new()),
        Err(why) => (None, format!("pages are not known: {why}")),
    };
    let firing = firing.map(|count| Reading {
        points: steps::pages(count),
        evidence: format!("{count} pages fire in its environment"),
        source: "alerts".to_owned(),
    });
    unread(Factor::worst(Name::OnCall, said.chain(firing), &why), change)
}

/// What files say, and every rollback that was run here: warroom knows of no other incident.
fn incidents(release: &Release, services: &BTreeSet<&str>, change: &Change, known: &Known<'_>) -> Factor {
    let read = |count: u64| (steps::incidents(count), format!("{count} incidents in 30 days"));
    let said: Vec<Reading> = readings(change, |facts| facts.incidents, read).collect();
    let recent = |at: Timestamp| Span::between(at, known.now) <= RECENT;
    let rolled_back = known.runs.map(|runs| {
        let here = runs.newest().into_iter().filter(|run| {
            run.is_real()
                && recent(run.at)
                && run.plan.target.environment == release.environment
                && run.plan.target.services.iter().any(|service| services.contains(service.as_str()))
        });
        here.count() as u64
    });
    let runs = rolled_back.filter(|count| *count > 0).map(|count| Reading {
        points: steps::incidents(count),
        evidence: format!("{count} runbooks were run for it in 30 days"),
        source: "ledger".to_owned(),
    });
    let counted = !said.is_empty();
    let factor =
        Factor::worst(Name::Incidents, said.into_iter().chain(runs), "nobody said how many incidents there were");
    let factor = if counted || factor.is_unknown() { factor } else { factor.at_least("other incidents are not known") };
    unread(factor, change)
}

/// The service whose way back was rehearsed longest ago decides.
fn rehearsal(release: &Release, services: &BTreeSet<&str>, change: &Change, known: &Known<'_>) -> Factor {
    let name = Name::Rehearsal;
    let said = change.said.iter().filter_map(|facts| Some((facts.rehearsed?, facts.source.as_str()))).max();
    let each = services.iter().copied().map(|service| (service, last(service, &release.environment, known)));
    let oldest = each.max_by_key(|(_, last)| match last {
        Last::At(at) => (1, std::cmp::Reverse(Some(*at))),
        Last::Unknown => (0, std::cmp::Reverse(None)),
        Last::Never | Last::NoRunbook => (2, std::cmp::Reverse(None)),
    });
    let worst = Reading { points: name.weight(), evidence: String::new(), source: "ledger".to_owned() };
    let found = match oldest {
        None | Some((_, Last::Unknown)) => None,
        Some((service, Last::NoRunbook)) => {
            let evidence = format!("no runbook leads back for {service}");
            Some((None, Reading { evidence, source: "catalog".to_owned(), ..worst }))
        }
        Some((service, Last::Never)) => Some((
            None,
            Reading { evidence: format!("the way back of {service} was never rehearsed as it is now"), ..worst },
        )),
        Some((service, Last::At(at))) => {
            let words = format!("the way back of {service} was rehearsed");
            Some((Some(at), Reading { points: age(at, known.now), evidence: ago(&words, at, known.now), ..worst }))
        }
    };
    // The newest that anybody tells: who rehearses elsewhere says so in a file.
    match (found, said) {
        (found, Some((at, source))) if found.as_ref().is_none_or(|(here, _)| here.is_none_or(|here| here < at)) => {
            let evidence = ago("its way back was rehearsed", at, known.now);
            Factor::read(name, Reading { points: age(at, known.now), evidence, source: source.to_owned() })
        }
        (Some((_, reading)), _) => Factor::read(name, reading),
        (None, _) => Factor::unknown(name, "rehearsals are not known: there is no ledger to read"),
    }
}

fn age(at: Timestamp, now: Timestamp) -> u8 {
    steps::rehearsal(Span::between(at, now))
}

fn ago(words: &str, at: Timestamp, now: Timestamp) -> String {
    format!("{words} {} ago", Span::between(at, now).age())
}

/// When the way back of a service was rehearsed last.
enum Last {
    At(Timestamp),
    Never,
    NoRunbook,
    Unknown,
}

fn last(service: &str, environment: &str, known: &Known<'_>) -> Last {
    let fits = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
    let leads = |runbook: &&Runbook| fits(&runbook.services, service) && fits(&runbook.environments, environment);
    let runbooks: Vec<&Runbook> = known.catalog.runbooks.values().filter(leads).collect();
    if runbooks.is_empty() {
        return Last::NoRunbook;
    }
    let Some(runs) = known.runs else { return Last::Unknown };
    let newest = runbooks.iter().filter_map(|runbook| runs.rehearsed(runbook.digest, None)).map(|(at, _)| at).max();
    newest.map_or(Last::Never, Last::At)
}

/// The worst of the ways in which it may fail.
fn modes(failures: &[FailureMode]) -> Factor {
    let points = |mode: &FailureMode| {
        let grave = if mode.severity >= GRAVE { steps::GRAVE } else { 0 };
        steps::priority(mode.priority()).max(grave)
    };
    let readings = failures.iter().map(|mode| Reading {
        points: points(mode),
        evidence: format!("{}: {}", mode.mode, mode.words()),
        source: "release file".to_owned(),
    });
    Factor::worst(Name::FailureModes, readings, "nobody said how it may fail ([[failure]] in its file)")
}

#[cfg(test)]
mod tests;
