//! What differs between two plans, in words.

use serde_json::Value;

use super::Plan;

/// What differs between `old` and `new`, one line each: what it is now, and what it was. Empty when they are the same plan.
#[must_use]
pub fn differences(old: &Plan, new: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut before, mut after) = (json(old), json(new));
    for whole in [&mut before, &mut after] {
        if let Some(parts) = whole.as_object_mut() {
            parts.remove("steps");
        }
    }
    walk(&before, &after, "", &mut lines);
    for step in old.steps.iter().filter(|step| new.step(&step.id).is_none()) {
        lines.push(format!("step {}: gone, was {}", step.id, step.request.words()));
    }
    for step in &new.steps {
        match old.step(&step.id) {
            None => lines.push(format!("step {}: new, {}", step.id, step.request.words())),
            Some(was) => walk(&json(was), &json(step), &format!("step {}:", step.id), &mut lines),
        }
    }
    let kept = |one: &Plan, other: &Plan| -> Vec<String> {
        one.steps.iter().map(|step| step.id.clone()).filter(|id| other.step(id).is_some()).collect()
    };
    if kept(old, new) != kept(new, old) {
        lines.push("the steps are in another order".to_owned());
    }
    lines
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    // A plan is made of what JSON can say.
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn walk(old: &Value, new: &Value, at: &str, lines: &mut Vec<String>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<_> = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))).collect();
            names.sort();
            for name in names {
                let (one, other) = (one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null));
                walk(one, other, format!("{at} {name}").trim_start(), lines);
            }
        }
        _ => lines.push(format!("{} is {}, was {}", at.trim_end_matches(':'), told(new), told(old))),
    }
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        run::example::{plan, step},
        runbook::{Part, action::Effect, risk::Risk},
    };

    #[test]
    fn what_differs_is_told_with_what_it_was() {
        let old = plan();
        assert!(differences(&old, &old.clone()).is_empty());
        let mut new = old.clone();
        new.risk = Risk::R4;
        new.target.to = Some("1.40.0".into());
        new.parameters.insert("share".into(), "5".into());
        new.steps.remove(2);
        new.steps.push(step("more", Part::Validation, Effect::Read));
        new.steps[1].timeout = crate::domain::time::Span::from_secs(5);
        assert_eq!(
            differences(&old, &new),
            [
                "parameters share is 5, was nothing",
                "risk is R4, was R3",
                "target to is 1.40.0, was 1.41.7",
                "step flag: gone, was nothing to do: a test",
                "step abort: timeout is 5s, was 1m",
                "step more: new, nothing to do: a test",
            ]
        );
        let mut turned = old.clone();
        turned.steps.swap(1, 2);
        assert_eq!(differences(&old, &turned), ["the steps are in another order"]);
    }
}
