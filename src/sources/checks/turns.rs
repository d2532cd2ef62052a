//! Whose turn it is to look: few looks at the same time at one place, and no place waits for another.
//!
//! A look that hangs gives its turn away after a moment and goes on alone until its time limit, so that not even the looks at the
//! same place wait for it. Each item is looked at once at a time, so what hangs can never be more than there are items.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Subject;
use crate::domain::checklist::check::{Check, Location};

/// How many looks begin at one place while none of them hangs.
const AT_ONCE: usize = 4;

/// After this time a look hangs, as far as others are concerned.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// The turns at all places.
#[derive(Debug, Default)]
pub(super) struct Turns {
    places: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

impl Turns {
    /// Waits for a turn at `place`; dropping what comes gives it to the next.
    pub(super) async fn at(&self, place: String) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(place).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
        };
        // Nobody closes it; and without a turn a look is better than none.
        turns.acquire_owned().await.ok()
    }
}

/// Who answers `check`: looks at the same place may hang for the same reason.
pub(super) fn place(check: &Check, subject: Subject<'_>) -> String {
    let environment = &subject.release.environment;
    let of = |kind: &str, source: Option<&str>| match source {
        Some(name) => format!("source {name}"),
        None => format!("{kind} of {environment}"),
    };
    let server = |url: &url::Url| {
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        format!("{host}:{port}")
    };
    match check {
        Check::Promql { source, .. } | Check::Rules { source, .. } => {
            of("prometheus", source.as_ref().map(crate::domain::object::SourceName::as_str))
        }
        Check::Kubernetes { source, .. } => {
            of("kubernetes", source.as_ref().map(crate::domain::object::SourceName::as_str))
        }
        Check::Alerts { .. } => of("alertmanager", None),
        Check::Http { url, .. } => server(url),
        Check::Certificate { host, port, .. } => format!("{host}:{port}"),
        Check::Junit { report: at, .. } | Check::Sarif { report: at, .. } | Check::Json { document: at, .. } => {
            match at {
                Location::Url(url) => server(url),
                Location::File(_) => "files".to_owned(),
            }
        }
        Check::Command { .. } => "commands".to_owned(),
        Check::Artifact { .. } | Check::Rehearsal { .. } | Check::Manual { .. } => "catalog".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_that_is_busy_holds_up_no_other() {
        let turns = Turns::default();
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(turns.at("a:80".to_owned()).await);
        }
        assert!(turns.at("b:80".to_owned()).await.is_some());
        let mut waiting = Box::pin(turns.at("a:80".to_owned()));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        held.pop();
        assert!(waiting.await.is_some());
    }
}
