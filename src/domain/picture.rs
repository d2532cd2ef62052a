//! Everything that is known, joined: what the screens draw and what the headless commands print.

use serde::{Deserialize, Serialize};

use super::{
    alert::{Alert, AlertState, Severity},
    canary::analysis::Analysis,
    chart::Series,
    feed::{FeedName, Freshness},
    level::Level,
    marker::Marker,
    object::SourceName,
    release::{Release, ReleaseId},
    slo::status::SloStatus,
    source::{Gap, SourceError},
    time::{Span, Timestamp},
    trigger::query::Told,
};

/// The joined picture at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// The instant it was judged at.
    pub at: Timestamp,
    /// Releases, what needs a human first.
    pub releases: Vec<Release>,
    /// SLOs of services, of the whole service and of single versions.
    pub slos: Vec<SloStatus>,
    /// Recorded SLOs that no service matches.
    pub slos_of_no_service: Vec<SloStatus>,
    /// Canaries beside their baselines, by release, service and SLO.
    #[serde(default)]
    pub analyses: Vec<Analysis>,
    /// What sources said to the queries of triggers.
    #[serde(default)]
    pub queries: Vec<Told>,
    /// Alerts, merged over sources, the loudest first.
    pub alerts: Vec<JoinedAlert>,
    /// Deployment events, oldest first.
    pub markers: Vec<Marker>,
    /// Chart series.
    pub charts: Vec<Series>,
    /// Sources, in the order of the configuration.
    pub sources: Vec<SourceView>,
}

impl Picture {
    /// A picture of nothing, before the first answer.
    #[must_use]
    pub const fn empty(at: Timestamp) -> Self {
        Self {
            at,
            releases: Vec::new(),
            slos: Vec::new(),
            slos_of_no_service: Vec::new(),
            analyses: Vec::new(),
            queries: Vec::new(),
            alerts: Vec::new(),
            markers: Vec::new(),
            charts: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// The release of this identifier.
    #[must_use]
    pub fn release(&self, id: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }
}

/// An alert with what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAlert {
    /// The alert. Of one that several sources report, the newest.
    pub alert: Alert,
    /// All sources that report it.
    pub sources: Vec<SourceName>,
    /// Its service; `None` is counted under "alerts of no service".
    pub service: Option<String>,
    /// Its environment.
    pub environment: Option<String>,
    /// The release in flight there.
    pub release: Option<ReleaseId>,
    /// Whether the picture it comes from is too old to say that it still fires.
    pub stale: bool,
}

impl JoinedAlert {
    /// How much it needs a person.
    #[must_use]
    pub fn level(&self) -> Level {
        match (self.stale, self.alert.state, self.alert.severity()) {
            (true, ..) | (_, AlertState::Unknown, _) => Level::Unknown,
            (_, AlertState::Suppressed | AlertState::Pending, _) => Level::Wait,
            (_, _, Severity::Page) => Level::Bad,
            (_, _, Severity::Ticket) => Level::Watch,
            (_, _, Severity::Info) => Level::Run,
        }
    }

    /// What it does, in a word or two: `firing`, `silenced 5c5b9c74`.
    #[must_use]
    pub fn state(&self) -> String {
        let word = match self.alert.state {
            _ if self.stale => "stale",
            AlertState::Active => "firing",
            AlertState::Pending => "pending",
            AlertState::Unprocessed => "new",
            AlertState::Unknown => "unknown",
            AlertState::Suppressed => return self.suppressed(),
        };
        word.to_owned()
    }

    /// Why a suppressed alert calls nobody.
    fn suppressed(&self) -> String {
        let alert = &self.alert;
        let reasons =
            [("silenced", &alert.silenced_by), ("inhibited", &alert.inhibited_by), ("muted", &alert.muted_by)];
        for (word, by) in reasons {
            if let Some(first) = by.first() {
                let short = first.split('-').next().unwrap_or(first);
                return format!("{word} {short}");
            }
        }
        "suppressed".to_owned()
    }
}

/// A source as a person sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its name.
    pub name: SourceName,
    /// Its kind.
    pub kind: String,
    /// Where it connects to.
    pub endpoint: String,
    /// The environment of everything in it.
    pub environment: Option<String>,
    /// The worst of its feeds.
    pub level: Level,
    /// The word for that: `FRESH`, `AGEING`, `STALE`, `FAILED`, `PARTIAL`, `WAITING`.
    pub word: String,
    /// Its feeds.
    pub feeds: Vec<FeedView>,
    /// The age of the oldest feed that has one.
    pub age: Option<Span>,
    /// The median time of the last answers.
    pub latency: Option<Span>,
    /// Failures in the last hour.
    pub errors_last_hour: u32,
    /// The newest error since the last good answer.
    pub error: Option<SourceError>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When it is asked again.
    pub next: Option<Timestamp>,
    /// Server clock minus ours, in milliseconds.
    pub skew_millis: Option<i64>,
    /// What its last answers could not say.
    pub gaps: Vec<Gap>,
    /// What is unknown because of it, and what to do.
    pub effects: Vec<String>,
}

/// A feed as a person sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedView {
    /// Its name.
    pub name: FeedName,
    /// How fresh.
    pub freshness: Freshness,
    /// How old its newest sample is.
    pub age: Option<Span>,
    /// How often it is asked for.
    pub interval: Span,
    /// What failed since the last good answer.
    pub error: Option<SourceError>,
}
