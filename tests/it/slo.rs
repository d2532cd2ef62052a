//! SLO arithmetic against published numbers.

mod evidence;
mod properties;
mod published;
mod traps;
