//! Where a secret comes from. Never the secret itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret comes from: exactly one of `env`, `file`, `command`. The secret itself never stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-secret" = true))]
pub enum SecretRef {
    /// The environment variable of this name.
    Env(String),
    /// The content of this file, without the line end. It must not be readable by everybody.
    File(#[schemars(with = "String", title = "a path", extend("format" = "path", "examples" = ["catalog"]))] PathBuf),
    /// The standard output of this command (argv, no shell), without the line end.
    Command(#[schemars(length(min = 1))] Vec<String>),
}
