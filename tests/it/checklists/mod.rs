//! Checklists: how they are written, merged and looked at.

mod clusters;
mod looking;
mod scheduling;
mod writing;
