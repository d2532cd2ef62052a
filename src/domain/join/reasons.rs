//! The worst fact about a release, and all the others, in order of weight. Before verdicts exist this is what the board shows.

use std::collections::HashMap;

use super::objects::Object;
use crate::domain::{
    alert::{AlertState, Severity},
    canary::{
        against::Against,
        analysis::{Analysis, Standing},
        rules::Verdict,
        what::What,
    },
    facts::Facts,
    feed::Freshness,
    level::Level,
    object::ObjectKey,
    picture::JoinedAlert,
    release::{Phase, Reason, Release},
    room::Room,
    slo::status::{Firing, PairSeverity, SloStatus},
    time::{Span, Timestamp},
};

/// What there is to judge releases by, found by what a release names.
pub struct Known<'a> {
    room: &'a Room,
    objects: HashMap<&'a ObjectKey, &'a Object<'a>>,
    slos: HashMap<&'a str, Vec<&'a SloStatus>>,
    analyses: &'a [Analysis],
    alerts: HashMap<&'a str, Vec<&'a JoinedAlert>>,
    now: Timestamp,
}

impl<'a> Known<'a> {
    /// Puts everything where it is found.
    #[must_use]
    pub fn new(
        room: &'a Room,
        objects: &'a [Object<'a>],
        slos: &'a [SloStatus],
        analyses: &'a [Analysis],
        alerts: &'a [JoinedAlert],
        now: Timestamp,
    ) -> Self {
        let mut known = Self {
            room,
            objects: objects.iter().map(|object| (&object.workload.key, object)).collect(),
            slos: HashMap::new(),
            analyses,
            alerts: HashMap::new(),
            now,
        };
        for slo in slos {
            known.slos.entry(&slo.key.service).or_default().push(slo);
        }
        for joined in alerts {
            if let Some(release) = &joined.release {
                known.alerts.entry(release).or_default().push(joined);
            }
        }
        known
    }

    /// Sets reasons, level and the age of the data of `release`.
    pub fn judge(&self, release: &mut Release) {
        let mut reasons = Vec::new();
        self.component_reasons(release, &mut reasons);
        if release.phase != Phase::Planned {
            self.slo_reasons(release, &mut reasons);
            reasons.extend(self.analyses.iter().filter(|one| one.release == release.id).filter_map(canary_reason));
        }
        self.alert_reasons(release, &mut reasons);
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level));
        release.data_at = self.data_at(release);
        release.level = Level::worst(reasons.iter().map(|reason| reason.level), release.level);
        release.reasons = reasons;
    }

    fn slos_of(&self, release: &Release, service: &str) -> Vec<&'a SloStatus> {
        let of_service = self.slos.get(service).into_iter().flatten().copied();
        of_service.filter(|slo| slo.key.environment == release.environment).collect()
    }

    fn component_reasons(&self, release: &Release, reasons: &mut Vec<Reason>) {
        for component in &release.components {
            let seen = component.key.as_ref().and_then(|key| self.objects.get(key));
            let workload = component.workload.as_ref();
            let (short, text) = match (&component.problem, workload) {
                (Some(problem), _) => {
                    (component_short(component.level, component.phase), format!("{}: {problem}", component.service))
                }
                (None, Some(workload)) if component.level >= Level::Watch => {
                    let message = if workload.message.is_empty() { &workload.phase } else { &workload.message };
                    (
                        workload.status.word().to_owned(),
                        format!("{}: {}: {message}", component.service, workload.status.word()),
                    )
                }
                _ => continue,
            };
            reasons.push(Reason {
                level: component.level,
                short,
                text,
                source: seen.map(|object| object.source.to_string()),
                at: seen.map(|object| object.seen_at),
            });
        }
    }

    fn slo_reasons(&self, release: &Release, reasons: &mut Vec<Reason>) {
        let mut services: Vec<&str> = release.components.iter().map(|component| component.service.as_str()).collect();
        services.dedup();
        for service in services {
            let of_service = self.slos_of(release, service);
            if of_service.is_empty() {
                reasons.push(Reason {
                    level: Level::Unknown,
                    short: "no SLO".to_owned(),
                    text: format!("{service}: no SLO says what this does to users"),
                    source: None,
                    at: None,
                });
            }
            for slo in of_service.iter().filter(|slo| slo.key.version.is_none()) {
                reasons.extend(slo_reason(slo));
            }
            for slo in of_service.iter().filter(|slo| slo.key.version.is_some()) {
                reasons.extend(version_reason(slo, release));
            }
        }
    }

    fn alert_reasons(&self, release: &Release, reasons: &mut Vec<Reason>) {
        let ours = self.alerts.get(release.id.as_str()).into_iter().flatten();
        for joined in ours.filter(|joined| joined.alert.state == AlertState::Active) {
            let alert = &joined.alert;
            let (level, short) = match alert.severity() {
                Severity::Page => (Level::Bad, "page firing"),
                Severity::Ticket => (Level::Watch, "ticket firing"),
                Severity::Info => continue,
            };
            let since = Span::between(alert.starts_at, self.now).age();
            reasons.push(Reason {
                level,
                short: short.to_owned(),
                text: format!("{} fires for {since}", alert.name),
                source: joined.sources.first().map(ToString::to_string),
                at: alert.updated_at,
            });
        }
        let mut listening = false;
        for (source, _, feed) in self.room.feeds().filter(|(_, name, _)| name.as_str() == "alerts") {
            listening = true;
            let known = matches!(feed.feed.value(), Some(Facts::Alerts(_)));
            if !known || feed.feed.freshness(self.now) >= Freshness::Stale {
                reasons.push(Reason {
                    level: Level::Unknown,
                    short: "unknown".to_owned(),
                    text: format!("alerts: {} has no fresh answer", source.spec.name),
                    source: Some(source.spec.name.to_string()),
                    at: feed.feed.good.as_ref().map(|good| good.newest),
                });
            }
        }
        if !listening {
            reasons.push(Reason {
                level: Level::Unknown,
                short: "no alerts".to_owned(),
                text: "no source of alerts is configured".to_owned(),
                source: None,
                at: None,
            });
        }
    }

    /// The oldest of what the release is judged by.
    fn data_at(&self, release: &Release) -> Option<Timestamp> {
        let keys = release.components.iter().filter_map(|component| component.key.as_ref());
        let of_objects = keys.filter_map(|key| self.objects.get(key)).map(|object| object.seen_at);
        let services = release.components.iter().map(|component| component.service.as_str());
        let of_slos = services
            .flat_map(|service| self.slos_of(release, service))
            .filter_map(|slo| slo.burns.first().and_then(|burn| burn.at));
        of_objects.chain(of_slos).min()
    }
}

fn component_short(level: Level, phase: Phase) -> String {
    if level == Level::Unknown { "unknown".to_owned() } else { phase.word().to_owned() }
}

/// The name of an SLO in a sentence.
fn told(slo: &SloStatus) -> String {
    match &slo.key.version {
        Some(version) => format!("{} {version} {}", slo.key.service, slo.key.slo),
        None => format!("{} {}", slo.key.service, slo.key.slo),
    }
}

fn slo_reason(slo: &SloStatus) -> Option<Reason> {
    let firing = slo.pairs.iter().filter(|pair| pair.firing == Firing::Yes).max_by_key(|pair| pair.severity);
    let at = slo.burns.iter().filter_map(|burn| burn.at).max();
    let reason = |level, short: &str, text| {
        Some(Reason { level, short: short.to_owned(), text, source: Some(slo.key.source.to_string()), at })
    };
    if let Some(pair) = firing {
        let burn = slo.burn(pair.long).and_then(|burn| burn.rate).unwrap_or_default();
        let (level, short, word) = match pair.severity {
            PairSeverity::Page => (Level::Bad, "page burn", "page"),
            PairSeverity::Ticket => (Level::Watch, "ticket burn", "ticket"),
        };
        let text = format!("{} burns {burn:.1}x ({}), {word} at {}x", told(slo), pair.long, pair.factor);
        return reason(level, short, text);
    }
    match slo.level {
        Level::Unknown => reason(Level::Unknown, "unknown", format!("{}: {}", told(slo), slo.state.word())),
        Level::Watch | Level::Bad => {
            let text = slo.warnings.first().cloned().unwrap_or_else(|| "needs an eye".to_owned());
            reason(slo.level, "budget", format!("{}: {text}", told(slo)))
        }
        _ => None,
    }
}

/// A canary that fails. One that is not judged yet says so in its pane: it is no worse fact than the others.
fn canary_reason(analysis: &Analysis) -> Option<Reason> {
    let short = match (&analysis.what, &analysis.against) {
        (What::Business { .. }, _) => "business deviates",
        (What::Gauge { .. }, _) => "gauge worse",
        (_, Against::Beside) => "canary FAIL",
        (_, Against::Before(_)) => "worse than before",
    };
    (analysis.standing == Standing::Judged(Verdict::Fail)).then(|| Reason {
        level: analysis.level(),
        short: short.to_owned(),
        text: format!("{} {} {}: {}", analysis.service, analysis.canary, analysis.slo, analysis.why()),
        source: analysis.source.as_ref().map(ToString::to_string),
        at: analysis.at,
    })
}

/// A version that burns is a reason of its own: a canary with a small share of traffic hides in its service.
fn version_reason(slo: &SloStatus, release: &Release) -> Option<Reason> {
    let version = slo.key.version.as_ref()?;
    let ours = release.components.iter().any(|c| c.service == slo.key.service && c.version.as_ref() == Some(version));
    let page = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page).min_by_key(|pair| pair.long)?;
    let burn = slo.burn(page.short)?;
    let rate = burn.rate.filter(|rate| ours && *rate > page.factor)?;
    let ratio = burn.ratio.unwrap_or_default() * 100.0;
    Some(Reason {
        level: if slo.level == Level::Bad { Level::Bad } else { Level::Watch },
        short: "canary burns".to_owned(),
        text: format!("{} burns {rate:.1}x ({}): {ratio:.2} % of its requests are bad", told(slo), page.short),
        source: Some(slo.key.source.to_string()),
        at: burn.at,
    })
}
