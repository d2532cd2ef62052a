//! Counts, judged once.

use serde_json::{Value, json};

use super::Judged;
use crate::{
    cli::output,
    domain::canary::{
        compare::Comparison,
        counts::Counts,
        needed::{Needed, needed},
        rules::{Rules, Verdict},
        words,
    },
};

/// Judges `canary` against `baseline`. A side without events is inconclusive: there is nothing to compare.
pub(super) fn judge(canary: Counts, baseline: Counts, margin: Option<f64>) -> Judged {
    let usual = Rules::default().once();
    let rules = Rules { margin: margin.unwrap_or(usual.margin), ..usual };
    let comparison = Comparison::of(canary, baseline);
    let finding = comparison.map(|comparison| comparison.finding(&rules));
    let verdict = finding.map_or(Verdict::Inconclusive, |finding| Verdict::of(finding, 1, &rules));
    let needed = if verdict == Verdict::Inconclusive { needed(canary, baseline, &rules) } else { None };
    Judged {
        verdict,
        text: text(verdict, (canary, baseline), comparison, needed, &rules),
        json: document(verdict, (canary, baseline), comparison, needed, &rules),
    }
}

fn text(
    verdict: Verdict,
    (canary, baseline): (Counts, Counts),
    comparison: Option<Comparison>,
    needed: Option<Needed>,
    rules: &Rules,
) -> String {
    let mut text = String::new();
    let needs = match (verdict, needed, baseline.total()) {
        (Verdict::Inconclusive, _, 0) => ": the baseline has no requests".to_owned(),
        (_, Some(needed), _) => format!(": {}", words::needs(needed, "requests")),
        _ => String::new(),
    };
    output::line(&mut text, format_args!("{}{needs}", verdict.word()));
    let mut row = |name: &str, words: &str| output::line(&mut text, format_args!("  {name:12} {words}"));
    row("canary", &side(canary));
    row("baseline", &side(baseline));
    if let Some(Comparison { p, difference, interval, .. }) = comparison {
        row("difference", &words::points(difference));
        row("95 % between", &format!("{} and {}  (Newcombe)", words::points(interval.0), words::points(interval.1)));
        row("p", &format!("{}  (Fisher's exact test: is the canary worse?)", words::p(p)));
    }
    row("rule", &words::rules(rules, comparison.map_or(rules.least, |comparison| comparison.least(rules))));
    text
}

fn side(counts: Counts) -> String {
    let share = counts.share().map_or_else(|| "no requests".to_owned(), words::share);
    format!("{} bad of {}  {share}", words::count(counts.bad()), words::count(counts.total()))
}

fn document(
    verdict: Verdict,
    (canary, baseline): (Counts, Counts),
    comparison: Option<Comparison>,
    needed: Option<Needed>,
    rules: &Rules,
) -> Value {
    let of = |counts: Counts| json!({"bad": counts.bad(), "total": counts.total(), "share": counts.share()});
    json!({
        "version": 1,
        "kind": "counts",
        "verdict": verdict.name(),
        "exit_code": super::exit(verdict).code(),
        "canary": of(canary),
        "baseline": of(baseline),
        "p": comparison.map(|comparison| comparison.p),
        "difference": comparison.map(|comparison| comparison.difference),
        "interval": comparison.map(|comparison| json!({"low": comparison.interval.0, "high": comparison.interval.1, "confidence": 0.95})),
        "requests_needed": super::more(needed),
        "undecidable": needed == Some(Needed::Never),
        "rules": {
            "alpha": rules.alpha,
            "least_difference": comparison.map_or(rules.least, |comparison| comparison.least(rules)),
            "margin": rules.margin,
        },
    })
}
