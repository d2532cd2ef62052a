//! The statistics of canary analysis against published and computed numbers.

mod conformance;
mod judge;
mod published;
mod simulation;
