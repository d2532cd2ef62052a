//! The verification of a whole ledger, on all cores.
//!
//! Events are looked at alone on many threads and linked in their order on one.

use std::ops::ControlFlow;

mod pipeline;
mod read;

pub use pipeline::in_order;
pub use read::{Batch, Export, Live, Source};

use super::export::lines;
use crate::domain::ledger::{
    audit::{Chain, Fault, Link, Linked as _, Looked, glance},
    checkpoint::Checkpoint,
    claim::Nonces,
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

/// An event that was looked at, with what its signature proves alone, and its nonce.
type Examined = (Looked<Link>, Option<(Proof, Option<String>)>);

/// Verifies everything in `source`. `progress` hears now and then how many events were verified.
///
/// # Errors
/// When `source` cannot be read.
pub fn verify<S: Source>(source: S, against: &Against, mut progress: impl FnMut(u64)) -> Result<Report, S::Error> {
    let mut report = Report::default();
    let (mut chain, mut nonces) = (Chain::new(against.checkpoints.clone()), Nonces::default());
    in_order(
        source,
        |batch| examine_all(batch, against.signers.as_ref()),
        |examined| {
            for one in examined {
                link((&mut chain, &mut nonces), &mut report, one);
            }
            progress(chain.size());
            ControlFlow::Continue(())
        },
    )?;
    for fault in chain.end() {
        report.fault(fault);
    }
    report.events = chain.size();
    report.checkpoint = chain.checkpoint();
    Ok(report)
}

fn examine_all(batch: &Batch, signers: Option<&Signers>) -> Vec<Examined> {
    match batch {
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

fn link((chain, nonces): (&mut Chain, &mut Nonces), report: &mut Report, (looked, proof): Examined) {
    if let Err(fault) = chain.push(looked) {
        report.fault(fault);
    }
    if let Some((proof, nonce)) = proof {
        report.proof(chain.size(), nonces.held(proof, nonce));
    }
}
