//! `timeWindow`.

use chrono::{Datelike, NaiveDateTime, Timelike, Weekday};
use chrono_tz::Tz;

use super::{Object, Reader};
use crate::{
    config::{diagnostic::Diagnostic, document::Node, form},
    domain::slo::definition::{CalendarUnit, Period},
};

impl Reader<'_> {
    /// The period of an SLO: its one time window.
    pub(super) fn openslo_period(&mut self, object: &Object, spec: &Node) -> Option<Period> {
        let windows = spec.get("timeWindow").map_or(&[][..], Node::items);
        let [window] = windows else {
            let problem =
                if windows.is_empty() { "`timeWindow` is missing" } else { "there is more than one time window" };
            let at = spec.get("timeWindow").unwrap_or(spec);
            self.report.push(object.error(at, problem).expected("a list of exactly one time window"));
            return None;
        };
        self.unknown_keys(object, window, &["duration", "isRolling", "calendar"]);
        let Some(duration) = window.get("duration") else {
            self.report.push(object.error(window, "`duration` is missing").expected("a duration such as 30d, or 1M"));
            return None;
        };
        let text = duration.text().unwrap_or_default();
        let rolling =
            window.get("isRolling").is_none_or(|node| node.value == crate::config::document::Value::Bool(true));
        if rolling && window.get("calendar").is_none() {
            return self.rolling(object, duration, text);
        }
        self.calendar(object, window, duration, text)
    }

    fn rolling(&mut self, object: &Object, node: &Node, text: &str) -> Option<Period> {
        if text.ends_with(['M', 'Q', 'Y']) {
            let diagnostic = object.unsupported(node, "a rolling window in months, quarters or years is");
            self.report.push(diagnostic.expected("a fixed length such as 30d"));
            return None;
        }
        match form::span(text) {
            Ok(span) => Some(Period::Rolling(span)),
            Err(flaw) => {
                self.report.push(
                    object.error(node, &flaw.problem).expected("a duration such as 30d or 4w").found(node.described()),
                );
                None
            }
        }
    }

    fn calendar(&mut self, object: &Object, window: &Node, node: &Node, text: &str) -> Option<Period> {
        let unit = match text {
            "1d" => CalendarUnit::Day,
            "1w" => CalendarUnit::Week,
            "1M" => CalendarUnit::Month,
            "1Q" => CalendarUnit::Quarter,
            "1Y" => CalendarUnit::Year,
            _ => {
                let problem = format!("a calendar window of {} is", if text.is_empty() { "no length" } else { text });
                self.report
                    .push(object.unsupported(node, &problem).expected("1d, 1w, 1M, 1Q or 1Y").nearest(text, ["1M"]));
                return None;
            }
        };
        let calendar = window.get("calendar");
        let zone = match calendar.and_then(|calendar| calendar.get("timeZone")) {
            None => Some(Tz::UTC),
            Some(node) => {
                let zone = node.text().and_then(|text| text.parse().ok());
                if zone.is_none() {
                    let flaw = form::check("zone", node.text().unwrap_or_default()).err().unwrap_or_default();
                    let mut diagnostic =
                        object.error(node, &flaw.problem).expected("a time zone such as Europe/Berlin");
                    diagnostic.nearest = flaw.nearest;
                    self.report.push(diagnostic);
                }
                zone
            }
        };
        if let Some(start) = calendar.and_then(|calendar| calendar.get("startTime")) {
            self.start(object, start, unit);
        }
        Some(Period::Calendar { unit, zone: zone? })
    }

    /// Calendar windows begin at midnight of the first day of their unit: another start is not honoured, and that is told.
    fn start(&mut self, object: &Object, node: &Node, unit: CalendarUnit) {
        let text = node.text().unwrap_or_default().trim_end_matches('Z').replace('T', " ");
        let Ok(start) = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S") else {
            let diagnostic = object.error(node, "`startTime` is not a time");
            self.report.push(diagnostic.expected("a time such as 2026-01-01 00:00:00").found(node.described()));
            return;
        };
        let midnight = start.num_seconds_from_midnight() == 0;
        let first = match unit {
            CalendarUnit::Day => true,
            CalendarUnit::Week => start.weekday() == Weekday::Mon,
            CalendarUnit::Month => start.day() == 1,
            CalendarUnit::Quarter => start.day() == 1 && start.month0() % 3 == 0,
            CalendarUnit::Year => start.day() == 1 && start.month() == 1,
        };
        if !(midnight && first) {
            let problem = format!("{}: the window does not begin where `startTime` says", object.title());
            self.report.push(
                Diagnostic::warning(&object.document, node, problem)
                    .advise("days begin at midnight, weeks on Monday, months, quarters and years on their first day"),
            );
        }
    }
}
