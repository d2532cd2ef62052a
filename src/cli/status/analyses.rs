//! What new versions do against those they replace, for programs; `docs/json.md` tells the shape.

use serde_json::{Value, json};

use crate::{
    cli::judge::gauges::numbers,
    domain::{
        canary::{
            against::{Against, Before},
            analysis::{Analysis, WindowAnalysis},
            before_after::Confounder,
            counts::Counts,
            needed::Needed,
            profile::Kept,
            what::What,
        },
        object::SourceName,
    },
};

/// The object of one comparison.
pub(super) fn json(analysis: &Analysis) -> Value {
    let before = match &analysis.against {
        Against::Beside => None,
        Against::Before(before) => Some(json!({
            "until": before.until,
            "window": before.reach,
            "query": &*before.query,
            "confounders": before.confounders.iter().map(Confounder::words).collect::<Vec<_>>(),
            "partial": before.partial,
            "advice": before.advice,
            "over_its_slo": before.stored.as_ref().map(|stored| stored.over.is_some()),
        })),
    };
    let needed = analysis.needed.map(|needed| match needed {
        Needed::About(more) => json!(more),
        Needed::Never => json!("never"),
    });
    let gauge = match &analysis.what {
        What::Gauge { newest: Some(look) } => Some(json!({
            "worse": look.gauged.worse.word(),
            "margin": look.gauged.rules.margin,
            "limit": look.gauged.newest.limit,
            "compared": numbers(&look.gauged.newest),
        })),
        _ => None,
    };
    json!({
        "release": analysis.release,
        "service": analysis.service,
        "environment": analysis.environment,
        "slo": analysis.slo,
        "source": analysis.source.as_ref().map(SourceName::as_str),
        "verdict": analysis.word().to_lowercase(),
        "why": analysis.why(),
        "canary": analysis.canary,
        "baseline": analysis.baseline,
        "what": match analysis.what {
            What::Events => "events",
            What::Latency { .. } => "latency",
            What::Business { .. } => "business",
            What::Gauge { .. } => "gauge",
        },
        "measured": analysis.what.told(),
        "gauge": gauge,
        "query": analysis.query().map(|query| &**query),
        "against": match &analysis.against {
            Against::Beside => "beside",
            Against::Before(Before { stored: Some(_), .. }) => "profile",
            Against::Before(_) => "before",
        },
        "before": before,
        "profile": analysis.profile.map(|Kept { counts, from, until }| {
            json!({"from": from, "until": until, "bad": counts.bad(), "total": counts.total(), "share": counts.share()})
        }),
        "worse_in_a_row": analysis.worse_in_a_row,
        "needed": needed,
        "windows": analysis.windows.iter().map(window).collect::<Vec<_>>(),
        "at": analysis.at,
    })
}

fn window(one: &WindowAnalysis) -> Value {
    let of = |counts: Counts| json!({"bad": counts.bad(), "total": counts.total(), "share": counts.share()});
    json!({
        "window": one.window,
        "canary": of(one.canary),
        "baseline": of(one.baseline),
        "p": one.comparison.map(|compared| compared.p),
        "difference": one.comparison.map(|compared| compared.difference),
        "interval": one.comparison.map(|compared| json!({"low": compared.interval.0, "high": compared.interval.1, "confidence": 0.95})),
        "query": &*one.query,
    })
}
