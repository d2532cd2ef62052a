//! The steps of a canary: their labels as the official plugin prints them (`CanaryStepString`), and where it is in them.

use super::{
    lenient::Scalar,
    objects::{Canary, CanaryScale, CanaryStep, Rollout},
};
use crate::domain::{
    time::Span,
    workload::{Step, StepKind, StepPosition, StepState},
};

/// The step in progress as the plugin counts it: the first one where nothing says, `None` behind the last.
pub(super) fn current<'a>(canary: &'a Canary, rollout: &Rollout) -> Option<(usize, &'a CanaryStep)> {
    let index = usize::try_from(rollout.status.current_step_index.unwrap_or(0)).unwrap_or(0);
    canary.steps.get(index).map(|step| (index, step))
}

/// Where it is, once the controller says so.
pub(super) fn position(canary: &Canary, rollout: &Rollout) -> Option<StepPosition> {
    let index = u32::try_from(rollout.status.current_step_index?).ok()?;
    let total = u32::try_from(canary.steps.len()).ok()?;
    (total > 0).then_some(StepPosition { index, total })
}

/// All steps. `stopped` says that the one in progress will not go on by itself.
pub(super) fn steps(canary: &Canary, position: Option<StepPosition>, stopped: bool) -> Vec<Step> {
    let state = |index: usize| match position.map(|at| index.cmp(&(at.index as usize))) {
        None | Some(std::cmp::Ordering::Greater) => StepState::Ahead,
        Some(std::cmp::Ordering::Less) => StepState::Done,
        Some(std::cmp::Ordering::Equal) if stopped => StepState::Failed,
        Some(std::cmp::Ordering::Equal) => StepState::Current,
    };
    let step = |(index, step)| Step { label: label(step), kind: kind(step), state: state(index) };
    canary.steps.iter().enumerate().map(step).collect()
}

fn label(step: &CanaryStep) -> String {
    if let Some(weight) = step.set_weight {
        return format!("setWeight: {weight}");
    }
    if let Some(pause) = &step.pause {
        return pause.duration.clone().into_text().map_or_else(|| "pause".to_owned(), |time| format!("pause: {time}"));
    }
    if step.experiment.is_some() {
        return "experiment".to_owned();
    }
    if step.analysis.is_some() {
        return "analysis".to_owned();
    }
    let scale = step.set_canary_scale.as_ref().and_then(scale);
    let named = [
        ("plugin", &step.plugin),
        ("setHeaderRoute", &step.set_header_route),
        ("setMirrorRoute", &step.set_mirror_route),
    ];
    let named = || named.iter().find_map(|(word, named)| named.as_ref().map(|it| format!("{word}: {}", it.name)));
    scale.or_else(named).unwrap_or_else(|| "invalid".to_owned())
}

fn scale(scale: &CanaryScale) -> Option<String> {
    match (scale.weight, scale.match_traffic_weight, scale.replicas) {
        (Some(weight), ..) => Some(format!("setCanaryScale{{weight: {weight}}}")),
        (None, true, _) => Some("setCanaryScale{matchTrafficWeight: true}".to_owned()),
        (None, false, Some(replicas)) => Some(format!("setCanaryScale{{replicas: {replicas}}}")),
        (None, false, None) => None,
    }
}

impl Rollout {
    /// Whether experiments may belong to it.
    pub(crate) fn has_experiments(&self) -> bool {
        self.has_step(StepKind::Experiment)
    }

    /// Whether analysis runs may belong to it.
    pub(crate) fn has_analyses(&self) -> bool {
        self.has_step(StepKind::Analysis) || super::analyses::told(self).next().is_some()
    }

    fn has_step(&self, wanted: StepKind) -> bool {
        let canary = self.spec.strategy.canary.as_ref();
        canary.is_some_and(|canary| canary.steps.iter().any(|step| kind(step) == wanted))
    }
}

/// What a step does.
pub(super) const fn kind(step: &CanaryStep) -> StepKind {
    if step.set_weight.is_some() {
        StepKind::SetWeight
    } else if step.pause.is_some() {
        StepKind::Pause
    } else if step.experiment.is_some() {
        StepKind::Experiment
    } else if step.analysis.is_some() {
        StepKind::Analysis
    } else if step.set_canary_scale.is_some() {
        StepKind::Scale
    } else if step.plugin.is_some() {
        StepKind::Plugin
    } else if step.set_header_route.is_some() || step.set_mirror_route.is_some() {
        StepKind::Route
    } else {
        StepKind::Other
    }
}

/// How long a pause lasts: a number is seconds, with or without quotes, and text is a Go duration. `None` waits for a person.
pub(super) fn pause_length(duration: &Scalar) -> Option<Span> {
    if let Some(seconds) = duration.whole() {
        return Some(Span::from_secs(u64::try_from(seconds).unwrap_or(0)));
    }
    match duration {
        Scalar::Text(text) => Some(go_duration(text).unwrap_or_default()),
        Scalar::Nothing | Scalar::Flag(_) | Scalar::Whole(_) | Scalar::Real(_) => None,
    }
}

/// Reads `1h30m`, `1.5h`, `90s`, `500ms` (Go's `time.ParseDuration`, without signs).
fn go_duration(text: &str) -> Option<Span> {
    let mut rest = text.trim();
    let mut millis = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, next) = tail.split_at_checked(letters)?;
        let size = match unit {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1_000.0,
            "ms" => 1.0,
            "us" | "µs" | "μs" => 1e-3,
            "ns" => 1e-6,
            _ => return None,
        };
        millis += number.parse::<f64>().ok()? * size;
        rest = next;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates; no sign was read")]
    let millis = millis as u64;
    Some(Span::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_labelled_as_the_plugin_labels_it() {
        for (step, expected) in [
            (json!({"setWeight": 0}), "setWeight: 0"),
            (json!({"pause": {}}), "pause"),
            (json!({"pause": {"duration": 10}}), "pause: 10"),
            (json!({"pause": {"duration": "1h30m"}}), "pause: 1h30m"),
            (json!({"setCanaryScale": {"weight": 20, "replicas": 5}}), "setCanaryScale{weight: 20}"),
            (json!({"setCanaryScale": {"replicas": 5}}), "setCanaryScale{replicas: 5}"),
            (json!({"setCanaryScale": {}}), "invalid"),
            (json!({"plugin": {"name": "step/hook"}}), "plugin: step/hook"),
            (json!({"setHeaderRoute": {"name": "beta"}}), "setHeaderRoute: beta"),
            (json!({"somethingNew": {}}), "invalid"),
            (json!({}), "invalid"),
        ] {
            let read: CanaryStep = serde_json::from_value(step.clone()).expect("lenient");
            assert_eq!(label(&read), expected, "{step}");
        }
    }

    #[test]
    fn the_step_at_the_end_is_behind_the_last() {
        let canary: Canary =
            serde_json::from_value(json!({"steps": [{"setWeight": 5}, {"pause": {}}]})).expect("lenient");
        let at = |index| Some(StepPosition { index, total: 2 });
        let states = |at, stopped| steps(&canary, at, stopped).iter().map(|step| step.state).collect::<Vec<_>>();
        assert_eq!(states(at(0), false), [StepState::Current, StepState::Ahead]);
        assert_eq!(states(at(1), true), [StepState::Done, StepState::Failed]);
        assert_eq!(states(at(2), false), [StepState::Done, StepState::Done]);
        assert_eq!(states(None, false), [StepState::Ahead, StepState::Ahead]);
    }

    #[test]
    fn the_length_of_a_pause_is_seconds_or_a_go_duration() {
        for (duration, secs) in [
            (json!(30), Some(30.0)),
            (json!("30"), Some(30.0)),
            (json!("1h30m"), Some(5_400.0)),
            (json!("1.5h"), Some(5_400.0)),
            (json!("500ms"), Some(0.5)),
            (json!(null), None),
        ] {
            let read: Scalar = serde_json::from_value(duration.clone()).expect("lenient");
            assert_eq!(pause_length(&read).map(Span::secs), secs, "{duration}");
        }
    }
}
