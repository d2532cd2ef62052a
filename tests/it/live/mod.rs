//! Real Prometheus and Alertmanager, started on loopback.

mod alertmanager;
mod checks;
mod prometheus;
