//! Whether a plan that came from outside is one that may be run: what its steps say of themselves is what their requests are.

use std::collections::BTreeSet;

use super::{Plan, Planned, VERSION, request::Request};
use crate::domain::runbook::{Part, action::Effect};

/// Why a plan may not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Another version of warroom made it.
    #[error("it is a plan of version {0}, and this warroom makes {VERSION}; make it again")]
    Version(u64),
    /// There is nothing in it.
    #[error("it has no steps")]
    Empty,
    /// A step cannot be told from another.
    #[error("it has two steps with the identifier {0}")]
    Twice(String),
    /// It changes something without saying what its leases are.
    #[error("it changes {0}, and does not name it among its services")]
    NoLease(String),
    /// A step says that it is harmless, and is not.
    #[error("the step {step}: {why}")]
    Step {
        /// The step.
        step: String,
        /// What does not fit.
        why: &'static str,
    },
}

impl Plan {
    /// Whether it may be run.
    ///
    /// # Errors
    /// The first thing that speaks against it.
    pub fn fit(&self) -> Result<(), Unfit> {
        if self.v != VERSION {
            return Err(Unfit::Version(self.v));
        }
        if self.steps.is_empty() {
            return Err(Unfit::Empty);
        }
        let service = &self.target.service;
        if self.writes().next().is_some() && !self.target.services.contains(service) {
            return Err(Unfit::NoLease(service.clone()));
        }
        let mut seen = BTreeSet::new();
        for step in &self.keep {
            let brings = match &step.request {
                Request::Command(_) => true,
                Request::Http(request) => request.method == "GET",
                _ => false,
            };
            if !brings || !seen.insert(step.id.as_str()) {
                return Err(Unfit::Step { step: step.id.clone(), why: "it brings nothing that could be kept" });
            }
        }
        for step in &self.steps {
            if !seen.insert(step.id.as_str()) {
                return Err(Unfit::Twice(step.id.clone()));
            }
            step.fit().map_err(|why| Unfit::Step { step: step.id.clone(), why })?;
        }
        Ok(())
    }
}

impl Planned {
    fn fit(&self) -> Result<(), &'static str> {
        let only_looks = matches!(self.request, Request::WaitMetric(_) | Request::Check(_) | Request::Nothing { .. });
        match () {
            () if self.effect == Effect::Read && !only_looks => {
                Err("it says that it only looks, and it may change something")
            }
            () if self.effect == Effect::Read && self.undo.is_some() => {
                Err("it only looks, and nothing can take that back")
            }
            () if self.part != Part::Steps && !only_looks => Err("before and after, there may only be looks"),
            () if self.attempts == 0 => Err("it is never tried"),
            () if self.attempts > 1 && !self.idempotent => {
                Err("doing it twice is not harmless, so it is not tried again by itself")
            }
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::example::{plan, step};

    #[test]
    fn a_plan_that_says_of_itself_what_is_not_so_is_not_run() {
        assert_eq!(plan().fit(), Ok(()));
        let mut harmless = plan();
        harmless.steps[1].request = Request::Manual { instruction: "pull the plug".into(), who: None, evidence: false };
        assert_eq!(harmless.fit(), Ok(()));
        harmless.steps[1].effect = Effect::Read;
        assert!(harmless.fit().is_err_and(|why| why.to_string().contains("it says that it only looks")));
        let mut twice = plan();
        twice.steps.push(step("flag", Part::Steps, Effect::Write));
        assert_eq!(twice.fit(), Err(Unfit::Twice("flag".into())));
        let mut without = plan();
        without.target.services.clear();
        assert_eq!(without.fit(), Err(Unfit::NoLease("checkout".into())));
        let mut again = plan();
        again.steps[1].attempts = 2;
        assert!(again.fit().is_err_and(|why| why.to_string().contains("twice is not harmless")));
        assert_eq!(Plan { v: 9, ..plan() }.fit(), Err(Unfit::Version(9)));
        assert_eq!(Plan { steps: Vec::new(), ..plan() }.fit(), Err(Unfit::Empty));
    }
}
