//! The kind `wait_metric`: a metric that must be right for long enough, without a break. No data is not right.

use std::time::Instant;

use super::{Done, Stops, Task, Tools, look};
use crate::domain::{
    checklist::{
        check::Check,
        state::{Evidence, Finding},
    },
    plan::request::Wait,
    run::Outcome,
    time::Span,
};

/// The longest time for one look.
const LOOK: Span = Span::from_secs(10);

/// Waits for it.
pub async fn step(wait: &Wait, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let check = Check::Promql { source: Some(wait.source.clone()), query: wait.query.clone(), must: wait.must.clone() };
    let (started, timeout) = (Instant::now(), task.step.timeout.duration());
    let (mut since, mut last) = (None, "it was not looked at".to_owned());
    while started.elapsed() < timeout {
        let evidence = tokio::select! {
            evidence = look::look(&check, LOOK.min(task.step.timeout), task.run, tools) => evidence,
            () = stops.now() => return Done::aborted(format!("a person ended it; {last}")),
        };
        let Some(Evidence { finding, words, .. }) = evidence else { return Done::unknown("only a person can tell") };
        last = words;
        since = (finding == Finding::Pass).then(|| since.unwrap_or_else(Instant::now));
        if since.is_some_and(|since| since.elapsed() >= wait.hold.duration()) {
            return Done::succeeded(format!("{last}, for {} without a break", wait.hold));
        }
        tokio::select! {
            () = tokio::time::sleep(wait.every.duration()) => {}
            () = stops.now() => return Done::aborted(format!("a person ended it; {last}")),
        }
    }
    let words = format!("not right for {} within {}; at last: {last}", wait.hold, task.step.timeout);
    Done { outcome: Outcome::TimedOut, words, output: None }
}
