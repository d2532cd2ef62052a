//! The statistics of canary analysis against published and computed numbers.

mod conformance;
mod gauges;
mod judge;
mod published;
mod simulation;
