//! Kubernetes: recorded objects, and an API server of our own.

mod decoding;
pub(crate) mod polling;
