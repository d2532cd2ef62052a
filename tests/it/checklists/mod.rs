//! Checklists: how they are written, merged and looked at.

mod looking;
mod scheduling;
mod writing;
