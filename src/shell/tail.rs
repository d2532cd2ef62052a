//! Follows what the step of a run writes, beside the interface: files may be on a slow disk. It only reads.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::watch::{self, Receiver, Sender},
    task::spawn_blocking,
    time::timeout,
};

use super::inbox::Inbox;
use crate::{
    app::{
        msg::Msg,
        run::{Attempted, OUTPUT_LINES, Output},
    },
    clock::Clock,
    runbook::{
        output::end::{End, end},
        place::{self, Place},
    },
};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// The most that is read at a time, in bytes.
const READ: u64 = 64 * 1024;

/// Tells the end of what the attempt writes that is looked at.
#[derive(Debug)]
pub struct Tail(Sender<Option<Attempted>>);

impl Tail {
    /// Begins, for runs that keep their files below `runs`. It ends with this value.
    #[must_use]
    pub fn start(runtime: &Handle, runs: PathBuf, clock: Clock, inbox: Arc<Inbox>) -> Self {
        let (wanted, wants) = watch::channel(None);
        runtime.spawn(follow(wants, runs, clock, inbox));
        Self(wanted)
    }

    /// Follows this attempt from now on, or none.
    pub fn follow(&self, attempt: Option<Attempted>) {
        self.0.send_replace(attempt);
    }
}

/// Looks again and again at what is wanted; what did not change is not told again.
async fn follow(mut wants: Receiver<Option<Attempted>>, runs: PathBuf, clock: Clock, inbox: Arc<Inbox>) {
    let mut told = None;
    loop {
        let wanted = wants.borrow_and_update().clone();
        let patience = match wanted {
            None => {
                told = None;
                Duration::MAX
            }
            Some(of) => {
                let (runs, asked) = (runs.clone(), of.clone());
                let Ok(read) = spawn_blocking(move || read(&runs, &asked)).await else { return };
                if told.as_ref() != Some(&(of.clone(), read.clone())) {
                    let (lines, before) = match read.clone() {
                        Ok(end) => (Ok(end.lines), end.before),
                        Err(why) => (Err(why), 0),
                    };
                    let output = Output { of: of.clone(), lines, before, at: clock.now() };
                    inbox.tell(clock.now(), Msg::Output(Box::new(output)));
                    told = Some((of, read));
                }
                LOOK
            }
        };
        // Somebody looks at another one, or the time has come to look again.
        if let Ok(Err(_)) = timeout(patience, wants.changed()).await {
            return;
        }
    }
}

/// The end of what `of` wrote so far.
fn read(runs: &std::path::Path, of: &Attempted) -> Result<End, String> {
    let run = place::of(runs, &of.run).ok_or_else(|| format!("{} is not the name of a run", of.run))?;
    let place = Place::of(&run, of.index, &of.step, of.undo, of.number);
    if !place.is_here() {
        return Err("its files are not on this machine: look where its worker runs".to_owned());
    }
    end(&place.output(), OUTPUT_LINES, READ).map_err(|error| format!("what it wrote cannot be read: {error}"))
}
