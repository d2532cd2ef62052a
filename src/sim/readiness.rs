//! What must hold before a story's releases go on, who may say so, and the ways back: texts, as the files of a catalog have them.

use super::{
    Urls,
    people::People,
    scenario::{Date, Scenario},
};
use crate::{config::Texts, domain::time::Timestamp};

/// The checklists that a story's releases can name. `{prometheus}` and `{alertmanager}` stand for the URLs of the servers.
const CHECKLISTS: [(&str, &str); 2] =
    [("checkout", include_str!("checklists/checkout.toml")), ("service", include_str!("checklists/service.toml"))];

/// The ways back that are prepared, with the service that each is for.
const RUNBOOKS: [(&str, &str, &str); 2] = [
    ("hold-checkout", "checkout", include_str!("runbooks/hold-checkout.toml")),
    ("rollback-checkout", "checkout", include_str!("runbooks/rollback-checkout.toml")),
];

const ROLES: &str = include_str!("checklists/roles.toml");

/// The texts for the releases of `scenario`.
pub(super) fn texts(scenario: &Scenario, urls: &Urls, start: Timestamp, people: &People) -> Texts {
    let named = |name: &str| scenario.releases.iter().any(|release| release.checklist.as_deref() == Some(name));
    let filled = |text: &str| {
        text.replace("{prometheus}", urls.prometheus.as_str()).replace("{alertmanager}", urls.alertmanager.as_str())
    };
    let runs = |service: &str| scenario.services.iter().any(|one| one.name == service);
    let prepared = RUNBOOKS.iter().filter(|(_, service, _)| runs(service));
    let used = CHECKLISTS.iter().filter(|(name, _)| named(name));
    Texts {
        roles: ROLES.to_owned(),
        signers: people.allowed_signers(),
        checklists: used.map(|(name, text)| ((*name).to_owned(), filled(text))).collect(),
        calendar: scenario.dates.iter().map(|date| (date.name.clone(), date_file(date, start))).collect(),
        runbooks: prepared.map(|(name, _, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    }
}

/// An entry of the calendar, to the minute.
fn date_file(date: &Date, start: Timestamp) -> String {
    let at = |moment: i64| (start + chrono::TimeDelta::milliseconds(moment)).format("%Y-%m-%dT%H:%M");
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let overrides: Vec<String> = date.overrides.iter().map(|role| quoted(role)).collect();
    let (from, until) = (at(date.from.0), at(date.until.0));
    format!(
        "title = {}\nkind = {}                          # freeze, window, notice\noverride = [{}]             # roles that may let a release pass\n\n\
         [[time]]\nfrom = \"{from}\"                # UTC where no `zone` is named\nuntil = \"{until}\"\n",
        quoted(&date.title),
        quoted(date.kind.word()),
        overrides.join(", "),
    )
}
