//! From a runbook and a target to a plan: the objects are looked at now, all at once, each within its time.

use std::{collections::BTreeMap, fmt, time::Duration};

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        catalog::Catalog,
        object::SourceName,
        plan::resolve::{self, Asked, Ground, Look, Looks, Made, Place, Refused, Thing, Want},
        runbook::Runbook,
    },
    sources::{
        connector::Context,
        kinds::kubernetes::object::{Looked, Reader, Wanted},
    },
};

/// How long a look at one object may take. Who waits for a plan waits at night, with users who wait too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes plans.
pub struct Resolver {
    readers: BTreeMap<SourceName, Reader>,
    clusters: Vec<Place>,
    metrics: Vec<Place>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resolver").field(&self.clusters).finish()
    }
}

impl Resolver {
    /// Plans that look at what these sources have. Does no IO; connections are opened when first needed, and kept.
    #[must_use]
    pub fn new(sources: &[Source], context: &Context) -> Self {
        let place = |source: &Source| Place { source: source.name.clone(), environment: source.environment.clone() };
        let (mut readers, mut clusters, mut metrics) = (BTreeMap::new(), Vec::new(), Vec::new());
        for source in sources {
            match &source.kind {
                SourceKind::Kubernetes(settings) => {
                    readers.insert(source.name.clone(), Reader::new(settings, source, context));
                    clusters.push(place(source));
                }
                SourceKind::Prometheus(_) => metrics.push(place(source)),
                SourceKind::Alertmanager(_) => {}
            }
        }
        Self { readers, clusters, metrics }
    }

    /// The plan of `runbook` for what is `asked`, by what the clusters say now.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn resolve(&self, runbook: &Runbook, asked: &Asked, catalog: &Catalog) -> Result<Made, Refused> {
        let ground = Ground { catalog, clusters: &self.clusters, metrics: &self.metrics };
        let outline = resolve::outline(runbook, asked, &ground)?;
        let looks = join_all(outline.wants.iter().map(|want| async move { (want.clone(), self.look(want).await) }));
        let looks: Looks = looks.await.into_iter().collect();
        resolve::make(&outline, &ground, &looks)
    }

    async fn look(&self, want: &Want) -> Look {
        let Some(reader) = self.readers.get(&want.source) else {
            return Look::Unreadable("there is no such source".to_owned());
        };
        let wanted = Wanted { kind: &want.kind, namespace: want.namespace.as_deref(), name: &want.name };
        match timeout(PATIENCE, reader.look(wanted)).await {
            Ok(Ok(Some(Looked { path, object, sets, manager }))) => {
                Look::There(Box::new(Thing { path, object, sets, manager }))
            }
            Ok(Ok(None)) => Look::Missing,
            Ok(Err(error)) => Look::Unreadable(error.to_string()),
            Err(_) => Look::Unreadable(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }
}
