//! The one clock of a console: the real one, or the demo's, which may run faster.

use std::time::Instant;

use chrono::Utc;

use crate::domain::time::{Span, Timestamp};

/// Tells the time and waits. Clones tell the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Option<Origin>,
}

#[derive(Clone, Copy, Debug)]
struct Origin {
    at: Timestamp,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub const fn real() -> Self {
        Self { origin: None }
    }

    /// A clock that shows `at` now and runs `speed` times as fast as the real one.
    #[must_use]
    pub fn running_from(at: Timestamp, speed: f64) -> Self {
        Self { origin: Some(Origin { at, started: Instant::now(), speed }) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.origin.map_or_else(Utc::now, |origin| {
            let millis = origin.started.elapsed().as_secs_f64() * origin.speed * 1_000.0;
            #[expect(clippy::cast_possible_truncation, reason = "a demo does not run for 290 million years")]
            let millis = millis as i64;
            origin.at + chrono::TimeDelta::milliseconds(millis)
        })
    }

    /// How many times faster than the real one it runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.origin.map_or(1.0, |origin| origin.speed)
    }

    /// The real time that `span` of this clock takes.
    #[must_use]
    pub fn real_duration(&self, span: Span) -> std::time::Duration {
        span.duration().div_f64(self.speed())
    }

    /// Waits for `span` of this clock.
    pub async fn sleep(&self, span: Span) {
        tokio::time::sleep(self.real_duration(span)).await;
    }
}
