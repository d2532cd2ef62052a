//! What the canary analysis says, as a look: it has counted its evaluations itself.

use super::look::{Evidence, Finding, Look};
use crate::domain::{
    canary::{
        analysis::{Analysis, Standing},
        rules::Verdict,
        what::What,
        words,
    },
    time::Timestamp,
};

/// The look that decides of all that counts requests, or of the gauges: one that is as it should be is no news beside counts.
#[must_use]
pub fn worst(analyses: &[&Analysis], now: Timestamp) -> Option<Look> {
    let looks = analyses.iter().filter_map(|one| match one.what {
        What::Events => Some(look(one, now)),
        What::Gauge { .. } => Some(look(one, now)).filter(|look| look.finding != Finding::Within),
        _ => None,
    });
    Look::worst(looks)
}

/// The look of one analysis.
#[must_use]
pub fn look(analysis: &Analysis, now: Timestamp) -> Look {
    let why = analysis.why();
    let name = format!("{} {}", analysis.canary, analysis.slo);
    let finding = match &analysis.standing {
        // What was before the deploy differs in more than the version: it is evidence only where nothing else is known to differ.
        Standing::Judged(Verdict::Fail) if analysis.against.is_doubtful() => Finding::Held(why.clone()),
        Standing::Judged(Verdict::Fail) if matches!(analysis.what, What::Gauge { .. }) => {
            Finding::Held(format!("{}: {why}; a gauge alone is no reason to go back: a person decides", analysis.slo))
        }
        Standing::Judged(Verdict::Fail) => Finding::Over,
        Standing::Judged(Verdict::Pass) => Finding::Within,
        // Too early is neither evidence nor compliance, and time alone may not bring it.
        Standing::Judged(Verdict::Inconclusive) => {
            Finding::Early { why: format!("{}: inconclusive, {why}", name.trim_end()), until: None }
        }
        Standing::Warming(until) => Finding::Early { why: why.clone(), until: Some(*until) },
        Standing::Unanswered(why) | Standing::Unknown(why) => Finding::Unknown(why.clone()),
        Standing::Impossible(why) => Finding::Nothing(why.clone()),
    };
    let leading = analysis.leading();
    let difference = leading.and_then(|window| window.comparison).map(|comparison| comparison.difference);
    Look {
        finding,
        closeness: None,
        reading: match (&analysis.standing, difference) {
            (Standing::Judged(verdict), None) => {
                analysis.what.reading(*verdict).unwrap_or_else(|| analysis.word().to_owned())
            }
            (Standing::Judged(verdict), Some(difference)) => {
                format!("{} {}", verdict.word(), words::points(difference))
            }
            _ => analysis.word().to_owned(),
        },
        limit: String::new(),
        evidence: Evidence {
            text: format!("{} {}: {why}", analysis.service, name.trim_end()),
            query: analysis.query().cloned(),
            window: leading.map(|window| window.window).or_else(|| analysis.what.window()),
            bad: None,
            total: None,
            source: analysis.source.as_ref().map(ToString::to_string),
        },
        at: analysis.at.unwrap_or(now),
    }
}
