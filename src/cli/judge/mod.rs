//! `warroom judge`: the statistics of canary analysis on numbers of your own.

mod counts;
pub(super) mod gauges;
mod given;

use serde_json::Value;

use self::given::Given;
use super::{Exit, output, refusal::Refusal};
use crate::domain::canary::{needed::Needed, rules::Verdict};

const HELP: &str = "Numbers are bad events of all events; both sides over the same time. With files, values of a gauge (CPU, queue length) are compared by their
medians, and higher is worse: one number on each line, empty lines and lines that begin with # are left out, - is standard input.

Examples:
  warroom judge --baseline 12/10000 --canary 9/500
  warroom judge --baseline 12/10000 --canary 9/500 --json
  warroom judge --baseline stable-cpu.txt --canary canary-cpu.txt

Exit codes: 0 PASS, 1 FAIL, 2 asked wrongly, 3 INCONCLUSIVE. docs/canary.md says how it is judged.";

/// Arguments of `warroom judge`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// What runs, or ran before: BAD/TOTAL, or a file of samples.
    #[arg(long, value_name = "COUNTS|FILE", value_hint = clap::ValueHint::FilePath)]
    baseline: String,
    /// What is new: BAD/TOTAL, or a file of samples.
    #[arg(long, value_name = "COUNTS|FILE", value_hint = clap::ValueHint::FilePath)]
    canary: String,
    /// How much worse is still fine: percentage points of counts (1 unless given), percent of a gauge's median (10 unless given).
    #[arg(long, value_name = "NUMBER")]
    margin: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A judgement as it is printed.
struct Judged {
    verdict: Verdict,
    text: String,
    json: Value,
}

/// Judges.
#[must_use]
pub fn run(args: &Args) -> Exit {
    judge(args).unwrap_or_else(Refusal::end)
}

fn judge(args: &Args) -> Result<Exit, Refusal> {
    let margin = args.margin.map(share).transpose()?;
    let judged = match (given::read(&args.baseline)?, given::read(&args.canary)?) {
        (Given::Counts(baseline), Given::Counts(canary)) => counts::judge(canary, baseline, margin),
        (Given::Samples(baseline), Given::Samples(canary)) => gauges::judge(&canary, &baseline, margin)
            .ok_or_else(|| Refusal::usage("a file of samples has no number in it"))?,
        _ => return Err(Refusal::usage("counts are compared with counts and files with files: give both sides alike")),
    };
    output::print(&if args.json { output::json(&judged.json) } else { judged.text });
    Ok(exit(judged.verdict))
}

const fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Pass => Exit::Ok,
        Verdict::Fail => Exit::No,
        Verdict::Inconclusive => Exit::Unknown,
    }
}

/// How many more, for programs; null where no number decides, or none is needed.
const fn more(needed: Option<Needed>) -> Option<u64> {
    match needed {
        Some(Needed::About(more)) => Some(more),
        Some(Needed::Never) | None => None,
    }
}

/// Percent or percentage points as a share.
fn share(percent: f64) -> Result<f64, Refusal> {
    if percent > 0.0 && percent <= 100.0 {
        Ok(percent / 100.0)
    } else {
        Err(Refusal::usage(format!("--margin {percent}: give a number above 0 and up to 100")))
    }
}
