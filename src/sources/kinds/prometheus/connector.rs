//! The connection: thin IO around the pure parts.

use futures_util::future::BoxFuture;

use super::{
    age, alerts,
    api::{Api, Tally},
    business,
    cadence::{self, USUAL, VERSION_WINDOWS, WindowFeed},
    canary, charts, deploys, gauges,
    memory::Memory,
    queries,
    query::scope::Scope,
    recorded::{self, Reader},
    window,
};
use crate::{
    clock::Clock,
    config::schema::source::{PrometheusSource, Recorder, Source, SourceKind},
    domain::{
        chart::FEED as CHARTS,
        demand::Demand,
        facts::{Answer, Facts},
        join::{
            business::FEED as BUSINESS,
            canary::FEED as CANARY,
            deploys::FEED as DEPLOYS,
            gauges::FEED as GAUGES,
            queries::{FEED as QUERIES, wanted as wanted_queries},
        },
        object::SourceName,
        slo::definition::{Slo, Window},
        source::{ErrorKind, FeedSpec, SourceError},
        time::{Span, Timestamp},
    },
    sources::{
        connector::{Connector, Context},
        http::Endpoint,
    },
};

/// The feed of counts by version.
const VERSIONS: &str = "versions";
/// The feed of when series began.
const FIRST_SEEN: &str = "first seen";
/// The feed of alerts.
const ALERTS: &str = "alerts";

/// A connection to one server.
pub struct Prometheus {
    pub(super) name: SourceName,
    pub(super) environment: Option<String>,
    pub(super) interval: Span,
    pub(super) options: PrometheusSource,
    pub(super) api: Api,
    pub(super) clock: Clock,
    pub(super) memory: Memory,
}

/// Builds the connector of a source.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the source is not of this kind or its HTTP options cannot work.
pub fn build(source: &Source, context: &Context) -> Result<Box<dyn Connector>, SourceError> {
    let SourceKind::Prometheus(options) = &source.kind else {
        return Err(SourceError::new(ErrorKind::Configuration, format!("{} is not a prometheus source", source.name)));
    };
    let endpoint = Endpoint::new(&options.url, &options.http, source, context)?;
    Ok(Box::new(Prometheus {
        name: source.name.clone(),
        environment: source.environment.clone(),
        interval: source.interval.filter(|interval| *interval > Span::ZERO).unwrap_or(USUAL),
        options: options.clone(),
        api: Api::new(endpoint),
        clock: context.clock,
        memory: Memory::default(),
    }))
}

impl Connector for Prometheus {
    fn endpoint(&self) -> String {
        self.api.shown()
    }

    fn feeds(&self, demand: &Demand) -> Vec<FeedSpec> {
        let scope = self.scope(demand);
        let mut specs = cadence::window_specs(scope, demand, self.interval);
        if !scope.groups(scope.definitions(), true).is_empty() {
            specs.push(FeedSpec { name: VERSIONS.to_owned(), interval: self.interval });
        }
        if scope.definitions().next().is_some() {
            specs.push(FeedSpec { name: FIRST_SEEN.to_owned(), interval: self.interval.times(4) });
        }
        if let Some(interval) = canary::interval(scope, demand, self.interval) {
            specs.push(FeedSpec { name: CANARY.to_owned(), interval });
        }
        if !wanted_queries(&demand.catalog, &demand.in_flight, (&self.name, self.environment.as_deref())).is_empty() {
            specs.push(FeedSpec { name: QUERIES.to_owned(), interval: self.interval });
        }
        if let Some(interval) = deploys::interval(scope, demand, self.interval) {
            specs.push(FeedSpec { name: DEPLOYS.to_owned(), interval });
        }
        if let Some(interval) = business::interval(scope, demand, self.interval) {
            specs.push(FeedSpec { name: BUSINESS.to_owned(), interval });
        }
        if let Some(interval) = gauges::interval(scope, demand, self.interval) {
            specs.push(FeedSpec { name: GAUGES.to_owned(), interval });
        }
        if !demand.charts.is_empty() {
            specs.push(FeedSpec { name: CHARTS.to_owned(), interval: self.interval });
        }
        for recorder in &self.options.slos {
            specs.push(FeedSpec { name: recorded::feed_name(*recorder).to_owned(), interval: self.interval });
        }
        if self.options.alerts {
            specs.push(FeedSpec { name: ALERTS.to_owned(), interval: self.interval });
        }
        specs
    }

    fn poll<'a>(&'a self, feed: &'a str, demand: &'a Demand) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(self.ask(feed, demand))
    }
}

impl Prometheus {
    pub(super) fn scope<'a>(&'a self, demand: &'a Demand) -> Scope<'a> {
        Scope { catalog: &demand.catalog, source: &self.name, environment: self.environment.as_deref() }
    }

    async fn ask(&self, feed: &str, demand: &Demand) -> Result<Answer, SourceError> {
        let scope = self.scope(demand);
        match feed {
            VERSIONS => window::ask(self, scope, &version_windows(scope), true).await,
            FIRST_SEEN => age::ask(self, scope).await,
            CANARY => canary::ask(self, scope, demand).await,
            QUERIES => queries::ask(self, demand).await,
            BUSINESS => business::ask(self, scope, demand).await,
            GAUGES => gauges::ask(self, scope, demand).await,
            DEPLOYS => deploys::ask(self, scope, demand).await,
            CHARTS => charts::ask(self, scope, demand).await,
            ALERTS => {
                let mut tally = Tally::default();
                let alerts = alerts::alerts(self.api.alerts(&mut tally).await?, &self.name, &self.options.url);
                Ok(tally.answer(Facts::Alerts(alerts), None))
            }
            _ if self.recorder(feed).is_some() => self.recorded(feed, scope).await,
            _ => {
                let feed = cadence::window_feeds(scope).into_iter().find(|window| window.name() == feed);
                let feed = feed.ok_or_else(not_wanted)?;
                window::ask(self, scope, &wanted(scope, feed, self.clock.now()), false).await
            }
        }
    }
}

impl Prometheus {
    fn recorder(&self, feed: &str) -> Option<Recorder> {
        self.options.slos.iter().copied().find(|recorder| recorded::feed_name(*recorder) == feed)
    }

    async fn recorded(&self, feed: &str, scope: Scope<'_>) -> Result<Answer, SourceError> {
        let Some(recorder) = self.recorder(feed) else { return Err(not_wanted()) };
        let mut tally = Tally::default();
        let environment_labels = scope.environment_labels();
        let query = recorded::query(recorder, &environment_labels);
        let rows = self.api.instant(&query, &mut tally).await?;
        let reader = Reader { source: &self.name, environment_labels: &environment_labels, query: query.into() };
        let found = recorded::read(recorder, rows, &reader);
        tally.gaps.extend(found.gaps);
        Ok(tally.answer(Facts::Slo(found.facts), found.newest))
    }
}

fn not_wanted() -> SourceError {
    SourceError::new(
        ErrorKind::Configuration,
        "nothing in the catalog or the configuration asks for this feed any more",
    )
}

/// The definitions that a window feed measures, with the window of each.
fn wanted(scope: Scope<'_>, feed: WindowFeed, now: Timestamp) -> Vec<(&Slo, Window)> {
    let slos = scope.definitions().filter(|slo| feed.wants(slo));
    slos.filter_map(|slo| feed.window(slo, now).map(|window| (slo, window))).collect()
}

fn version_windows(scope: Scope<'_>) -> Vec<(&Slo, Window)> {
    let each = |slo| VERSION_WINDOWS.map(move |window| (slo, window));
    scope.definitions().flat_map(each).collect()
}
