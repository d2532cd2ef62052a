//! What of a catalog is right by its form, and cannot work all the same: signatures that nobody can give, and runbooks that do not
//! do what they are for. For who checks a catalog; a console starts with it.

use std::path::Path;

use super::{
    diagnostic::{Diagnostic, Severity},
    origin::Origin,
};
use crate::domain::{
    catalog::Catalog,
    checklist::{Checklist, Requirement, check::Check},
    readiness::{
        quorum::{self, Signer},
        roles::Right,
    },
    runbook::{
        lint::{Level, lint},
        rehearsal::Rehearsed,
    },
    time::Timestamp,
};

/// A requirement of the catalog, and where it stands.
struct Asked<'a> {
    /// The file, below the catalog.
    file: String,
    /// What it is: `the sign-off technical`.
    what: String,
    by: &'a Requirement,
    right: Right,
}

/// Warnings about `catalog`, which lies in `directory`.
#[must_use]
pub fn warnings(catalog: &Catalog, directory: &Path) -> Vec<Diagnostic> {
    let warning = |file: &str, problem: String, advice: &str| {
        Diagnostic::new(Severity::Warning, Origin::File(directory.join(file)), problem).advise(advice)
    };
    let asked = asked(catalog);
    let nobody = catalog.signers.names().next().is_none();
    let mut all = Vec::new();
    let needs: Vec<&str> = asked.iter().map(|one| one.what.as_str()).chain(signed_items(catalog)).collect();
    if let (true, Some(first)) = (nobody, needs.first()) {
        let more = if needs.len() > 1 { format!(" and {} more", needs.len() - 1) } else { String::new() };
        let problem = format!("there is no key in it, and {first}{more} must be signed: nobody can");
        all.push(warning(
            "allowed_signers",
            problem,
            "write a line for each person: NAME namespaces=\"warroom.*\" KEY",
        ));
    }
    for one in asked.iter().filter(|_| !nobody && !catalog.roles.roles.is_empty()) {
        if let Some(missing) = lacking(one, catalog) {
            let problem = format!(
                "{} can never be given: {missing} missing, of those who have the role, the right and a key",
                one.what
            );
            all.push(warning(
                &one.file,
                problem,
                "ask for fewer, or see to roles.toml (members, may) and allowed_signers",
            ));
        }
    }
    // What is said of age is not told here.
    let now = Timestamp::default();
    for runbook in catalog.runbooks.values() {
        let findings = lint(runbook, &catalog.runbooks, Rehearsed::Unknown, now);
        for finding in findings.into_iter().filter(|finding| finding.level == Level::Error) {
            let step = finding.step.map_or_else(String::new, |step| format!("the step {step}: "));
            let problem = format!("{step}{}", finding.words);
            all.push(warning(&format!("runbooks/{}.toml", runbook.name), problem, &finding.advice));
        }
    }
    all
}

/// Everything that people must sign or approve.
fn asked(catalog: &Catalog) -> Vec<Asked<'_>> {
    let signoffs = catalog.checklists.iter().flat_map(|(name, checklist)| {
        checklist.signoffs.iter().map(move |signoff| Asked {
            file: format!("checklists/{name}.toml"),
            what: format!("the sign-off {}", signoff.id),
            by: &signoff.by,
            right: Right::Sign,
        })
    });
    let approvals = catalog.runbooks.iter().flat_map(|(name, runbook)| {
        runbook.approvals.iter().map(move |(class, by)| Asked {
            file: format!("runbooks/{name}.toml"),
            what: format!("the approval of a {} change", class.word()),
            by,
            right: Right::Approve,
        })
    });
    signoffs.chain(approvals).collect()
}

/// Items that count only with a signature.
fn signed_items(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let items = catalog.checklists.values().flat_map(Checklist::items);
    items.filter(|item| matches!(item.check, Check::Manual { signed: true })).map(|item| item.id.as_str())
}

/// Who is missing when everybody signs who can.
fn lacking(asked: &Asked<'_>, catalog: &Catalog) -> Option<String> {
    let roles = &catalog.roles;
    let people: Vec<(&str, &str)> = roles
        .roles
        .keys()
        .flat_map(|role| roles.people(role).into_iter().map(move |person| (role.as_str(), person)))
        .filter(|(role, person)| roles.may(person, asked.right, role) && can_sign(person, catalog))
        .collect();
    let signers: Vec<Signer<'_>> =
        people.iter().map(|&(role, person)| Signer { person, key: person, role, other_than_author: true }).collect();
    let reached = quorum::reach(asked.by, &signers);
    let missing: Vec<String> = reached.missing.iter().map(quorum::Missing::words).collect();
    let missing = if missing.is_empty() { "somebody".to_owned() } else { missing.join(" and ") };
    (!reached.met).then(|| format!("{missing} {}", if reached.missing.len() == 1 { "is" } else { "are" }))
}

/// Whether `person` has a key, under any of their names.
fn can_sign(person: &str, catalog: &Catalog) -> bool {
    let also = catalog.roles.principals.get(person).into_iter().flat_map(|person| &person.also);
    std::iter::once(person).chain(also.map(String::as_str)).any(|name| catalog.signers.knows(name))
}
