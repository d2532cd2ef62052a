//! What a policy decided. Whatever is not understood is a denial with its reason: a policy that cannot be judged allows nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::clean::clean;

/// What policies decided about one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Why it may not go on. Nothing: it may.
    pub deny: Vec<Objection>,
    /// What should be looked at.
    pub warn: Vec<Objection>,
    /// Roles whose approval is asked for, beside those of the checklist.
    pub required_approvals: Vec<String>,
    /// The risk, where a policy tells one.
    pub risk: Option<Risk>,
}

/// Something that a policy says against a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Which rule, in a word.
    pub id: String,
    /// For people.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
    /// Roles that may let it pass all the same. None, when it is empty.
    pub overridable_by: Vec<String>,
    /// What to do about it.
    pub remediation: Option<String>,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A remark.
    Low,
    /// Worth a look.
    Medium,
    /// It matters.
    #[default]
    High,
    /// It matters most.
    Critical,
}

/// A risk and what it consists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// From 0 to 100.
    pub score: f64,
    /// What it consists of.
    pub factors: Vec<Factor>,
}

/// A part of a risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// How much of the score it is.
    pub points: f64,
}

impl Objection {
    /// The denial when a policy could not be judged.
    #[must_use]
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self {
            id: "policy-unavailable".to_owned(),
            message: clean(&why.into()).into_owned(),
            severity: Severity::Critical,
            overridable_by: Vec::new(),
            remediation: Some("mend the policy or its server; until then nothing is allowed".to_owned()),
        }
    }
}

impl Decision {
    /// The decision when a policy could not be judged.
    #[must_use]
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self { deny: vec![Objection::unavailable(why)], ..Self::default() }
    }

    /// Whether it may go on.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.deny.is_empty()
    }

    /// Reads what a policy said: an object with `allow` and, where it has them, `deny`, `warn`, `required_approvals` and `risk`.
    /// `None` is undefined.
    ///
    /// `allow` must be there and be true, and `deny` empty. Anything of another shape denies.
    #[must_use]
    pub fn read(said: Option<&Value>) -> Self {
        let Some(said) = said else {
            return Self::unavailable("the policy decides nothing: data.warroom.gate is undefined");
        };
        let Some(fields) = said.as_object() else {
            return Self::unavailable("what the policy decided is no object");
        };
        match read(fields) {
            Ok(decision) => decision,
            Err(why) => Self::unavailable(format!("what the policy decided cannot be read: {why}")),
        }
    }

    /// Both: whoever denies, denies.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.deny.extend(other.deny);
        self.warn.extend(other.warn);
        self.required_approvals.extend(other.required_approvals);
        self.required_approvals.sort_unstable();
        self.required_approvals.dedup();
        let higher = |one: &Risk, other: &Risk| one.score >= other.score;
        self.risk = match (self.risk, other.risk) {
            (Some(one), Some(other)) => Some(if higher(&one, &other) { one } else { other }),
            (one, other) => one.or(other),
        };
        self
    }
}

fn read(fields: &Map<String, Value>) -> Result<Decision, String> {
    let mut decision = Decision {
        deny: objections(fields, "deny")?,
        warn: objections(fields, "warn")?,
        required_approvals: match fields.get("required_approvals") {
            None => Vec::new(),
            Some(found) => texts(found, "required_approvals")?,
        },
        risk: fields.get("risk").map(risk).transpose()?,
    };
    match fields.get("allow") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) if !decision.deny.is_empty() => {}
        Some(Value::Bool(false)) => decision.deny.push(Objection {
            id: "not-allowed".to_owned(),
            message: "the policy does not allow it, and does not say why".to_owned(),
            severity: Severity::High,
            overridable_by: Vec::new(),
            remediation: Some("let the policy say it in `deny`".to_owned()),
        }),
        Some(_) => return Err("`allow` is neither true nor false".to_owned()),
        None => return Err("`allow` is undefined".to_owned()),
    }
    Ok(decision)
}

/// A set of objections: texts, or objects with `msg`.
fn objections(fields: &Map<String, Value>, name: &str) -> Result<Vec<Objection>, String> {
    let Some(found) = fields.get(name) else { return Ok(Vec::new()) };
    let found = found.as_array().ok_or_else(|| format!("`{name}` is no set"))?;
    found.iter().map(|one| objection(one, name)).collect()
}

fn objection(said: &Value, name: &str) -> Result<Objection, String> {
    if let Some(message) = said.as_str() {
        let message = clean(message).into_owned();
        let (severity, overridable_by, remediation) = (Severity::default(), Vec::new(), None);
        return Ok(Objection { id: name.to_owned(), message, severity, overridable_by, remediation });
    }
    let text = |key: &str| said.get(key).and_then(Value::as_str).map(|text| clean(text).into_owned());
    let message =
        text("msg").or_else(|| text("message")).ok_or_else(|| format!("a member of `{name}` has no `msg`"))?;
    let severity = match said.get("severity") {
        None => Severity::default(),
        Some(found) => Severity::deserialize(found)
            .map_err(|_| format!("`severity` of {message:?} is not low, medium, high or critical"))?,
    };
    let overridable_by = match said.get("overridable_by") {
        None => Vec::new(),
        Some(found) => texts(found, "overridable_by")?,
    };
    Ok(Objection {
        id: text("id").unwrap_or_else(|| name.to_owned()),
        message,
        severity,
        overridable_by,
        remediation: text("remediation"),
    })
}

fn texts(found: &Value, name: &str) -> Result<Vec<String>, String> {
    let text = |one: &Value| one.as_str().map(|text| clean(text).into_owned());
    let all = found.as_array().and_then(|all| all.iter().map(text).collect::<Option<Vec<_>>>());
    all.ok_or_else(|| format!("`{name}` is no list of texts"))
}

fn risk(found: &Value) -> Result<Risk, String> {
    let risk = Risk::deserialize(found).map_err(|_| "`risk` is not {score, factors: [{name, points}]}".to_owned())?;
    if (0.0..=100.0).contains(&risk.score) { Ok(risk) } else { Err("`risk.score` is not from 0 to 100".to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(said: &Value) -> Decision {
        Decision::read(Some(said))
    }

    #[test]
    fn only_an_allow_without_a_deny_allows() {
        assert!(read(&json!({ "allow": true })).allows());
        assert!(read(&json!({ "allow": true, "deny": [], "warn": ["look"] })).allows());
        assert!(!read(&json!({ "allow": true, "deny": ["no"] })).allows());
        assert!(!read(&json!({ "allow": false })).allows());
    }

    #[test]
    fn what_is_undefined_or_of_another_shape_denies_with_the_reason() {
        for (said, wanted) in [
            (None, "undefined"),
            (Some(json!(true)), "no object"),
            (Some(json!({})), "`allow` is undefined"),
            (Some(json!({ "allow": "yes" })), "neither true nor false"),
            (Some(json!({ "allow": true, "deny": "no" })), "`deny` is no set"),
            (Some(json!({ "allow": true, "deny": [{ "id": "a" }] })), "has no `msg`"),
            (Some(json!({ "allow": true, "warn": [{ "msg": "a", "severity": "awful" }] })), "`severity` of \"a\""),
            (Some(json!({ "allow": true, "required_approvals": "sre" })), "no list of texts"),
            (Some(json!({ "allow": true, "risk": { "score": 101.0, "factors": [] } })), "from 0 to 100"),
        ] {
            let decision = Decision::read(said.as_ref());
            assert!(!decision.allows(), "{said:?}");
            let told = &decision.deny.first().expect("a reason").message;
            assert!(told.contains(wanted), "{said:?}: {told}");
        }
    }

    #[test]
    fn an_objection_tells_who_may_let_it_pass_and_what_to_do() {
        let said = json!({ "allow": false, "deny": [{
            "id": "freeze", "msg": "frozen\u{1b}[2J", "severity": "critical", "overridable_by": ["commander"], "remediation": "wait"
        }] });
        let decision = read(&said);
        let one = decision.deny.first().expect("one");
        assert_eq!((one.id.as_str(), one.severity), ("freeze", Severity::Critical));
        assert_eq!(
            (one.overridable_by.as_slice(), one.remediation.as_deref()),
            (&["commander".to_owned()][..], Some("wait"))
        );
        assert!(!one.message.contains('\u{1b}'));
    }

    #[test]
    fn of_two_policies_either_may_deny_and_the_higher_risk_counts() {
        let risk = |score| Some(Risk { score, factors: Vec::new() });
        let one = Decision { risk: risk(10.0), ..Decision::default() };
        let other = Decision { risk: risk(40.0), ..Decision::unavailable("away") };
        let both = one.and(other);
        assert!(!both.allows());
        assert_eq!(both.risk, risk(40.0));
    }
}
