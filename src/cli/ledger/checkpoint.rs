//! `warroom ledger checkpoint`.

use std::{io::Write as _, path::PathBuf};

use serde_json::{Map, Value};

use super::{Refusal, destination, reader, signers};
use crate::{
    cli::{Exit, output},
    clock::Clock,
    config::Loaded,
    domain::ledger::{
        audit::CHECKPOINT,
        checkpoint::Checkpoint,
        event::{Entry, Event, Outcome},
        signature::Meaning,
        signers::Signers,
    },
    ledger::{
        actor,
        agent::{Agent, AgentRefusal},
        open,
        verify::{Against, Live, verify},
    },
};

/// Arguments of `warroom ledger checkpoint`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 written and signed, 1 the ledger is broken, 2 it cannot be read, 3 written and not signed, or there is no event."
)]
pub struct Args {
    /// The file to write; standard output when left out.
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Record in the ledger too that it was made, when it was written. Without this, nothing is written to the ledger.
    #[arg(long)]
    pub(super) record: bool,
}

/// Makes one over all events, after they were verified: what is broken gets no checkpoint.
pub(super) fn run(args: &Args, loaded: &Loaded) -> Result<Exit, Refusal> {
    let mut store = reader(loaded)?;
    let signers = signers(loaded)?.unwrap_or_default();
    let source = Live::new(store.as_mut()).map_err(Refusal::usage)?;
    let report = verify(source, &Against::default(), |_| ()).map_err(Refusal::usage)?;
    if report.fault_count > 0 {
        return Err(Refusal::no("the ledger is broken and gets no checkpoint: `warroom ledger verify` says where"));
    }
    let Some(checkpoint) = report.checkpoint else {
        return Err(Refusal::unknown("the ledger has no event yet: there is nothing to make a checkpoint of"));
    };
    let text = checkpoint.to_string();
    let signature = signed(&signers, text.as_bytes());
    let mut to = destination(args.output.as_ref())?;
    let written = match &signature {
        Ok(signature) => write!(to, "{text}\n{signature}"),
        Err(_) => write!(to, "{text}"),
    };
    written
        .and_then(|()| to.flush())
        .map_err(|error| Refusal::usage(format!("the checkpoint was not written: {error}")))?;
    if args.record {
        let event = record(&checkpoint, loaded)?;
        output::complain(&format!("recorded as event {}", event.seq));
    }
    match signature {
        Ok(_) => Ok(Exit::Ok),
        Err(why) => {
            output::complain(&format!("warroom: the checkpoint is UNSIGNED: {why}"));
            Ok(Exit::Unknown)
        }
    }
}

/// Appends that it was made. Its root covers what stood before, so it stays right whatever comes between.
fn record(checkpoint: &Checkpoint, loaded: &Loaded) -> Result<Event, Refusal> {
    let not_recorded = |why: String| Refusal::usage(format!("the checkpoint was written and not recorded: {why}"));
    let data = [("root", Value::from(checkpoint.root.to_string())), ("size", Value::from(checkpoint.size))];
    let entry = Entry {
        actor: actor::actor(),
        action: CHECKPOINT.to_owned(),
        target: "ledger".to_owned(),
        release: None,
        outcome: Outcome::Done,
        data: data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
        signed: None,
    };
    let mut store =
        open::open(&loaded.settings.ledger, Clock::real()).map_err(|error| not_recorded(error.to_string()))?;
    store.append(&entry).map_err(|error| not_recorded(error.to_string()))
}

fn signed(signers: &Signers, text: &[u8]) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let agent = Agent::own();
    runtime
        .block_on(async {
            let identity = agent.identity(signers, Meaning::Checkpoint, Clock::real().now()).await?;
            agent.sign(&identity, Meaning::Checkpoint, text).await
        })
        .map_err(|error: AgentRefusal| error.to_string())
}
