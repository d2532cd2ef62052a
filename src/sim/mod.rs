//! The demo's simulator: servers that speak the real protocols, driven by scenario files.

mod alerts;
mod cluster;
mod metrics;
mod promql;
mod scenario;
mod silence;
mod traffic;
mod world;
