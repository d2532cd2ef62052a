//! Alertmanager, API v2: alerts and silences of one server or of the peers of a cluster.

mod decode;
mod wire;

use std::collections::BTreeMap;

use futures_util::future::{BoxFuture, join_all};
use serde::de::DeserializeOwned;

use self::wire::{WireAlert, WireSilence};
use crate::{
    clock::Clock,
    config::schema::source::{Source, SourceKind},
    domain::{
        demand::Demand,
        facts::{Answer, Facts},
        object::SourceName,
        source::{ErrorKind, FeedSpec, Gap, SourceError},
        time::Span,
    },
    sources::{
        connector::{Connector, Context, Decoder, Kind},
        http::Endpoint,
    },
};

/// The line in the table of kinds.
pub static KIND: Kind = Kind {
    name: "alertmanager",
    doc: "Alertmanager, API v2: alerts and silences, of one server or of the peers of a cluster",
    sample: r#"[[source]]
name = "alertmanager"
kind = "alertmanager"
urls = ["https://alertmanager.example.net"]   # every peer of the cluster
# matchers = ['team="payments"']
# auth = { bearer = { env = "ALERTMANAGER_TOKEN" } }
"#,
    decoders: &[Decoder {
        name: "alertmanager",
        doc: "answers of /api/v2/alerts and /api/v2/alerts/groups: one object for each distinct alert",
        decode: decode::decode,
    }],
    build,
};

const ALERTS: &str = "alerts";
const SILENCES: &str = "silences";

/// An expired silence is worth knowing for so long: it explains an alert that has just come back.
const EXPIRED_STAYS: Span = Span::from_hours(2);

/// A connection to the peers of one Alertmanager cluster.
struct Alertmanager {
    name: SourceName,
    interval: Option<Span>,
    peers: Vec<Endpoint>,
    matchers: Vec<String>,
    clock: Clock,
}

fn build(source: &Source, context: &Context) -> Result<Box<dyn Connector>, SourceError> {
    let SourceKind::Alertmanager(settings) = &source.kind else {
        return Err(SourceError::new(ErrorKind::Configuration, format!("{} is not of kind alertmanager", source.name)));
    };
    if settings.urls.is_empty() {
        return Err(SourceError::new(ErrorKind::Configuration, "urls is empty").advise("name at least one server"));
    }
    let peers = settings
        .urls
        .iter()
        .map(|url| Endpoint::new(url, &settings.http, source, context))
        .collect::<Result<_, _>>()?;
    Ok(Box::new(Alertmanager {
        name: source.name.clone(),
        interval: source.interval,
        peers,
        matchers: settings.matchers.clone(),
        clock: context.clock,
    }))
}

impl Connector for Alertmanager {
    fn endpoint(&self) -> String {
        self.peers.iter().map(Endpoint::shown).collect::<Vec<_>>().join(", ")
    }

    fn feeds(&self, _demand: &Demand) -> Vec<FeedSpec> {
        let feed = |name: &str, usual| FeedSpec { name: name.to_owned(), interval: self.interval.unwrap_or(usual) };
        vec![feed(ALERTS, Span::from_secs(15)), feed(SILENCES, Span::from_secs(30))]
    }

    fn poll<'a>(&'a self, feed: &'a str, _demand: &'a Demand) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            match feed {
                ALERTS => self.alerts().await,
                SILENCES => self.silences().await,
                other => Err(SourceError::new(ErrorKind::Internal, format!("alertmanager has no feed {other}"))),
            }
        })
    }
}

impl Alertmanager {
    async fn alerts(&self) -> Result<Answer, SourceError> {
        let mut query = vec![("active", "true"), ("silenced", "true"), ("inhibited", "true"), ("unprocessed", "true")];
        query.extend(self.matchers.iter().map(|matcher| ("filter", matcher.as_str())));
        let heard = self.ask_all::<WireAlert>("/api/v2/alerts", &query, ALERTS).await?;
        let mut merged: BTreeMap<String, WireAlert> = BTreeMap::new();
        for alert in heard.elements {
            match merged.get_mut(&alert.fingerprint) {
                Some(known) => known.merge(alert),
                None => {
                    merged.insert(alert.fingerprint.clone(), alert);
                }
            }
        }
        let alerts = merged.into_values().map(|alert| alert.into_alert(&self.name)).collect();
        Ok(Answer { facts: Facts::Alerts(alerts), ..heard.answer })
    }

    async fn silences(&self) -> Result<Answer, SourceError> {
        let heard = self.ask_all::<WireSilence>("/api/v2/silences", &[], SILENCES).await?;
        let since = self.clock.now() - EXPIRED_STAYS.delta();
        let mut merged: BTreeMap<String, WireSilence> = BTreeMap::new();
        for silence in heard.elements.into_iter().filter(|silence| silence.matters_since(since)) {
            match merged.get_mut(&silence.id) {
                Some(known) if silence.updated_at > known.updated_at => *known = silence,
                Some(_) => {}
                None => {
                    merged.insert(silence.id.clone(), silence);
                }
            }
        }
        let silences = merged.into_values().map(|silence| silence.into_silence(&self.name)).collect();
        Ok(Answer { facts: Facts::Silences(silences), ..heard.answer })
    }

    /// Asks every peer at the same time. A dead one is a gap; all of them dead are an error.
    async fn ask_all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        what: &str,
    ) -> Result<Heard<T>, SourceError> {
        let answers = join_all(self.peers.iter().map(|peer| ask::<T>(peer, path, query, what))).await;
        let mut heard = Heard { elements: Vec::new(), answer: Answer::of(Facts::Alerts(Vec::new())) };
        let mut errors = Vec::new();
        for (peer, answer) in self.peers.iter().zip(answers) {
            heard.answer.requests += 1;
            match answer {
                Ok(mut good) => {
                    heard.elements.append(&mut good.elements);
                    heard.answer.bytes += good.answer.bytes;
                    heard.answer.gaps.append(&mut good.answer.gaps);
                    heard.answer.skew_millis = heard.answer.skew_millis.or(good.answer.skew_millis);
                }
                Err(error) => {
                    heard.answer.gaps.push(Gap { what: format!("peer {}", peer.shown()), why: error.to_string() });
                    errors.push(error);
                }
            }
        }
        if errors.len() < self.peers.len() {
            return Ok(heard);
        }
        Err(all_dead(errors))
    }
}

/// What peers said, before it is merged.
struct Heard<T> {
    elements: Vec<T>,
    /// All but the facts.
    answer: Answer,
}

async fn ask<T: DeserializeOwned>(
    peer: &Endpoint,
    path: &str,
    query: &[(&str, &str)],
    what: &str,
) -> Result<Heard<T>, SourceError> {
    let response = peer.get(path, query).await?.success(decode::explain)?;
    let (elements, gaps) = decode::elements(&response, what)?;
    let answer = Answer {
        skew_millis: response.skew_millis,
        gaps,
        bytes: response.body.len() as u64,
        ..Answer::of(Facts::Alerts(Vec::new()))
    };
    Ok(Heard { elements, answer })
}

/// The first peer's error, which says that the others failed too.
fn all_dead(errors: Vec<SourceError>) -> SourceError {
    let others: Vec<String> = errors.iter().skip(1).map(|error| error.what.clone()).collect();
    let retry_after = errors.iter().filter_map(|error| error.retry_after).min();
    let mut first = errors
        .into_iter()
        .next()
        .unwrap_or_else(|| SourceError::new(ErrorKind::Configuration, "no peers are configured"));
    if !others.is_empty() {
        first.what = format!("{}; no other peer answers either: {}", first.what, others.join("; "));
    }
    first.retry_after = retry_after;
    first
}
