//! What is missing beside a write: a way to take it back, a way to see it, somebody who does it.

use super::{Finding, Level};
use crate::domain::runbook::{Part, Runbook, Step, action::Action};

pub(super) fn findings(runbook: &Runbook) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        runbook.all().filter(|(part, _)| *part == Part::Steps).flat_map(|(_, step)| about(step)).collect();
    found.extend(unused(runbook));
    found
}

fn about(step: &Step) -> Vec<Finding> {
    let warning = |words: &str, advice: &str| Finding::new(Level::Warning, Some(&step.id), words, advice);
    let mut found = Vec::new();
    match &step.action {
        Action::Manual(manual) if manual.who.is_none() => {
            found.push(warning(
                "nobody is named who does it",
                "name a role in `who`: in the night somebody has to be called",
            ));
        }
        Action::Http(request) if request.method == "GET" => {}
        // What takes a patch or a verb of a rollout back, and whether it happened, follows from the object itself.
        Action::Http(_) | Action::Command(_) => {
            if step.undo.is_none() {
                found.push(warning(
                    "it changes something, and nothing takes it back",
                    "write an `undo`; without one a plan in production needs a second person (R4)",
                ));
            }
            if step.probe.is_none() && !step.idempotent {
                found.push(warning(
                    "nothing tells whether it happened",
                    "write a `probe`: when the connection breaks, only a person could find out, or say `idempotent = true` where that is so",
                ));
            }
        }
        _ => {}
    }
    found
}

/// Parameters that nothing uses: asked for, and without any effect.
fn unused(runbook: &Runbook) -> Vec<Finding> {
    let parts = (&runbook.before, &runbook.steps, &runbook.validation);
    // Steps are plain data, so they can always be written.
    let text = serde_json::to_string(&parts).unwrap_or_default();
    let used = |name: &str| text.contains(&format!("${{{name}}}")) || text.contains(&format!("$%7B{name}%7D"));
    let unused = runbook.parameters.iter().filter(|parameter| !used(&parameter.name));
    unused
        .map(|parameter| {
            let words = format!("the parameter `{}` is asked for and used nowhere", parameter.name);
            Finding::new(Level::Note, None, words, "use it or take it out")
        })
        .collect()
}
