//! The kind `wait_metric`: a metric that must be right for long enough, without a break. No data is not right.

use std::time::{Duration, Instant};

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
    let (mut right, mut last) = (Held::new(clock.real_duration(wait.every)), "it was not looked at".to_owned());
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
        let held = right.look(finding == Finding::Pass, Instant::now()).map(|since| clock.since(since));
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

/// Since when something has been right without a break. A time in which nobody looked is a break too.
struct Held {
    since: Option<Instant>,
    last: Option<Instant>,
    /// The longest time between two looks that is no break.
    longest: Duration,
}

impl Held {
    /// Of something that is looked at so often.
    fn new(every: Duration) -> Self {
        Self { since: None, last: None, longest: every + 2 * LOOK.duration() }
    }

    /// Somebody looked at it `now`, and it was right or not. Since when it has been right; `None` when it is not.
    fn look(&mut self, right: bool, now: Instant) -> Option<Instant> {
        let unseen = self.last.is_some_and(|last| now.saturating_duration_since(last) > self.longest);
        self.last = Some(now);
        self.since = match self.since {
            _ if !right => None,
            Some(since) if !unseen => Some(since),
            _ => Some(now),
        };
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrong_or_not_looked_at_in_between_was_not_held() {
        let (mut held, began) = (Held::new(Duration::from_secs(5)), Instant::now());
        let mut look = |at: u64, right| {
            let now = began + Duration::from_secs(at);
            held.look(right, now).map(|since| now.duration_since(since).as_secs())
        };
        assert_eq!((look(0, true), look(5, true), look(10, true)), (Some(0), Some(5), Some(10)));
        assert_eq!((look(15, false), look(20, true), look(30, true)), (None, Some(0), Some(10)), "it begins anew");
        assert_eq!(look(600, true), Some(0), "who was stopped for ten minutes does not know what happened in them");
        assert_eq!(look(605, true), Some(5));
    }
}
