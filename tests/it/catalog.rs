//! The catalog's files and their joins.

use chrono_tz::Tz;
use warroom::{
    config::{Loaded, Report, load},
    domain::{
        catalog::{ChangeClass, VersionFrom},
        slo::definition::{Binding, CalendarUnit, Period},
        time::Span,
    },
};

use crate::config::{options, tree};

/// Environments and sources that the catalogs of these tests refer to.
const SETTINGS: &str = r#"
[environments.prod]
production = true
telemetry = { env = "production" }
[environments.staging]
telemetry = { env = "staging" }
[[source]]
name = "prom"
kind = "prometheus"
url = "https://prometheus.example.net"
[[source]]
name = "eu"
kind = "kubernetes"
context = "prod-eu"
environment = "prod"
"#;

/// Loads a catalog of these files.
fn catalog(files: &[(&str, &str)]) -> Result<Loaded, Report> {
    let mut all = vec![("user/config.toml".to_owned(), SETTINGS)];
    all.extend(files.iter().map(|(name, text)| (format!("user/catalog/{name}"), *text)));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let root = tree(&all);
    load(&options(root.path()))
}

const CHECKOUT: &str = r#"
owner = "payments-team"
criticality = 1
depends_on = ["payments"]
links = { dashboard = "https://grafana.example.net/d/checkout" }
incidents = { pagerduty = "PXYZ123" }
[[object]]
kind = "Rollout"
name = "checkout"
namespace = "shop"
version = "label:app.kubernetes.io/version"
[telemetry]
select = { service = "checkout" }
version_label = "version"
[[slo]]
name = "availability"
objective = 99.9
window = { calendar = "month", zone = "Europe/Berlin" }
ratio = { bad = 'http_requests_total{code=~"5.."}', total = 'http_requests_total' }
[[slo]]
name = "latency"
objective = 99.0
latency = { histogram = "http_request_duration_seconds", under = "300ms" }
source = "prom"
"#;

const RELEASE: &str = r#"
title = "Checkout 1.42: new pricing"
owner = "jo"
environment = "prod"
class = "emergency"
window = { start = 2026-11-20T14:00:00Z, end = "2026-11-20T19:00:00+01:00" }
checklist = "service"
[[component]]
service = "payments"
version = "7.3.1"
[[component]]
service = "checkout"
version = "1.42.0"
after = ["payments"]
"#;

#[test]
fn services_slos_and_releases_become_one_catalog() {
    let loaded = catalog(&[
        ("services/checkout.toml", CHECKOUT),
        ("services/payments.toml", ""),
        (
            "slos/http.toml",
            "objective = 99.5\nby = \"service\"\nwindow = \"4w\"\nratio = { good = \"ok_total\", total = \"all_total\" }\nexcept = [\"batch-.*\"]\n",
        ),
        ("releases/checkout-1.42.toml", RELEASE),
        ("checklists/service.toml", "not = = toml"),
        ("roles.toml", "neither = = this"),
        ("services/.checkout.toml.swp", "\u{0}"),
    ])
    .unwrap_or_else(|report| panic!("{report}"));
    let catalog = &loaded.catalog;
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert!(catalog.environments["prod"].production && !catalog.environments["staging"].production);
    let checkout = &catalog.services["checkout"];
    assert_eq!(checkout.objects[0].version, VersionFrom::Label("app.kubernetes.io/version".to_owned()));
    assert_eq!(checkout.telemetry.version_label.as_deref(), Some("version"));
    let ids: Vec<&str> = catalog.slos.iter().map(|slo| slo.id.as_str()).collect();
    assert_eq!(ids, ["checkout/availability", "checkout/latency", "http"]);
    assert!(matches!(catalog.slos[0].period, Period::Calendar { unit: CalendarUnit::Month, zone: Tz::Europe__Berlin }));
    assert_eq!(catalog.slos[1].period, Period::Rolling(Span::from_days(30)));
    assert_eq!(catalog.slos[1].source.as_ref().map(ToString::to_string).as_deref(), Some("prom"));
    assert_eq!(catalog.slos[2].period, Period::Rolling(Span::from_days(28)));
    assert!(
        matches!(&catalog.slos[2].binding, Binding::By { label, except } if label == "service" && except == &["batch-.*"])
    );
    let release = &catalog.releases["checkout-1.42"];
    assert_eq!(release.class, ChangeClass::Emergency);
    assert_eq!(release.window.map(|window| (window.end - window.start).num_hours()), Some(4));
    assert_eq!(release.components[1].after, ["payments"]);
}
