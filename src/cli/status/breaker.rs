//! What `status` tells of the circuit breaker: the newest countdown of each release, as the ledger has it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    app::breaker::words,
    domain::{
        breaker::{
            countdown::{Countdown, State},
            rule::Stand,
        },
        clean::clean,
        release::ReleaseId,
        time::Timestamp,
    },
    ledger::reading::Reading,
};

/// The newest countdown of each release.
pub(super) fn of(reading: &Reading) -> BTreeMap<ReleaseId, Countdown> {
    let all = reading.runs.iter().flat_map(|runs| runs.countdowns().all());
    all.map(|countdown| (countdown.release.clone(), countdown.clone())).collect()
}

/// A line for people.
pub(super) fn text(countdown: &Countdown, name: &str, now: Timestamp) -> String {
    let boxed = || Box::new(countdown.clone());
    let stand = match countdown.state.clone() {
        State::Counting => Stand::Counting { countdown: boxed() },
        State::Stopped { why, .. } => Stand::Stopped { countdown: boxed(), why },
        State::Held { who, reason, .. } => Stand::Held { countdown: boxed(), who, reason },
        State::Acted { run, .. } => Stand::Acted { countdown: boxed(), run, still: None },
    };
    let hint = format!("hold it: warroom decide {} hold --reason TEXT", countdown.release);
    let words = words(&stand, name, None, &hint, now).map(|(_, words)| words).unwrap_or_default();
    clean(&words).into_owned()
}

/// The object for programs; `docs/json.md` tells its shape.
pub(super) fn json(countdown: &Countdown) -> Value {
    let case = &countdown.case;
    let (state, who, why, run, at) = match &countdown.state {
        State::Counting => ("counting", None, None, None, countdown.at),
        State::Stopped { why, at } => ("stopped", None, Some(why), None, *at),
        State::Held { who, reason, at } => ("held", Some(who), Some(reason), None, *at),
        State::Acted { run, at } => ("acted", None, None, Some(run), *at),
    };
    json!({
        "state": state,
        "at": at,
        "event": countdown.seq,
        "trigger": case.trigger,
        "service": case.service,
        "act": case.act,
        "version": case.version,
        "evidence": case.evidence,
        "until": countdown.until,
        "by": countdown.by,
        "plan": countdown.plan,
        "who": who,
        "why": why,
        "run": run,
    })
}
