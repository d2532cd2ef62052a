//! Whether the circuit breaker can do what triggers ask of it: who acts, with which rights and which key.

use std::path::Path;

use super::{
    diagnostic::{Diagnostic, Severity},
    options::{Options, Trust},
    origin::Origin,
    provenance::Provenance,
    settings::Settings,
};
use crate::domain::{
    breaker::account::{may, problems, right},
    catalog::Catalog,
    trigger::Act,
};

/// The key of the settings that names the account.
const KEY: &str = "breaker.as";

/// Refuses an account that only a file names which happens to lie in the working directory: who works there would act by it with
/// their own key.
pub(crate) fn trusted(settings: &Settings, provenance: &Provenance, options: &Options) -> Option<Diagnostic> {
    settings.breaker.account.as_ref()?;
    let origin = provenance.of(KEY).origin;
    let mut found = options.places().into_iter().filter(|place| place.trust == Trust::Found);
    found.any(|place| origin == Origin::File(place.path)).then(|| {
        let problem = "a warroom.toml of the working directory may not make this process act by itself";
        let mut diagnostic = Diagnostic::new(Severity::Error, origin.clone(), problem)
            .advise("move [breaker] to the configuration of the user or the machine, or give this file by --config");
        KEY.clone_into(&mut diagnostic.key);
        diagnostic
    })
}

/// Warnings about triggers that act and about who would, for who checks `catalog`, which lies in `directory`.
#[must_use]
pub fn warnings(settings: &Settings, provenance: &Provenance, catalog: &Catalog, directory: &Path) -> Vec<Diagnostic> {
    let roles = Origin::File(directory.join("roles.toml"));
    let mut all = Vec::new();
    if let Some(name) = &settings.breaker.account {
        let origin = provenance.of(KEY).origin;
        for problem in problems(&catalog.roles, &catalog.signers, name) {
            let mut warning = Diagnostic::new(Severity::Warning, origin.clone(), problem)
                .advise("until then this process does nothing by itself; docs/verdict.md shows what it needs");
            KEY.clone_into(&mut warning.key);
            all.push(warning);
        }
    }
    for (release, criteria) in &catalog.criteria {
        let class = catalog.releases.get(release).map(|file| file.class).unwrap_or_default();
        for trigger in criteria.triggers.iter().filter(|trigger| trigger.act != Act::Advise) {
            let Some(right) = right(trigger.act) else { continue };
            let everybody = catalog.roles.roles.keys().flat_map(|role| catalog.roles.people(role));
            let mut able = everybody
                .filter(|name| may(&catalog.roles, name, trigger.act, class).is_ok() && catalog.signers.knows(name));
            if able.next().is_none() {
                let problem = format!(
                    "the trigger {} of {release} would {} it by itself, and nobody with a key may {} a {} change",
                    trigger.id,
                    trigger.act.word(),
                    right.word(),
                    class.word()
                );
                let advice = format!(
                    "give a service account a role with may = [\"{}\"] and a key in allowed_signers, or write act = \"advise\"",
                    right.word()
                );
                all.push(Diagnostic::new(Severity::Warning, roles.clone(), problem).advise(advice));
            }
        }
    }
    all
}
