//! Parameters filled into checks: those of validations, preconditions and probes.

use url::Url;

use super::{Refused, expand::Draft, fill};
use crate::domain::{
    checklist::check::{Check, Location},
    runbook::parameter::Place,
};

/// `check` with everything filled in.
pub(super) fn filled(draft: &Draft, check: &Check) -> Result<Check, Refused> {
    let mut check = check.clone();
    let text = |part: &mut String, place| fill::text(draft, part, place).map(|filled| *part = filled);
    match &mut check {
        Check::Promql { query, .. } => text(query, Place::Query)?,
        Check::Http { url, .. } => *url = address(draft, url)?,
        Check::Kubernetes { namespace, name, .. } => {
            text(name, Place::Whole)?;
            namespace.as_mut().map_or(Ok(()), |namespace| text(namespace, Place::Whole))?;
        }
        Check::Certificate { host, .. } => text(host, Place::Whole)?,
        Check::Junit { report: place, .. }
        | Check::Sarif { report: place, .. }
        | Check::Json { document: place, .. } => {
            if let Location::Url(url) = place {
                *url = address(draft, url)?;
            }
        }
        Check::Alerts { labels } => labels.values_mut().try_for_each(|value| text(value, Place::Whole))?,
        Check::Command { argv, .. } => argv.iter_mut().try_for_each(|part| text(part, Place::Whole))?,
        Check::Artifact { same_as } => text(same_as, Place::Whole)?,
        Check::Manual { .. } | Check::Rules { .. } | Check::Rehearsal { .. } => {}
    }
    Ok(check)
}

/// An address. Its braces were percent-encoded when it was read.
fn address(draft: &Draft, url: &Url) -> Result<Url, Refused> {
    let written = url.as_str().replace("$%7B", "${").replace("$%7b", "${").replace("%7D", "}").replace("%7d", "}");
    if !written.contains("${") {
        return Ok(url.clone());
    }
    let filled = fill::text(draft, &written, Place::Url)?;
    filled.parse().map_err(|_| fill::wrong(draft, &format!("{filled} is no address")))
}
