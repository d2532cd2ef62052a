//! Which lines a picture makes: all that matters at first, then what changed since the lines before.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::words;
use crate::{
    cli::status::Part,
    domain::{
        level::Level,
        picture::Picture,
        release::{Phase, ReleaseId},
        verdict::Verdict,
    },
};

/// The verdict on each release that is going somewhere.
type Verdicts = BTreeMap<ReleaseId, Verdict>;

/// Lines of one kind at a time; the rest is counted, so that a source that goes down does not bury the others.
const MOST: usize = 12;

/// What a line is about. Their order is the order of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Verdict,
    Release,
    Alert,
    Slo,
    Source,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Verdict, Self::Release, Self::Alert, Self::Slo, Self::Source];

    const fn many(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Verdict => "verdicts",
            Self::Release => "releases",
            Self::Alert => "alerts",
            Self::Slo => "SLOs",
        }
    }

    /// What is said when it is not there any more.
    const fn gone(self) -> (&'static str, &'static str) {
        match self {
            Self::Source => ("GONE", "not configured any more"),
            Self::Verdict => ("ENDED", "nothing to decide any more"),
            Self::Release => ("GONE", "not in flight any more"),
            Self::Alert => ("ENDED", "not firing any more"),
            Self::Slo => ("GONE", "not measured any more"),
        }
    }
}

/// One thing that lines are about, as it is now.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    state: String,
    level: Level,
    name: String,
    text: String,
    /// A line is due when this changes.
    news: String,
    /// Whether it is worth no line while it stays so.
    quiet: bool,
}

impl Said {
    fn line(&self) -> String {
        format!("{} {}: {}.", self.state, self.name, self.text.trim_end_matches('.'))
    }
}

type Things = BTreeMap<(Kind, String), Said>;

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    said: Things,
}

impl Lines {
    /// The first picture: a line for each thing that is in flight, fires or needs a person, and for each source.
    pub(super) fn first(&mut self, picture: &Picture, verdicts: &Verdicts) -> Vec<String> {
        self.said = things(picture, verdicts);
        let mut lines = Vec::new();
        for kind in Kind::ALL {
            let of_kind = self.said.iter().filter(|((of, _), said)| *of == kind && !said.quiet);
            let mut found: Vec<&Said> = of_kind.map(|(_, said)| said).collect();
            // Stable: within a level, in the order of their names.
            found.sort_by_key(|said| std::cmp::Reverse(said.level));
            lines.extend(counted(kind, found.iter().map(|said| (said.level, said.line())).collect()));
        }
        lines
    }

    /// What changed since the last picture.
    pub(super) fn news(&mut self, picture: &Picture, verdicts: &Verdicts) -> Vec<String> {
        let now = things(picture, verdicts);
        let mut lines = Vec::new();
        for kind in Kind::ALL {
            let mut found = Vec::new();
            for (key, said) in now.iter().filter(|((of, _), _)| *of == kind) {
                let before = self.said.get(key);
                let quiet = said.quiet && before.is_none_or(|before| before.quiet);
                if !quiet && before.is_none_or(|before| before.news != said.news) {
                    found.push((said.level, said.line()));
                }
            }
            for (key, before) in self.said.iter().filter(|((of, _), _)| *of == kind) {
                if !now.contains_key(key) && !before.quiet {
                    let (state, why) = kind.gone();
                    found.push((Level::Ok, format!("{state} {}: {why}.", before.name)));
                }
            }
            found.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
            lines.extend(counted(kind, found));
        }
        self.said = now;
        lines
    }
}

/// All in one line: `BAD: 2 releases, 12 SLOs, 1 alert, 3 sources.`
pub(super) fn summary(picture: &Picture) -> String {
    format!("{}.", Part::whole(picture).headline())
}

/// What is said when nothing changed for a while, so that silence is never taken for health.
pub(super) fn heartbeat(picture: &Picture, verdicts: &Verdicts) -> String {
    let oldest = picture.sources.iter().map(|source| source.age).max().flatten();
    let age = oldest.map_or_else(|| "?".to_owned(), crate::domain::time::Span::age);
    let silent = picture.sources.iter().filter(|source| source.age.is_none()).count();
    let silent = if silent > 0 { format!(", {silent} sources never answered") } else { String::new() };
    let mut text = format!("{} No change, still watching. Oldest data {age} old{silent}.", summary(picture));
    let things = things(picture, verdicts);
    let mut bad: Vec<&Said> = things.values().filter(|said| !said.quiet && said.level >= Level::Watch).collect();
    bad.sort_by_key(|said| std::cmp::Reverse(said.level));
    let named: Vec<String> = bad.iter().take(3).map(|said| format!("{} {}", said.state, said.name)).collect();
    if !named.is_empty() {
        let _ = write!(text, " {}", named.join(", "));
        if bad.len() > named.len() {
            let _ = write!(text, " and {} more", bad.len() - named.len());
        }
        text.push('.');
    }
    text
}

/// The lines, the most urgent first; what is more than [`MOST`] as one line that counts it.
fn counted(kind: Kind, lines: Vec<(Level, String)>) -> Vec<String> {
    if lines.len() <= MOST {
        return lines.into_iter().map(|(_, line)| line).collect();
    }
    let mut counts: BTreeMap<Level, usize> = BTreeMap::new();
    for (level, _) in lines.iter().skip(MOST - 1) {
        *counts.entry(*level).or_default() += 1;
    }
    let rest = lines.len() - (MOST - 1);
    let worst = counts.keys().next_back().map_or("UNKNOWN", |level| level.word());
    let told: Vec<String> = counts.iter().rev().map(|(level, count)| format!("{count} {}", level.word())).collect();
    let last = format!("{worst} {rest} more {}: {}.", kind.many(), told.join(", "));
    lines.into_iter().take(MOST - 1).map(|(_, line)| line).chain([last]).collect()
}

fn things(picture: &Picture, verdicts: &Verdicts) -> Things {
    let mut things = Things::new();
    for release in &picture.releases {
        let Some(verdict) = verdicts.get(&release.id) else { continue };
        things.insert(
            (Kind::Verdict, release.id.clone()),
            Said {
                state: verdict.word.word().to_owned(),
                level: verdict.word.level(),
                name: words::verdict_name(release),
                text: words::verdict(verdict, picture.at),
                news: words::verdict_news(verdict),
                quiet: false,
            },
        );
    }
    for source in &picture.sources {
        things.insert(
            (Kind::Source, source.name.to_string()),
            Said {
                state: source.word.clone(),
                level: source.level,
                name: words::source_name(source),
                text: words::source(source),
                news: words::source_news(source),
                quiet: false,
            },
        );
    }
    for release in &picture.releases {
        things.insert(
            (Kind::Release, release.id.clone()),
            Said {
                state: release.level.word().to_owned(),
                level: release.level,
                name: words::release_name(release),
                text: words::release(release),
                news: words::release_news(release),
                quiet: false,
            },
        );
    }
    for joined in &picture.alerts {
        let state = words::alert_state(joined);
        things.insert(
            (Kind::Alert, joined.alert.fingerprint.clone()),
            Said {
                news: format!("{state} {}", joined.state()),
                state,
                level: joined.level(),
                name: words::alert_name(joined),
                text: words::alert(joined, picture.at),
                quiet: false,
            },
        );
    }
    // A release tells of the SLOs of its services.
    let told = |service: &str, environment: &str| {
        let tells = |release: &&crate::domain::release::Release| release.phase != Phase::Planned;
        picture.releases.iter().filter(tells).any(|release| release.environment == environment && release.has(service))
    };
    for slo in picture.slos.iter().filter(|slo| slo.key.version.is_none()) {
        let id = format!("{} {} {} {}", slo.key.service, slo.key.slo, slo.key.environment, slo.key.source);
        things.insert(
            (Kind::Slo, id),
            Said {
                state: slo.level.word().to_owned(),
                level: slo.level,
                name: words::slo_name(slo),
                text: words::slo(slo),
                news: words::slo_news(slo),
                quiet: slo.level < Level::Watch || told(&slo.key.service, &slo.key.environment),
            },
        );
    }
    things
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        facts::Facts,
        join::example::{at, canary, catalog, deliver, fail, room},
        room::Room,
        source::{ErrorKind, SourceError},
        trigger::watch::Watch,
        verdict::{
            judge::{Beside, judge},
            reason::{Effect, Input, Reason},
        },
        workload::Status,
    };

    fn moving(room: &mut Room, secs: i64, weight: u32) {
        deliver(room, "eu", "rollouts", at(secs), Facts::Workloads(vec![canary(weight, Status::Progressing)]));
    }

    fn seen(room: &mut Room) -> Lines {
        moving(room, 0, 5);
        deliver(room, "am", "alerts", at(0), Facts::Alerts(Vec::new()));
        let mut lines = Lines::default();
        lines.first(&room.picture(at(1)), &Verdicts::new());
        lines
    }

    #[test]
    fn a_change_of_traffic_is_one_line_and_no_change_is_none() {
        let mut room = room(catalog());
        let mut lines = seen(&mut room);
        moving(&mut room, 2, 5);
        assert_eq!(lines.news(&room.picture(at(3)), &Verdicts::new()), [""; 0]);
        moving(&mut room, 4, 25);
        let news = lines.news(&room.picture(at(5)), &Verdicts::new());
        assert_eq!(news.len(), 1, "{news:?}");
        assert!(news[0].contains("release checkout 1.42.0") && news[0].ends_with("traffic 25 %."), "{news:?}");
        assert_eq!(lines.news(&room.picture(at(6)), &Verdicts::new()), [""; 0]);
    }

    #[test]
    fn a_source_that_fails_is_told_with_its_error_and_what_it_makes_unknown() {
        let mut room = room(catalog());
        let mut lines = seen(&mut room);
        fail(&mut room, "eu", "rollouts", at(2), SourceError::new(ErrorKind::Connect, "connection refused"));
        let news = lines.news(&room.picture(at(3)), &Verdicts::new());
        assert!(news.iter().any(|line| line.starts_with("FAILING source eu: ") && line.contains("connection refused")));
        let news = lines.news(&room.picture(at(60)), &Verdicts::new());
        let failed = news.iter().find(|line| line.starts_with("FAILED source eu: ")).expect("told");
        assert!(failed.contains("data 1m00s old") && failed.contains("steps and traffic are UNKNOWN"), "{failed}");
        let release = news.iter().find(|line| line.contains("release checkout 1.42.0")).expect("told");
        assert!(release.starts_with("UNKNOWN "), "{release}");
    }

    #[test]
    fn a_heartbeat_names_the_age_of_the_data_and_what_is_wrong() {
        let mut room = room(catalog());
        seen(&mut room);
        let beat = heartbeat(&room.picture(at(90)), &Verdicts::new());
        assert!(beat.contains("No change, still watching. Oldest data 1m30s old"), "{beat}");
        assert!(beat.contains("STALE source eu") && !beat.starts_with("OK"), "{beat}");
    }

    #[test]
    fn a_verdict_is_told_when_its_word_or_its_reason_changes_and_not_with_each_number() {
        let mut room = room(catalog());
        moving(&mut room, 0, 5);
        let picture = room.picture(at(1));
        let judged = |text: &str, effect| {
            let reason = Reason::new(Input::Calendar, effect, "calendar/year-end", "frozen", text);
            let beside = Beside {
                catalog: &room.catalog,
                readiness: &|_| None,
                risks: &BTreeMap::new(),
                others: &|_| vec![reason.clone()],
            };
            judge(&picture, &beside, &mut Watch::default())
        };
        let mut lines = Lines::default();
        let first = lines.first(&picture, &judged("frozen for 2h", Effect::Stops));
        assert!(
            first[0].starts_with("HOLD verdict checkout 1.42.0 ") && first[0].contains("frozen for 2h"),
            "{first:?}"
        );
        assert_eq!(lines.news(&picture, &judged("frozen for 1h", Effect::Stops)), [""; 0]);
        let news = lines.news(&picture, &judged("9.4 % fail", Effect::RollsBack));
        assert!(news[0].starts_with("ROLL BACK verdict checkout 1.42.0 ") && news[0].contains("9.4 %"), "{news:?}");
        let over = lines.news(&picture, &Verdicts::new());
        assert_eq!(over, ["ENDED verdict checkout 1.42.0 prod: nothing to decide any more."]);
    }

    #[test]
    fn more_lines_than_anybody_can_hear_are_counted() {
        let lines = (0..200).map(|index| (if index < 3 { Level::Bad } else { Level::Unknown }, index.to_string()));
        let told = counted(Kind::Slo, lines.collect());
        assert_eq!(told.len(), MOST);
        assert_eq!(told.last().map(String::as_str), Some("UNKNOWN 189 more SLOs: 189 UNKNOWN."));
    }
}
