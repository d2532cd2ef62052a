//! Whether what people do can be recorded and signed here, and whether it outlives their login: ledger, keys, system.

use std::{process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

use super::{Finding, State};
use crate::{
    cli::{console, readiness::reader},
    clock::Clock,
    config::{Loaded, schema::ledger::LedgerStore},
    domain::{breaker::account::problems, ledger::signature::Meaning},
    ledger::{
        agent::{Agent, AgentRefusal},
        open,
    },
};

/// How long the system may take to tell its settings.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is to be said of ledger, keys and workers.
pub(super) fn findings(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = vec![ledger(loaded), signers(loaded)];
    if let Ok(runtime) = console::runtime() {
        findings.push(runtime.block_on(keys(loaded, &Agent::own())));
        findings.extend(runtime.block_on(breaker(loaded, &Agent::own())));
        findings.push(logout(runtime.block_on(asked()).as_deref()));
    }
    findings
}

fn ledger(loaded: &Loaded) -> Finding {
    let finding = |state, found: String| Finding::new("ledger", "ledger", state, found);
    let settings = &loaded.settings.ledger;
    let at = match open::place(settings) {
        Ok(LedgerStore::Sqlite(path)) => path.display().to_string(),
        Ok(LedgerStore::Postgres { url, .. }) => shown(&url),
        Err(error) => {
            return finding(State::Failed, error.to_string()).advise("nothing can be recorded until then");
        }
    };
    if let Some(why) = open::unwritable(settings) {
        return finding(State::Failed, format!("{at} cannot be written to: {why}"))
            .advise("until then nobody can tick, sign, decide or run anything from here");
    }
    match reader(loaded, Clock::real()) {
        Ok(Some(mut store)) => match store.head() {
            Ok(head) => finding(State::Ok, format!("{at}: {} events", head.seq)),
            Err(error) => unread(&at, &error.to_string()),
        },
        Ok(None) => {
            finding(State::Ok, format!("{at}: nobody has recorded anything yet; it is made when somebody does"))
        }
        Err(refusal) => unread(&at, &refusal.told),
    }
}

/// The address of a database without a password that may stand in it.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "the database".to_owned() };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{}", place.split_once('?').map_or(place, |(place, _)| place))
}

fn unread(at: &str, why: &str) -> Finding {
    Finding::new("ledger", "ledger", State::Failed, format!("{at} cannot be read: {why}"))
        .advise("`warroom ledger verify` says more; without it nobody knows what was signed and what runs")
}

fn signers(loaded: &Loaded) -> Finding {
    let mut names: Vec<&str> = loaded.catalog.signers.names().collect();
    names.sort_unstable();
    names.dedup();
    let finding = |state, found: String| Finding::new("ledger", "allowed_signers", state, found);
    if names.is_empty() {
        return finding(State::Note, "nobody may sign".to_owned()).advise(
            "write allowed_signers in the catalog: NAME namespaces=\"warroom.*\" KEY; `ssh-add -L` shows your key",
        );
    }
    finding(State::Ok, format!("{} may sign: {}", names.len(), names.join(", ")))
}

/// Which keys of the agent count, and as whom.
async fn keys(loaded: &Loaded, agent: &Agent) -> Finding {
    let finding = |state, found: String| Finding::new("ledger", "your keys", state, found);
    let signers = &loaded.catalog.signers;
    match agent.identities(signers, Meaning::Signoff, Clock::real().now()).await {
        Ok(keys) => {
            let keys = keys.iter().map(|key| format!("{} with {}", key.principal, key.fingerprint()));
            finding(State::Ok, format!("they sign as {}", keys.collect::<Vec<_>>().join("; ")))
        }
        Err(AgentRefusal::Unknown { count, .. }) => {
            finding(State::Note, format!("none of the {count} keys in the ssh-agent is in allowed_signers"))
                .advise("ask for yours to be added: `ssh-add -L` shows it")
        }
        Err(why) => finding(State::Note, why.to_string()).advise("what needs no signature works without"),
    }
}

/// Whether the account that acts by itself from here has its rights and its key; nothing where there is none.
async fn breaker(loaded: &Loaded, agent: &Agent) -> Option<Finding> {
    let name = loaded.settings.breaker.account.as_ref()?;
    let finding = |state, found: String| Finding::new("ledger", "circuit breaker", state, found);
    let catalog = &loaded.catalog;
    if let Some(problem) = problems(&catalog.roles, &catalog.signers, name).into_iter().next() {
        return Some(
            finding(State::Failed, problem).advise("until then nothing is done by itself; see docs/verdict.md"),
        );
    }
    let keys = agent.identities(&catalog.signers, Meaning::Breaker, Clock::real().now()).await;
    Some(match keys {
        Ok(keys) if keys.iter().any(|key| key.principal == *name) => {
            finding(State::Ok, format!("this process may act as {name}, and signs as it"))
        }
        Ok(_) => finding(State::Failed, format!("the ssh-agent has no key of {name}"))
            .advise("start the process with an agent that holds it: nothing is done without its signature"),
        Err(why) => finding(State::Failed, format!("the key of {name}: {why}"))
            .advise("start the process with an agent that holds it: nothing is done without its signature"),
    })
}

/// What systemd-logind says of its settings; `None` where there is none.
async fn asked() -> Option<String> {
    let mut command = Command::new("loginctl");
    command.args(["show-user", "--property=KillUserProcesses"]).stdin(Stdio::null()).stderr(Stdio::null());
    command.kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether the system ends the workers of runs when who started them logs out.
fn logout(said: Option<&str>) -> Finding {
    let finding = |state, found: &str| Finding::new("runs", "logout", state, found);
    match said.map(str::trim) {
        None => finding(State::Ok, "there is no systemd-logind that would end the workers of runs at logout"),
        Some("KillUserProcesses=no") => finding(State::Ok, "the workers of runs outlive the login that started them"),
        Some("KillUserProcesses=yes") => finding(
            State::Note,
            "systemd-logind ends everything at logout (KillUserProcesses=yes): the workers of runs too, in the middle of a step",
        )
        .advise(
            "set KillUserProcesses=no in /etc/systemd/logind.conf, or start runs below `systemd-run --user --scope` with \
             `loginctl enable-linger`; a run that was ended so is picked up by `warroom runbook attach RUN --recover`",
        ),
        Some(_) => finding(State::Note, "whether systemd-logind ends the workers of runs at logout is not known")
            .advise("`loginctl show-user --property=KillUserProcesses` should say no"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_database_is_told_without_its_password() {
        assert_eq!(
            shown("postgresql://warroom:s3cret@db.example.net/warroom?password=s3cret"),
            "postgresql://db.example.net/warroom"
        );
        assert_eq!(shown("host=db password=s3cret"), "the database");
    }

    #[test]
    fn a_system_that_ends_everything_at_logout_is_noted_with_what_to_do() {
        let ends = logout(Some("KillUserProcesses=yes\n"));
        assert!(ends.state == State::Note && ends.found.contains("the workers of runs too"), "{ends:?}");
        assert!(ends.advice.contains("enable-linger") && ends.advice.contains("--recover"), "{ends:?}");
        assert_eq!(logout(Some("KillUserProcesses=no")).state, State::Ok);
        assert_eq!(logout(None).state, State::Ok);
        assert_eq!(logout(Some("")).state, State::Note, "not known is not well");
    }
}
