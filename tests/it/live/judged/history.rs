//! What the services did before anybody looked, as `OpenMetrics` text.

use std::fmt::Write as _;

/// Seconds between two samples.
pub(super) const STEP: i64 = 15;

/// The history of counters of requests, written series by series.
pub(super) struct History {
    /// The time of the last sample.
    pub(super) end: i64,
    text: String,
}

/// Requests of each step of one version of one service.
pub(super) struct Requests<'a> {
    /// The service.
    pub(super) service: &'a str,
    /// Its version; empty where its series do not say.
    pub(super) version: &'a str,
    /// From when, in seconds before the end.
    pub(super) from: i64,
    /// Until when, likewise.
    pub(super) until: i64,
    /// Good requests in 20 steps.
    pub(super) good: i64,
    /// Bad requests in 20 steps.
    pub(super) bad: i64,
}

impl History {
    /// One that ends at `now`.
    pub(super) fn until(now: i64) -> Self {
        Self { end: now - now.rem_euclid(STEP), text: "# TYPE http_requests counter\n".to_owned() }
    }

    /// Adds requests.
    pub(super) fn requests(&mut self, requests: &Requests<'_>) {
        let Requests { service, version, from, until, good, bad } = requests;
        let version = if version.is_empty() { String::new() } else { format!(r#",version="{version}""#) };
        for (code, each) in [("200", good), ("500", bad)].into_iter().filter(|(_, each)| **each > 0) {
            let first = self.end - from - (self.end - from).rem_euclid(STEP);
            for (index, at) in (first..=self.end - until).step_by(15).enumerate() {
                let value = i64::try_from(index).expect("small") * each / 20;
                let labels = format!(r#"service="{service}",env="production"{version},code="{code}""#);
                writeln!(self.text, "http_requests_total{{{labels}}} {value} {at}").expect("text");
            }
        }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        format!("{}# EOF\n", self.text)
    }
}
