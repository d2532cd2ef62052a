//! What changes outside systems. Nothing else does: who may only look builds none of these.
//!
//! Nothing is tried again here, and no redirect is followed: whoever asks decides what a missing answer means.

pub mod http;
pub mod kubernetes;

use crate::domain::source::SourceError;

/// Why there is no whole answer to something that should change something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// It never left: nothing was changed.
    #[error("{0}; nothing was sent")]
    NotSent(SourceError),
    /// It left, or may have. Whether it did something is not known.
    #[error("{0}; it was sent, and whether it did anything is not known")]
    Lost(SourceError),
    /// The answer began with this status, and the rest of it did not come.
    #[error("status {0}; {1}")]
    Cut(u16, SourceError),
}
