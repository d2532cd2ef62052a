//! Scenario files: who serves what, how well, and what happens when.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de::Error as _};

use super::acts;
use crate::{
    config::schema::change::{ChangeTable, FailureTable},
    domain::{
        calendar::Kind,
        catalog::ChangeClass,
        labels::Labels,
        slo::definition::Objective,
        time::{NotASpan, Span},
    },
};

/// The scenarios that are built in: name and text. The first one is the default.
const BUILT_IN: [(&str, &str); 7] = [
    ("bad-canary", include_str!("scenarios/bad-canary.toml")),
    ("slow-canary", include_str!("scenarios/slow-canary.toml")),
    ("steady", include_str!("scenarios/steady.toml")),
    ("source-down", include_str!("scenarios/source-down.toml")),
    ("blue-green", include_str!("scenarios/blue-green.toml")),
    ("freeze", include_str!("scenarios/freeze.toml")),
    ("scale", include_str!("scenarios/scale.toml")),
];

/// The name of the scenario that plays when nobody chooses.
pub(crate) const DEFAULT: &str = "bad-canary";

/// The built-in scenarios by name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// Reads a built-in scenario; `None` where there is none of that name.
pub(crate) fn built_in(name: &str) -> Option<Result<Scenario, toml::de::Error>> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| toml::from_str(text))
}

/// A time of the story, in milliseconds from its start: `20s`, or `-9d` for what happened before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (sign, length) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
        let span: Span = length.parse().map_err(|error: NotASpan| D::Error::custom(error))?;
        Ok(Self(sign * i64::try_from(span.millis()).map_err(D::Error::custom)?))
    }
}

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// One line for `demo --list`.
    pub(crate) title: String,
    /// Counters are not rounded to whole numbers, so that rates never flicker.
    #[serde(default)]
    pub(crate) constant: bool,
    /// How many services there are when nobody says: patterns are copied until then. `None` where services stand as they are.
    #[serde(default)]
    pub(crate) grow: Option<usize>,
    /// The services.
    #[serde(rename = "service")]
    pub(crate) services: Vec<Service>,
    /// Releases that the catalog declares.
    #[serde(default, rename = "release")]
    pub(crate) releases: Vec<Release>,
    /// The calendar of the catalog.
    #[serde(default, rename = "date")]
    pub(crate) dates: Vec<Date>,
    /// Rules that make alerts.
    #[serde(default, rename = "alert")]
    pub(crate) alerts: Vec<AlertRule>,
    /// Alerts that something else sends.
    #[serde(default, rename = "standing_alert")]
    pub(crate) standing_alerts: Vec<StandingAlert>,
    /// Silences in Alertmanager.
    #[serde(default, rename = "silence")]
    pub(crate) silences: Vec<Silence>,
    /// What people do to rollouts.
    #[serde(default, rename = "event")]
    pub(crate) events: Vec<Event>,
    /// What people do about the readiness of releases.
    #[serde(default, rename = "act")]
    pub(super) acts: Vec<acts::Scripted>,
    /// Servers that fail.
    #[serde(default, rename = "outage")]
    pub(crate) outages: Vec<Outage>,
}

/// A service, its traffic, its versions and how they roll out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Its name, in telemetry and in the cluster.
    pub(crate) name: String,
    /// How many services of each round of copies are like this one; 0 for a service that stands as it is.
    #[serde(default)]
    pub(crate) pattern: usize,
    /// The team.
    pub(crate) owner: String,
    /// 1 (highest) to 4.
    pub(crate) criticality: u8,
    /// Services that it calls.
    #[serde(default)]
    pub(crate) depends_on: Vec<String>,
    /// Requests per second at the start of the story.
    pub(crate) rate: f64,
    /// How far the rate swings over a day, as a share of it; at most 0.5.
    #[serde(default)]
    pub(crate) daily: f64,
    /// How much it flutters, as a share; at most 0.2.
    #[serde(default)]
    pub(crate) noise: f64,
    /// Pods.
    pub(crate) replicas: u32,
    /// Megabytes that each pod takes, by which versions are compared; not measured when left out.
    #[serde(default)]
    pub(crate) memory: Option<f64>,
    /// How it rolls out.
    pub(crate) strategy: Strategy,
    /// Whether a traffic router (Istio) splits the traffic; otherwise the pods do.
    #[serde(default)]
    pub(crate) router: bool,
    /// Steps of a canary: `weight 5`, `pause 5m`, `pause`, `analysis success-rate`.
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    /// Blue-green: promotes by itself after so long; never when left out.
    #[serde(default)]
    pub(crate) auto_promotion: Option<Span>,
    /// How long a pod takes to become ready.
    #[serde(default)]
    pub(crate) ready_after: Span,
    /// Its SLOs besides the one that all services share.
    #[serde(default, rename = "slo")]
    pub(crate) slos: Vec<Slo>,
    /// The objective of an availability SLO that Sloth's rules record.
    #[serde(default)]
    pub(crate) sloth: Option<Objective>,
    /// Its versions, oldest first.
    #[serde(rename = "version")]
    pub(crate) versions: Vec<Version>,
}

/// How a service rolls out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Strategy {
    /// A Rollout with steps.
    Canary,
    /// A Rollout with a preview and a switch.
    BlueGreen,
    /// A plain Deployment.
    Deployment,
}

/// A step of a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The canary's share of traffic, in percent.
    Weight(u32),
    /// Waits for a time, or for a person.
    Pause(Option<Span>),
    /// Measures with this template.
    Analysis(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(percent) => write!(f, "weight {percent}"),
            Self::Pause(Some(span)) => write!(f, "pause {span}"),
            Self::Pause(None) => f.write_str("pause"),
            Self::Analysis(template) => write!(f, "analysis {template}"),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["weight", percent] => percent.parse().map(Self::Weight).map_err(D::Error::custom),
            ["pause"] => Ok(Self::Pause(None)),
            ["pause", span] => span.parse().map(|span| Self::Pause(Some(span))).map_err(D::Error::custom),
            ["analysis", template] => Ok(Self::Analysis((*template).to_owned())),
            _ => Err(D::Error::custom(format!(
                "`{text}` is not a step: write `weight 20`, `pause`, `pause 5m` or `analysis NAME`"
            ))),
        }
    }
}

/// A service level objective of the catalog.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slo {
    /// Its name.
    pub(crate) name: String,
    /// The promise, in percent.
    pub(crate) objective: Objective,
    /// For a latency SLO: what is fast enough.
    #[serde(default)]
    pub(crate) under: Option<Span>,
}

/// A version of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    /// The image's tag.
    pub(crate) tag: String,
    /// When it was given to the cluster.
    pub(crate) at: Moment,
    /// The share of requests that fail, 0 to 1.
    pub(crate) errors: f64,
    /// The median time of an answer.
    pub(crate) latency: Span,
    /// How it behaves from a share of traffic on.
    #[serde(default, rename = "change")]
    pub(crate) changes: Vec<Change>,
}

impl Version {
    /// How it behaves at `weight` percent of the traffic, which it has had for `since` milliseconds.
    pub(crate) fn behaviour(&self, weight: u32, since: i64) -> Behaviour {
        self.changes
            .iter()
            .rev()
            .find(|change| weight >= change.weight && since >= change.after.delta().num_milliseconds())
            .map_or(Behaviour { errors: self.errors, latency: self.latency }, |change| Behaviour {
                errors: change.errors,
                latency: change.latency,
            })
    }
}

/// How a version serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// The share of requests that fail, 0 to 1.
    pub(crate) errors: f64,
    /// The median time of an answer.
    pub(crate) latency: Span,
}

/// Another behaviour, from a share of traffic on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// From this share of traffic on, in percent.
    pub(crate) weight: u32,
    /// So long after it has that share.
    #[serde(default)]
    pub(crate) after: Span,
    /// The share of requests that fail, 0 to 1.
    pub(crate) errors: f64,
    /// The median time of an answer.
    pub(crate) latency: Span,
}

/// A release of the catalog.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    /// Its identifier.
    pub(crate) id: String,
    /// For people.
    pub(crate) title: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// The change ticket.
    pub(crate) ticket: String,
    /// The checklist's name.
    #[serde(default)]
    pub(crate) checklist: Option<String>,
    /// What is known of the change.
    #[serde(default)]
    pub(crate) change: Option<ChangeTable>,
    /// How it may fail.
    #[serde(default, rename = "failure")]
    pub(crate) failures: Vec<FailureTable>,
    /// How much ceremony it needs.
    #[serde(default)]
    pub(crate) class: ChangeClass,
    /// Its components in order.
    #[serde(rename = "component")]
    pub(crate) components: Vec<Component>,
}

/// An entry of the calendar.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Date {
    /// Its name.
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    /// What it means for changes.
    pub(crate) kind: Kind,
    /// From when.
    pub(crate) from: Moment,
    /// Until when.
    pub(crate) until: Moment,
    /// Roles that may let a change pass.
    #[serde(default, rename = "override")]
    pub(crate) overrides: Vec<String>,
}

/// A service in a release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    /// The service.
    pub(crate) service: String,
    /// Its version.
    pub(crate) version: String,
    /// Services that go first.
    #[serde(default)]
    pub(crate) after: Vec<String>,
}

/// An alerting rule of the simulated Prometheus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertRule {
    /// Its name.
    pub(crate) name: String,
    /// `PromQL`: it fires for each element of the answer.
    pub(crate) expr: String,
    /// How long it must hold.
    #[serde(default, rename = "for")]
    pub(crate) hold: Span,
    /// Labels that are added.
    #[serde(default)]
    pub(crate) labels: Labels,
    /// Annotations; `{{ $labels.NAME }}` and `{{ $value }}` are filled in.
    #[serde(default)]
    pub(crate) annotations: Labels,
}

/// An alert that does not come from the simulated Prometheus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandingAlert {
    /// All labels, `alertname` among them.
    pub(crate) labels: Labels,
    /// Annotations.
    #[serde(default)]
    pub(crate) annotations: Labels,
    /// Since when.
    pub(crate) from: Moment,
}

/// A silence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Silence {
    /// Labels that must be equal.
    pub(crate) matchers: BTreeMap<String, String>,
    /// From when.
    pub(crate) from: Moment,
    /// Until when.
    pub(crate) to: Moment,
    /// By whom.
    pub(crate) by: String,
    /// Why.
    pub(crate) comment: String,
}

/// Something that a person does to a rollout.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// When.
    pub(crate) at: Moment,
    /// To which service.
    pub(crate) service: String,
    /// What.
    #[serde(rename = "do")]
    pub(crate) verb: Verb,
}

/// What can be done to a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verb {
    /// Go on past the pause.
    Promote,
    /// Go to the end.
    PromoteFull,
    /// Back to the stable version.
    Abort,
    /// Begin again after an abort.
    Retry,
    /// Stop here.
    Pause,
    /// Go on.
    Resume,
}

/// A server that fails for a while.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outage {
    /// Which server.
    pub(crate) server: Server,
    /// From when.
    pub(crate) from: Moment,
    /// Until when.
    pub(crate) to: Moment,
    /// How.
    pub(crate) how: Failure,
}

/// One of the three servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Server {
    /// The Prometheus API.
    Prometheus,
    /// The Alertmanager API.
    Alertmanager,
    /// The Kubernetes API.
    Kubernetes,
}

/// How a server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Failure {
    /// Nobody listens.
    Refuse,
    /// No answer.
    Timeout,
    /// HTTP 500.
    Error,
    /// A log-in page instead of data, with status 200.
    Html,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_can_be_read_and_names_services_that_exist() {
        for name in names() {
            let scenario = built_in(name).expect(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            let known = |service: &str| scenario.services.iter().any(|known| known.name == service);
            for event in &scenario.events {
                assert!(known(&event.service), "{name}: event on {}", event.service);
            }
            for component in scenario.releases.iter().flat_map(|release| &release.components) {
                assert!(known(&component.service), "{name}: release of {}", component.service);
            }
            for service in &scenario.services {
                assert!(service.daily + 1.5 * service.noise < 0.9, "{name}: {} could count backwards", service.name);
                assert!(service.versions.windows(2).all(|pair| pair[0].at < pair[1].at), "{name}: {}", service.name);
            }
        }
        assert!(built_in(DEFAULT).is_some());
    }

    #[test]
    fn a_step_that_is_none_says_what_one_looks_like() {
        let error = toml::from_str::<BTreeMap<String, Step>>("step = 'hold 5'").expect_err("not a step");
        assert!(error.to_string().contains("weight 20"), "{error}");
    }
}
