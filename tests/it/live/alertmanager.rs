//! Real Alertmanager: alerts, silences, peers.
