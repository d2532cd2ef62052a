//! What leaves the screen: copies, plain text, files. Nothing of it changes anything outside.

use super::notice;
use crate::{
    app::{
        export::{self, Format},
        model::{List, Model, Overlay, Pane},
        msg::Effect,
        rows::{self, ComponentRow, Happening},
        table,
    },
    domain::{clean::clean, picture::JoinedAlert, slo::status::SloStatus},
};

/// The query behind the selected number; the line itself where there is none. Text from outside is made harmless: pasted
/// into a shell, a line end in it would run what stands before it.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let found = query(model).filter(|(_, text)| !text.is_empty()).or_else(|| line(model));
    let Some((what, text)) = found else {
        notice(model, "nothing here to copy");
        return Vec::new();
    };
    let harmless = clean(text.trim()).into_owned();
    let changed = if harmless == text.trim() { "" } else { ", control characters replaced" };
    vec![Effect::Copy { what: format!("{}{changed}", clean(&what)), text: harmless }]
}

pub(super) fn plain(model: &mut Model) -> Vec<Effect> {
    let Some(table) = table::of_focus(model) else {
        notice(model, "nothing here to show as text");
        return Vec::new();
    };
    vec![Effect::ShowPlain(format!("{}\n\n{}", table.title, table.text()))]
}

pub(super) fn export(model: &mut Model, format: Format) -> Vec<Effect> {
    let Some(table) = table::of_focus(model) else {
        notice(model, "nothing here to write to a file");
        return Vec::new();
    };
    let name = export::name(model, format);
    vec![Effect::Export { name, content: export::write(&table, format, model.shown().at) }]
}

/// What it is, and the text.
type Copied = (String, String);

fn query(model: &Model) -> Option<Copied> {
    let list = match model.ui.overlay {
        Some(Overlay::Detail { list, .. }) => Some(list),
        _ => model.ui.list(),
    };
    match list {
        Some(List::Slos) => {
            let slo = rows::selected(model, List::Slos, &rows::slos(model))?;
            Some((format!("the query of {} {}", slo.key.service, slo.key.slo), slo_query(slo)))
        }
        Some(List::Analyses) => {
            let one = rows::selected(model, List::Analyses, &rows::analyses(model))?;
            let query = one.query()?.to_string();
            Some((format!("the query of {} {} by version", one.service, one.slo), query))
        }
        Some(List::Alerts) => rows::selected(model, List::Alerts, &rows::alerts(model)).and_then(alert_link),
        Some(List::Timeline) => match rows::selected(model, List::Timeline, &rows::timeline(model))? {
            Happening::Alert(alert) => alert_link(alert),
            Happening::Marker(_) | Happening::Act(_) => None,
        },
        Some(List::Components) => match rows::selected(model, List::Components, &rows::components(model))? {
            ComponentRow::Component(component) => {
                let mut analyses = component.workload.iter().flat_map(|workload| &workload.analyses);
                let query = analyses.find_map(|analysis| Some((&analysis.metric, analysis.query.clone()?)));
                query.map(|(metric, query)| (format!("the query of the analysis {metric}"), query))
            }
            ComponentRow::Step { .. } => None,
        },
        Some(
            List::Releases
            | List::Sources
            | List::Checks
            | List::Ledger
            | List::Runbooks
            | List::Runs
            | List::RunSteps
            | List::Approvals
            | List::Calendar,
        ) => None,
        None => chart_query(model),
    }
}

/// The query of the window that burns most; of the budget where no window was measured.
fn slo_query(slo: &SloStatus) -> String {
    let measured = slo.burns.iter().filter(|burn| burn.rate.is_some());
    let worst = measured.max_by(|a, b| a.rate.unwrap_or(0.0).total_cmp(&b.rate.unwrap_or(0.0)));
    let any = worst.or_else(|| slo.burns.first()).map(|burn| burn.query.to_string());
    any.filter(|query| !query.is_empty()).unwrap_or_else(|| slo.budget.query.to_string())
}

/// Where the alert's expression can be looked at; what to do about it where that is not known.
fn alert_link(joined: &JoinedAlert) -> Option<Copied> {
    let alert = &joined.alert;
    let expression = alert.generator_url.clone().filter(|url| !url.is_empty());
    expression
        .map(|url| (format!("the link to the expression of {}", alert.name), url))
        .or_else(|| Some((format!("the link to the runbook of {}", alert.name), alert.runbook_url()?.to_owned())))
}

fn chart_query(model: &Model) -> Option<Copied> {
    if model.ui.pane != Pane::Chart {
        return None;
    }
    let release = rows::release(model)?;
    let metrics = rows::metrics(model.shown(), release);
    let metric = metrics.get(model.ui.chart.metric).or_else(|| metrics.first())?;
    let series = rows::charts_of(model.shown(), release).find(|series| series.metric == *metric)?;
    Some((format!("the query of the chart of {}", series.service), series.query.clone()))
}

/// The selected line with the heads of its columns: `STATE: BAD  RELEASE: checkout 1.42.0`.
fn line(model: &Model) -> Option<Copied> {
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
    Some(("the line".to_owned(), told.join("  ")))
}
