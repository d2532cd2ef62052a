//! Checks of a checklist: one look each, within its time, without getting in the way of another.
//!
//! Each kind is a module: what an answer means is pure, and asking is thin. What cannot be said is unknown, never pass.

pub mod alerts;
pub mod artifact;
pub mod certificate;
pub mod command;
pub mod document;
pub mod found;
pub mod http;
pub mod json;
pub mod junit;
pub mod kubernetes;
pub mod prometheus;
pub mod promql;
pub mod rules;
pub mod sarif;
pub mod schedule;
mod turns;

use std::{path::PathBuf, pin::pin, sync::Arc, time::Instant};

use futures_util::{StreamExt as _, stream::FuturesUnordered};

use self::{found::Found, turns::Turns};
use super::{connector::Context, kinds::kubernetes::object::Wanted};
use crate::{
    config::schema::source::Source,
    domain::{
        catalog::{Catalog, ReleaseFile},
        checklist::{Item, check::Check, state::Evidence},
        time::Span,
    },
};

/// The largest answer, report or output that a check reads, in bytes.
pub const MAX_BODY: u64 = 16 * 1024 * 1024;

/// The release that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What was declared.
    pub catalog: &'a Catalog,
    /// The release.
    pub release: &'a ReleaseFile,
}

/// Runs checks.
#[derive(Clone, Debug)]
pub struct Checks {
    sources: Vec<Source>,
    /// Opened when first needed, and kept: logging in may take long.
    clusters: Arc<Vec<kubernetes::Cluster>>,
    turns: Arc<Turns>,
    /// What relative paths are relative to: the catalog.
    directory: PathBuf,
    context: Context,
}

impl Checks {
    /// Checks that may ask these sources, with paths relative to `directory`.
    #[must_use]
    pub fn new(sources: Vec<Source>, directory: PathBuf, context: Context) -> Self {
        let clusters = Arc::new(kubernetes::clusters(&sources, &context));
        Self { sources, clusters, turns: Arc::default(), directory, context }
    }

    /// The sources that may be asked.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Looks at all automatic items of `items` at once; the answers come in the order in which they are complete, each with
    /// the item's identifier. What only a person or the ledger can tell is left out.
    pub async fn look_at_all<'a>(
        &self,
        items: impl IntoIterator<Item = &'a Item>,
        subject: Subject<'_>,
    ) -> Vec<(&'a str, Evidence)> {
        let looks = items.into_iter().filter(|item| item.check.is_looked_at()).map(|item| async move {
            let evidence = self.look(item, subject).await;
            evidence.map(|evidence| (item.id.as_str(), evidence))
        });
        looks.collect::<FuturesUnordered<_>>().filter_map(std::future::ready).collect().await
    }

    /// Looks once, when its turn comes: few look at the same place at the same time. `None` for what only a person or the ledger can tell.
    /// Dropping the future ends what it started.
    pub async fn look(&self, item: &Item, subject: Subject<'_>) -> Option<Evidence> {
        if !item.check.is_looked_at() {
            return None;
        }
        let turn = self.turns.at(turns::place(&item.check, subject)).await;
        let mut look = pin!(self.look_now(item, subject));
        if let Ok(evidence) = tokio::time::timeout(turns::PATIENCE, &mut look).await {
            return Some(evidence);
        }
        // It hangs. The next one need not wait for its end.
        drop(turn);
        Some(look.await)
    }

    async fn look_now(&self, item: &Item, subject: Subject<'_>) -> Evidence {
        let (at, started) = (self.context.clock.now(), Instant::now());
        let found = match tokio::time::timeout(item.timeout.duration(), self.find(item, subject)).await {
            Ok(found) => found,
            Err(_) => Found::unknown(format!("no answer in {}", item.timeout)),
        };
        let took = Span::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let by = found.by.unwrap_or_else(|| item.check.word().to_owned());
        Evidence { at, finding: found.finding, words: found.words, by, took, subject: None }
    }

    async fn find(&self, item: &Item, subject: Subject<'_>) -> Found {
        let found = match &item.check {
            Check::Promql { source, query, must } => self.promql(source.as_ref(), query, must, subject).await,
            Check::Http { url, status, field, within } => {
                let wanted = http::Wanted { status: *status, field: field.as_ref(), within: *within };
                self.http(url, &wanted, item.timeout).await
            }
            Check::Certificate { host, port, left, ca } => {
                let wanted = certificate::Wanted { host, port: *port, left: *left, ca: ca.as_deref() };
                self.certificate(wanted).await
            }
            Check::Junit { report, at_least } => {
                let text = self.document(report, item.timeout).await;
                text.map(|text| junit::judge(&text, *at_least))
            }
            Check::Sarif { report, worst } => {
                self.document(report, item.timeout).await.map(|text| sarif::judge(&text, worst))
            }
            Check::Json { document, field, must } => {
                self.document(document, item.timeout).await.map(|text| json::judge(&text, field, must))
            }
            Check::Command { argv, exit, field } => {
                command::run(argv, &self.directory).await.map(|output| command::judge(&output, *exit, field.as_ref()))
            }
            Check::Artifact { same_as } => Ok(artifact::judge(subject, same_as)),
            Check::Alerts { labels } => self.alerts(labels, subject).await,
            Check::Rules { source, alerts, records, targets } => {
                self.rules(source.as_ref(), rules::Wanted { alerts, records }, *targets, subject).await
            }
            Check::Kubernetes { source, kind, namespace, name, field, must } => {
                let wanted = Wanted { kind, namespace: namespace.as_deref(), name };
                self.kubernetes(source.as_ref(), wanted, (field, must), subject).await
            }
            Check::Manual { .. } => Ok(Found::unknown("only a person can tell")),
            Check::Rehearsal { .. } => Ok(Found::unknown("only the ledger can tell")),
        };
        found.unwrap_or_else(Found::failed)
    }
}
