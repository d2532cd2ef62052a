//! What changes outside systems. Nothing else does: who may only look builds none of these.

pub mod kubernetes;
