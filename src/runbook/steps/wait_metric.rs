//! The kind `wait_metric`: a metric that must be right for long enough, without a break. No data is not right.

use std::time::Instant;

use chrono::SecondsFormat;

use super::{Done, Stops, Task, Tools, look};
use crate::{
    domain::{
        checklist::{
            check::Check,
            state::{Evidence, Finding},
        },
        ledger::hash::Hash,
        plan::request::Wait,
        run::Outcome,
        time::{Span, Timestamp},
    },
    runbook::output::{file::Output, mask::Mask},
};

/// The longest time for one look.
const LOOK: Span = Span::from_secs(10);

/// Waits for it. What each look saw is what it writes.
pub async fn step(wait: &Wait, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let mut seen = Seen::new(task);
    let done = waited(wait, task, tools, stops, &mut seen).await;
    done.with(seen.finish())
}

async fn waited(wait: &Wait, task: &Task<'_>, tools: &Tools, stops: &mut Stops, seen: &mut Seen) -> Done {
    let check = Check::Promql { source: Some(wait.source.clone()), query: wait.query.clone(), must: wait.must.clone() };
    let clock = tools.context.clock;
    let (started, timeout) = (Instant::now(), clock.real_duration(task.step.timeout));
    let (mut since, mut last) = (None::<Instant>, "it was not looked at".to_owned());
    while started.elapsed() < timeout {
        let evidence = tokio::select! {
            evidence = look::look(&check, LOOK.min(task.step.timeout), task.run, tools) => evidence,
            () = stops.now() => return Done::aborted(format!("a person ended it; {last}")),
        };
        let Some(Evidence { finding, words, .. }) = evidence else { return Done::unknown("only a person can tell") };
        if finding == Finding::Fail && task.is_without_effect() {
            return Done::succeeded(look::without_effect(&words));
        }
        last = words;
        since = (finding == Finding::Pass).then(|| since.unwrap_or_else(Instant::now));
        let held = since.map(|since| clock.since(since));
        seen.look(clock.now(), finding, &last, held.map(|held| Span::from_secs(held.millis() / 1_000)), wait.hold);
        if held.is_some_and(|held| held >= wait.hold) {
            return Done::succeeded(format!("{last}, for {} without a break", wait.hold));
        }
        tokio::select! {
            () = clock.sleep(wait.every) => {}
            () = stops.now() => return Done::aborted(format!("a person ended it; {last}")),
        }
    }
    let words = format!("not right for {} within {}; at last: {last}", wait.hold, task.step.timeout);
    Done { outcome: Outcome::TimedOut, words, output: None }
}

/// The file that tells what was seen. Where it cannot be written, the step goes on without.
struct Seen(Option<Output>);

impl Seen {
    fn new(task: &Task<'_>) -> Self {
        Self(task.place.open_output().ok().map(|file| Output::new(file, Mask::default())))
    }

    fn look(&mut self, at: Timestamp, finding: Finding, words: &str, held: Option<Span>, needed: Span) {
        let standing = match (finding, held) {
            (Finding::Pass, Some(held)) => format!("right for {held} of {needed}"),
            (Finding::Fail, _) => "not right".to_owned(),
            _ => "not known, so not right".to_owned(),
        };
        let line = format!("{}  {standing}: {words}\n", at.to_rfc3339_opts(SecondsFormat::Secs, true));
        if self.0.as_mut().is_some_and(|output| output.push(line.as_bytes()).is_err()) {
            self.0 = None;
        }
    }

    fn finish(self) -> Option<Hash> {
        self.0?.finish().ok()?
    }
}
