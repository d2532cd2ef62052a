//! What a step does. One of these kinds, with what its author wrote; `${name}` stands for a parameter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    checklist::{check::Check, predicate::Predicate},
    object::SourceName,
    secret::SecretRef,
    time::Span,
};

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sends a request.
    Http(Http),
    /// Changes a Kubernetes object.
    Kubernetes(Kubernetes),
    /// Does to a rollout what its state asks for.
    Rollout(Rollout),
    /// Runs a program.
    Command(Command),
    /// Waits until a metric is right for long enough. No data is not right.
    WaitMetric(WaitMetric),
    /// Looks once, like an item of a checklist.
    Check(Check),
    /// Asks a person to do something.
    Manual(Manual),
    /// Tells somebody.
    Notify(Notify),
    /// Does what another runbook says.
    Runbook(Nested),
}

/// Whether something is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing is changed.
    Read,
    /// Something is changed, or may be.
    Write,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Http {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// Where. Parameters stand in it percent-encoded.
    pub url: String,
    /// Headers by name.
    pub headers: BTreeMap<String, Value>,
    /// The body. Strings of a JSON body that are nothing but `${name}` become the parameter's value.
    pub body: Option<Body>,
    /// The header that carries a key which is the same for every attempt: `Idempotency-Key`.
    pub idempotency_header: Option<String>,
    /// The statuses that are a success; any 2xx when empty.
    pub status: Vec<u16>,
    /// A field of the JSON answer (RFC 6901 pointer), and what it must be.
    pub field: Option<(String, Predicate)>,
    /// Where a rehearsal is sent; nothing is sent when left out.
    pub rehearsal_url: Option<String>,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// JSON.
    Json(serde_json::Value),
    /// Text as it is.
    Text(String),
}

/// A text, or where a secret comes from. A plan says where, never what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// It is this.
    Text(String),
    /// It is read when the request is made.
    Secret(SecretRef),
}

/// A change of a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kubernetes {
    /// The source; every cluster of the environment when left out.
    pub source: Option<SourceName>,
    /// `Deployment`, `Rollout`, or `apiVersion/Kind`.
    pub kind: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// `status`, `scale`; the object itself when left out.
    pub subresource: Option<String>,
    /// A JSON merge patch (RFC 7396). The object must still be the one that was planned for.
    pub patch: serde_json::Value,
    /// A field of the object (RFC 6901 pointer), and what it is when the change has taken effect.
    pub until: Option<(String, Predicate)>,
}

/// What its state asks for is done to the rollout of a service: see [`crate::domain::plan::rollout`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The service; the plan's when left out.
    pub service: Option<String>,
    /// What shall be reached.
    pub verb: Verb,
    /// The version, image tag or template hash to go back to; what ran before when left out. For [`Verb::Undo`] and
    /// [`Verb::Back`].
    pub to: Option<String>,
}

/// What shall be done to a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Back, in the way that its state asks for: abort while it is under way, undo when it is done.
    Back,
    /// All traffic to the stable version. Only while it is under way.
    Abort,
    /// The template of an earlier version.
    Undo,
    /// Stays where it is.
    Pause,
    /// Goes on from a pause.
    Resume,
    /// Tries the aborted version again.
    Retry,
}

impl Verb {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Abort => "abort",
            Self::Undo => "undo",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
        }
    }
}

/// A program and its arguments, without a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments. An argument that is nothing but `${name}` becomes the parameter's value; nothing is filled in
    /// inside one.
    pub argv: Vec<String>,
    /// Environment variables that are passed on from warroom's own.
    pub pass: Vec<String>,
    /// Environment variables that are set.
    pub environment: BTreeMap<String, Value>,
    /// The exit codes that are a success.
    pub exit: Vec<i32>,
    /// What a rehearsal runs instead; the program is only shown when left out.
    pub rehearsal: Option<Vec<String>>,
}

/// A metric that must be right for long enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaitMetric {
    /// The source; the first that speaks `PromQL` for the environment when left out.
    pub source: Option<SourceName>,
    /// The query. Parameters stand in it as the content of a quoted string.
    pub query: String,
    /// What each number must be.
    pub must: Predicate,
    /// For how long without a break.
    pub hold: Span,
    /// How often it is looked at.
    pub every: Span,
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manual {
    /// What to do, and how to see that it is done.
    pub instruction: String,
    /// The role that does it; whoever runs the runbook when left out.
    pub who: Option<String>,
    /// Whether something must be written down about how it went.
    pub evidence: bool,
}

/// A message to others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notify {
    /// The request that carries it.
    pub request: Http,
    /// Whether the run waits until it went through, and fails when it does not.
    pub required: bool,
}

/// What another runbook says, with these parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nested {
    /// Its name.
    pub runbook: String,
    /// Its parameters.
    pub with: BTreeMap<String, String>,
}

impl Action {
    /// The word for people and in files.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Kubernetes(_) => "kubernetes",
            Self::Rollout(_) => "rollout",
            Self::Command(_) => "command",
            Self::WaitMetric(_) => "wait_metric",
            Self::Check(_) => "check",
            Self::Manual(_) => "manual",
            Self::Notify(_) => "notify",
            Self::Runbook(_) => "runbook",
        }
    }

    /// Whether it changes anything. What nobody can tell from outside is taken for a write.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        match self {
            Self::WaitMetric(_) | Self::Check(_) => Effect::Read,
            _ => Effect::Write,
        }
    }

    /// Whether doing it twice is the same as doing it once, where its author says nothing. Patches of a state and reads are;
    /// what nobody can tell from outside is not.
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        matches!(self, Self::Kubernetes(_) | Self::Rollout(_) | Self::WaitMetric(_) | Self::Check(_) | Self::Manual(_))
    }
}
