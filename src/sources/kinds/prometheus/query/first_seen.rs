//! When series began: asked for cheaply, because it hardly ever changes.
//!
//! First, which label sets have series now and had some as far back as matters: two looks at one instant each. Only those that had
//! none are young, and only for those every sample is looked at, in two resolutions.

use std::collections::BTreeSet;

use super::{
    indicator::Sides,
    part::{Part, Role, aggregate, joined},
    scope::Group,
    selector::{Selector, one_of},
};
use crate::domain::{labels::Labels, time::Span};

/// The longest window of a pair: what covers it covers all.
const SERVICES: Span = Span::from_days(3);
/// The longest window that is split by version.
const VERSIONS: Span = Span::from_hours(1);

/// Young label sets are told apart in the query only up to so many.
const NARROWED: usize = 200;

/// The question about one group.
#[derive(Clone, Debug, PartialEq)]
pub struct AgeQuestion {
    /// Whom the answer belongs to.
    pub group: Group,
    /// How far back is looked.
    pub back: Span,
    selector: Selector,
}

impl AgeQuestion {
    /// The question about the series of all events of `group`; `None` where they are not counters, so that nothing says which series
    /// to look at.
    #[must_use]
    pub fn new(group: Group, sides: &Sides) -> Option<Self> {
        let selector = sides.total_selector()?.clone();
        let back = if group.version_label.is_some() { VERSIONS } else { SERVICES };
        Some(Self { group, back, selector })
    }

    /// What is remembered of the answer is remembered under this.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {:?}", self.selector, self.group.version_label)
    }

    /// Which label sets are there now, and which were as far back as matters.
    #[must_use]
    pub fn presence(&self, number: usize) -> String {
        let count = |role, at: &str| Part {
            role,
            expression: aggregate("count", &self.group.keys, &format!("{}{at}", self.selector)),
        };
        joined(number, &[count(Role::Now, ""), count(Role::Then, &format!(" offset {}", self.back))])
    }

    /// The first samples of the label sets in `young`: exact to 15 seconds within the last hour, to 15 minutes before.
    #[must_use]
    pub fn beginnings(&self, number: usize, young: &BTreeSet<Labels>) -> String {
        let selector = self.narrowed(young);
        let first = |role, back: Span, step: Span| Part {
            role,
            expression: aggregate(
                "min",
                &self.group.keys,
                &format!("min_over_time(timestamp({selector})[{back}:{step}])"),
            ),
        };
        let mut parts = vec![first(Role::Since, VERSIONS, Span::from_secs(15))];
        if self.back > VERSIONS {
            parts.push(first(Role::SinceCoarse, self.back, Span::from_mins(15)));
        }
        joined(number, &parts)
    }

    fn narrowed(&self, young: &BTreeSet<Labels>) -> Selector {
        if young.len() > NARROWED {
            return self.selector.clone();
        }
        let matchers: Vec<String> = self
            .group
            .keys
            .iter()
            .filter_map(|key| {
                let values: Option<Vec<&str>> =
                    young.iter().map(|labels| labels.get(key).map(String::as_str)).collect();
                values.filter(|values| !values.is_empty()).map(|values| one_of(key, values))
            })
            .collect();
        self.selector.with(&matchers)
    }
}
