//! What people sign about plans from the console: questions to others, their answers, and the glass that is broken.

use tokio::task::spawn_blocking;

use crate::{
    app::run::{Authorised, AuthorisedApproval, Breaking},
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::{
        catalog::Catalog,
        ledger::event::Entry,
        run::approval::{Approvals, Decision, Requested},
    },
    ledger::{
        actor,
        agent::{Agent, Speaker},
        open,
    },
    runbook::approve::{self, Desk, Word},
};

/// Asks others to approve a plan: signed where the agent has a key that counts, so that it is known who asks. The event.
///
/// # Errors
/// Why nobody was asked, in words.
pub async fn ask(authorised: &Authorised, settings: &Settings, (agent, clock): (&Agent, Clock)) -> Result<u64, String> {
    let (catalog, actor) = (authorised.catalog(), actor::actor());
    let desk = Desk { signers: &catalog.signers, roles: &catalog.roles, actor: &actor, agent, now: clock.now() };
    let entry = approve::ask(authorised.plan(), &desk).await.map_err(|why| why.to_string())?;
    append(entry, settings, clock).await
}

/// Signs that a plan is run without the approvals that it needs, as the one that the dialog named. The last event.
///
/// # Errors
/// Why the glass is not broken, in words.
pub async fn break_glass(
    authorised: &Authorised,
    glass: &Breaking,
    settings: &Settings,
    (agent, clock): (&Agent, Clock),
) -> Result<u64, String> {
    let catalog = authorised.catalog();
    let word = Word {
        reason: authorised.reason(),
        incident: authorised.incident(),
        role: Some(&glass.role),
        ..Word::new(Decision::BreakGlass)
    };
    let approvals = read(settings, catalog, clock).await?;
    let actor = actor::actor();
    let desk = Desk { signers: &catalog.signers, roles: &catalog.roles, actor: &actor, agent, now: clock.now() };
    let speaker = speaker(&glass.principal, &word, &desk).await?;
    let entries = approve::break_glass(&word, &speaker, authorised.plan(), &approvals, &desk).await;
    let mut last = 0;
    for entry in entries.map_err(|why| why.to_string())? {
        last = append(entry, settings, clock).await?;
    }
    Ok(last)
}

/// Signs that a plan of somebody else may be run, or that it may not.
///
/// # Errors
/// Why nothing was signed, in words.
pub async fn approve(
    said: &AuthorisedApproval,
    settings: &Settings,
    (agent, clock): (&Agent, Clock),
) -> Result<u64, String> {
    let catalog = said.catalog();
    let approvals = read(settings, catalog, clock).await?;
    let requested = approvals.of(said.plan()).ok_or("nobody asks for it any more")?;
    let (principal, role) = said.signer();
    let word = Word { reason: said.reason(), role: Some(role), ..Word::new(said.answer().decision()) };
    say(&word, (requested, &approvals), (principal, catalog), settings, (agent, clock)).await
}

/// Signs `word` about the plan that was asked for, as `principal` or not at all.
async fn say(
    word: &Word<'_>,
    (requested, approvals): (&Requested, &Approvals),
    (principal, catalog): (&str, &Catalog),
    settings: &Settings,
    (agent, clock): (&Agent, Clock),
) -> Result<u64, String> {
    let actor = actor::actor();
    let desk = Desk { signers: &catalog.signers, roles: &catalog.roles, actor: &actor, agent, now: clock.now() };
    let speaker = speaker(principal, word, &desk).await?;
    let entry = approve::say(word, &speaker, (requested, approvals), &desk).await.map_err(|why| why.to_string())?;
    append(entry, settings, clock).await
}

/// Who signs `word`: the one that the dialog named, or nobody.
async fn speaker(principal: &str, word: &Word<'_>, desk: &Desk<'_>) -> Result<Speaker, String> {
    let speaker = approve::speaker(word, desk).await.map_err(|refusal| refusal.to_string())?;
    let found = &speaker.identity.principal;
    if found == principal {
        return Ok(speaker);
    }
    Err(format!("the ssh-agent signs as {found} now, and not as {principal} as was shown; open it again"))
}

async fn read(settings: &Settings, catalog: &Catalog, clock: Clock) -> Result<Approvals, String> {
    let (settings, signers) = (settings.clone(), catalog.signers.clone());
    let read = move || {
        let mut store = open::open(&settings, clock).map_err(|error| error.to_string())?;
        approve::read(store.as_mut(), &signers).map_err(|error| error.to_string())
    };
    spawn_blocking(read).await.map_err(|error| error.to_string())?
}

async fn append(entry: Entry, settings: &Settings, clock: Clock) -> Result<u64, String> {
    let settings = settings.clone();
    let append = move || {
        let mut store = open::open(&settings, clock).map_err(|error| error.to_string())?;
        store.append(&entry).map(|event| event.seq).map_err(|error| error.to_string())
    };
    spawn_blocking(append).await.map_err(|error| error.to_string())?
}
