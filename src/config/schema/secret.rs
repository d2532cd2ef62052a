//! Where a secret comes from. Never the secret itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret comes from: exactly one of `env`, `file`, `command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretRef {
    /// The environment variable of this name.
    Env(String),
    /// The content of this file, without the line end. It must not be readable by everybody.
    File(PathBuf),
    /// The standard output of this command (argv, no shell), without the line end.
    Command(Vec<String>),
}
