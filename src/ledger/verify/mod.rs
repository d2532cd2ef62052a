//! The verification of a whole ledger, on all cores.
//!
//! Events are looked at alone on many threads and linked in their order on one.

use std::{
    collections::VecDeque,
    num::NonZero,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

mod read;

pub use read::{Batch, Export, Live, Source};

use super::export::lines;
use crate::domain::ledger::{
    audit::{Chain, Fault, Link, Linked as _, Looked, glance},
    checkpoint::Checkpoint,
    proof::{Proof, proof_of},
    signers::Signers,
    written::Written,
};

/// How many faults are kept; the others are counted.
const MOST_TOLD: usize = 1_000;

/// What an auditor holds a ledger against.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// Checkpoints that were kept elsewhere.
    pub checkpoints: Vec<Checkpoint>,
    /// Who may sign; absent where nobody says.
    pub signers: Option<Signers>,
}

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSignature {
    /// The event.
    pub seq: u64,
    /// Why.
    pub why: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many events there are.
    pub events: u64,
    /// What is wrong with which event; the first thousand.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub fault_count: u64,
    /// How many events nobody signed.
    pub unsigned: u64,
    /// How many signatures count.
    pub verified: u64,
    /// How many could not be checked, because nobody says who may sign.
    pub unchecked: u64,
    /// Signatures that do not count; the first thousand.
    pub bad: Vec<BadSignature>,
    /// How many signatures do not count.
    pub bad_count: u64,
    /// The checkpoint over all events; absent when there is none or the first is unreadable.
    pub checkpoint: Option<Checkpoint>,
}

impl Report {
    /// Whether something is wrong.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.fault_count > 0 || self.bad_count > 0
    }

    fn fault(&mut self, fault: Fault) {
        self.fault_count += 1;
        if self.faults.len() < MOST_TOLD {
            self.faults.push(fault);
        }
    }

    fn proof(&mut self, seq: u64, proof: Proof) {
        match proof {
            Proof::Unsigned => self.unsigned += 1,
            Proof::Verified { .. } => self.verified += 1,
            Proof::Unchecked => self.unchecked += 1,
            Proof::Bad { why } => {
                self.bad_count += 1;
                if self.bad.len() < MOST_TOLD {
                    self.bad.push(BadSignature { seq, why });
                }
            }
        }
    }
}

/// An event that was looked at, with what its signature proves.
type Examined = (Looked<Link>, Option<Proof>);

/// Verifies everything in `source`. `progress` hears now and then how many events were verified.
///
/// # Errors
/// When `source` cannot be read.
pub fn verify<S: Source>(source: S, against: &Against, mut progress: impl FnMut(u64)) -> Result<Report, S::Error> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let mut report = Report::default();
    let mut chain = Chain::new(against.checkpoints.clone());
    let failed = thread::scope(|scope| {
        let (mut inputs, mut outputs) = (Vec::new(), VecDeque::new());
        for _ in 0..workers {
            let (input, work) = sync_channel::<Batch>(2);
            let (done, output) = sync_channel::<Vec<Examined>>(2);
            scope.spawn(move || examine_all(&work, &done, against.signers.as_ref()));
            inputs.push(input);
            outputs.push_back(output);
        }
        let reader = scope.spawn(move || read_all(source, &inputs));
        // Batches go around the workers in turn, so taking them in turn keeps their order.
        while let Some(output) = outputs.pop_front() {
            let Ok(examined) = output.recv() else { break };
            outputs.push_back(output);
            for one in examined {
                link(&mut chain, &mut report, one);
            }
            progress(chain.size());
        }
        // Readers and workers end when nobody listens any more.
        drop(outputs);
        reader.join()
    });
    match failed {
        Ok(read) => read?,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    for fault in chain.end() {
        report.fault(fault);
    }
    report.events = chain.size();
    report.checkpoint = chain.checkpoint();
    Ok(report)
}

fn read_all<S: Source>(mut source: S, inputs: &[SyncSender<Batch>]) -> Result<(), S::Error> {
    for input in inputs.iter().cycle() {
        let Some(batch) = source.next()? else { break };
        if input.send(batch).is_err() {
            break;
        }
    }
    Ok(())
}

fn examine_all(work: &Receiver<Batch>, done: &SyncSender<Vec<Examined>>, signers: Option<&Signers>) {
    while let Ok(batch) = work.recv() {
        let examined = match &batch {
            Batch::Stored(events) => events
                .iter()
                .map(|stored| examine(|take| glance(stored.seq, stored.hash, &stored.bytes, take), signers))
                .collect(),
            Batch::Lines { first, text, ends } => {
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let line = |(start, end): (usize, &usize)| text.get(start..*end).unwrap_or_default();
                let lines = starts.zip(ends).map(line).zip(*first..);
                lines.map(|(line, seq)| examine(|take| lines::look_at(seq, line, take), signers)).collect()
            }
        };
        if done.send(examined).is_err() {
            return;
        }
    }
}

/// What is kept of an event that `look` looks at.
fn examine<'a>(
    look: impl FnOnce(&mut dyn FnMut(&Written<'a>) -> Link) -> Looked<Link>,
    signers: Option<&Signers>,
) -> Examined {
    let mut proof = None;
    let looked = look(&mut |written: &Written<'a>| {
        proof = Some(proof_of(written, signers));
        written.link()
    });
    (looked, proof)
}

fn link(chain: &mut Chain, report: &mut Report, (looked, proof): Examined) {
    if let Err(fault) = chain.push(looked) {
        report.fault(fault);
    }
    if let Some(proof) = proof {
        report.proof(chain.size(), proof);
    }
}
