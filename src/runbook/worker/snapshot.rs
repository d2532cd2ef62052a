//! What is kept of the failed version before the first write: the objects that are about to change. Bounded in time; it never
//! blocks the way back.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use tokio::time::timeout;

use crate::{
    domain::{
        ledger::hash::Hash,
        plan::{Plan, request::Request},
        run::act::Kept,
    },
    runbook::{place, steps::Tools},
};

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Its directory in the run's.
const DIRECTORY: &str = "snapshot";

/// Keeps what `plan` is about to change, below the directory of the run. What was kept, and what could not be.
pub(super) async fn take(plan: &Plan, run: &Path, tools: &Tools) -> (Vec<Kept>, Vec<String>) {
    let (mut kept, mut missing, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    let patches = plan.steps.iter().filter_map(|step| match &step.request {
        Request::Kubernetes(patch) => Some(patch),
        _ => None,
    });
    let all = async {
        for patch in patches {
            if !seen.insert((patch.source.clone(), patch.object.clone())) {
                continue;
            }
            let object = match tools.cluster(&patch.source) {
                Ok(cluster) => cluster.read(&patch.object).await,
                Err(error) => Err(error),
            };
            match object {
                Ok(Some(object)) => match write(run, seen.len(), &patch.name, &format!("{object:#}\n")) {
                    Ok(file) => kept.push(file),
                    Err(error) => missing.push(format!("{}: {error}", patch.name)),
                },
                Ok(None) => missing.push(format!("{} is not there", patch.name)),
                Err(error) => missing.push(format!("{}: {error}", patch.name)),
            }
        }
    };
    if timeout(LIMIT, all).await.is_err() {
        missing.push(format!("not everything could be read within {} s", LIMIT.as_secs()));
    }
    (kept, missing)
}

fn write(run: &Path, number: usize, name: &str, text: &str) -> std::io::Result<Kept> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(64).map(plain).collect();
    let name = format!("{DIRECTORY}/{number:02}-{name}.json");
    place::make(&run.join(DIRECTORY))?;
    fs::write(run.join(&name), text)?;
    Ok(Kept { name, hash: Hash::of(text.as_bytes()), size: text.len() as u64 })
}
