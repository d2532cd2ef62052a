//! Connections to outside systems. Reads only, but for [`actuators`]: writes are a different seam.
//!
//! A connector says which feeds it has and answers one feed at a time; the schedule decides when, backs off, and turns
//! each answer or failure into a [`Delivery`](crate::domain::facts::Delivery).

pub mod actuators;
pub mod backoff;
pub mod checks;
pub mod connection;
pub mod connector;
pub mod evidence;
pub mod http;
pub mod kinds;
pub mod opa;
pub mod saved;
pub mod schedule;

pub use connection::build;
