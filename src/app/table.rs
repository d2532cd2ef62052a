//! A list as plain text, for everything that leaves the screen: copies, exports, plain text for the mouse, headless commands.

mod calendar;
mod procedures;

use unicode_width::UnicodeWidthStr;

use super::{
    ledger::Recorded,
    model::{List, Model, Pane, Screen},
    rows::{self, CheckRow, ComponentRow, Happening, Row},
};
use crate::domain::{
    canary::analysis::Analysis,
    clean::clean,
    picture::{JoinedAlert, Picture, SourceView},
    release::Release,
    slo::status::SloStatus,
    time::{Span, Timestamp},
};

/// A titled table of plain, cleaned text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// The heads of the columns.
    pub columns: Vec<&'static str>,
    /// The lines; each has a cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, columns: &[&'static str], rows: Vec<Vec<String>>) -> Self {
        let rows = rows.into_iter().map(|row| row.iter().map(|cell| clean(cell).into_owned()).collect()).collect();
        Self { title: clean(&title.into()).into_owned(), columns: columns.to_vec(), rows }
    }

    /// Aligned columns, two blanks apart.
    #[must_use]
    pub fn text(&self) -> String {
        let width = |index: usize, head: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
            cells.chain([head.width()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = self.columns.iter().enumerate().map(|(index, head)| width(index, head)).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut text = String::new();
            for (cell, width) in cells.zip(&widths) {
                text.push_str(cell);
                text.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            }
            format!("{}\n", text.trim_end())
        };
        let mut text = line(&mut self.columns.iter().copied());
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(String::as_str)));
        }
        text
    }
}

/// The list or the chart that has the keys; `None` where there is neither.
#[must_use]
pub fn of_focus(model: &Model) -> Option<Table> {
    match model.ui.list() {
        Some(list) => Some(of_list(model, list)),
        None if matches!(model.ui.screen, Screen::Release(_)) && model.ui.pane == Pane::Chart => Some(charts(model)),
        None => None,
    }
}

/// A list as it stands on the screen.
#[must_use]
pub fn of_list(model: &Model, list: List) -> Table {
    let picture = model.shown();
    let about = rows::release(model).map_or_else(String::new, |release| format!(" of {}", release.name));
    match list {
        List::Releases => {
            let releases: Vec<&Release> = rows::releases(model).into_iter().map(|row| row.item).collect();
            releases_table(picture, &releases, model.now)
        }
        List::Components => {
            let lines = rows::components(model).iter().map(|row| component_line(&row.item)).collect();
            Table::new(format!("Steps{about}"), &["SERVICE", "STEP", "STATE", "VERSION", "PREVIOUS", "NOTE"], lines)
        }
        List::Slos => {
            let lines = rows::slos(model).iter().map(|row| slo_line(row.item)).collect();
            Table::new(format!("SLOs{about}"), &SLO_COLUMNS, lines)
        }
        List::Analyses => {
            let lines = rows::analyses(model).iter().map(|row| analysis_line(row.item)).collect();
            Table::new(format!("Canary{about}"), &ANALYSIS_COLUMNS, lines)
        }
        List::Alerts => {
            let lines = rows::alerts(model).iter().map(|row| alert_line(row.item, model.now)).collect();
            Table::new(format!("Alerts{about}"), &ALERT_COLUMNS, lines)
        }
        List::Timeline => {
            let lines = rows::timeline(model).iter().map(|row| happening_line(&row.item)).collect();
            Table::new(format!("Timeline{about}"), &["TIME", "WHAT", "SERVICE", "TEXT"], lines)
        }
        List::Sources => {
            let sources: Vec<&SourceView> = rows::sources(model).into_iter().map(|row| row.item).collect();
            sources_table(&sources)
        }
        List::Checks => Table::new(
            format!("Checklist{about}"),
            &CHECK_COLUMNS,
            rows::checks(model).iter().map(check_line).collect(),
        ),
        List::Runbooks => procedures::runbooks(model),
        List::Runs => procedures::runs(model),
        List::RunSteps => procedures::steps(model),
        List::Approvals => procedures::approvals(model),
        List::Calendar => calendar::dates(model),
        List::Ledger => Table::new("Ledger", &LEDGER_COLUMNS, rows::ledger(model).iter().map(ledger_line).collect()),
    }
}

const SLO_COLUMNS: [&str; 8] = ["STATE", "SERVICE", "SLO", "VERSION", "OBJECTIVE", "BUDGET LEFT", "BURN", "DATA"];
const ANALYSIS_COLUMNS: [&str; 6] = ["STATE", "SERVICE", "SLO", "CANARY", "BASELINE", "WHY"];
const CHECK_COLUMNS: [&str; 6] = ["STATE", "ITEM", "BEFORE", "KIND", "BY", "WHY"];
const LEDGER_COLUMNS: [&str; 8] = ["SEQ", "TIME", "WHO", "ACTION", "TARGET", "RELEASE", "SIGNATURE", "WHY"];
const ALERT_COLUMNS: [&str; 6] = ["STATE", "ALERT", "SERVICE", "FOR", "SOURCES", "SUMMARY"];

fn check_line(row: &Row<CheckRow<'_>>) -> Vec<String> {
    let (due, word) = (row.item.due().words(), row.item.state().word().to_owned());
    match row.item {
        CheckRow::Item { line, .. } => vec![
            word,
            line.title.clone(),
            due,
            line.kind.to_owned(),
            line.by.clone().unwrap_or_default(),
            line.why.clone(),
        ],
        CheckRow::Signoff(signed) => {
            vec![word, signed.title.clone(), due, "sign-off".to_owned(), String::new(), signed.words()]
        }
    }
}

fn ledger_line(row: &Row<&Recorded>) -> Vec<String> {
    let event = &row.item.event;
    vec![
        event.seq.to_string(),
        event.ts.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        row.item.who().to_owned(),
        event.action.clone(),
        event.target.clone(),
        event.release.clone().unwrap_or_default(),
        row.item.proof.word().to_owned(),
        row.item.why().unwrap_or_default().to_owned(),
    ]
}

/// Releases, a line each.
#[must_use]
pub fn releases_table(picture: &Picture, releases: &[&Release], now: Timestamp) -> Table {
    let lines = releases.iter().map(|release| release_line(picture, release, now)).collect();
    let columns = ["STATE", "RELEASE", "ENVIRONMENT", "PHASE", "STEP", "TRAFFIC", "BURN", "DATA AGE", "WHY"];
    Table::new("Releases", &columns, lines)
}

/// SLOs, a line each.
#[must_use]
pub fn slos_table(slos: &[&SloStatus]) -> Table {
    Table::new("SLOs", &SLO_COLUMNS, slos.iter().map(|slo| slo_line(slo)).collect())
}

/// Alerts, a line each.
#[must_use]
pub fn alerts_table(alerts: &[&JoinedAlert], now: Timestamp) -> Table {
    Table::new("Alerts", &ALERT_COLUMNS, alerts.iter().map(|alert| alert_line(alert, now)).collect())
}

/// Sources, a line each.
#[must_use]
pub fn sources_table(sources: &[&SourceView]) -> Table {
    let lines = sources.iter().map(|source| source_line(source)).collect();
    Table::new("Sources", &["STATE", "SOURCE", "KIND", "ENDPOINT", "AGE", "LATENCY", "ERROR"], lines)
}

/// A number that may be unknown: `?` then, never 0.
fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| "?".to_owned())
}

fn age(span: Option<Span>) -> String {
    or_unknown(span.map(Span::age))
}

fn times(burn: f64) -> String {
    format!("{burn:.1}x")
}

fn release_line(picture: &Picture, release: &Release, now: Timestamp) -> Vec<String> {
    let workload = release.leading().and_then(|component| component.workload.as_ref());
    let step = workload.and_then(|workload| workload.step);
    let traffic = workload.map(|workload| &workload.traffic).and_then(|traffic| {
        let percent = |share: u32| u64::from(share) * 100 / u64::from(traffic.max.max(1));
        traffic.actual.map(|actual| format!("{}%", percent(actual)))
    });
    vec![
        release.level.word().to_owned(),
        release.name.clone(),
        release.environment.clone(),
        release.phase.word().to_owned(),
        step.map_or_else(String::new, |step| format!("{}/{}", step.index, step.total)),
        or_unknown(traffic),
        or_unknown(rows::worst_burn(picture, release).map(times)),
        age(release.data_at.map(|at| Span::between(at, now))),
        release.reasons.first().map(|reason| reason.text.clone()).unwrap_or_default(),
    ]
}

fn component_line(line: &ComponentRow<'_>) -> Vec<String> {
    match line {
        ComponentRow::Component(component) => {
            let workload = component.workload.as_ref();
            let step = workload.and_then(|workload| workload.step);
            let message = workload.map(|workload| workload.message.clone()).filter(|text| !text.is_empty());
            vec![
                component.service.clone(),
                step.map_or_else(String::new, |step| format!("{}/{}", step.index, step.total)),
                workload.map_or(component.phase.word(), |workload| workload.status.word()).to_owned(),
                or_unknown(component.version.clone()),
                or_unknown(component.previous.clone()),
                component.problem.clone().or(message).unwrap_or_default(),
            ]
        }
        ComponentRow::Step { component, index, step } => vec![
            component.service.clone(),
            format!("{} {}", index + 1, step.label),
            format!("{:?}", step.state).to_lowercase(),
            String::new(),
            String::new(),
            String::new(),
        ],
    }
}

fn slo_line(slo: &SloStatus) -> Vec<String> {
    let burns: Vec<String> =
        slo.burns.iter().map(|burn| format!("{} {}", burn.window, or_unknown(burn.rate.map(times)))).collect();
    vec![
        slo.level.word().to_owned(),
        slo.key.service.clone(),
        slo.key.slo.clone(),
        slo.key.version.clone().unwrap_or_default(),
        format!("{}%", slo.objective.percent()),
        or_unknown(slo.budget.remaining.map(|left| format!("{:.1}%", left * 100.0))),
        burns.join(" "),
        slo.state.word().to_owned(),
    ]
}

/// A canary, as a line.
fn analysis_line(one: &Analysis) -> Vec<String> {
    vec![
        one.word().to_owned(),
        one.service.clone(),
        one.slo.clone(),
        one.canary.clone(),
        one.baseline.clone(),
        one.why(),
    ]
}

fn alert_line(joined: &JoinedAlert, now: Timestamp) -> Vec<String> {
    let alert = &joined.alert;
    let sources: Vec<&str> = joined.sources.iter().map(crate::domain::object::SourceName::as_str).collect();
    let state = if joined.stale { "STALE".to_owned() } else { format!("{:?}", alert.state).to_uppercase() };
    vec![
        state,
        alert.name.clone(),
        joined.service.clone().unwrap_or_else(|| "?".to_owned()),
        Span::between(alert.starts_at, now).age(),
        sources.join(" "),
        alert.summary().to_owned(),
    ]
}

fn happening_line(line: &Happening<'_>) -> Vec<String> {
    let at = line.at().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    match line {
        Happening::Marker(marker) => vec![
            at,
            "deployment".to_owned(),
            marker.service.clone().unwrap_or_else(|| "?".to_owned()),
            marker.text.clone(),
        ],
        Happening::Alert(alert) => vec![
            at,
            "alert".to_owned(),
            alert.service.clone().unwrap_or_else(|| "?".to_owned()),
            format!("{} {}", alert.alert.name, alert.alert.summary()),
        ],
        Happening::Act(recorded) => {
            vec![at, "people".to_owned(), recorded.who().to_owned(), rows::act(recorded)]
        }
    }
}

fn source_line(source: &SourceView) -> Vec<String> {
    vec![
        source.word.clone(),
        source.name.to_string(),
        source.kind.clone(),
        source.endpoint.clone(),
        age(source.age),
        or_unknown(source.latency.map(|latency| format!("{}ms", latency.millis()))),
        source.error.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

fn charts(model: &Model) -> Table {
    let release = rows::release(model);
    let series = release.into_iter().flat_map(|release| rows::charts_of(model.shown(), release));
    let points = series.flat_map(|series| {
        series.points.iter().enumerate().map(move |(index, point)| {
            let at = series.start + series.step.times(u64::try_from(index).unwrap_or(0)).delta();
            vec![
                at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                series.service.clone(),
                metric_word(&series.metric),
                series.version.clone().unwrap_or_default(),
                or_unknown(point.map(|point| point.to_string())),
            ]
        })
    });
    Table::new("Chart", &["TIME", "SERVICE", "METRIC", "VERSION", "VALUE"], points.collect())
}

fn metric_word(metric: &crate::domain::chart::Metric) -> String {
    match metric {
        crate::domain::chart::Metric::ErrorRatio { slo } => format!("error ratio of {slo}"),
        crate::domain::chart::Metric::Rate { slo } => format!("events per second of {slo}"),
    }
}
