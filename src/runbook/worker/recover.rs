//! An intent without a result: somebody was killed in between. What became of it is found out, in this order: its program still
//! runs, it left a word, nobody began it, it only looks, its effect can be seen. Otherwise nobody knows, and a person decides.

use std::time::Instant;

use super::{Hand, Which, is_for_a_person};
use crate::{
    domain::{
        plan::request::Request,
        run::{Known, Run},
        runbook::action::Effect,
        time::Span,
    },
    runbook::{
        journal::JournalError,
        steps::{self, Done, Task, command, notify},
    },
};

impl Hand<'_> {
    /// Finds out how the attempt `which` went, or does it when it is certain that nobody began it.
    pub(super) fn find_out(&mut self, run: &Run, which: &Which) -> Result<(), JournalError> {
        let Some(step) = run.plan.step(&which.step) else {
            let done = Done::unknown("the plan has no such step");
            return self.result(which, &done.status(Span::ZERO), Known::Worker);
        };
        let place = self.place(run, which);
        if let Ok(Some(status)) = place.status() {
            return self.result(which, &status, Known::StatusFile);
        }
        if is_for_a_person(run, step, which) {
            return self.person(which);
        }
        let nothing = matches!(step.request, Request::Nothing { .. });
        let reads = (step.effect == Effect::Read || nothing) && !which.undo;
        let begun = place.begun();
        let is_untouched = place.is_here() && matches!(begun, Ok(None));
        // A program whose shim was not seen to begin may be begun by it at any moment: of the two shims one begins.
        if reads || is_untouched {
            return self.perform(run, step, which, &place);
        }
        let started = Instant::now();
        let task = Task { run, step, undo: which.undo, number: which.number, place: &place, worker: &self.me };
        let is_program = matches!(task.request(), Some(Request::Command(_)));
        if is_program && place.is_here() {
            let mut stops = self.stops.clone();
            let done = self.runtime.block_on(command::follow(&task, None, &mut stops));
            let known =
                if place.status().is_ok_and(|status| status.is_some()) { Known::StatusFile } else { Known::Worker };
            let (done, known) = match self.sure(done, &task) {
                (done, Known::Probe) => (done, Known::Probe),
                (done, _) => (done, known),
            };
            return self.result(which, &done.status(self.tools.context.clock.since(started)), known);
        }
        let looked = self.runtime.block_on(steps::find_out(&self.tools, &task));
        let (done, known) = match (looked, task.request()) {
            (Some(looked), _) => (looked, Known::Probe),
            (None, Some(Request::Notify { required: false, .. })) => {
                (notify::missed(&Done::unknown("its worker was ended while it was sent")), Known::Worker)
            }
            (None, _) => (Done::unknown(unknown(place.is_here())), Known::Worker),
        };
        self.result(which, &done.status(self.tools.context.clock.since(started)), known)
    }
}

fn unknown(here: bool) -> &'static str {
    if here {
        "its worker was ended while it was done, and nothing tells how far it came"
    } else {
        "its worker was on another machine or account, and nothing tells how far it came"
    }
}
