//! `warroom runbook approve`.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
    path::Path,
};

use serde_json::Value;

use super::{
    plan_text::{self, Shown},
    shelf::Shelf,
};
use crate::{
    cli::{
        Common, Exit, console, output,
        readiness::{agent, confirm, elsewhere::Elsewhere, reader, record},
        refusal::Refusal,
    },
    clock::Clock,
    config::Loaded,
    domain::{
        clean::clean,
        ledger::{
            event::{Entry, Event},
            signature::Meaning,
        },
        plan::{Plan, resolve::Made},
        run::approval::{self, Approvals, Decision, HOLDS, People, Requested, standing},
        time::Span,
    },
    ledger::{actor, open, store::StoreError},
    runbook::{
        answer::NotAnswered,
        approve::{self, Desk, NotSaid, Word},
        carried::{self, Carried},
    },
};

/// How many digits of the hash stand for having read it, where nobody can be asked.
const DIGITS: usize = 12;

/// Arguments of `warroom runbook approve`.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::cli::readiness::EXIT_CODES)]
pub struct Args {
    /// The code of the request, or the hash of the plan; what waits for an answer is listed when left out.
    #[arg(value_name = "CODE|HASH", conflicts_with = "apply")]
    request: Option<String>,
    /// Say no. It sticks until it is another plan. Needs a reason.
    #[arg(long, requires_all = ["request", "reason"], conflicts_with_all = ["break_glass", "apply"])]
    deny: bool,
    /// Run it without the approvals that it needs: one signature, a reason, an incident. Everybody who was skipped is named.
    #[arg(long, requires_all = ["request", "reason", "incident"])]
    break_glass: bool,
    /// Why, in your words.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The incident that the glass is broken for.
    #[arg(long, value_name = "INCIDENT", requires = "break_glass")]
    incident: Option<String>,
    /// The role in which you say it; needed when several of yours may approve.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// How long it holds.
    #[arg(long = "for", id = "holds", value_name = "DURATION", default_value_t = HOLDS)]
    holds: Span,
    /// Where the key is not here.
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// Shows the plan and signs, or lists what waits.
pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let shelf = Shelf::open(common)?;
    let approvals = approvals(&shelf.loaded)?;
    if let Some(path) = &args.elsewhere.apply {
        record::allowed(common)?;
        return apply(path, args, &approvals, &shelf);
    }
    let Some(name) = &args.request else {
        output::print(&waiting(&approvals, &shelf));
        return Ok(Exit::Ok);
    };
    record::allowed(common)?;
    let requested = approvals.named(name).ok_or_else(|| {
        Refusal::usage(format!("no request is called {name}; `warroom runbook approve` lists what waits for an answer"))
    })?;
    let decision = match (args.deny, args.break_glass) {
        (true, _) => Decision::Deny,
        (_, true) => Decision::BreakGlass,
        _ => Decision::Approve,
    };
    let word = Word {
        decision,
        reason: args.reason.as_deref(),
        incident: args.incident.as_deref(),
        role: args.role.as_deref(),
        holds: args.holds,
    };
    if args.elsewhere.print {
        return print(&word, args, (requested, &approvals), &shelf);
    }
    let speaker = at_desk(&shelf.loaded, async |desk| approve::speaker(&word, desk).await)?;
    show(requested, Some(&format!("{} is signed by {}", decision.word(), speaker.words())), &shelf);
    if decision != Decision::Deny {
        confirm(name, requested)?;
    }
    let about = (requested, &approvals);
    let entry = at_desk(&shelf.loaded, async |desk| approve::say(&word, &speaker, about, desk).await)?;
    done(&entry, requested, &shelf)
}

/// Records `entry`, and says how the approvals stand then.
fn done(entry: &Entry, requested: &Requested, shelf: &Shelf) -> Result<Exit, Refusal> {
    let event = append(&shelf.loaded, entry)?;
    let mut told = recorded(&event, &requested.code);
    let after = approvals(&shelf.loaded)?;
    if let Some(requested) = after.of(requested.hash) {
        let _ = write!(told, "\n{}", stands(requested, shelf));
    }
    output::print(&told);
    Ok(Exit::Ok)
}

/// Writes what must be signed where the key is.
fn print(
    word: &Word<'_>,
    args: &Args,
    (requested, approvals): (&Requested, &Approvals),
    shelf: &Shelf,
) -> Result<Exit, Refusal> {
    let principal = args.elsewhere.signer(&shelf.loaded.catalog.signers)?;
    let about = (requested, approvals);
    let (bytes, role) = at_desk(&shelf.loaded, async |desk| carried::message(word, &principal, about, desk))?;
    show(requested, None, shelf);
    let within = format!("within {}: then it has run out", word.holds);
    args.elsewhere.hand_over(&bytes, (&principal, &role), (Meaning::Approval, &within), "", "runbook approve")
}

/// Records what was signed elsewhere.
fn apply(path: &Path, args: &Args, approvals: &Approvals, shelf: &Shelf) -> Result<Exit, Refusal> {
    let (bytes, signature) = args.elsewhere.brought_back(path)?;
    let carried = Carried::read(&bytes, signature)?;
    let (requested, statement) = (carried.requested(approvals)?, carried.statement()?);
    let said = format!("{} was signed by {}, as {}", statement.decision.word(), statement.principal, statement.role);
    show(requested, Some(&said), shelf);
    let entry = at_desk(&shelf.loaded, async |desk| carried.entry(approvals, desk))?;
    done(&entry, requested, shelf)
}

/// Asks others to approve `plan`, and says by which word they find it.
pub(super) fn ask(plan: &Plan, shelf: &Shelf) -> Result<(), Refusal> {
    if plan.needs.is_none() {
        return Err(Refusal::usage("this plan needs nobody's approval: nothing was asked for"));
    }
    let entry = at_desk(&shelf.loaded, async |desk| approve::ask(plan, desk).await)?;
    let event = append(&shelf.loaded, &entry)?;
    let code = approval::code(plan.hash().map_err(Refusal::usage)?);
    let signed = if event.signed.is_some() {
        ""
    } else {
        "\nNot signed (no key of yours that counts in the agent): approvals from your own login will not count."
    };
    output::print(&format!(
        "asked as event {}: others answer with `warroom runbook approve {code}` within {}{signed}",
        event.seq,
        approval::ASKED
    ));
    Ok(())
}

/// What was asked and said, by the ledger.
pub(super) fn approvals(loaded: &Loaded) -> Result<Approvals, Refusal> {
    match reader(loaded, Clock::real())? {
        Some(mut store) => approve::read(store.as_mut(), &loaded.catalog.signers).map_err(Refusal::usage),
        None => Ok(Approvals::default()),
    }
}

/// What `sign` makes with the keys of this session.
pub(super) fn at_desk<T, E: Into<Refusal>>(
    loaded: &Loaded,
    sign: impl AsyncFnOnce(&Desk<'_>) -> Result<T, E>,
) -> Result<T, Refusal> {
    let catalog = &loaded.catalog;
    let (actor, agent) = (actor::actor(), agent());
    let desk = Desk {
        signers: &catalog.signers,
        roles: &catalog.roles,
        actor: &actor,
        agent: &agent,
        now: Clock::real().now(),
    };
    let runtime = console::runtime().map_err(|exit| Refusal { exit, told: "nothing was recorded".to_owned() })?;
    runtime.block_on(sign(&desk)).map_err(E::into)
}

impl From<NotSaid> for Refusal {
    fn from(refused: NotSaid) -> Self {
        match refused {
            NotSaid::Agent(_) | NotSaid::WhichRole(_) | NotSaid::NoReason(..) | NotSaid::CannotWrite(_) => {
                Self::usage(refused)
            }
            NotSaid::MayNot(_)
            | NotSaid::WouldNotCount(_)
            | NotSaid::NotSigned(_)
            | NotSaid::NoStatement(_)
            | NotSaid::NotAsked(_) => Self::no(refused),
        }
    }
}

impl From<NotAnswered> for Refusal {
    fn from(refused: NotAnswered) -> Self {
        match refused {
            NotAnswered::NoEvidence(_) => Self::usage(format!("{refused} with --reason")),
            NotAnswered::Agent(_) | NotAnswered::CannotWrite(_) => Self::usage(refused),
            NotAnswered::NotTheirs { .. } | NotAnswered::NotSigned(_) => Self::no(refused),
        }
    }
}

/// Records `entry`.
pub(super) fn append(loaded: &Loaded, entry: &Entry) -> Result<Event, Refusal> {
    let mut store = open::open(&loaded.settings.ledger, Clock::real()).map_err(Refusal::usage)?;
    store.append(entry).map_err(|error| match error {
        StoreError::Unsure { .. } => Refusal::unknown(error),
        _ => Refusal::usage(error),
    })
}

/// What was recorded, by whom, and who was skipped by it.
pub(super) fn recorded(event: &Event, code: &str) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (who, key) = (event.actor.principal.as_deref().unwrap_or_default(), &event.actor.key);
    let role = text(event.signed.as_ref().and_then(|signed| signed.statement.get("role")));
    let skipped = event.data.get("skipped").and_then(Value::as_array).into_iter().flatten();
    let skipped: Vec<_> = skipped.map(|name| text(Some(name))).collect();
    let skipped = match (event.action == Decision::BreakGlass.action(), skipped.as_slice()) {
        (false, _) => String::new(),
        (true, []) => "\n  skipped: nobody else could have approved it".to_owned(),
        (true, names) => format!("\n  skipped, tell them: {}", clean(&names.join(", "))),
    };
    let (seq, action) = (event.seq, &event.action);
    format!(
        "recorded as event {seq}: {action} {code} by {} as {} (signed with {key}){skipped}",
        clean(who),
        clean(&role)
    )
}

/// The plan, how its approvals stand, and what is about to be said.
fn show(requested: &Requested, said: Option<&str>, shelf: &Shelf) {
    let made = Made { plan: requested.plan.clone(), hash: requested.hash, unknown: Vec::new() };
    let shown = Shown { made: &made, runs: shelf.runs.as_ref(), lint: None, now: shelf.now };
    let said = said.map_or_else(String::new, |said| format!("\n  {}", clean(said)));
    output::complain(&format!("{}\n{}{said}", plan_text::write(&shown), stands(requested, shelf)));
}

/// What is typed must be taken from what is shown.
fn confirm(name: &str, requested: &Requested) -> Result<(), Refusal> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return confirm::ask_for(requested.hash, "plan");
    }
    if name.len() >= DIGITS && requested.hash.to_string().starts_with(&name.to_lowercase()) {
        return Ok(());
    }
    Err(Refusal::usage(format!(
        "no terminal is here to ask: name the plan by at least {DIGITS} digits of its hash, {}",
        requested.hash
    )))
}

/// Who asked, and who said what.
fn stands(requested: &Requested, shelf: &Shelf) -> String {
    let release = requested.plan.target.release.as_ref().and_then(|id| shelf.loaded.catalog.releases.get(id));
    let author = release.and_then(|release| release.owner.as_deref());
    let people = People { roles: &shelf.loaded.catalog.roles, author };
    let now = Clock::real().now();
    let standing = approval::standing(requested, people, now);
    let who = requested.by.principal.as_deref().filter(|_| requested.proven);
    let who = who.map_or_else(|| format!("{} (unsigned)", requested.by.user), str::to_owned);
    let ago = Span::between(requested.at, now).age();
    let mut text = format!("{}  asked for by {} on {} {ago} ago", requested.code, clean(&who), clean(&requested.host));
    for vote in standing.approvals.iter().chain(&standing.denials).chain(&standing.broken) {
        let reason = vote.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
        let _ = write!(
            text,
            "\n  {} {} as {}{}",
            vote.decision.word(),
            clean(&vote.principal),
            clean(&vote.role),
            clean(&reason)
        );
    }
    for (who, why) in &standing.not_counted {
        let _ = write!(text, "\n  does not count: {}: {why}", clean(who));
    }
    let end = match () {
        () if !standing.denials.is_empty() => "DENIED, until it is another plan".to_owned(),
        () if standing.met => {
            let left =
                standing.until.map_or_else(String::new, |until| format!(", for {}", Span::between(now, until).age()));
            format!("APPROVED{left}")
        }
        () => format!("waits for {}", standing::words(&standing.missing)),
    };
    let _ = write!(text, "\n  {}", clean(&end));
    text
}

fn waiting(approvals: &Approvals, shelf: &Shelf) -> String {
    let open = approvals.open(shelf.now);
    if open.is_empty() {
        return "nothing waits for an approval".to_owned();
    }
    let line = |requested: &&Requested| {
        let plan = &requested.plan;
        let title = clean(&plan.runbook.title).into_owned();
        format!("{}\n  {title}: {} ({})", stands(requested, shelf), clean(&plan.phrase()), plan.risk.word())
    };
    open.iter().map(line).collect::<Vec<_>>().join("\n")
}
