//! Samples of a gauge, judged once.

use serde_json::{Value, json};

use super::Judged;
use crate::{
    cli::output,
    domain::canary::{
        gauge::{GaugeComparison, GaugeRules, compare},
        mann_whitney::Method,
        median::Median,
        needed::Needed,
        words,
    },
};

/// Judges samples; `None` where a side has none.
pub(super) fn judge(canary: &[f64], baseline: &[f64], margin: Option<f64>) -> Option<Judged> {
    let usual = GaugeRules::default();
    let rules = GaugeRules { margin: margin.unwrap_or(usual.margin), ..usual };
    let compared = compare(canary, baseline, &rules)?;
    Some(Judged { verdict: compared.verdict, text: text(&compared, &rules), json: document(&compared, &rules) })
}

fn text(compared: &GaugeComparison, rules: &GaugeRules) -> String {
    let mut text = String::new();
    let needs =
        compared.needed.map_or_else(String::new, |needed| format!(": {}", words::needs(needed, "samples of each")));
    output::line(&mut text, format_args!("{}{needs}", compared.verdict.word()));
    let mut row = |name: &str, words: &str| output::line(&mut text, format_args!("  {name:12} {words}"));
    row("canary", &side(compared.canary));
    row("baseline", &side(compared.baseline));
    row("difference", &words::three(compared.difference));
    let between = compared.interval.map_or_else(
        || "not known from so few samples".to_owned(),
        |(low, high)| format!("{} and {}  (order statistics)", words::three(low), words::three(high)),
    );
    row("95 % between", &between);
    let method = match compared.test.method {
        Method::Exact => "exact",
        Method::Normal => "normal, corrected for ties",
    };
    row("p", &format!("{}  (Mann-Whitney, {method}: are the canary's values higher?)", words::p(compared.test.p)));
    let rule = format!(
        "fails where p < {} and the median is higher by at least {} ({} of the baseline's); passes where the interval ends below that",
        rules.alpha,
        words::three(compared.limit),
        words::share(rules.margin),
    );
    row("rule", &rule);
    text
}

fn side(median: Median) -> String {
    format!("median {} of {} samples", words::three(median.value), words::count(median.values as u64))
}

fn document(compared: &GaugeComparison, rules: &GaugeRules) -> Value {
    let mut document = json!({
        "version": 1,
        "kind": "gauge",
        "verdict": compared.verdict.name(),
        "exit_code": super::exit(compared.verdict).code(),
        "samples_needed": super::more(compared.needed),
        "undecidable": compared.needed == Some(Needed::Never),
        "rules": {"alpha": rules.alpha, "least_difference": compared.limit, "margin": rules.margin},
    });
    if let (Value::Object(document), Value::Object(numbers)) = (&mut document, numbers(compared)) {
        document.extend(numbers);
    }
    document
}

/// What was compared and what came out, for programs.
pub(in crate::cli) fn numbers(compared: &GaugeComparison) -> Value {
    let between = |interval: Option<(f64, f64)>, confidence: f64| {
        interval.map(|(low, high)| json!({"low": low, "high": high, "confidence": confidence}))
    };
    let of = |median: Median| json!({"samples": median.values, "median": median.value, "interval": between(median.interval, 0.975)});
    json!({
        "canary": of(compared.canary),
        "baseline": of(compared.baseline),
        "u": compared.test.u,
        "p": compared.test.p,
        "method": compared.test.method,
        "difference": compared.difference,
        "interval": between(compared.interval, 0.95),
    })
}
