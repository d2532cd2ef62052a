//! How the numbers of an SLO are written for people.

/// A burn rate or a factor: `14.4x`, `0.4x`, `1000x`.
#[must_use]
pub fn times(rate: f64) -> String {
    // Whole factors of rules are written without a fraction in warnings, measured ones keep one digit.
    if rate.abs() >= 100.0 { format!("{rate:.0}x") } else { format!("{rate:.1}x") }
}

/// A share as whole percent: `12 %`; under one percent but not zero: `<1 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 { "<1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// A number of events. `increase()` extrapolates, so a fraction means something only below ten.
#[must_use]
pub fn events(count: f64) -> String {
    if count >= 10.0 {
        return format!("{count:.0}");
    }
    let text = format!("{count:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number from outside that cannot be true, short however large it is.
#[must_use]
pub fn odd(number: f64) -> String {
    if number == 0.0 || (1e-3..1e9).contains(&number.abs()) { format!("{number}") } else { format!("{number:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_they_deserve() {
        assert_eq!([times(14.4), times(0.0), times(1000.0)], ["14.4x", "0.0x", "1000x"]);
        assert_eq!([percent(0.12), percent(0.002), percent(0.0), percent(-1.4)], ["12 %", "<1 %", "0 %", "-140 %"]);
        assert_eq!([events(0.144), events(3.0), events(1_234.6), events(0.0)], ["0.14", "3", "1235", "0"]);
        assert_eq!([odd(-5.0), odd(1e300), odd(f64::NAN)], ["-5", "1.00e300", "NaN"]);
    }
}
