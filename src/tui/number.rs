//! Numbers for people: with a unit, and `?` where there is none to show.

/// What stands for a number that is not known.
pub(crate) const UNKNOWN: &str = "?";

/// A burn rate: `15.1x`; small ones keep two digits, so that a little is not nothing.
#[must_use]
pub(crate) fn burn(rate: Option<f64>) -> String {
    match rate {
        Some(rate) if rate.is_finite() => format!("{}x", short(rate)),
        _ => UNKNOWN.to_owned(),
    }
}

/// A share of 1 in percent: `41 %`, `1.51 %`, `0.014 %`.
#[must_use]
pub(crate) fn percent(share: Option<f64>) -> String {
    match share {
        Some(share) if share.is_finite() => format!("{} %", digits(share * 100.0)),
        _ => UNKNOWN.to_owned(),
    }
}

/// A share of 1 in whole percent, one digit below ten: for budgets.
#[must_use]
pub(crate) fn whole_percent(share: Option<f64>) -> String {
    match share {
        Some(share) if share.is_finite() => {
            let percent = share * 100.0;
            // 99.97 % left is not all of it, and 0.03 % is not nothing.
            if percent > 99.0 && percent < 100.0 {
                format!("{:.1} %", (percent * 10.0).floor() / 10.0)
            } else if percent.abs() < 9.95 && percent != 0.0 {
                format!("{percent:.1} %")
            } else {
                format!("{percent:.0} %")
            }
        }
        _ => UNKNOWN.to_owned(),
    }
}

/// A plain number with three digits: `1.51`, `23.4`, `201`, `1.2k`.
#[must_use]
pub(crate) fn digits(value: f64) -> String {
    let size = value.abs();
    if size >= 1e9 {
        format!("{value:.1e}")
    } else if size >= 1e6 {
        format!("{:.1}M", value / 1e6)
    } else if size >= 1e4 {
        format!("{:.1}k", value / 1e3)
    } else if size >= 99.95 {
        format!("{value:.0}")
    } else if size >= 9.995 {
        format!("{value:.1}")
    } else if size >= 0.095 {
        format!("{value:.2}")
    } else if size >= 0.000_95 {
        format!("{value:.3}")
    } else if size == 0.0 {
        "0".to_owned()
    } else {
        format!("{value:.0e}")
    }
}

fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        format!("{value:.0e}")
    } else if size >= 99.95 {
        format!("{value:.0}")
    } else if size >= 0.095 {
        format!("{value:.1}")
    } else if size >= 0.005 {
        format!("{value:.2}")
    } else if size == 0.0 {
        "0".to_owned()
    } else {
        "<0.01".to_owned()
    }
}

/// An objective as people write it: `99.9`, `99.95`.
#[must_use]
pub(crate) fn objective(percent: f64) -> String {
    let text = format!("{percent:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_a_question_mark() {
        for value in [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
            assert_eq!(burn(value), "?");
            assert_eq!(percent(value), "?");
            assert_eq!(whole_percent(value), "?");
        }
    }

    #[test]
    fn numbers_have_units_and_a_little_is_not_nothing() {
        assert_eq!(burn(Some(15.13)), "15.1x");
        assert_eq!(burn(Some(1_234.5)), "1234x");
        assert_eq!(burn(Some(0.03)), "0.03x");
        assert_eq!(burn(Some(0.0001)), "<0.01x");
        assert_eq!(burn(Some(0.0)), "0x");
        assert_eq!(percent(Some(0.0151)), "1.51 %");
        assert_eq!(percent(Some(0.4)), "40.0 %");
        assert_eq!(percent(Some(0.000_144)), "0.014 %");
        assert_eq!(whole_percent(Some(0.41)), "41 %");
        assert_eq!(whole_percent(Some(-0.123)), "-12 %");
        assert_eq!(whole_percent(Some(0.9997)), "99.9 %");
        assert_eq!(whole_percent(Some(0.004)), "0.4 %");
        assert_eq!(objective(99.95), "99.95");
        assert_eq!(objective(99.0), "99");
    }
}
