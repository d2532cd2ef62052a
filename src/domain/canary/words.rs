//! How the numbers of a comparison are written for people.

use super::{needed::Needed, rules::Rules};

/// A number of events: `10,000`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent, with three digits that mean something: `1.80 %`, `0.0124 %`.
#[must_use]
pub fn share(share: f64) -> String {
    format!("{} %", three(share * 100.0))
}

/// A difference of shares in percentage points, always with its sign: `+1.68 pp`.
#[must_use]
pub fn points(difference: f64) -> String {
    let points = difference * 100.0;
    format!("{}{} pp", if points < 0.0 { "-" } else { "+" }, three(points.abs()))
}

/// A p-value: `0.034`, `2.1e-7`.
#[must_use]
pub fn p(value: f64) -> String {
    if value < 1e-300 {
        "<1e-300".to_owned()
    } else if value < 0.001 {
        format!("{value:.1e}")
    } else {
        three(value)
    }
}

/// Three digits that mean something, and no exponent above a millionth.
#[must_use]
pub fn three(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if size >= 99.95 {
        format!("{number:.0}")
    } else if size >= 9.995 {
        format!("{number:.1}")
    } else if size >= 0.0995 {
        format!("{number:.2}")
    } else if size >= 0.000_995 {
        format!("{number:.4}")
    } else {
        format!("{number:.1e}")
    }
}

/// A value of a gauge, whatever its unit, in thousands, millions and so on: `524 M`.
#[must_use]
pub fn quantity(number: f64) -> String {
    let size = number.abs();
    let unit = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")].into_iter().find(|(unit, _)| size >= *unit);
    match unit {
        Some((unit, letter)) => format!("{} {letter}", three(number / unit)),
        None => three(number),
    }
}

/// A difference of a gauge, always with its sign: `+154 M`.
#[must_use]
pub fn change(difference: f64) -> String {
    format!("{}{}", if difference < 0.0 { "-" } else { "+" }, quantity(difference.abs()))
}

/// What is still needed: `needs about 380 more requests`.
#[must_use]
pub fn needs(needed: Needed, of: &str) -> String {
    match needed {
        Needed::About(more) => format!("needs about {} more {of}", count(more)),
        Needed::Never => format!(
            "no number of {of} decides this: the difference is over the margin, but less than what fails; a person has to"
        ),
    }
}

/// The rules in a line: what fails and what passes.
#[must_use]
pub fn rules(rules: &Rules, least: f64) -> String {
    let looks = if rules.in_a_row > 1 { format!(" in {} evaluations in a row", rules.in_a_row) } else { String::new() };
    format!(
        "fails where p < {}{looks} and the difference is at least {}; passes where the interval ends below {}",
        rules.alpha,
        points(least),
        points(rules.margin)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_nothing_small_is_written_as_nothing() {
        assert_eq!([count(7), count(999), count(10_000), count(1_234_567)], ["7", "999", "10,000", "1,234,567"]);
        assert_eq!([share(0.018), share(0.000_12), share(0.0), share(1.0)], ["1.80 %", "0.0120 %", "0 %", "100 %"]);
        assert_eq!([points(0.0168), points(-0.25), points(0.0)], ["+1.68 pp", "-25.0 pp", "+0 pp"]);
        assert_eq!([quantity(524_288_000.0), quantity(0.25), quantity(-1_500.0)], ["524 M", "0.25", "-1.50 k"]);
        assert_eq!([change(3.0), change(-2e9), change(0.0)], ["+3.00", "-2.00 G", "+0"]);
        assert_eq!([p(0.034), p(2.06e-7), p(1.0), p(0.0)], ["0.0340", "2.1e-7", "1.00", "<1e-300"]);
    }
}
