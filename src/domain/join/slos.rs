//! From readings to the SLOs of services: which reading belongs to which service, environment and version, what was asked and not
//! answered, and what failed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regex::Regex;

use super::services::Index;
use crate::domain::{
    facts::Facts,
    feed::Freshness,
    labels::Labels,
    release::{Phase, Release},
    room::{FeedState, Room, SourceState},
    slo::{
        definition::{Binding, Slo, SloId},
        evidence::{Evidence, Question},
        judge::judge as judge_one,
        pairs::windows,
        reading::{Asked, FirstSeen, Reading, RecordedBudget, SloFacts},
        status::{SloKey, SloStatus},
    },
    source::SourceError,
    time::{Span, Timestamp},
};

/// The SLOs of services, and those that no service matches.
#[must_use]
pub fn judge(
    room: &Room,
    services: &Index<'_>,
    releases: &[Release],
    now: Timestamp,
) -> (Vec<SloStatus>, Vec<SloStatus>) {
    let moving = Moving::of(releases);
    let mut of_services = Vec::new();
    let mut of_no_service = Vec::new();
    for source in room.sources.iter().filter(|source| speaks_of_slos(source)) {
        let answers = Answers::of(room, source);
        for ((id, place), case) in answers.cases(services, &moving) {
            let Some(slo) = answers.definitions.get(id) else { continue };
            let (known, place) = match place {
                Place::Known(place) => (true, place),
                Place::Nobody(place) => (false, place),
            };
            let status = answers.judge(slo, place, &case, &moving, now);
            if known { of_services.push(status) } else { of_no_service.push(status) }
        }
    }
    (of_services, of_no_service)
}

fn speaks_of_slos(source: &SourceState) -> bool {
    source.spec.kind == "prometheus"
}

/// Service, environment and, where split, version.
type Where = (String, String, Option<String>);

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Known(Where),
    /// A recorded SLO that no service matches: under the name that its labels give.
    Nobody(Where),
}

/// What there is about one SLO of one place.
#[derive(Default)]
struct Case<'a> {
    readings: Vec<&'a Reading>,
    first_seen: Option<&'a FirstSeen>,
    recorded: Option<&'a RecordedBudget>,
}

/// Services and environments with a release, and since when.
struct Moving<'a> {
    started: BTreeMap<(&'a str, &'a str), Option<Timestamp>>,
    versions: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
}

impl<'a> Moving<'a> {
    fn of(releases: &'a [Release]) -> Self {
        let mut moving = Self { started: BTreeMap::new(), versions: BTreeMap::new() };
        for release in releases {
            for component in &release.components {
                let place = (component.service.as_str(), release.environment.as_str());
                let in_flight = !matches!(component.phase, Phase::Planned | Phase::Done);
                let started =
                    component.workload.as_ref().and_then(|workload| workload.started_at).filter(|_| in_flight);
                let known = moving.started.entry(place).or_default();
                *known = known.or(started);
                let versions = moving.versions.entry(place).or_default();
                versions.extend(component.version.as_deref());
                versions.extend(component.previous.as_deref());
            }
        }
        moving
    }
}

/// What one source said about SLOs.
struct Answers<'a> {
    room: &'a Room,
    source: &'a SourceState,
    definitions: BTreeMap<&'a SloId, &'a Slo>,
    /// The questions of each SLO, with the feed that carries them.
    asked: HashMap<&'a SloId, Vec<(&'a Asked, &'a FeedState)>>,
    /// Services that a definition for all leaves out.
    except: HashMap<&'a SloId, Vec<Regex>>,
}

/// Whether a service really matches, the service and the environment.
type Found = Option<(bool, String, String)>;

impl<'a> Answers<'a> {
    fn of(room: &'a Room, source: &'a SourceState) -> Self {
        let ours = |slo: &&Slo| slo.source.as_ref().is_none_or(|name| *name == source.spec.name);
        let mut answers = Self {
            room,
            source,
            definitions: room.catalog.slos.iter().filter(ours).map(|slo| (&slo.id, slo)).collect(),
            asked: HashMap::new(),
            except: HashMap::new(),
        };
        for (feed, facts) in answers.facts() {
            answers.definitions.extend(facts.discovered.iter().map(|slo| (&slo.id, slo)));
            for asked in &facts.asked {
                answers.asked.entry(&asked.slo).or_default().push((asked, feed));
            }
        }
        for (id, slo) in &answers.definitions {
            if let Binding::By { except, .. } = &slo.binding {
                let patterns = except.iter().filter_map(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
                answers.except.insert(id, patterns.collect());
            }
        }
        answers
    }

    fn facts(&self) -> impl Iterator<Item = (&'a FeedState, &'a SloFacts)> + use<'a> {
        self.source.feeds.values().filter_map(|feed| match feed.feed.value() {
            Some(Facts::Slo(facts)) => Some((feed, facts)),
            _ => None,
        })
    }

    /// Everything that was read, sorted by whose it is, and an empty case for everything that should have been read and was not.
    fn cases(&self, services: &Index<'_>, moving: &Moving<'_>) -> BTreeMap<(&'a SloId, Place), Case<'a>> {
        let mut cases: BTreeMap<(&'a SloId, Place), Case<'a>> = BTreeMap::new();
        let mut places: HashMap<(&'a SloId, &'a Labels), Found> = HashMap::new();
        let mut place = |id: &'a SloId, labels: &'a Labels, version: Option<&String>| {
            let found = places.entry((id, labels)).or_insert_with(|| self.place(services, id, labels)).clone();
            let (known, service, environment) = found?;
            let place = (service, environment, version.cloned());
            Some((id, if known { Place::Known(place) } else { Place::Nobody(place) }))
        };
        for (_, facts) in self.facts() {
            for reading in &facts.readings {
                if let Some(key) = place(&reading.slo, &reading.labels, reading.version.as_ref()) {
                    cases.entry(key).or_default().readings.push(reading);
                }
            }
            for first in &facts.first_seen {
                if let Some(key) = place(&first.slo, &first.labels, first.version.as_ref()) {
                    let case = cases.entry(key).or_default();
                    case.first_seen =
                        Some(case.first_seen.map_or(first, |known| if known.at <= first.at { known } else { first }));
                }
            }
            for budget in &facts.recorded_budgets {
                if let Some(key) = place(&budget.slo, &budget.labels, None) {
                    cases.entry(key).or_default().recorded = Some(budget);
                }
            }
        }
        self.add_unanswered(&mut cases, moving);
        // Of single versions only those that a release is about: series of older ones linger.
        cases.retain(|(_, place), case| match place {
            Place::Known((service, environment, Some(version))) => moving
                .versions
                .get(&(service.as_str(), environment.as_str()))
                .is_some_and(|versions| versions.contains(version.as_str())),
            _ => !case.readings.is_empty() || case.recorded.is_some() || matches!(place, Place::Known(_)),
        });
        cases
    }

    /// A declared SLO that nothing answered is NO DATA for each service with a release, and once for its own service; a version of a
    /// release that no series carries likewise.
    fn add_unanswered(&self, cases: &mut BTreeMap<(&'a SloId, Place), Case<'a>>, moving: &Moving<'_>) {
        let answered: BTreeSet<&SloId> = cases.keys().map(|(id, _)| *id).collect();
        for (id, slo) in &self.definitions {
            for ((service, environment), versions) in &moving.versions {
                if !self.should_measure(slo, service) || !self.may_hold(environment) {
                    continue;
                }
                let place = |version| Place::Known(((*service).to_owned(), (*environment).to_owned(), version));
                cases.entry((*id, place(None))).or_default();
                let split = self.asked.get(*id).is_some_and(|asked| asked.iter().any(|(asked, _)| asked.by_version));
                if split && self.has_version_label(service) {
                    for version in versions {
                        cases.entry((*id, place(Some((*version).to_owned())))).or_default();
                    }
                }
            }
            if let (Binding::Service(service), false) = (&slo.binding, answered.contains(*id)) {
                let environment = self.source.spec.environment.clone().unwrap_or_default();
                let nowhere = Place::Known((service.clone(), environment, None));
                if !moving.started.keys().any(|(moving, _)| moving == service) {
                    cases.entry((*id, nowhere)).or_default();
                }
            }
        }
    }

    fn should_measure(&self, slo: &Slo, service: &str) -> bool {
        match &slo.binding {
            Binding::Service(name) => name == service,
            Binding::By { .. } => {
                let except = self.except.get(&slo.id).map(Vec::as_slice).unwrap_or_default();
                !except.iter().any(|pattern| pattern.is_match(service))
            }
            Binding::Labels(_) => false,
        }
    }

    /// Whether series of `environment` can be in this source.
    fn may_hold(&self, environment: &str) -> bool {
        self.source.spec.environment.as_deref().is_none_or(|bound| bound == environment)
    }

    fn has_version_label(&self, service: &str) -> bool {
        self.room.catalog.services.get(service).is_some_and(|service| service.telemetry.version_label.is_some())
    }

    /// Service and environment of a label set, and whether a service really matches.
    fn place(&self, services: &Index<'_>, id: &SloId, labels: &Labels) -> Found {
        let slo = self.definitions.get(id)?;
        let bound = self.source.spec.environment.as_deref();
        let environment = services.environment_or(labels, bound).unwrap_or_default();
        let (known, service) = match &slo.binding {
            Binding::Service(service) => (true, service.clone()),
            Binding::By { label, .. } => {
                (true, services.declared(labels).map(str::to_owned).or_else(|| labels.get(label).cloned())?)
            }
            Binding::Labels(own) => self.recorded_service(services, labels, own),
        };
        Some((known, service, environment))
    }

    /// The service of a recorded SLO: `sloth_service` or `slo` equals its name, or its labels carry the service's `select`.
    fn recorded_service(&self, services: &Index<'_>, labels: &Labels, own: &Labels) -> (bool, String) {
        let label = |name: &str| labels.get(name).or_else(|| own.get(name));
        let named = ["sloth_service", "slo"].into_iter().filter_map(label);
        let declared = named.clone().find(|name| self.room.catalog.services.contains_key(*name)).cloned();
        let selected = || services.declared(labels).or_else(|| services.declared(own)).map(str::to_owned);
        match declared.or_else(selected) {
            Some(service) => (true, service),
            None => (false, named.clone().next().cloned().unwrap_or_else(|| "?".to_owned())),
        }
    }

    fn judge(&self, slo: &Slo, place: Where, case: &Case<'_>, moving: &Moving<'_>, now: Timestamp) -> SloStatus {
        let (service, environment, version) = place;
        let by_version = version.is_some();
        let questions = self.questions(slo, by_version, now);
        let recorded_question = case.recorded.and_then(|recorded| {
            let asked = self.asked.get(&slo.id)?;
            let (asked, feed) = asked.iter().find(|(asked, _)| asked.query == recorded.query)?;
            Some(question(asked, feed, now))
        });
        let release_started = moving.started.get(&(service.as_str(), environment.as_str())).copied().flatten();
        let skew = chrono::TimeDelta::milliseconds(self.source.skew_millis.unwrap_or(0));
        judge_one(&Evidence {
            slo,
            key: SloKey { service, environment, slo: slo.name.clone(), source: self.source.spec.name.clone(), version },
            readings: &case.readings,
            questions: &questions,
            first_seen: case.first_seen,
            recorded: case.recorded,
            recorded_question,
            now: now + skew,
            release_started,
        })
    }

    /// What was asked about `slo`; before the first answer what has to be asked, with what went wrong so far.
    fn questions(&self, slo: &Slo, by_version: bool, now: Timestamp) -> Vec<Question<'_>> {
        let asked = self.asked.get(&slo.id).map(Vec::as_slice).unwrap_or_default();
        let mut questions: Vec<Question<'_>> = asked
            .iter()
            .filter(|(asked, _)| asked.by_version == by_version)
            .map(|(asked, feed)| question(asked, feed, now))
            .collect();
        if questions.is_empty() && !by_version {
            let error = self.first_error();
            questions = windows(slo.period, &slo.origin).into_iter().map(|window| unasked(window, error)).collect();
        }
        questions
    }

    fn first_error(&self) -> Option<&SourceError> {
        self.source.feeds.values().find_map(|feed| feed.feed.failure.as_ref()).map(|failure| &failure.error)
    }
}

/// Metrics are often sampled once a minute, however often they are asked for: a sample is not stale before two of those and a
/// little for the way.
const SLOWLY_SAMPLED: Span = Span::from_secs(150);

fn question<'a>(asked: &'a Asked, feed: &'a FeedState, now: Timestamp) -> Question<'a> {
    // Patience with slow sampling is for a source that answers. What a silent one said last is old, whatever its samples say.
    let silent = feed.feed.freshness(now) >= Freshness::Stale;
    Question {
        window: asked.window,
        query: Some(&asked.query),
        allowed_age: if silent { Span::ZERO } else { feed.feed.interval.times(4).max(SLOWLY_SAMPLED) },
        error: feed.feed.failure.as_ref().map(|failure| &failure.error),
        // What is missing of one SLO does not make the others partial.
        partial: feed.gaps.iter().find(|gap| !gap.what.starts_with("SLO ")).map(|gap| gap.why.as_str()),
        notes: &asked.notes,
    }
}

fn unasked(window: Span, error: Option<&SourceError>) -> Question<'_> {
    Question { window, query: None, allowed_age: Span::ZERO, error, partial: None, notes: &[] }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        catalog::{Catalog, Service},
        facts::Answer,
        join::example::{at, canary, catalog, deliver, fail, labels, room},
        level::Level,
        picture::Picture,
        slo::{
            definition::{Indicator, Objective, Origin, Period},
            reading::{Amount, DataState},
        },
        source::{ErrorKind, FeedSpec, SourceSpec},
        workload::Status,
    };

    const FIVE: Span = Span::from_mins(5);

    fn slo(id: &str, binding: Binding) -> Slo {
        Slo {
            id: id.to_owned(),
            name: "availability".to_owned(),
            origin: Origin::File("services/checkout.toml".to_owned()),
            binding,
            objective: Objective::new(99.9).expect("an objective"),
            period: Period::Rolling(Span::from_days(30)),
            indicator: Indicator::Bad { bad: "bad".to_owned(), total: "total".to_owned() },
            source: None,
        }
    }

    fn with(mut catalog: Catalog, slo: Slo) -> Catalog {
        catalog.slos.push(slo);
        catalog
    }

    fn with_prometheus(catalog: Catalog) -> Room {
        let mut room = room(catalog);
        let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
        specs.push(SourceSpec {
            name: "prom".into(),
            kind: "prometheus".to_owned(),
            endpoint: String::new(),
            environment: None,
            region: None,
            feeds: vec![FeedSpec { name: "slo 5m".to_owned(), interval: Span::from_secs(15) }],
        });
        room.set_sources(specs);
        room
    }

    fn asked(slo: &str, by_version: bool) -> Asked {
        Asked { slo: slo.to_owned(), window: FIVE, by_version, query: Arc::from("q"), notes: Vec::new() }
    }

    fn reading(slo: &str, own: Labels, version: Option<&str>, bad: f64) -> Reading {
        Reading {
            slo: slo.to_owned(),
            labels: own,
            version: version.map(str::to_owned),
            window: FIVE,
            amount: Amount::Counts { bad, total: 1_000.0 },
            at: at(0),
            query: Arc::from("q"),
        }
    }

    fn look(catalog: Catalog, facts: SloFacts) -> Picture {
        let mut room = with_prometheus(catalog);
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        deliver(&mut room, "prom", "slo 5m", at(0), Facts::Slo(facts));
        room.picture(at(1))
    }

    fn told(picture: &Picture) -> Vec<(String, String, Option<String>, Option<f64>)> {
        let ratio = |status: &SloStatus| status.burn(FIVE).and_then(|burn| burn.ratio);
        let mut told: Vec<_> = picture
            .slos
            .iter()
            .map(|s| (s.key.service.clone(), s.key.environment.clone(), s.key.version.clone(), ratio(s)))
            .collect();
        told.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
        told
    }

    #[test]
    fn one_definition_for_all_is_sorted_into_services_and_environments_by_labels() {
        let all = slo("http", Binding::By { label: "service".to_owned(), except: vec!["batch-.*".to_owned()] });
        let readings = vec![
            reading("http", labels([("service", "checkout"), ("env", "production")]), None, 10.0),
            reading("http", labels([("service", "checkout"), ("env", "staging")]), None, 20.0),
            reading("http", labels([("service", "unheard-of"), ("env", "production")]), None, 30.0),
        ];
        let facts = SloFacts { asked: vec![asked("http", false)], readings, ..SloFacts::default() };
        let name =
            |service: &str, environment: &str, ratio| (service.to_owned(), environment.to_owned(), None, Some(ratio));
        assert_eq!(
            told(&look(with(catalog(), all), facts)),
            [name("checkout", "prod", 0.01), name("checkout", "staging", 0.02), name("unheard-of", "prod", 0.03),]
        );
    }

    #[test]
    fn of_versions_only_those_of_a_release_are_judged_and_a_missing_one_is_no_data() {
        let own = slo("checkout/availability", Binding::Service("checkout".to_owned()));
        let at_prod = || labels([("service", "checkout"), ("env", "production")]);
        let readings = vec![
            reading(&own.id, at_prod(), None, 1.0),
            reading(&own.id, at_prod(), Some("1.42.0"), 2.0),
            reading(&own.id, at_prod(), Some("1.30.0"), 3.0),
        ];
        let asked = vec![asked(&own.id, false), asked(&own.id, true)];
        let picture = look(with(catalog(), own), SloFacts { asked, readings, ..SloFacts::default() });
        let name = |version: Option<&str>, ratio| {
            ("checkout".to_owned(), "prod".to_owned(), version.map(str::to_owned), ratio)
        };
        assert_eq!(
            told(&picture),
            [name(None, Some(0.001)), name(Some("1.41.7"), None), name(Some("1.42.0"), Some(0.002))]
        );
        let missing = picture.slos.iter().find(|slo| slo.key.version.as_deref() == Some("1.41.7")).expect("listed");
        assert_eq!(missing.state, DataState::NoData);
    }

    #[test]
    fn a_declared_slo_that_nothing_answers_is_no_data_with_its_query_not_absent() {
        let own = slo("checkout/availability", Binding::Service("checkout".to_owned()));
        let facts = SloFacts { asked: vec![asked(&own.id, false)], ..SloFacts::default() };
        let picture = look(with(catalog(), own), facts);
        assert_eq!(picture.slos.len(), 1);
        let status = &picture.slos[0];
        assert_eq!((status.state.clone(), status.level), (DataState::NoData, Level::Unknown));
        assert_eq!(status.burn(FIVE).map(|burn| &*burn.query), Some("q"));
        assert_eq!(picture.releases[0].level, Level::Unknown);
    }

    #[test]
    fn what_a_source_that_fell_silent_said_last_is_not_good() {
        let own = slo("checkout/availability", Binding::Service("checkout".to_owned()));
        let at_prod = labels([("service", "checkout"), ("env", "production")]);
        let readings = vec![reading(&own.id, at_prod, None, 0.0)];
        let facts = SloFacts { asked: vec![asked(&own.id, false)], readings, ..SloFacts::default() };
        let mut room = with_prometheus(with(catalog(), own));
        deliver(&mut room, "prom", "slo 5m", at(0), Facts::Slo(facts));
        let five = |seconds| room.picture(at(seconds)).slos[0].burn(FIVE).expect("asked").state.clone();
        assert_eq!(five(60), DataState::Ok);
        assert!(matches!(five(61), DataState::Stale { .. }), "{:?}", five(61));
    }

    #[test]
    fn a_source_that_never_answered_leaves_its_slos_failed_not_absent() {
        let own = slo("checkout/availability", Binding::Service("checkout".to_owned()));
        let mut room = with_prometheus(with(catalog(), own));
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        fail(&mut room, "prom", "slo 5m", at(0), SourceError::new(ErrorKind::Connect, "connection refused"));
        let picture = room.picture(at(1));
        assert_eq!(picture.slos.len(), 1);
        assert_eq!(picture.slos[0].state.word(), "FAILED");
        assert_eq!(picture.slos[0].level, Level::Unknown);
    }

    #[test]
    fn a_recorded_slo_goes_to_the_service_that_it_names_or_selects_else_to_none() {
        let mut catalog = catalog();
        catalog.services.insert("cart".to_owned(), Service::default());
        let recorded = |id: &str, own: Labels| Slo {
            origin: Origin::Sloth,
            indicator: Indicator::Recorded,
            ..slo(id, Binding::Labels(own))
        };
        let cart = labels([("sloth_service", "cart"), ("env", "production")]);
        let selected = labels([("sloth_service", "shop"), ("service", "checkout"), ("env", "production")]);
        let nobody = labels([("sloth_service", "legacy")]);
        let facts = SloFacts {
            discovered: vec![
                recorded("a", cart.clone()),
                recorded("b", selected.clone()),
                recorded("c", nobody.clone()),
            ],
            readings: vec![
                reading("a", cart, None, 1.0),
                reading("b", selected, None, 2.0),
                reading("c", nobody, None, 3.0),
            ],
            ..SloFacts::default()
        };
        let picture = look(catalog, facts);
        let services: Vec<&str> = picture.slos.iter().map(|slo| slo.key.service.as_str()).collect();
        assert_eq!(services, ["cart", "checkout"]);
        assert_eq!(picture.slos_of_no_service.len(), 1);
        assert_eq!(picture.slos_of_no_service[0].key.service, "legacy");
        let prom = picture.sources.iter().find(|source| source.kind == "prometheus").expect("listed");
        assert_eq!(prom.effects, ["1 SLOs of no service"]);
    }

    #[test]
    fn a_partial_answer_makes_its_slos_partial() {
        let own = slo("checkout/availability", Binding::Service("checkout".to_owned()));
        let mut room = with_prometheus(with(catalog(), own.clone()));
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        let at_prod = labels([("service", "checkout"), ("env", "production")]);
        let facts = SloFacts {
            asked: vec![asked(&own.id, false)],
            readings: vec![reading(&own.id, at_prod, None, 0.0)],
            ..SloFacts::default()
        };
        let gap = crate::domain::source::Gap { what: "stores".to_owned(), why: "store-2 timed out".to_owned() };
        let answer = Answer { gaps: vec![gap], ..Answer::of(Facts::Slo(facts)) };
        room.deliver(crate::domain::facts::Delivery {
            source: "prom".into(),
            feed: "slo 5m".to_owned(),
            asked: at(0),
            received: at(0),
            next: at(15),
            outcome: Ok(answer),
        });
        let burn = room.picture(at(1)).slos[0].burn(FIVE).map(|burn| burn.state.word());
        assert_eq!(burn, Some("PARTIAL"));
    }
}
