//! Policies of a team, judged in a process of their own.
//!
//! A policy is a program of somebody else: it may loop for ever, ask for all memory, or meet a fault of its interpreter. Threads
//! cannot be ended; a process can (`docs/adr/0007-policies-in-a-process.md`).

pub mod court;
pub mod protocol;
pub mod rego;
