//! The shape of `config.toml`. The field comments are the documentation that `config schema` prints.

pub mod secret;
pub mod source;
