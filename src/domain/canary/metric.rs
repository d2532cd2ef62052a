//! Business metrics of services: orders, payments. Their definitions, and which slot of a week is compared.

use serde::{Deserialize, Serialize};

use crate::domain::{
    object::SourceName,
    slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo, Window},
    time::{Span, Timestamp},
};

/// So many past weeks are compared with.
pub const WEEKS: u64 = 4;

/// A week.
pub const WEEK: Span = Span::from_days(7);

/// The lengths of the slot after a deploy, longest first.
const SLOTS: [Window; 3] = [Span::from_mins(30), Span::from_mins(10), Span::from_mins(5)];

/// Something that users do and that a business lives on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessMetric {
    /// The short name, unique within the service: `orders`.
    pub name: String,
    /// The service.
    pub service: String,
    /// The selector of counters of events.
    pub events: String,
    /// The source that answers it; `None` is every one that speaks `PromQL`.
    pub source: Option<SourceName>,
}

impl BusinessMetric {
    /// Its events as a definition that sources know how to count: all of them are good.
    #[must_use]
    pub fn definition(&self) -> Option<Slo> {
        let indicator = Indicator::Good { good: self.events.clone(), total: self.events.clone() };
        Some(Slo {
            id: format!("{} business {}", self.service, self.name),
            name: self.name.clone(),
            origin: Origin::File(format!("services/{}.toml", self.service)),
            binding: Binding::Service(self.service.clone()),
            objective: Objective::new(99.0).ok()?,
            period: Period::Rolling(WEEK),
            indicator,
            source: self.source.clone(),
        })
    }
}

/// The slot after a deploy that began so long ago; `None` while it is too young.
#[must_use]
pub fn slot(began: Timestamp, now: Timestamp) -> Option<Window> {
    // The newest slot ends up to a minute ago.
    let age = Span::between(began + Span::from_mins(1).delta(), now.max(began + Span::from_mins(1).delta()));
    SLOTS.into_iter().find(|slot| *slot <= age)
}

/// When the first slot is over.
#[must_use]
pub fn first(began: Timestamp) -> Timestamp {
    began + (SLOTS.last().copied().unwrap_or_default().delta()) + Span::from_mins(1).delta()
}
