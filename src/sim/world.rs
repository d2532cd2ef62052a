//! The simulated world: one state, moved forward in time by whoever asks.
//!
//! Everything that happens, happens at a moment that the scenario, the controller or a request fixes, never at the moment at
//! which somebody looks; so the same seed tells the same story to every observer.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    alerts::AlertBook,
    cluster::Cluster,
    metrics::{ENVIRONMENT, Families, Recording, SCRAPE, Snapshot},
    promql::{self, QueryError},
    scenario::{Behaviour, Failure, Scenario, Server, Verb},
    silence::Silence,
    traffic::{Track, Traffic, hash},
};
use crate::domain::labels::Labels;

/// Windows that Sloth's rules record.
const SLOTH_WINDOWS: [&str; 8] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"];

/// Metric names of those windows.
const SLOTH_RATIOS: [&str; 8] = [
    "slo:sli_error:ratio_rate5m",
    "slo:sli_error:ratio_rate30m",
    "slo:sli_error:ratio_rate1h",
    "slo:sli_error:ratio_rate2h",
    "slo:sli_error:ratio_rate6h",
    "slo:sli_error:ratio_rate1d",
    "slo:sli_error:ratio_rate3d",
    "slo:sli_error:ratio_rate30d",
];

/// Something that the scenario makes happen.
#[derive(Clone, Debug)]
enum Happening {
    /// A version is given to the cluster.
    Deploy { service: String, tag: String, settled: bool },
    /// A person does something.
    Act { service: String, verb: Verb },
}

/// The world.
pub(crate) struct World {
    /// What is played.
    pub(crate) scenario: Arc<Scenario>,
    /// The start of the story, in milliseconds.
    pub(crate) start: i64,
    /// The moment up to which everything has happened.
    pub(crate) now: i64,
    /// The cluster.
    pub(crate) cluster: Cluster,
    /// The alerts.
    pub(crate) alerts: AlertBook,
    /// The silences, oldest first.
    pub(crate) silences: Vec<Silence>,
    seed: u64,
    agenda: Vec<(i64, Happening)>,
    traffic: BTreeMap<String, Arc<Traffic>>,
    tracks: BTreeMap<String, Vec<Arc<Track>>>,
    recordings: Vec<Recording>,
    families: Arc<Families>,
    /// Whether traffic moved since the series were listed.
    moved: bool,
}

impl World {
    /// A world at the start of the story, with all that came before it.
    ///
    /// # Errors
    /// When an expression of the scenario is no `PromQL`.
    pub(crate) fn new(scenario: Scenario, seed: u64, start: i64) -> Result<Self, QueryError> {
        let mut agenda = Vec::new();
        let mut traffic = BTreeMap::new();
        for service in &scenario.services {
            let own = hash(seed, service.name.as_bytes());
            let curve =
                Traffic { rate: service.rate, daily: service.daily, noise: service.noise, seed: own, origin: start };
            traffic.insert(service.name.clone(), Arc::new(curve));
            let last = service.versions.len().saturating_sub(1);
            for (index, version) in service.versions.iter().enumerate() {
                let settled = index == 0 || index < last;
                agenda.push((
                    start + version.at.0,
                    Happening::Deploy { service: service.name.clone(), tag: version.tag.clone(), settled },
                ));
            }
        }
        for event in &scenario.events {
            agenda.push((start + event.at.0, Happening::Act { service: event.service.clone(), verb: event.verb }));
        }
        // A stable sort: what stands first in the file happens first. The next one is taken from the end.
        agenda.sort_by_key(|(at, _)| *at);
        agenda.reverse();
        let alerts = AlertBook::new(&scenario.alerts)?;
        let recordings = recordings(&scenario)?;
        let families = Arc::new(Families::new(&BTreeMap::new(), &[], start, true));
        let now = agenda.last().map_or(start, |(at, _)| *at).min(start) - 1;
        let silences = scenario.silences.iter().map(|silence| Silence::of_scenario(silence, start)).collect();
        let scenario = Arc::new(scenario);
        let (cluster, tracks) = (Cluster::new(), BTreeMap::new());
        let mut world = Self {
            scenario,
            start,
            now,
            cluster,
            alerts,
            silences,
            seed,
            agenda,
            traffic,
            tracks,
            recordings,
            families,
            moved: false,
        };
        world.advance(start);
        Ok(world)
    }

    /// Lets everything happen up to `to`.
    pub(crate) fn advance(&mut self, to: i64) {
        loop {
            let (event, tick) = (self.next_event(), self.next_tick());
            let at = event.map_or(tick, |event| event.min(tick));
            if at > to {
                break;
            }
            self.now = at;
            // Between events nothing moves but counters: only the rules have to look.
            if event == Some(at) || at == self.start {
                self.happen();
            } else {
                self.evaluate();
            }
        }
        self.now = self.now.max(to);
    }

    /// Lets happen what is due now.
    pub(crate) fn happen(&mut self) {
        let now = self.now;
        while self.agenda.last().is_some_and(|(at, _)| *at <= now) {
            match self.agenda.pop() {
                Some((_, Happening::Deploy { service, tag, settled })) => {
                    let scenario = Arc::clone(&self.scenario);
                    if let Some(service) = scenario.services.iter().find(|known| known.name == service) {
                        self.cluster.deploy(service, &tag, settled, now);
                    }
                }
                Some((_, Happening::Act { service, verb })) => self.cluster.act(&service, verb, now),
                None => {}
            }
        }
        let scenario = Arc::clone(&self.scenario);
        let tracks = &self.tracks;
        let quality = |service: &str, version: &str| -> f64 {
            let Some(track) =
                tracks.get(service).and_then(|lives| lives.iter().rev().find(|track| track.version == version))
            else {
                return f64::NAN;
            };
            let requests = track.requests(now) - track.requests(now - 60_000);
            if requests > 0.0 { (track.errors(now) - track.errors(now - 60_000)) / requests } else { 0.0 }
        };
        self.cluster.reconcile(now, &quality);
        // Nobody can ask before the story starts.
        self.moved |= self.follow_traffic(&scenario);
        if self.moved && now >= self.start {
            self.moved = false;
            self.families =
                Arc::new(Families::new(&self.tracks, &self.recordings, self.start, !self.scenario.constant));
        }
        if now >= self.start {
            self.cluster.publish(now);
            self.evaluate();
        }
    }

    /// Evaluates the rules, when they are due now.
    fn evaluate(&mut self) {
        if (self.now - self.start) % SCRAPE == 0 && self.alerts.evaluated != self.now {
            let snapshot = self.snapshot();
            self.alerts.evaluate(&snapshot);
        }
    }

    /// The next moment at which something happens.
    pub(crate) fn next(&self) -> i64 {
        let tick = self.next_tick();
        self.next_event().map_or(tick, |event| event.min(tick))
    }

    /// The next moment at which the scenario, the controller or a version does something.
    fn next_event(&self) -> Option<i64> {
        let agenda = self.agenda.last().map(|(at, _)| *at);
        let cluster = self.cluster.next_event(self.now);
        [agenda, cluster, self.next_change()].into_iter().flatten().filter(|at| *at > self.now).min()
    }

    /// The next moment at which samples are taken and rules evaluated; before the story, its start.
    fn next_tick(&self) -> i64 {
        let since = self.now - self.start;
        if since < 0 { self.start } else { self.start + (since / SCRAPE + 1) * SCRAPE }
    }

    /// When a version's behaviour changes next, because it has had a share of the traffic for long enough.
    fn next_change(&self) -> Option<i64> {
        let mut next = None;
        for service in &self.scenario.services {
            let Some(workload) = self.cluster.workload(&service.name) else { continue };
            for (tag, (_, percent, since)) in workload.shares(self.now) {
                let Some(version) = service.versions.iter().find(|version| version.tag == tag) else { continue };
                for change in version.changes.iter().filter(|change| percent >= change.weight) {
                    let at = since + change.after.delta().num_milliseconds();
                    if at > self.now {
                        next = Some(next.map_or(at, |next: i64| next.min(at)));
                    }
                }
            }
        }
        next
    }

    /// Gives every version the share of traffic that the cluster gives it; says whether anything changed.
    fn follow_traffic(&mut self, scenario: &Scenario) -> bool {
        let now = self.now;
        let mut changed = false;
        for service in &scenario.services {
            let (Some(workload), Some(traffic)) =
                (self.cluster.workload(&service.name), self.traffic.get(&service.name))
            else {
                continue;
            };
            let shares = workload.shares(now);
            let lives = self.tracks.entry(service.name.clone()).or_default();
            for track in lives.iter_mut().filter(|track| track.end.is_none() && !shares.contains_key(&track.version)) {
                Arc::make_mut(track).end = Some(now);
                changed = true;
            }
            for (tag, (share, percent, since)) in shares {
                let behaviour = service
                    .versions
                    .iter()
                    .find(|version| version.tag == tag)
                    .or_else(|| service.versions.first())
                    .map_or(
                        Behaviour { errors: 0.0, latency: crate::domain::time::Span::from_millis(100) },
                        |version| version.behaviour(percent, now - since),
                    );
                let position = lives.iter().position(|track| track.end.is_none() && track.version == tag);
                let position = position.unwrap_or_else(|| {
                    let instances = instances(&service.name, lives.len(), self.seed);
                    let mut track = Track::new(Arc::clone(traffic), &tag, now, instances);
                    track.memory = service.memory.map(|megabytes| megabytes * 1e6);
                    lives.push(Arc::new(track));
                    changed = true;
                    lives.len() - 1
                });
                if let Some(track) = lives.get_mut(position)
                    && !track.serves(share, behaviour)
                {
                    Arc::make_mut(track).serve(now, share, behaviour);
                    changed = true;
                }
            }
        }
        changed
    }

    /// What Prometheus knows now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.families), &self.alerts, self.now)
    }

    /// The recording rules: metric, labels, expression.
    pub(crate) fn recordings(&self) -> impl Iterator<Item = (&str, &Labels, String)> {
        self.recordings.iter().map(|rule| (rule.name, &rule.labels, rule.expr.to_string()))
    }

    /// How a server fails now.
    pub(crate) fn failure(&self, server: Server) -> Option<Failure> {
        let at = self.now - self.start;
        self.scenario
            .outages
            .iter()
            .find(|outage| outage.server == server && outage.from.0 <= at && at < outage.to.0)
            .map(|outage| outage.how)
    }
}

/// Addresses of two targets of a life of a version.
fn instances(service: &str, life: usize, seed: u64) -> Vec<String> {
    (0..2_u64)
        .map(|index| {
            let number = hash(seed ^ index, format!("{service}/{life}").as_bytes());
            format!("10.42.{}.{}:8080", number % 200 + 20, number / 211 % 250 + 2)
        })
        .collect()
}

/// Sloth's recording rules for services that have them.
fn recordings(scenario: &Scenario) -> Result<Vec<Recording>, QueryError> {
    let mut recordings = Vec::new();
    for service in &scenario.services {
        let Some(objective) = service.sloth else { continue };
        let name = &service.name;
        let labels = |more: &[(&str, &str)]| -> Labels {
            let id = format!("{name}-availability");
            let fixed = [
                ("sloth_id", id.as_str()),
                ("sloth_service", name),
                ("sloth_slo", "availability"),
                ("env", ENVIRONMENT),
            ];
            fixed.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let ratio = |window: &str| {
            let select = format!("service=\"{name}\",env=\"{ENVIRONMENT}\"");
            format!(
                "sum(rate(http_requests_total{{{select},code=~\"5..\"}}[{window}])) / sum(rate(http_requests_total{{{select}}}[{window}]))"
            )
        };
        let mut record = |metric: &'static str, labels: Labels, expr: &str| -> Result<(), QueryError> {
            recordings.push(Recording { name: metric, labels, expr: Arc::new(promql::parse(expr)?) });
            Ok(())
        };
        for (metric, window) in SLOTH_RATIOS.into_iter().zip(SLOTH_WINDOWS) {
            record(metric, labels(&[("sloth_window", window)]), &ratio(window))?;
        }
        let (budget, share) = (objective.budget(), objective.percent() / 100.0);
        record("slo:objective:ratio", labels(&[]), &format!("vector({share})"))?;
        record("slo:error_budget:ratio", labels(&[]), &format!("vector({budget})"))?;
        record("slo:time_period:days", labels(&[]), "vector(30)")?;
        record("slo:current_burn_rate:ratio", labels(&[]), &format!("({}) / {budget}", ratio("5m")))?;
        record("slo:period_burn_rate:ratio", labels(&[]), &format!("({}) / {budget}", ratio("30d")))?;
        record("slo:period_error_budget_remaining:ratio", labels(&[]), &format!("1 - ({}) / {budget}", ratio("30d")))?;
        let percent = objective.percent().to_string();
        let info = labels(&[
            ("sloth_version", "v0.16.0"),
            ("sloth_spec", "prometheus/v1"),
            ("sloth_mode", "cli-gen-prom"),
            ("sloth_objective", &percent),
        ]);
        record("sloth_slo_info", info, "vector(1)")?;
    }
    Ok(recordings)
}

#[cfg(test)]
mod tests;
