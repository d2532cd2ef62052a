//! What leaves the screen: copies, plain text, files. Nothing of it changes anything outside.

use super::notice;
use crate::{
    app::{
        model::{List, Model, Overlay, Pane, Screen},
        msg::Effect,
        rows::{self, ComponentRow, Happening},
        table::{self, Format},
    },
    domain::{picture::JoinedAlert, slo::status::SloStatus},
};

/// The query behind the selected number; the line itself where there is none.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let text = query(model).filter(|text| !text.is_empty()).or_else(|| line(model));
    if text.is_none() {
        notice(model, "nothing here to copy");
    }
    text.map(Effect::Copy).into_iter().collect()
}

pub(super) fn plain(model: &Model) -> Vec<Effect> {
    let table = table::of_focus(model);
    vec![Effect::ShowPlain(format!("{}\n\n{}", table.title, table.text()))]
}

/// `warroom-slos-20261121T143207Z.md`: the name says what and when, and holds nothing from outside.
pub(super) fn export(model: &Model, format: Format) -> Vec<Effect> {
    let what = match (&model.ui.screen, model.ui.list()) {
        (Screen::Release(_), None) if model.ui.pane == Pane::Chart => "chart",
        (_, Some(List::Releases)) => "board",
        (_, Some(List::Components)) => "steps",
        (_, Some(List::Slos)) => "slos",
        (_, Some(List::Alerts)) => "alerts",
        (_, Some(List::Timeline)) => "timeline",
        (_, Some(List::Sources) | None) => "sources",
    };
    let name = format!("warroom-{what}-{}.{}", model.now.format("%Y%m%dT%H%M%SZ"), format.extension());
    vec![Effect::Export { name, content: table::of_focus(model).write(format) }]
}

fn query(model: &Model) -> Option<String> {
    let list = match model.ui.overlay {
        Some(Overlay::Detail { list, .. }) => Some(list),
        _ => model.ui.list(),
    };
    match list {
        Some(List::Slos) => rows::selected(model, List::Slos, &rows::slos(model)).and_then(slo_query),
        Some(List::Alerts) => rows::selected(model, List::Alerts, &rows::alerts(model)).and_then(alert_link),
        Some(List::Timeline) => match rows::selected(model, List::Timeline, &rows::timeline(model))? {
            Happening::Alert(alert) => alert_link(alert),
            Happening::Marker(_) => None,
        },
        Some(List::Components) => match rows::selected(model, List::Components, &rows::components(model))? {
            ComponentRow::Component(component) => {
                let mut analyses = component.workload.iter().flat_map(|workload| &workload.analyses);
                analyses.find_map(|analysis| analysis.query.clone())
            }
            ComponentRow::Step { .. } => None,
        },
        Some(List::Releases | List::Sources) => None,
        None => chart_query(model),
    }
}

/// The query of the window that burns most; of the budget where no window was measured.
fn slo_query(slo: &SloStatus) -> Option<String> {
    let measured = slo.burns.iter().filter(|burn| burn.rate.is_some());
    let worst = measured.max_by(|a, b| a.rate.unwrap_or(0.0).total_cmp(&b.rate.unwrap_or(0.0)));
    let any = worst.or_else(|| slo.burns.first()).map(|burn| burn.query.to_string());
    any.filter(|query| !query.is_empty()).or_else(|| Some(slo.budget.query.to_string()))
}

/// Where the alert's expression can be looked at; what to do about it where that is not known.
fn alert_link(joined: &JoinedAlert) -> Option<String> {
    let alert = &joined.alert;
    alert.generator_url.clone().filter(|url| !url.is_empty()).or_else(|| alert.runbook_url().map(str::to_owned))
}

fn chart_query(model: &Model) -> Option<String> {
    if model.ui.pane != Pane::Chart {
        return None;
    }
    let release = rows::release(model)?;
    let metrics = rows::metrics(model.shown(), release);
    let metric = metrics.get(model.ui.chart.metric).or_else(|| metrics.first())?;
    rows::charts_of(model.shown(), release).find(|series| series.metric == *metric).map(|series| series.query.clone())
}

/// The selected line with the heads of its columns: `STATE: BAD  RELEASE: checkout 1.42.0`.
fn line(model: &Model) -> Option<String> {
    let list = model.ui.list()?;
    let ids = rows::ids(model, list);
    let chosen = model.ui.selected.get(&list);
    let place = chosen.and_then(|id| ids.iter().position(|other| other == id)).unwrap_or(0);
    let table = table::of_list(model, list);
    let cells = table.rows.get(place)?;
    let told: Vec<String> = table
        .columns
        .iter()
        .zip(cells)
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(head, cell)| format!("{head}: {cell}"))
        .collect();
    Some(told.join("  "))
}
