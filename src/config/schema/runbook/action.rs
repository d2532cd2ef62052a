//! What a step does: one table of one kind.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::super::{
    checklist::CheckValue,
    text::{ConditionText, DurationText, FieldName, NameText, QueryText, UrlPattern},
};
use crate::domain::{checklist::predicate::Predicate, runbook::action::Verb, secret::SecretRef, time::Span};

/// What a step does. `${name}` stands for a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionTable {
    /// Sends a request. Redirects are not followed.
    Http(RequestTable),
    /// Changes a Kubernetes object that is still the one that was planned for.
    Kubernetes(PatchTable),
    /// Does to a rollout what its state asks for.
    Rollout(RolloutTable),
    /// Runs a program, without a shell, in a process group of its own.
    Command(ProgramTable),
    /// Waits until a metric is right for long enough. No data is not right.
    WaitMetric(WaitTable),
    /// Looks once, like an item of a checklist.
    Check(CheckValue),
    /// Asks a person to do something.
    Manual(ManualTable),
    /// Tells somebody. A failure is shown, and stops nothing unless `required`.
    Notify(NotifyTable),
    /// Does what another runbook says.
    Runbook(NestedTable),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestTable {
    /// The method.
    pub method: MethodWord,
    /// Where. Parameters stand in its path and query, and are percent-encoded.
    #[schemars(with = "UrlPattern")]
    pub url: String,
    /// Headers by name: a text, or where a secret comes from.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "format": "field-name" }))]
    pub headers: BTreeMap<String, TextOrSecret>,
    /// What it carries.
    pub body: Option<BodyTable>,
    /// The header that carries a key which is the same for every attempt, for servers that know it: `Idempotency-Key`.
    #[schemars(with = "Option<FieldName>")]
    pub idempotency_header: Option<String>,
    /// The statuses that are a success. Any 2xx when left out.
    #[serde(default)]
    #[schemars(inner(range(min = 100, max = 599)))]
    pub status: Vec<u16>,
    /// A field of the JSON answer, as a JSON Pointer (RFC 6901): `/state`.
    pub field: Option<String>,
    /// What the field must be: `== "off"`.
    #[schemars(with = "Option<ConditionText>")]
    pub must: Option<Predicate>,
    /// Where a rehearsal is sent. Nothing is sent when left out.
    #[schemars(with = "Option<UrlPattern>")]
    pub rehearsal_url: Option<String>,
}

/// Methods of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "they are the words of HTTP")]
pub enum MethodWord {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl MethodWord {
    /// As it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyTable {
    /// JSON. A text in it that is nothing but `${name}` becomes the parameter's value.
    Json(serde_json::Value),
    /// Text, sent as it is.
    Text(String),
}

/// A text, or where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextOrSecret {
    /// This text. Nothing but `${name}` becomes the parameter's value.
    Text(String),
    /// It is read when it is needed.
    Secret(SecretRef),
}

impl JsonSchema for TextOrSecret {
    fn schema_name() -> Cow<'static, str> {
        "TextOrSecret".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = SecretRef::json_schema(generator).to_value();
        let mut forms = vec![serde_json::json!({ "type": "string", "description": "This text." })];
        forms.extend(secret.get("oneOf").and_then(|forms| forms.as_array()).cloned().unwrap_or_default());
        json_schema!({
            "description": "A text, or where a secret comes from: exactly one of `env`, `file`, `command`.",
            "oneOf": forms,
            "x-secret-too": true,
        })
    }
}

/// A change of a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchTable {
    /// The source by name; every cluster of the environment when left out.
    pub source: Option<String>,
    /// `Deployment`, `Rollout`, or `apiVersion/Kind` such as `batch/v1/CronJob`.
    pub kind: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// `status` or `scale`; the object itself when left out.
    pub subresource: Option<SubresourceWord>,
    /// A JSON merge patch (RFC 7396). A text in it that is nothing but `${name}` becomes the parameter's value.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub patch: serde_json::Value,
    /// What holds when the change has taken effect.
    pub until: Option<UntilTable>,
}

/// Parts of an object that are changed on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubresourceWord {
    /// What its controller says about it.
    Status,
    /// How many replicas are wanted.
    Scale,
}

impl SubresourceWord {
    /// The word in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Scale => "scale",
        }
    }
}

/// A field, and what it must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UntilTable {
    /// The field, as a JSON Pointer (RFC 6901): `/spec/suspend`.
    pub field: String,
    /// What it must be: `== true`.
    #[schemars(with = "ConditionText")]
    pub must: Predicate,
}

/// What its state asks for is done to the rollout of a service: an Argo Rollout or a Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutTable {
    /// The service; the one of the plan when left out.
    pub service: Option<String>,
    /// What shall be reached.
    pub verb: Verb,
    /// The version, image tag or template hash to go back to. What ran before when left out. For `undo` and `back`.
    pub to: Option<String>,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramTable {
    /// Program and arguments. An argument that is nothing but `${name}` becomes the parameter's value; nothing is filled in inside
    /// one.
    #[schemars(length(min = 1))]
    pub argv: Vec<String>,
    /// Names of environment variables that are passed on.
    #[serde(default)]
    pub pass: Vec<String>,
    /// Environment variables that are set: a text, or where a secret comes from.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "format": "label" }))]
    pub environment: BTreeMap<String, TextOrSecret>,
    /// The exit codes that are a success. 0 unless said otherwise.
    #[serde(default = "zero")]
    #[schemars(length(min = 1))]
    pub exit: Vec<i32>,
    /// What a rehearsal runs instead. The program is only shown when left out.
    #[schemars(length(min = 1))]
    pub rehearsal: Option<Vec<String>>,
}

fn zero() -> Vec<i32> {
    vec![0]
}

/// A metric that must be right for long enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitTable {
    /// The source by name; the first that speaks `PromQL` for the environment when left out.
    pub source: Option<String>,
    /// The query. Parameters stand in its quoted strings: `up{version="${to}"}`.
    #[schemars(with = "QueryText")]
    pub query: String,
    /// What each number must be: `< 0.01`.
    #[schemars(with = "ConditionText")]
    pub must: Predicate,
    /// For how long without a break. 2m unless said otherwise.
    #[schemars(with = "Option<DurationText>")]
    pub hold: Option<Span>,
    /// How often it is looked at. 10s unless said otherwise.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "1s", "x-span-max" = "1h"))]
    pub every: Option<Span>,
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualTable {
    /// What to do, and how to see that it is done.
    pub instruction: String,
    /// The role that does it; whoever runs the runbook when left out.
    pub who: Option<String>,
    /// Whether something must be written down about how it went. False unless said otherwise.
    #[serde(default)]
    pub evidence: bool,
}

/// A message to others: a POST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyTable {
    /// Where. Parameters stand in its path and query, and are percent-encoded.
    #[schemars(with = "UrlPattern")]
    pub url: String,
    /// Headers by name: a text, or where a secret comes from.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "format": "field-name" }))]
    pub headers: BTreeMap<String, TextOrSecret>,
    /// What it carries.
    pub body: Option<BodyTable>,
    /// Where a rehearsal is sent. Nothing is sent when left out.
    #[schemars(with = "Option<UrlPattern>")]
    pub rehearsal_url: Option<String>,
    /// Whether the run waits until it went through, and stops when it does not. False unless said otherwise.
    #[serde(default)]
    pub required: bool,
}

/// What another runbook says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NestedTable {
    /// Its name.
    #[schemars(with = "NameText")]
    pub name: String,
    /// Its parameters: a value, or nothing but `${name}`.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
}
