//! What the services did before anybody looked, as `OpenMetrics` text.

use std::fmt::Write as _;

/// Seconds between two samples.
pub(super) const STEP: i64 = 15;

/// The history of counters of requests, written series by series.
pub(super) struct History {
    /// The time of the last sample.
    pub(super) end: i64,
    text: String,
    answers: String,
    memory: String,
    orders: String,
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
        Self {
            end: now - now.rem_euclid(STEP),
            text: "# TYPE http_requests counter\n".to_owned(),
            answers: "# TYPE http_request_duration_seconds histogram\n".to_owned(),
            memory: "# TYPE process_resident_memory_bytes gauge\n".to_owned(),
            orders: "# TYPE orders counter\n".to_owned(),
        }
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

    /// Adds answers of a version since `from` seconds: 40 in each step, all but one of ten in the bucket that ends at `within`.
    pub(super) fn answers(&mut self, service: &str, version: &str, from: i64, within: &str) {
        let bounds = ["0.1", "0.15", "0.2", "0.4", "0.45", "0.5", "+Inf"];
        let place = bounds.iter().position(|bound| *bound == within).expect("a bound");
        let labels = format!(r#"service="{service}",env="production",version="{version}""#);
        let first = self.end - from - (self.end - from).rem_euclid(STEP);
        for (step, at) in (first..=self.end).step_by(15).enumerate() {
            for (index, le) in bounds.iter().enumerate() {
                let each = if index >= place { 40 } else { 4 };
                writeln!(
                    self.answers,
                    "http_request_duration_seconds_bucket{{{labels},le=\"{le}\"}} {} {at}",
                    step * each
                )
                .expect("text");
            }
            writeln!(self.answers, "http_request_duration_seconds_count{{{labels}}} {} {at}", step * 40).expect("text");
            writeln!(self.answers, "http_request_duration_seconds_sum{{{labels}}} {step} {at}").expect("text");
        }
    }

    /// Adds the memory of two pods of a version, around so many bytes, from so many seconds before the end until then.
    pub(super) fn memory(&mut self, service: &str, version: &str, (from, until): (i64, i64), bytes: i64) {
        let first = self.end - from - (self.end - from).rem_euclid(STEP);
        for pod in ["a", "b"] {
            let labels = format!(r#"service="{service}",env="production",version="{version}",pod="{pod}""#);
            for at in (first..=self.end - until).step_by(15) {
                // Up to 1 % more or less, another one at each time.
                let value = bytes + bytes * (at / STEP * 5 % 21 - 10) / 1_000;
                writeln!(self.memory, "process_resident_memory_bytes{{{labels}}} {value} {at}").expect("text");
            }
        }
    }

    /// Adds orders of a service around today and around the same time of so many weeks before: so many in each step, and `now` since `since`
    /// seconds.
    pub(super) fn orders(&mut self, service: &str, weeks: i64, each: i64, (since, now): (i64, i64)) {
        let labels = format!(r#"service="{service}",env="production""#);
        let mut value = 0;
        for week in (0..=weeks).rev() {
            let end = self.end - week * 7 * 86_400;
            for at in (end - 2 * 3_600..=end).step_by(15) {
                value += if week == 0 && at > end - since { now } else { each };
                writeln!(self.orders, "orders_total{{{labels}}} {value} {at}").expect("text");
            }
        }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        format!("{}{}{}{}# EOF\n", self.text, self.answers, self.memory, self.orders)
    }
}
