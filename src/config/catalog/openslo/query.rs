//! Queries of `OpenSLO` files as expressions over a window.
//!
//! `OpenSLO` does not say how a window gets into a query. Counters are taken as they are and increased over the window; expressions
//! that name their window as `$window`, or `{{.window}}` as Sloth does, are kept.

use promql_parser::parser::{self, Expr, token};

/// How a window may be written.
const WINDOWS: [&str; 4] = ["$window", "${window}", "{{.window}}", "{{ .window }}"];

/// Checks that `query` is `PromQL`, whatever window it names.
///
/// # Errors
/// What is wrong.
pub(super) fn check(query: &str) -> Result<(), String> {
    parse(query).map(|_| ())
}

fn parse(query: &str) -> Result<Expr, String> {
    let plain = WINDOWS.iter().fold(query.to_owned(), |text, window| text.replace(window, "5m"));
    parser::parse(&plain).map_err(|error| format!("not PromQL: {}", error.lines().next().unwrap_or_default()))
}

/// The events that `query` counts, over `$window`: a selector of counters, or an expression that says `$window`.
///
/// # Errors
/// Why not, as the end of "a query that …".
pub(super) fn over_window(query: &str) -> Result<String, String> {
    let expression = parse(query)?;
    if WINDOWS.iter().any(|window| query.contains(window)) {
        let text = WINDOWS.iter().fold(query.to_owned(), |text, window| text.replace(window, "$window"));
        return Ok(increased(&text));
    }
    match counters(&expression) {
        Some(selector) => Ok(selector),
        None => sum(&expression),
    }
}

/// The selector, when the expression is one or the sum of one: warroom sums and increases counters itself.
fn counters(expression: &Expr) -> Option<String> {
    match expression {
        Expr::VectorSelector(selector) if selector.offset.is_none() && selector.at.is_none() => {
            Some(selector.to_string())
        }
        Expr::Paren(inner) => counters(&inner.expr),
        Expr::Aggregate(aggregate) if aggregate.op.id() == token::T_SUM => counters(&aggregate.expr),
        _ => None,
    }
}

/// Sums and differences of counters.
fn sum(expression: &Expr) -> Result<String, String> {
    if let Some(selector) = counters(expression) {
        return Ok(format!("sum(increase({selector}[$window]))"));
    }
    match expression {
        Expr::Paren(inner) => sum(&inner.expr),
        Expr::Binary(binary) if [token::T_ADD, token::T_SUB].contains(&binary.op.id()) => {
            let sign = if binary.op.id() == token::T_ADD { "+" } else { "-" };
            Ok(format!("{} {sign} ({})", sum(&binary.lhs)?, sum(&binary.rhs)?))
        }
        other if has_window(other) => Err("has a window of its own instead of [$window]".to_owned()),
        _ => Err("is neither a sum of counters nor says [$window]".to_owned()),
    }
}

/// Whether a range is written into the expression.
fn has_window(expression: &Expr) -> bool {
    match expression {
        Expr::MatrixSelector(_) | Expr::Subquery(_) => true,
        Expr::Call(call) => call.args.args.iter().any(|argument| has_window(argument)),
        Expr::Aggregate(aggregate) => has_window(&aggregate.expr),
        Expr::Paren(inner) => has_window(&inner.expr),
        Expr::Binary(binary) => has_window(&binary.lhs) || has_window(&binary.rhs),
        _ => false,
    }
}

/// `rate` counts by the second; events are wanted, and their ratio is the same.
fn increased(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("rate(") {
        let (before, tail) = rest.split_at(at);
        let whole_word = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':');
        out.push_str(before);
        out.push_str(if whole_word { "increase(" } else { "rate(" });
        rest = tail.get("rate(".len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_become_events_over_a_window() {
        for (query, events) in [
            ("http_requests_total{code=\"500\"}", "http_requests_total{code=\"500\"}"),
            ("sum(http_requests_total)", "http_requests_total"),
            ("sum by (code) (http_requests_total)", "http_requests_total"),
            ("sum(rate(x{a=\"b\"}[{{.window}}]))", "sum(increase(x{a=\"b\"}[$window]))"),
            ("sum(increase(x[$window]))", "sum(increase(x[$window]))"),
            ("sum(a) - sum(b)", "sum(increase(a[$window])) - (sum(increase(b[$window])))"),
        ] {
            assert_eq!(over_window(query).as_deref(), Ok(events), "{query}");
        }
        for query in ["sum(rate(x[5m]))", "avg(x)", "x / y", "sum(x"] {
            assert!(over_window(query).is_err(), "{query} was taken");
        }
    }
}
