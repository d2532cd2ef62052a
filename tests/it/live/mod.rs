//! Real Prometheus and Alertmanager, started on loopback.

mod alertmanager;
mod prometheus;
