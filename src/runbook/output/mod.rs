//! What a step writes: masked, cleaned and capped before it reaches a file.

pub mod end;
pub mod file;
pub mod mask;
