//! How long to leave alone what has just failed.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// The first pause is at most this long, so that a single failure does not hide a slow feed for minutes.
const FIRST: Duration = Duration::from_secs(5);
/// Pauses double up to this, before jitter.
const LONGEST: Duration = Duration::from_mins(1);

/// Growing pauses with jitter: each is the doubled one before it, plus up to as much again at random, so that many
/// consoles do not come back together.
#[derive(Debug)]
pub struct Backoff {
    delays: ExponentialBackoff,
}

impl Backoff {
    /// Pauses for something that is asked every `interval`: the first is the interval, but between 1 and 5 seconds.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        let first = interval.clamp(Duration::from_secs(1), FIRST);
        let delays = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(LONGEST)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter()
            .build();
        Self { delays }
    }

    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        self.delays.next().unwrap_or(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_jitter_and_stay_below_two_minutes() {
        let mut backoff = Backoff::new(Duration::from_secs(15));
        let pauses: Vec<f64> = (0..12).map(|_| backoff.next_pause().as_secs_f64()).collect();
        for (pause, least) in pauses.iter().zip([5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0])
        {
            assert!((least..=2.0 * least).contains(pause), "{pauses:?}");
        }
    }

    #[test]
    fn a_busy_feed_is_asked_again_soon_but_not_at_once() {
        let pause = Backoff::new(Duration::from_millis(100)).next_pause();
        assert!((1.0..=2.0).contains(&pause.as_secs_f64()), "{pause:?}");
    }
}
