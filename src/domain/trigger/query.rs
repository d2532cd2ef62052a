//! A trigger of a query of one's own: a number that must not be over its limit, of as many events as it takes to mean anything.
//!
//! One query answers for all services: its rows are told apart by the labels of each service and by its version label, where they
//! carry them. A query that fails, gives no number, or gives none for this service is never evidence.

use serde::{Deserialize, Serialize};

use super::{
    look::{Evidence, Finding, Look},
    sight::Sight,
};
use crate::domain::{labels::Labels, object::SourceName, slo::words, time::Timestamp};

/// A query of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The expression.
    pub expr: String,
    /// It is over when it is more than this.
    pub over: f64,
    /// The source that is asked; every one of the environment when left out.
    pub source: Option<SourceName>,
    /// How many events must be behind it.
    pub events: Option<Events>,
}

/// How many events must be behind a number so that it means something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// The expression that counts them.
    pub expr: String,
    /// At least so many.
    pub at_least: f64,
}

impl Query {
    /// What has to be asked for it.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.expr.as_str()).chain(self.events.as_ref().map(|events| events.expr.as_str()))
    }
}

/// What a source said to one expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The expression.
    pub expr: String,
    /// Its rows, or why there is no number: the query failed, or gave something else.
    pub rows: Result<Vec<Row>, String>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What tells it from the others.
    pub labels: Labels,
    /// The number; `None` where it is none: NaN, infinite, a histogram.
    pub value: Option<f64>,
}

/// What a source said to one expression, as of when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Who.
    pub source: SourceName,
    /// The environment of everything in it.
    pub environment: Option<String>,
    /// When it was measured.
    pub at: Timestamp,
    /// What was said; why nothing is known where the source is silent.
    pub answered: Answered,
}

/// One look at `query`.
#[must_use]
pub fn look(query: &Query, sight: &Sight<'_>) -> Look {
    let told = sight.queries.iter().filter(|told| told.answered.expr == query.expr && asks(query, told, sight));
    let looks = told.map(|told| one(query, told, sight));
    Look::worst(looks).unwrap_or_else(|| Look::unknown("no source has answered the query yet", "", sight.now))
}

/// The limit in words: `> 5`, `> 5 (20 events or more)`.
#[must_use]
pub fn limit(query: &Query) -> String {
    let over = format!("> {}", shown(query.over));
    match &query.events {
        Some(events) => format!("{over} ({} events or more)", words::events(events.at_least)),
        None => over,
    }
}

fn asks(query: &Query, told: &Told, sight: &Sight<'_>) -> bool {
    let source = query.source.as_ref().is_none_or(|source| *source == told.source);
    source && told.environment.as_deref().is_none_or(|environment| environment == sight.environment)
}

fn one(query: &Query, told: &Told, sight: &Sight<'_>) -> Look {
    let evidence = Evidence {
        text: query.expr.clone(),
        query: Some(query.expr.as_str().into()),
        source: Some(told.source.to_string()),
        ..Evidence::default()
    };
    let unknown = |why: String| Look { evidence: evidence.clone(), ..Look::unknown(why, "", told.at) };
    let value = match number(told, sight, f64::max) {
        Ok(value) => value,
        Err(why) => return unknown(why),
    };
    let mut finding = if value > query.over { Finding::Over } else { Finding::Within };
    let mut text = format!("{} = {}", query.expr, shown(value));
    if let Some(events) = &query.events {
        let counted =
            sight.queries.iter().find(|other| other.source == told.source && other.answered.expr == events.expr);
        let counted = counted.ok_or_else(|| "the query of its events has not been answered yet".to_owned());
        let counted = match counted.and_then(|other| number(other, sight, |one, other| one + other)) {
            Ok(counted) => counted,
            Err(why) => return unknown(format!("its events: {why}")),
        };
        text = format!("{text}, of {} events", words::events(counted));
        if counted < events.at_least && finding == Finding::Over {
            let (there, needed) = (words::events(counted), words::events(events.at_least));
            finding = Finding::Held(format!("only {there} events of the {needed} that it takes"));
        }
    }
    Look {
        finding,
        closeness: (query.over > 0.0).then(|| value / query.over),
        reading: shown(value),
        limit: String::new(),
        evidence: Evidence { text, ..evidence },
        at: told.at,
    }
}

/// A number of whatever kind: whole from 1,000 on, else four digits of it.
fn shown(value: f64) -> String {
    if value.abs() >= 1_000.0 {
        return format!("{value:.0}");
    }
    format!("{value:.3e}").parse().map_or_else(|_| value.to_string(), |rounded: f64| rounded.to_string())
}

/// The number that `told` gives for the service that is seen, its rows put together.
fn number(told: &Told, sight: &Sight<'_>, together: impl Fn(f64, f64) -> f64) -> Result<f64, String> {
    let rows = told.answered.rows.as_ref().map_err(Clone::clone)?;
    let mine = rows.iter().filter(|row| is_mine(&row.labels, sight));
    let numbers: Option<Vec<f64>> = mine.map(|row| row.value.filter(|value| value.is_finite())).collect();
    let numbers = numbers.ok_or("the query gives no number")?;
    numbers.into_iter().reduce(together).ok_or_else(|| "no series".to_owned())
}

/// Whether a row is about the service and the version that are seen. What it does not carry tells it from nothing.
fn is_mine(labels: &Labels, sight: &Sight<'_>) -> bool {
    let service = sight.select.iter().all(|(name, value)| labels.get(name).is_none_or(|there| there == value));
    let version = sight.version_label.zip(sight.component.version.as_deref());
    service && version.is_none_or(|(name, version)| labels.get(name).is_none_or(|there| there == version))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{
        join::example::{at, labels},
        level::Level,
        release::{Component, Phase},
    };

    fn query(events: Option<f64>) -> Query {
        let events = events.map(|at_least| Events { expr: "count".to_owned(), at_least });
        Query { expr: "errors".to_owned(), over: 5.0, source: None, events }
    }

    fn told(expr: &str, rows: Result<Vec<Row>, String>) -> Told {
        Told {
            source: "prom".into(),
            environment: None,
            at: at(-3),
            answered: Answered { expr: expr.to_owned(), rows },
        }
    }

    fn row<const N: usize>(pairs: [(&str, &str); N], value: f64) -> Row {
        Row { labels: labels(pairs), value: Some(value) }
    }

    fn seen(query: &Query, queries: &[Told]) -> Look {
        let component = Component {
            service: "checkout".to_owned(),
            guessed: false,
            region: None,
            version: Some("1.42.0".to_owned()),
            previous: None,
            after: Vec::new(),
            workload: None,
            key: None,
            phase: Phase::RollingOut,
            level: Level::Run,
            problem: None,
        };
        let (slow, select) = (BTreeSet::new(), labels([("service", "checkout")]));
        look(
            query,
            &Sight {
                component: &component,
                environment: "prod",
                slos: &[],
                slow: &slow,
                alerts: &[],
                alerts_unknown: None,
                canary: None,
                analyses: &[],
                recent: &[],
                queries,
                select: &select,
                version_label: Some("version"),
                started_at: Some(at(-600)),
                now: at(0),
            },
        )
    }

    fn finding(queries: &[Told]) -> Finding {
        seen(&query(None), queries).finding
    }

    #[test]
    fn a_number_over_the_limit_counts_and_one_at_it_does_not() {
        assert_eq!(finding(&[told("errors", Ok(vec![row([], 5.1)]))]), Finding::Over);
        assert_eq!(finding(&[told("errors", Ok(vec![row([], 5.0)]))]), Finding::Within);
        let look = seen(&query(None), &[told("errors", Ok(vec![row([], 10.0)]))]);
        assert_eq!((look.closeness, look.reading.as_str(), look.at), (Some(2.0), "10", at(-3)));
        assert_eq!(look.evidence.query.as_deref(), Some("errors"), "it can be copied");
    }

    #[test]
    fn what_gives_no_number_is_never_evidence_and_never_well() {
        let nan = Row { labels: Labels::new(), value: Some(f64::NAN) };
        for rows in [
            Err("prom: 400 bad_data: parse error".to_owned()),
            Ok(Vec::new()),
            Ok(vec![row([], 10.0), nan]),
            Ok(vec![Row { labels: Labels::new(), value: None }]),
        ] {
            assert!(matches!(finding(&[told("errors", rows.clone())]), Finding::Unknown(_)), "{rows:?}");
        }
        assert!(matches!(finding(&[]), Finding::Unknown(why) if why.contains("no source has answered")));
        assert!(matches!(finding(&[told("other", Ok(vec![row([], 10.0)]))]), Finding::Unknown(_)));
    }

    #[test]
    fn rows_of_other_services_and_versions_say_nothing_of_this_one() {
        let rows = vec![
            row([("service", "cart")], 90.0),
            row([("service", "checkout"), ("version", "1.41.7")], 80.0),
            row([("service", "checkout"), ("version", "1.42.0")], 2.0),
        ];
        assert_eq!(finding(&[told("errors", Ok(rows.clone()))]), Finding::Within);
        let others = told("errors", Ok(rows.into_iter().take(2).collect()));
        assert!(matches!(finding(&[others]), Finding::Unknown(why) if why == "no series"));
        let regions = vec![row([("region", "eu")], 2.0), row([("region", "us")], 9.0)];
        assert_eq!(finding(&[told("errors", Ok(regions))]), Finding::Over, "the worst of several");
    }

    #[test]
    fn fewer_events_than_it_takes_hold_it() {
        let counted = |count: Option<f64>| {
            let mut all = vec![told("errors", Ok(vec![row([], 9.0)]))];
            all.extend(count.map(|count| told("count", Ok(vec![row([], count)]))));
            seen(&query(Some(20.0)), &all).finding
        };
        assert_eq!(counted(Some(20.0)), Finding::Over);
        assert!(matches!(counted(Some(19.0)), Finding::Held(why) if why.contains("only 19 events of the 20")));
        assert!(matches!(counted(None), Finding::Unknown(why) if why.contains("its events")));
    }

    #[test]
    fn another_source_or_environment_than_the_one_that_is_meant_is_not_asked() {
        let bound = Query { source: Some("thanos".into()), ..query(None) };
        assert!(matches!(seen(&bound, &[told("errors", Ok(vec![row([], 9.0)]))]).finding, Finding::Unknown(_)));
        let staging = Told { environment: Some("staging".to_owned()), ..told("errors", Ok(vec![row([], 9.0)])) };
        assert!(matches!(finding(&[staging]), Finding::Unknown(_)));
    }
}
