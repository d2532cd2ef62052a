//! SLO arithmetic against published numbers.

mod evidence;
mod published;
mod traps;
