//! Every release that has a checklist, a line each.

use std::collections::BTreeMap;

use serde_json::json;

use super::show::{exit, word};
use crate::{
    cli::{Exit, output, readiness::Room, refusal::Refusal},
    domain::readiness::next::Next,
};

/// Prints them. The exit code is that of the worst.
pub(super) fn print(room: &Room, before: Next, as_json: bool) -> Result<Exit, Refusal> {
    let (mut lines, mut objects, mut worst) = (String::new(), Vec::new(), None);
    for (release, file) in room.loaded.catalog.releases.iter().filter(|(_, file)| file.checklist.is_some()) {
        let rules = room.rules(release)?;
        let standing = room.standing(&rules, before, &BTreeMap::new())?;
        let found = exit(&standing, room);
        worst = match (worst, found) {
            (Some(Exit::No), _) | (_, Exit::No) => Some(Exit::No),
            (Some(Exit::Unknown), _) | (_, Exit::Unknown) => Some(Exit::Unknown),
            _ => Some(found),
        };
        let progress = &standing.progress;
        output::line(
            &mut lines,
            format_args!(
                "{:12}  {release}  {}  {} of {}  {}",
                word(found),
                file.environment,
                progress.passed,
                progress.total,
                rules.checklist.name
            ),
        );
        objects.push(json!({
            "release": release,
            "environment": file.environment,
            "checklist": rules.checklist.name,
            "state": word(found).to_lowercase().replace(' ', "-"),
            "passed": progress.passed,
            "total": progress.total,
        }));
    }
    if as_json {
        output::print(&output::json(&json!({ "version": 1, "at": room.now, "releases": objects })));
    } else if lines.is_empty() {
        output::complain("warroom: no release of the catalog names a checklist");
    } else {
        output::print(&lines);
    }
    Ok(worst.unwrap_or(Exit::Unknown))
}
