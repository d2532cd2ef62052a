//! What happened in the hand-made room: alerts and deployment events.

use warroom::domain::{
    alert::{Alert, AlertState},
    labels::Labels,
    marker::{Marker, MarkerKind},
    picture::JoinedAlert,
};

use super::{ago, key};

fn alert(name: &str, severity: &str, state: AlertState, since: u64, summary: &str) -> JoinedAlert {
    JoinedAlert {
        alert: Alert {
            source: "am-eu".into(),
            fingerprint: format!("{since:016x}"),
            name: name.to_owned(),
            state,
            silenced_by: if state == AlertState::Suppressed { vec!["5f0c91ab-6a1e".to_owned()] } else { Vec::new() },
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
            starts_at: ago(since),
            ends_at: None,
            updated_at: Some(ago(5)),
            labels: Labels::from([
                ("alertname".to_owned(), name.to_owned()),
                ("service".to_owned(), "checkout".to_owned()),
                ("severity".to_owned(), severity.to_owned()),
            ]),
            annotations: Labels::from([
                ("summary".to_owned(), summary.to_owned()),
                ("runbook_url".to_owned(), format!("https://runbooks.example/{name}")),
            ]),
            generator_url: Some("https://prometheus.example/graph?g0.expr=up".to_owned()),
            receivers: vec!["on-call".to_owned()],
        },
        sources: vec!["am-eu".into()],
        service: Some("checkout".to_owned()),
        environment: Some("prod".to_owned()),
        release: Some("checkout-1-42".to_owned()),
        stale: false,
    }
}

pub(super) fn alerts() -> Vec<JoinedAlert> {
    vec![
        alert(
            "CheckoutErrorBudgetBurn",
            "page",
            AlertState::Active,
            367,
            "checkout burns its error budget 15 times too fast",
        ),
        alert("CheckoutPodRestarts", "warning", AlertState::Active, 185, "3 restarts in 10 minutes"),
        alert("CheckoutLatencyHigh", "page", AlertState::Suppressed, 425, "p99 over 900 ms"),
    ]
}

fn marker(secs: u64, kind: MarkerKind, text: &str) -> Marker {
    Marker {
        at: ago(secs),
        observed_at: ago(secs.saturating_sub(2)),
        object: key("checkout"),
        service: Some("checkout".to_owned()),
        environment: Some("prod".to_owned()),
        version: Some("1.42.0".to_owned()),
        kind,
        text: text.to_owned(),
        dedupe: format!("checkout/{secs}"),
    }
}

pub(super) fn markers() -> Vec<Marker> {
    vec![
        marker(1_520, MarkerKind::Started, "1.42.0 started"),
        marker(1_510, MarkerKind::Weight, "canary 5 %"),
        marker(785, MarkerKind::Weight, "canary 25 %"),
        marker(365, MarkerKind::Paused, "paused"),
    ]
}
