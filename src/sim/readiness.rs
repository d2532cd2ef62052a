//! What must hold before a story's releases go on, who may say so, and the ways back: texts, as the files of a catalog have them.

use super::{Urls, people::People, scenario::Scenario};
use crate::config::Texts;

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
pub(super) fn texts(scenario: &Scenario, urls: &Urls, people: &People) -> Texts {
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
        runbooks: prepared.map(|(name, _, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    }
}
