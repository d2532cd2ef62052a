//! What exactly a step does: every parameter filled in, every object named with the state it was seen in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    checklist::{check::Check, predicate::Predicate},
    object::SourceName,
    runbook::action::Value,
    time::Span,
};

/// What exactly is done. Texts only: a plan has one canonical form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A request is sent.
    Http(HttpRequest),
    /// A Kubernetes object is patched.
    Kubernetes(Patch),
    /// A program is run.
    Command(CommandLine),
    /// A metric is waited for.
    WaitMetric(Wait),
    /// A look is taken.
    Check(Check),
    /// A person is asked.
    Manual {
        /// What to do.
        instruction: String,
        /// The role that does it.
        who: Option<String>,
        /// Whether something must be written down.
        evidence: bool,
    },
    /// Somebody is told. A failure blocks only when `required`.
    Notify {
        /// The message.
        request: HttpRequest,
        /// Whether it must go through.
        required: bool,
    },
    /// Nothing has to be done.
    Nothing {
        /// Why.
        why: String,
    },
}

/// A request as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers by name; secrets by where they come from.
    pub headers: BTreeMap<String, Value>,
    /// The body as it is sent.
    pub body: Option<String>,
    /// The header that carries the key of this step of this run.
    pub idempotency_header: Option<String>,
    /// The statuses that are a success; any 2xx when empty.
    pub status: Vec<u16>,
    /// A field of the JSON answer, and what it must be.
    pub field: Option<(String, Predicate)>,
    /// Where a rehearsal is sent; nowhere when left out.
    pub rehearsal_url: Option<String>,
}

/// A patch of an object as it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// The source, and so the cluster.
    pub source: SourceName,
    /// The path of the object in the API, with its subresource.
    pub path: String,
    /// The path of the object itself, which is read back.
    pub object: String,
    /// The object for people: `Rollout shop/checkout`.
    pub name: String,
    /// `merge` (RFC 7396) or `json` (RFC 6902).
    pub form: PatchForm,
    /// The patch, as canonical JSON.
    pub body: String,
    /// The state that the object had when the plan was made. It is asked again before the patch; another one voids the plan.
    pub observed: Observed,
    /// What holds when the change has taken effect: pointers into the object, and what must be there.
    pub until: Vec<(String, Predicate)>,
    /// What changes for people, line by line: `- image shop/checkout:1.42.0`, `+ image shop/checkout:1.41.7`.
    pub diff: Vec<String>,
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchForm {
    /// JSON merge patch, RFC 7396.
    Merge,
    /// JSON patch, RFC 6902.
    Json,
}

/// The state of an object that a plan was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Its identity: another object of the same name is not it.
    pub uid: String,
    /// `metadata.generation`: it grows when somebody changes what is wanted.
    pub generation: u64,
    /// Its version for preconditions. Status changes it too, so it is not compared, and not part of what people confirm.
    #[serde(skip)]
    pub resource_version: String,
    /// What decided the verb: hashes of the templates, abort, pause. By name.
    pub facts: BTreeMap<String, String>,
}

/// A program as it is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Environment variables that are passed on.
    pub pass: Vec<String>,
    /// Environment variables that are set; secrets by where they come from.
    pub environment: BTreeMap<String, Value>,
    /// The exit codes that are a success.
    pub exit: Vec<i32>,
    /// What a rehearsal runs instead.
    pub rehearsal: Option<Vec<String>>,
}

/// A metric that is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// The source.
    pub source: SourceName,
    /// The query.
    pub query: String,
    /// What each number must be.
    pub must: Predicate,
    /// For how long without a break.
    pub hold: Span,
    /// How often it is looked at.
    pub every: Span,
}

impl Request {
    /// In one line for people, without secrets: `PATCH Rollout shop/checkout`, `bin/flag --off new_pricing`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Http(request) => format!("{} {}", request.method, request.url),
            Self::Kubernetes(patch) => format!("PATCH {} in {}", patch.name, patch.source),
            Self::Command(command) => command.argv.join(" "),
            Self::WaitMetric(wait) => format!("{} {} for {}", wait.query, wait.must, wait.hold),
            Self::Check(check) => format!("look: {}", check.word()),
            Self::Manual { instruction, .. } => instruction.clone(),
            Self::Notify { request, .. } => format!("tell {}", request.url),
            Self::Nothing { why } => format!("nothing to do: {why}"),
        }
    }
}
