//! The one clock of a console: the real one, or the demo's, which may run faster.

use std::{str::FromStr, time::Instant};

use chrono::{SecondsFormat, Utc};

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

    /// What another process needs to tell the same time; `None` for the computer's clock.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        let origin = self.origin?;
        let instant = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Some(format!("{},{},{}", instant(self.now()), instant(Utc::now()), origin.speed))
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

    /// What this clock counted since `started`.
    #[must_use]
    pub fn since(&self, started: Instant) -> Span {
        let millis = started.elapsed().as_secs_f64() * self.speed() * 1_000.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no run lasts 290 million years")]
        Span::from_millis(millis as u64)
    }

    /// Waits for `span` of this clock.
    pub async fn sleep(&self, span: Span) {
        tokio::time::sleep(self.real_duration(span)).await;
    }
}

/// That is no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a clock is what it shows, when it showed that, and its speed: AT,WHEN,SPEED")]
pub struct NoClock;

impl FromStr for Clock {
    type Err = NoClock;

    /// Reads what [`Clock::written`] wrote.
    fn from_str(text: &str) -> Result<Self, NoClock> {
        let mut parts = text.split(',');
        let mut next = || parts.next().ok_or(NoClock);
        let instant = |text: &str| text.parse::<Timestamp>().map_err(|_| NoClock);
        let (shown, when) = (instant(next()?)?, instant(next()?)?);
        let speed = next()?.parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed > 0.0).ok_or(NoClock)?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "hours of a demo")]
        let since = ((Utc::now() - when).num_milliseconds() as f64 * speed) as i64;
        Ok(Self::running_from(shown + chrono::TimeDelta::milliseconds(since), speed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_tells_the_time_of_a_fast_clock() {
        let clock = Clock::running_from("2026-11-21T13:00:00Z".parse().expect("a time"), 20.0);
        let other: Clock = clock.written().expect("not the computer's").parse().expect("a clock");
        let apart = (other.now() - clock.now()).num_milliseconds().abs();
        assert!(apart < 20_000, "less than a second apart in real life: {apart} ms");
        assert_eq!((other.speed().to_string(), Clock::real().written()), ("20".to_owned(), None));
        for wrong in ["", "now", "2026-11-21T13:00:00Z,2026-11-21T13:00:00Z,0"] {
            assert_eq!(wrong.parse::<Clock>().err(), Some(NoClock), "{wrong}");
        }
    }
}
