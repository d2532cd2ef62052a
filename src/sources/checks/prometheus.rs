//! Which server of the Prometheus API a check asks.

use super::{Checks, Subject};
use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        object::SourceName,
        source::{ErrorKind, SourceError},
    },
    sources::{http::Endpoint, kinds::prometheus::api::Api},
};

impl Checks {
    /// The source of that name, or the first that speaks `PromQL` for the release's environment; and its API.
    pub(super) fn prometheus(
        &self,
        name: Option<&SourceName>,
        subject: Subject<'_>,
    ) -> Result<(SourceName, Api), SourceError> {
        let environment = subject.release.environment.as_str();
        let fits = |source: &&Source| match name {
            Some(name) => source.name == *name,
            None => source.environment.as_deref().is_none_or(|own| own == environment),
        };
        let speaks = self.sources.iter().filter_map(|source| match &source.kind {
            SourceKind::Prometheus(options) => Some((source, options)),
            _ => None,
        });
        let (source, options) = speaks.into_iter().find(|(source, _)| fits(source)).ok_or_else(|| {
            let what = name.map_or_else(
                || format!("no source of the kind prometheus for {environment}"),
                |name| format!("{name} is no source of the kind prometheus"),
            );
            SourceError::new(ErrorKind::Configuration, what)
                .advise("configure one as [[source]], or name it in the check")
        })?;
        let endpoint = Endpoint::new(&options.url, &options.http, source, &self.context)?;
        Ok((source.name.clone(), Api::new(endpoint)))
    }
}
