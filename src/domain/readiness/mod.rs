//! Readiness: what people said about a release, and what that is worth against its checklist.
//!
//! Events of the ledger are read as acts ([`act`]), acts are folded to what was said ([`record`]), and what was said is held
//! against checklist, roles and time ([`standing`]). Nothing is kept that the events do not say.

pub mod act;
#[cfg(test)]
pub(crate) mod example;
pub mod field;
pub mod item;
pub mod next;
pub mod progress;
pub mod quorum;
pub mod record;
pub mod roles;
pub mod rules;
pub mod said;
pub mod signoff;
pub mod standing;
pub mod statement;
pub mod subject;
pub mod waiver;
