//! The kind `notify`: somebody is told. It blocks only when it must go through.

use super::{Done, Stops, Task, Tools, http};
use crate::domain::{plan::request::HttpRequest, run::Outcome};

/// Tells it.
pub async fn step(request: &HttpRequest, required: bool, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let done = http::step(request, task, tools, stops).await;
    if required || done.outcome == Outcome::Succeeded {
        return done;
    }
    missed(&done)
}

/// What does not have to go through does not stop the run; it is told that it did not.
#[must_use]
pub fn missed(done: &Done) -> Done {
    Done { outcome: Outcome::Skipped, words: format!("nobody may have been told: {}", done.words), output: done.output }
}
