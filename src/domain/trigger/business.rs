//! Whether users do something less or more than in past weeks, as a look.

use super::{
    canary,
    look::{Finding, Look},
    sight::Sight,
};
use crate::domain::canary::{
    analysis::{Analysis, Standing},
    rules::Verdict,
    what::What,
};

/// The look at the business metrics of one service, or at one of them.
#[must_use]
pub fn look(metric: Option<&str>, sight: &Sight<'_>) -> Look {
    let of_this =
        |one: &&&Analysis| matches!(one.what, What::Business { .. }) && metric.is_none_or(|name| one.slo == name);
    let looks = sight.analyses.iter().filter(of_this).map(|one| {
        let look = canary::look(one, sight.now);
        // Of few events 10 % cannot be seen, however long one waits: that is not in the way.
        match &one.standing {
            Standing::Judged(Verdict::Inconclusive) => Look { finding: Finding::Within, ..look },
            _ => look,
        }
    });
    Look::worst(looks).unwrap_or_else(|| {
        let service = &sight.component.service;
        let why = match metric {
            Some(metric) => format!("{service} has no business metric {metric}"),
            None => format!("{service} has no business metrics"),
        };
        Look::nothing(why, "", sight.now)
    })
}
