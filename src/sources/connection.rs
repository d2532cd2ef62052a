//! A configured source together with the way to its connector.

use std::{fmt, sync::Arc};

use super::{
    connector::{Connector, Context, Kind},
    http, kinds,
};
use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
        time::Span,
    },
};

/// The feed under which a source is reported that has no connector yet, because its configuration does not work.
pub const CONNECTION_FEED: &str = "connection";

/// How often such a source is tried again, at least.
pub(super) const CONNECTION_INTERVAL: Span = Span::from_secs(30);

/// Makes a connector, and may be asked again after it failed: the missing secret may appear.
pub type Connect = Arc<dyn Fn() -> Result<Box<dyn Connector>, SourceError> + Send + Sync>;

/// A configured source together with the way to its connector.
#[derive(Clone)]
pub struct Connection {
    /// The source.
    pub source: Source,
    /// Makes its connector.
    pub connect: Connect,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("source", &self.source.name).finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection whose connector is made by `connect`.
    pub fn new(
        source: Source,
        connect: impl Fn() -> Result<Box<dyn Connector>, SourceError> + Send + Sync + 'static,
    ) -> Self {
        Self { source, connect: Arc::new(connect) }
    }

    /// What is known of the source before it has a connector.
    #[must_use]
    pub fn spec(&self) -> SourceSpec {
        SourceSpec {
            name: self.source.name.clone(),
            kind: self.source.kind.word().to_owned(),
            endpoint: endpoint(&self.source),
            environment: self.source.environment.clone(),
            region: self.source.region.clone(),
            feeds: vec![FeedSpec { name: CONNECTION_FEED.to_owned(), interval: CONNECTION_INTERVAL }],
        }
    }

    /// What is known of it with its connector and its feeds.
    pub(super) fn connected_spec(&self, connector: &dyn Connector, feeds: Vec<FeedSpec>) -> SourceSpec {
        SourceSpec { endpoint: connector.endpoint(), feeds, ..self.spec() }
    }
}

/// A connection for each source, from the table of kinds. Nothing is opened or read yet, so nothing can fail.
#[must_use]
pub fn build(sources: &[Source], context: &Context) -> Vec<Connection> {
    sources
        .iter()
        .map(|source| {
            let (known, configured, context) = (kind(source.kind.word()), source.clone(), context.clone());
            Connection::new(source.clone(), move || match known {
                Some(kind) => (kind.build)(&configured, &context),
                None => Err(SourceError::new(
                    ErrorKind::Configuration,
                    format!("this warroom has no connector for {}", configured.kind.word()),
                )),
            })
        })
        .collect()
}

/// The kind of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds::all().iter().find(|kind| kind.name == name).copied()
}

/// Where `source` connects to, for people, without credentials.
#[must_use]
pub fn endpoint(source: &Source) -> String {
    match &source.kind {
        SourceKind::Prometheus(prometheus) => http::shown(&prometheus.url),
        SourceKind::Alertmanager(alertmanager) => {
            alertmanager.urls.iter().map(http::shown).collect::<Vec<_>>().join(", ")
        }
        SourceKind::Kubernetes(kubernetes) => match (&kubernetes.url, &kubernetes.context) {
            (Some(url), _) => http::shown(url),
            (None, Some(context)) => format!("context {context}"),
            (None, None) if kubernetes.in_cluster => "in cluster".to_owned(),
            (None, None) => "current context".to_owned(),
        },
    }
}
