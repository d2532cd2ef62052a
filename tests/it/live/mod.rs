//! Real Prometheus and Alertmanager, started on loopback.

mod alertmanager;
mod backfilled;
mod checks;
mod judged;
mod prometheus;
