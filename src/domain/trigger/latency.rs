//! Whether answers became slower, as a look: the analysis has counted its evaluations itself.

use super::{canary, look::Look, sight::Sight};
use crate::domain::{
    canary::{analysis::Analysis, what::What},
    time::Span,
};

/// The look at the answer times of one service.
#[must_use]
pub fn look(over: Span, sight: &Sight<'_>) -> Look {
    let of_this = |one: &&&Analysis| matches!(one.what, What::Latency { over: by, .. } if by == over);
    let looks = sight.analyses.iter().filter(of_this).map(|one| canary::look(one, sight.now));
    Look::worst(looks).unwrap_or_else(|| {
        let why = format!("no histogram of {} is counted by version beside another one", sight.component.service);
        Look::nothing(why, "", sight.now)
    })
}
