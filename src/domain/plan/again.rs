//! A plan that is made again: whether it still is the one that somebody confirmed.
//!
//! What is confirmed may lie in a file, or on a screen, for a while. Neither is believed: the plan is made again by the catalog and
//! the clusters of now, and only the same plan is run.

use super::{Mode, Plan, compare::differences, request::Request, resolve::Asked};
use crate::domain::time::Span;

/// For how long a plan can be confirmed after it was last made. What the world was before that decides nothing.
pub const FRESH: Span = Span::from_secs(45);

/// The most differences that are told. A file from outside may have any number.
const TOLD: usize = 12;

/// The longest difference that is told, in characters.
const LONGEST: usize = 300;

/// Why a plan is void.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan is void: {why}{}\nmake it again, and look at it: `{again}`", lines(.differences))]
pub struct Void {
    /// What became another, in words.
    why: String,
    /// What differs, a line each. Text from outside.
    differences: Vec<String>,
    /// The command that makes it again.
    again: String,
}

fn lines(differences: &[String]) -> String {
    differences.iter().fold(String::new(), |text, line| text + "\n  " + line)
}

impl Plan {
    /// What was asked for when it was made, as far as the plan says it.
    #[must_use]
    pub fn asked(&self) -> Asked {
        Asked {
            release: self.target.release.clone(),
            service: Some(self.target.service.clone()),
            environment: Some(self.target.environment.clone()),
            parameters: self.parameters.clone(),
            mode: self.mode,
        }
    }

    /// The command that plans the same again.
    #[must_use]
    pub fn command(&self) -> String {
        let release = self.target.release.iter().map(|release| format!(" --release {}", quoted(release)));
        let set = self.parameters.iter().map(|(name, value)| format!(" --set {}", quoted(&format!("{name}={value}"))));
        let rehearsal = (self.mode == Mode::Rehearsal).then(|| " --rehearsal".to_owned());
        format!(
            "warroom runbook plan {} --service {} --environment {}{}",
            quoted(&self.runbook.name),
            quoted(&self.target.service),
            quoted(&self.target.environment),
            release.chain(set).chain(rehearsal).collect::<String>()
        )
    }

    /// Whether `again`, made now for the same, is this plan.
    ///
    /// # Errors
    /// What became another.
    pub fn holds(&self, again: &Self) -> Result<(), Void> {
        let mut differences = differences(self, again);
        if differences.is_empty() {
            return Ok(());
        }
        let why = if self.runbook.digest != again.runbook.digest {
            format!("the runbook {} of the catalog is not the one that it was made of", self.runbook.name)
        } else if moved(self, again) {
            "what it would change was changed since it was made".to_owned()
        } else {
            "made again from the catalog and by what is there now, it is another".to_owned()
        };
        for line in &mut differences {
            if let Some((end, _)) = line.char_indices().nth(LONGEST) {
                line.truncate(end);
                line.push('…');
            }
        }
        let more = differences.len().saturating_sub(TOLD);
        differences.truncate(TOLD);
        if more > 0 {
            differences.push(format!("and {more} more"));
        }
        Err(Void { why, differences, again: self.command() })
    }

    /// What says that it cannot be made again at all, because of `why`.
    #[must_use]
    pub fn void(&self, why: &str) -> Void {
        Void { why: format!("it cannot be made any more: {why}"), differences: Vec::new(), again: self.command() }
    }
}

/// Whether an object that a step changes is in another state than it was planned for.
fn moved(old: &Plan, new: &Plan) -> bool {
    let seen = |request: &Request| match request {
        Request::Kubernetes(patch) => Some((patch.object.clone(), patch.observed.clone())),
        _ => None,
    };
    let observed = |plan: &Plan| plan.steps.iter().filter_map(|step| seen(&step.request)).collect::<Vec<_>>();
    let now = observed(new);
    observed(old).iter().any(|(object, before)| {
        let after = now.iter().find(|(other, _)| other == object);
        // An object for which nothing has to be done any more is in another state too.
        after.is_none_or(|(_, after)| {
            (&after.uid, after.generation, &after.facts) != (&before.uid, before.generation, &before.facts)
        })
    })
}

/// `word` as a shell takes it: what names of a catalog are made of stays as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ledger::hash::Hash,
        plan::request::{Observed, Patch, PatchForm},
        run::example::plan,
        runbook::risk::Risk,
    };

    fn patched(generation: u64) -> Plan {
        let mut plan = plan();
        plan.steps[1].request = Request::Kubernetes(Patch {
            source: "k8s".into(),
            path: "/apis/x/checkout/status".into(),
            object: "/apis/x/checkout".into(),
            name: "Rollout shop/checkout".into(),
            form: PatchForm::Merge,
            body: "{}".into(),
            observed: Observed {
                uid: "u1".into(),
                generation,
                resource_version: generation.to_string(),
                facts: [("paused".to_owned(), "-".to_owned())].into(),
            },
            until: Vec::new(),
            diff: Vec::new(),
        });
        plan
    }

    #[test]
    fn a_plan_that_says_less_of_itself_than_the_catalog_does_is_void() {
        let real = plan();
        assert_eq!(real.holds(&real.clone()), Ok(()));
        let mut tampered = real.clone();
        (tampered.risk, tampered.needs) = (Risk::R0, None);
        let why = tampered.holds(&real).expect_err("another").to_string();
        assert!(why.contains("risk is R3, was R0") && why.contains("made again from the catalog"), "{why}");
        assert!(why.contains("`warroom runbook plan rollback-checkout --service checkout --environment prod"), "{why}");
    }

    #[test]
    fn it_is_told_whether_the_runbook_or_the_world_became_another() {
        let mut other = plan();
        other.runbook.digest = Hash::of(b"another");
        let why = plan().holds(&other).expect_err("another").to_string();
        assert!(why.contains("the runbook rollback-checkout of the catalog is not the one"), "{why}");
        let why = patched(7).holds(&patched(8)).expect_err("moved").to_string();
        assert!(why.contains("was changed since it was made") && why.contains("generation is 8, was 7"), "{why}");
        let mut status = patched(7);
        if let Request::Kubernetes(patch) = &mut status.steps[1].request {
            patch.observed.resource_version = "99".into();
        }
        assert_eq!(patched(7).holds(&status), Ok(()), "mere status moves all the time");
        let why = patched(7).holds(&plan()).expect_err("nothing to do").to_string();
        assert!(why.contains("was changed since it was made"), "{why}");
    }

    #[test]
    fn the_command_that_plans_it_again_can_be_pasted_and_a_long_list_is_cut() {
        let mut odd = plan();
        odd.mode = Mode::Rehearsal;
        odd.parameters = (0..40).map(|number| (format!("p{number:02}"), "it's $(x)".to_owned())).collect();
        let command = odd.command();
        assert!(command.ends_with(r"--set 'p39=it'\''s $(x)' --rehearsal"), "{command}");
        let why = plan().holds(&odd).expect_err("another").to_string();
        assert!(why.contains("and 29 more"), "{why}");
        odd.parameters = [("long".to_owned(), "x".repeat(5_000))].into();
        assert!(plan().holds(&odd).expect_err("another").to_string().len() < 1_000);
    }
}
