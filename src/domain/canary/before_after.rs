//! After the deploy against before it, where no version runs beside the new one. What else changed at that time is named: it may be the
//! cause.

use serde::{Deserialize, Serialize};

use super::{compare::Comparison, counts::Counts, rules::Rules, words};
use crate::domain::time::Span;

/// Traffic that changed by more than this share is another situation.
const TRAFFIC: f64 = 0.3;

/// What else is known of the time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Circumstances {
    /// How long the counts before the deploy reach back.
    pub before: Span,
    /// How long those after it last.
    pub after: Span,
    /// The same hour of last week; `None` where that is not known.
    pub last_week: Option<Counts>,
    /// What other deploys and services have to do with it.
    pub others: Vec<Confounder>,
}

/// Something other than the deploy that may be the cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confounder {
    /// Traffic changed by this share: 0.5 is half more.
    Traffic(f64),
    /// The same hour of last week had as many bad events: this share of them.
    LastWeek(f64),
    /// Another service was deployed.
    Deploy(String),
    /// What a deployment system deployed is not known.
    DeploysUnknown(String),
    /// A service that this one calls burns.
    Upstream(String),
    /// Whether a service that this one calls burns is not known.
    UpstreamUnknown(String),
}

impl Confounder {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Traffic(change) => format!("traffic changed by {:+.0} %", change * 100.0),
            Self::LastWeek(share) => format!("the same hour last week was as bad: {}", words::share(*share)),
            Self::Deploy(what) => format!("{what} was deployed at the same time"),
            Self::DeploysUnknown(source) => format!("what {source} deployed is not known"),
            Self::Upstream(service) => format!("{service}, which it calls, burns"),
            Self::UpstreamUnknown(service) => format!("whether {service}, which it calls, burns is not known"),
        }
    }
}

/// What else may be the cause of what the counts after a deploy say against those before it.
#[must_use]
pub fn confounders(after: Counts, before: Counts, circumstances: &Circumstances, rules: &Rules) -> Vec<Confounder> {
    let mut found = Vec::new();
    let rate = |counts: Counts, span: Span| (span > Span::ZERO).then(|| counts.total() as f64 / span.secs());
    if let (Some(now), Some(then)) = (rate(after, circumstances.after), rate(before, circumstances.before)) {
        let change = if then > 0.0 { now / then - 1.0 } else { 0.0 };
        if change.abs() > TRAFFIC {
            found.push(Confounder::Traffic(change));
        }
    }
    let last_week = circumstances.last_week.and_then(|counts| Some((Comparison::of(after, counts)?, counts.share()?)));
    if let Some((compared, share)) = last_week.filter(|(_, share)| *share > 0.0)
        && compared.p >= rules.alpha
    {
        found.push(Confounder::LastWeek(share));
    }
    found.extend(circumstances.others.iter().cloned());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(bad: u64, total: u64) -> Counts {
        Counts::new(bad, total).expect("possible")
    }

    fn half_an_hour() -> Circumstances {
        Circumstances { before: Span::from_mins(30), after: Span::from_mins(30), ..Circumstances::default() }
    }

    fn words(after: (u64, u64), circumstances: &Circumstances) -> Vec<String> {
        let found = confounders(counts(after.0, after.1), counts(10, 10_000), circumstances, &Rules::default());
        found.iter().map(Confounder::words).collect()
    }

    #[test]
    fn whatever_else_changed_is_named() {
        let circumstances = Circumstances {
            last_week: Some(counts(310, 10_000)),
            others: vec![
                Confounder::Deploy("payments 7.3.1".to_owned()),
                Confounder::DeploysUnknown("am".to_owned()),
                Confounder::Upstream("cart".to_owned()),
                Confounder::UpstreamUnknown("pricing".to_owned()),
            ],
            ..half_an_hour()
        };
        assert_eq!(
            words((450, 15_000), &circumstances),
            [
                "traffic changed by +50 %",
                "the same hour last week was as bad: 3.10 %",
                "payments 7.3.1 was deployed at the same time",
                "what am deployed is not known",
                "cart, which it calls, burns",
                "whether pricing, which it calls, burns is not known",
            ]
        );
    }

    #[test]
    fn a_better_last_week_and_steady_traffic_are_no_excuse() {
        let circumstances = Circumstances { last_week: Some(counts(10, 10_000)), ..half_an_hour() };
        assert!(words((300, 11_000), &circumstances).is_empty());
        assert!(words((300, 10_000), &half_an_hour()).is_empty());
    }
}
