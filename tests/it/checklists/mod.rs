//! Checklists: how they are written, merged and looked at.

mod certificates;
mod clusters;
pub(crate) mod looking;
mod scheduling;
mod writing;
