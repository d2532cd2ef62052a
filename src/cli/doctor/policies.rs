//! Whether those who judge policies can be asked.

use super::{Finding, State};
use crate::{
    cli::{console, policy},
    clock::Clock,
    config::Loaded,
    domain::policy::deciding,
    sources::{connector::Context, opa::Opa},
};

/// What is to be said of policies; nothing where there are none.
pub(super) fn findings(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !loaded.catalog.policies.is_empty() {
        findings.push(of_catalog(loaded));
    }
    findings.extend(server(loaded));
    findings
}

fn of_catalog(loaded: &Loaded) -> Finding {
    let finding = |state, found: String| Finding::new("policies", "catalog", state, found);
    match policy::faults(loaded).first() {
        None => {
            let files = deciding(&loaded.catalog).count();
            finding(State::Ok, format!("{files} of {} files decide; they can be judged", loaded.catalog.policies.len()))
        }
        Some(fault) => finding(State::Failed, fault.line())
            .advise("until it is mended, every release is denied; `config check` says more"),
    }
}

fn server(loaded: &Loaded) -> Option<Finding> {
    let finding = |state, found: String| Finding::new("policies", "Open Policy Agent", state, found);
    let server = match Opa::of(&loaded.settings.policy, &Context::new(Clock::real(), true)) {
        Ok(server) => server?,
        Err(error) => return Some(finding(State::Failed, error.to_string())),
    };
    let Ok(runtime) = console::runtime() else { return None };
    let reached = runtime.block_on(server.reach());
    runtime.shutdown_background();
    Some(match reached {
        Ok(()) => finding(State::Ok, format!("{} decides", server.shown())),
        Err(error) => finding(State::Failed, format!("{}: {}", error.kind.word(), error.what))
            .advise(format!("until it answers, every release is denied; {}", error.advice)),
    })
}
