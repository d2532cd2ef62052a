//! Steps that can never pass, and so what stands behind them.

use std::collections::BTreeMap;

use super::{Finding, Level};
use crate::domain::{
    checklist::{check::Check, predicate::Predicate},
    runbook::{Failing, Runbook, Step, action::Action},
};

pub(super) fn findings(runbook: &Runbook, all: &BTreeMap<String, Runbook>) -> Vec<Finding> {
    let steps: Vec<&Step> = runbook.all().map(|(_, step)| step).collect();
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Some(why) = never_passes(step, runbook, all) else { continue };
        let behind: Vec<&str> = steps.iter().skip(index + 1).map(|step| step.id.as_str()).collect();
        let words = match (step.failing, behind.is_empty()) {
            (Failing::Stop, false) => {
                format!("it can never pass, so nothing behind it is reached ({}): {why}", behind.join(", "))
            }
            _ => format!("it can never pass: {why}"),
        };
        found.push(Finding::new(Level::Error, Some(&step.id), words, advice(step)));
        if step.failing == Failing::Stop {
            break;
        }
    }
    found
}

fn never_passes(step: &Step, runbook: &Runbook, all: &BTreeMap<String, Runbook>) -> Option<String> {
    let number = |must: &Predicate| {
        let never = matches!(must, Predicate::Text { .. } | Predicate::Truth(_));
        never.then(|| format!("a metric is a number, and never {must}"))
    };
    match &step.action {
        Action::WaitMetric(wait) if wait.hold > step.timeout => {
            Some(format!("it must hold for {}, and may take {}", wait.hold, step.timeout))
        }
        Action::WaitMetric(wait) => number(&wait.must),
        Action::Check(Check::Promql { must, .. }) => number(must),
        Action::Check(Check::Http { within: Some(within), .. }) if *within > step.timeout => {
            Some(format!("the answer may take {within}, and the step {}", step.timeout))
        }
        Action::Runbook(nested) => {
            let other = all.get(&nested.runbook)?;
            let apart =
                |a: &[String], b: &[String]| !a.is_empty() && !b.is_empty() && !a.iter().any(|one| b.contains(one));
            let services = step.each.as_ref().map_or(&runbook.services, |each| &each.services);
            if apart(services, &other.services) {
                return Some(format!("`{}` is for other services: {}", other.name, other.services.join(", ")));
            }
            let environments = apart(&runbook.environments, &other.environments);
            environments
                .then(|| format!("`{}` is for other environments: {}", other.name, other.environments.join(", ")))
        }
        _ => None,
    }
}

const fn advice(step: &Step) -> &'static str {
    match step.action {
        Action::Runbook(_) => "nest a runbook that is for the same services and environments",
        _ => "give it more time, or ask for what can be",
    }
}
