//! What each version of a service did while it alone ran: the baseline of its successor where nothing else is left to compare with.
//!
//! Documents of several consoles are merged: of the same counts those over the longest time win, of equally long ones the newest. So
//! neither the order of merges nor a merge that is repeated makes a difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::domain::{
    ledger::hash::Hash,
    object::SourceName,
    slo::definition::{Slo, SloId},
    time::{Span, Timestamp},
};

/// The version of the document that is written, and the newest that is understood.
const FORM: u64 = 1;
/// So many versions are kept of each service and environment.
const VERSIONS: usize = 5;
/// So many versions are kept of everything together.
const MOST: usize = 5_000;
/// So many counts are kept of each version.
const MOST_COUNTS: usize = 20;
/// Counts over the same length of time take the place of others only where they are newer by this.
const NEWER: Span = Span::from_hours(1);

/// A deploy is seen only when its cluster is asked next: counts that end so long after it began are still those of the version before.
const UNSEEN: Span = Span::from_mins(1);

/// Profiles of versions, by service and environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Profiles(BTreeMap<(String, String), BTreeMap<String, Profile>>);

/// What one version did.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Profile {
    /// When it was seen last to run alone: the version that was seen longest ago goes first.
    seen: Timestamp,
    counted: BTreeMap<Measure, Kept>,
}

/// What is counted: the bad events of an SLO, as one source answers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Measure {
    /// Which SLO.
    pub slo: SloId,
    /// The source that counted.
    pub source: SourceName,
    /// Of what it counts: counts by another definition are of something else, and are not compared.
    pub definition: Hash,
}

impl Measure {
    /// What `source` counts for `slo`; `None` where the definition cannot be written down.
    #[must_use]
    pub fn of(slo: &Slo, source: &SourceName) -> Option<Self> {
        let definition = serde_json::to_vec(&(&slo.indicator, &slo.binding)).ok()?;
        Some(Self { slo: slo.id.clone(), source: source.clone(), definition: Hash::of(&definition) })
    }
}

/// Events of a version over a time in which it alone ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Bad events of all events.
    pub counts: Counts,
    /// The beginning of that time.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Kept {
    /// How long that time is.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::between(self.from, self.until)
    }

    /// What wins in a merge: the longest time, then the newest. The rest makes it a total order.
    fn weight(&self) -> (Span, Timestamp, u64, u64) {
        (self.span(), self.until, self.counts.total(), self.counts.bad())
    }
}

/// A version of a service somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// The service.
    pub service: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The version.
    pub version: &'a str,
}

/// What is known of a version that ran before a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<'a> {
    /// The version.
    pub version: &'a str,
    /// What it did.
    pub counted: Kept,
}

impl Profiles {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many versions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether counts are worth being kept beside what is there: over a longer time, or newer by an hour. What is not longer than
    /// nothing, or holds no event, never is.
    #[must_use]
    pub fn lack(&self, of: Of<'_>, measure: &Measure, counted: &Kept) -> bool {
        if counted.counts.total() == 0 || counted.span() == Span::ZERO {
            return false;
        }
        self.of(of, measure).is_none_or(|there| {
            counted.span() > there.span()
                || (counted.span() == there.span() && counted.until >= there.until + NEWER.delta())
        })
    }

    /// Adds counts of a version.
    pub fn add(&mut self, of: Of<'_>, measure: Measure, counted: Kept) {
        let alone = Profile { seen: counted.until, counted: BTreeMap::from([(measure, counted)]) };
        let place = (of.service.to_owned(), of.environment.to_owned());
        self.merge(Self(BTreeMap::from([(place, BTreeMap::from([(of.version.to_owned(), alone)]))])));
    }

    /// Takes what others know. Says whether that changed anything.
    pub fn merge(&mut self, others: Self) -> bool {
        let mut changed = false;
        for (place, versions) in others.0 {
            let here = self.0.entry(place).or_default();
            let before: Vec<String> = here.keys().cloned().collect();
            for (version, profile) in versions {
                match here.get_mut(&version) {
                    Some(known) => changed |= known.merge(profile),
                    None => {
                        here.insert(version, profile);
                    }
                }
            }
            keep_newest(here, VERSIONS, |version, profile| (profile.seen, version.clone()));
            changed |= !here.keys().eq(&before);
        }
        self.keep_most();
        changed
    }

    fn keep_most(&mut self) {
        let Some(over) = self.len().checked_sub(MOST).filter(|over| *over > 0) else { return };
        let all = self.0.iter().flat_map(|(place, versions)| versions.iter().map(move |one| (place, one)));
        let mut oldest: Vec<_> =
            all.map(|(place, (version, one))| (one.seen, place.clone(), version.clone())).collect();
        oldest.sort();
        for (_, place, version) in oldest.into_iter().take(over) {
            if let Some(versions) = self.0.get_mut(&place) {
                versions.remove(&version);
            }
        }
        self.0.retain(|_, versions| !versions.is_empty());
    }

    /// What is stored of a version.
    #[must_use]
    pub fn of(&self, of: Of<'_>, measure: &Measure) -> Option<Kept> {
        self.profile(of)?.counted.get(measure).copied()
    }

    fn profile(&self, of: Of<'_>) -> Option<&Profile> {
        self.0.get(&(of.service.to_owned(), of.environment.to_owned()))?.get(of.version)
    }

    /// What the version before `new` did until `began` at most: `named` where it is known which one that was, otherwise the version that
    /// was seen last.
    #[must_use]
    pub fn before(&self, new: Of<'_>, named: Option<&str>, began: Timestamp, measure: &Measure) -> Option<Known<'_>> {
        let versions = self.0.get(&(new.service.to_owned(), new.environment.to_owned()))?;
        let may_be = |version: &str| named.map_or(version != new.version, |named| version == named);
        let known = versions.iter().filter(|(version, _)| may_be(version)).filter_map(|(version, profile)| {
            let counted = profile.counted.get(measure).filter(|counted| counted.until <= began + UNSEEN.delta())?;
            Some((profile.seen, Known { version, counted: *counted }))
        });
        known.max_by_key(|(seen, _)| *seen).map(|(_, known)| known)
    }
}

impl Profile {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        if other.seen > self.seen {
            self.seen = other.seen;
            changed = true;
        }
        let before: BTreeSet<Measure> = self.counted.keys().cloned().collect();
        for (measure, counted) in other.counted {
            match self.counted.get_mut(&measure) {
                Some(known) if known.weight() >= counted.weight() => {}
                Some(known) => {
                    *known = counted;
                    changed = true;
                }
                None => {
                    self.counted.insert(measure, counted);
                }
            }
        }
        keep_newest(&mut self.counted, MOST_COUNTS, |measure, counted| (counted.weight(), measure.clone()));
        changed || !self.counted.keys().eq(&before)
    }
}

/// Keeps those `most` entries whose rank is the highest.
fn keep_newest<K: Ord + Clone, V, R: Ord>(all: &mut BTreeMap<K, V>, most: usize, rank: impl Fn(&K, &V) -> R) {
    while all.len() > most {
        let lowest = all.iter().min_by_key(|(key, value)| rank(key, value)).map(|(key, _)| key.clone());
        let Some(lowest) = lowest else { return };
        all.remove(&lowest);
    }
}

/// The document as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Document {
    version: u64,
    profiles: Vec<Written>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    service: String,
    environment: String,
    version: String,
    seen: Timestamp,
    counts: Vec<WrittenCounts>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct WrittenCounts {
    #[serde(flatten)]
    measure: Measure,
    bad: u64,
    total: u64,
    from: Timestamp,
    until: Timestamp,
}

/// Why a document of profiles cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A newer program wrote it.
    #[error("it is of version {0}, and this program understands {FORM}: use the newer one")]
    Newer(u64),
    /// It is not what was written.
    #[error("it is damaged: {0}")]
    Damaged(Arc<str>),
}

impl Profiles {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is damaged, or of a version that is not known.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            version: u64,
        }
        let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string().into());
        let head: Head = serde_json::from_str(text).map_err(damaged)?;
        match head.version {
            FORM => serde_json::from_str(text).map_err(damaged),
            newer if newer > FORM => Err(Unreadable::Newer(newer)),
            never => Err(Unreadable::Damaged(format!("there never was a version {never}").into())),
        }
    }
}

impl From<Profiles> for Document {
    fn from(profiles: Profiles) -> Self {
        let mut written = Vec::new();
        for ((service, environment), versions) in profiles.0 {
            for (version, Profile { seen, counted }) in versions {
                let counts = counted.into_iter().map(|(measure, Kept { counts, from, until })| WrittenCounts {
                    measure,
                    bad: counts.bad(),
                    total: counts.total(),
                    from,
                    until,
                });
                let (service, environment) = (service.clone(), environment.clone());
                written.push(Written { service, environment, version, seen, counts: counts.collect() });
            }
        }
        Self { version: FORM, profiles: written }
    }
}

impl TryFrom<Document> for Profiles {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let mut profiles = Self::default();
        for Written { service, environment, version, seen, counts } in document.profiles {
            let mut profile = Profile { seen, counted: BTreeMap::new() };
            for WrittenCounts { measure, bad, total, from, until } in counts {
                let wrong = |why: String| format!("{service} {version}: {why}");
                let counts = Counts::new(bad, total).map_err(|error| wrong(error.to_string()))?;
                if from >= until {
                    return Err(wrong(format!("a time from {from} until {until}")));
                }
                profile.counted.insert(measure, Kept { counts, from, until });
            }
            profiles.0.entry((service, environment)).or_default().insert(version, profile);
        }
        // A document that somebody made longer by hand.
        for versions in profiles.0.values_mut() {
            keep_newest(versions, VERSIONS, |version, profile| (profile.seen, version.clone()));
            for profile in versions.values_mut() {
                keep_newest(&mut profile.counted, MOST_COUNTS, |measure, counted| (counted.weight(), measure.clone()));
            }
        }
        profiles.keep_most();
        Ok(profiles)
    }
}

#[cfg(test)]
mod tests;
