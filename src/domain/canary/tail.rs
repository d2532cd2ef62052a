//! The tail of a discrete distribution that rises to one mode and falls from it, known only by the ratio of neighbouring weights.
//!
//! Weights are taken relative to the mode and divided by their sum, so that no factorial and no logarithm of one is ever formed: what
//! would cancel is not there to begin with, and a p-value of a table of millions is right in its twelfth digit.

/// Weights below this share of what was summed already do not matter: at nine standard deviations the rest is far below 1e-15.
const NEGLIGIBLE: f64 = 1e-22;

/// P(X >= `from`) where X lies between `low` and `high` and its weights are highest at `mode`. `ratio(k)` is the weight of k + 1 over
/// the weight of k.
pub(super) fn upper(from: u64, (low, high): (u64, u64), mode: u64, ratio: impl Fn(u64) -> f64) -> f64 {
    if from <= low {
        return 1.0;
    }
    if from > high {
        return 0.0;
    }
    let mode = mode.clamp(low, high);
    let mut all = 1.0;
    let mut tail = if mode >= from { 1.0 } else { 0.0 };
    let mut weight = 1.0;
    for k in mode..high {
        weight *= ratio(k);
        all += weight;
        if k + 1 >= from {
            tail += weight;
            if weight <= tail * NEGLIGIBLE {
                break;
            }
        }
        if weight == 0.0 {
            break;
        }
    }
    weight = 1.0;
    for k in (low..mode).rev() {
        weight /= ratio(k);
        all += weight;
        if k >= from {
            tail += weight;
        }
        if weight <= all * NEGLIGIBLE {
            break;
        }
    }
    (tail / all).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Throws of a coin: weights are binomial coefficients.
    fn heads(from: u64, throws: u64) -> f64 {
        upper(from, (0, throws), throws / 2, |k| (throws - k) as f64 / (k + 1) as f64)
    }

    #[test]
    fn both_tails_and_the_ends_are_those_of_a_coin() {
        for (from, expected) in [(0, 1.0), (1, 1023.0 / 1024.0), (5, 638.0 / 1024.0), (8, 56.0 / 1024.0), (11, 0.0)] {
            assert!((heads(from, 10) - expected).abs() < 1e-15, "{from}");
        }
    }

    #[test]
    fn a_tail_far_out_is_small_and_not_zero() {
        assert!((heads(1_000, 1_000).ln() + 1_000.0 * 2_f64.ln()).abs() < 1e-9);
    }
}
