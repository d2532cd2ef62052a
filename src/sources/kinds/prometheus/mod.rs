//! The kind `prometheus`: SLOs, alerts and charts from anything that speaks the Prometheus HTTP API.
//!
//! `decode` and `query` are pure. A definition and a window make one expression for all services; unlike definitions are joined
//! into one request, so that requests grow with windows and definitions and never with services.

pub mod age;
pub mod alerts;
pub mod api;
mod business;
pub mod cadence;
mod canary;
pub mod charts;
pub mod connector;
pub mod decode;
mod deploys;
pub mod fingerprint;
mod gauges;
mod looks;
pub mod memory;
pub mod owner;
mod queries;
pub mod query;
pub mod reading;
pub mod recorded;
pub mod window;

use crate::sources::connector::{Decoder, Kind};

/// The line of this kind in the table of kinds.
pub static KIND: Kind = Kind {
    name: "prometheus",
    doc: "SLOs, alerts and charts from Prometheus, Thanos, Mimir or VictoriaMetrics",
    sample: r#"[[source]]
name = "prom"
kind = "prometheus"
url = "https://prometheus.example.net"
# auth = { bearer = { env = "PROM_TOKEN" } }
# headers = { X-Scope-OrgID = "shop" }
# slos = ["sloth"]
# alerts = true
"#,
    decoders: &[Decoder {
        name: "prometheus",
        doc: "answers of query, query_range, series, alerts, rules and targets",
        decode: decode::printed::decode,
    }],
    build: connector::build,
};
