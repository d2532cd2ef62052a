//! The checks `alerts`, `rules` and `promql` of a checklist, against a real Prometheus that sends its alerts to a real Alertmanager.

use std::{fs, process::Command};

use serde_json::json;
use tempfile::TempDir;
use warroom::{
    config::schema::source::{HttpOptions, PrometheusSource, Source, SourceKind},
    domain::{
        catalog::{Catalog, ComponentFile, Environment, ReleaseFile},
        checklist::{
            check::Check,
            state::{Evidence, Finding},
        },
        labels::Labels,
        time::Span,
    },
    sources::checks::{Checks, Subject},
};

use super::alertmanager::Alertmanager;
use crate::{
    checklists::looking::item,
    support::{Running, alertmanager_source, base_url, context, dead_port, eventually, free_port, program},
};

/// Both sides of the division have several series without labels to tell them apart, which fails when it is evaluated.
const RULES: &str = r#"
groups:
- name: shop
  interval: 1s
  rules:
  - alert: HighErrorRate
    expr: vector(1)
    labels: {service: checkout, env: production, severity: page}
  - alert: Quiet
    expr: vector(1) > 2
  - record: job:errors:ratio5m
    expr: vector(0.01)
  - record: job:broken:ratio5m
    expr: vector(1) / on() (vector(1) or label_replace(vector(1), "a", "b", "", ""))
"#;

struct Room {
    checks: Checks,
    alertmanager: Alertmanager,
    _prometheus: Running,
    _folder: TempDir,
}

impl Room {
    /// Prometheus scrapes itself as checkout and a port on which nobody listens as cart.
    async fn start() -> Self {
        let alertmanager = Alertmanager::start().await;
        let folder = tempfile::tempdir().expect("a folder");
        let (port, dead) = (free_port(), dead_port());
        let to = alertmanager.url().port().expect("it has one");
        let config = format!(
            "global: {{evaluation_interval: 1s, scrape_interval: 1s}}\nrule_files: [rules.yml]\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{to}']}}]}}]}}\n\
             scrape_configs:\n- job_name: shop\n  static_configs:\n  \
             - {{targets: ['127.0.0.1:{port}'], labels: {{service: checkout}}}}\n  \
             - {{targets: ['127.0.0.1:{dead}'], labels: {{service: cart}}}}\n"
        );
        fs::write(folder.path().join("prometheus.yml"), config).expect("written");
        fs::write(folder.path().join("rules.yml"), RULES).expect("written");
        let prometheus = Running::start(Command::new(program("prometheus", "prometheus")).args([
            format!("--config.file={}", folder.path().join("prometheus.yml").display()),
            format!("--storage.tsdb.path={}", folder.path().join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--log.level=error".to_owned(),
            // What it sends before it has found Alertmanager is lost.
            "--rules.alert.resend-delay=1s".to_owned(),
        ]));
        let sources = vec![prometheus_source(port), alertmanager_source("am", vec![alertmanager.url().clone()])];
        let checks = Checks::new(sources, folder.path().to_owned(), context());
        Self { checks, alertmanager, _prometheus: prometheus, _folder: folder }
    }

    async fn look(&self, services: &[&str], check: Check) -> Evidence {
        let env = Labels::from([("env".to_owned(), "production".to_owned())]);
        let environments =
            [("prod".to_owned(), Environment { production: true, telemetry: env, ..Environment::default() })].into();
        let catalog = Catalog { environments, ..Catalog::default() };
        let component = |service: &&str| ComponentFile { service: (*service).to_owned(), ..ComponentFile::default() };
        let components = services.iter().map(component).collect();
        let release = ReleaseFile { environment: "prod".to_owned(), components, ..ReleaseFile::default() };
        let item = item("a", check, Span::from_secs(20));
        self.checks.look(&item, Subject { catalog: &catalog, release: &release }).await.expect("evidence")
    }

    /// Waits until a look says so, because servers begin and evaluate in their own time.
    async fn says(&self, services: &[&str], check: Check, finding: Finding, words: &str) {
        eventually(&format!("{finding:?}: {words}"), async || {
            let evidence = self.look(services, check.clone()).await;
            (evidence.finding == finding && evidence.words.contains(words)).then_some(())
        })
        .await;
    }
}

fn prometheus_source(port: u16) -> Source {
    let url = base_url(([127, 0, 0, 1], port).into());
    Source {
        kind: SourceKind::Prometheus(PrometheusSource {
            url,
            http: HttpOptions::default(),
            slos: Vec::new(),
            alerts: true,
        }),
        ..alertmanager_source("prom", Vec::new())
    }
}

fn rules(alerts: &[&str], records: &[&str], targets: bool) -> Check {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Check::Rules { source: None, alerts: names(alerts), records: names(records), targets }
}

fn promql(query: &str, must: &str) -> Check {
    Check::Promql { source: None, query: query.to_owned(), must: must.parse().expect(must) }
}

fn firing(severity: &str) -> Check {
    Check::Alerts { labels: [("severity".to_owned(), severity.to_owned())].into() }
}

#[tokio::test]
async fn rules_targets_and_queries_are_looked_at_in_a_real_prometheus() {
    let room = Room::start().await;
    let both = || rules(&["HighErrorRate", "Quiet"], &["job:errors:ratio5m"], false);
    room.says(&["checkout"], both(), Finding::Pass, "3 rules are there").await;
    let missing = rules(&["HighErrorRate", "NotThere"], &[], false);
    room.says(&["checkout"], missing, Finding::Fail, "there is no alerting rule NotThere").await;
    let swapped = rules(&["job:errors:ratio5m"], &[], false);
    room.says(&["checkout"], swapped, Finding::Fail, "there is no alerting rule job:errors:ratio5m").await;
    let broken = rules(&[], &["job:broken:ratio5m"], false);
    room.says(&["checkout"], broken, Finding::Fail, "job:broken:ratio5m cannot be evaluated: ").await;

    let targets = || rules(&[], &[], true);
    room.says(&["checkout"], targets(), Finding::Pass, "1 targets are up").await;
    room.says(&["checkout", "cart"], targets(), Finding::Fail, "connection refused").await;
    room.says(&["search"], targets(), Finding::Fail, "no target of search is scraped").await;
    room.says(&[], targets(), Finding::Unknown, "names no service").await;

    room.says(&["checkout"], promql("job:errors:ratio5m", "< 0.05"), Finding::Pass, "0.01").await;
    room.says(&["checkout"], promql("up{service=~\"checkout|cart\"}", "== 1"), Finding::Fail, "1 of 2 series").await;
    room.says(&["checkout"], promql("nothing_like_it", "< 1"), Finding::Unknown, "no series").await;
    room.says(&["checkout"], promql("vector(0)/0", "< 1"), Finding::Unknown, "NaN").await;
    room.says(&["checkout"], promql("sum(", "< 1"), Finding::Unknown, "parse error").await;
}

#[tokio::test]
async fn alerts_are_looked_at_in_the_alertmanager_that_prometheus_sends_them_to() {
    let mut room = Room::start().await;
    room.says(&["checkout"], firing("page"), Finding::Fail, "HighErrorRate fires").await;
    assert_eq!(room.look(&["checkout"], firing("ticket")).await.finding, Finding::Pass);
    assert_eq!(room.look(&["cart"], firing("page")).await.finding, Finding::Pass, "another service");
    let evidence = room.look(&["checkout"], firing("page")).await;
    assert_eq!(evidence.by, "am");

    room.alertmanager
        .post(
            "/api/v2/silences",
            &json!({
                "matchers": [{"name": "service", "value": "checkout", "isRegex": false, "isEqual": true}],
                "startsAt": chrono::Utc::now(), "endsAt": chrono::Utc::now() + chrono::TimeDelta::hours(1),
                "createdBy": "oncall", "comment": "quiet please",
            }),
        )
        .await;
    room.says(&["checkout"], firing("page"), Finding::Fail, "HighErrorRate (silenced) fires").await;

    room.alertmanager.process.stop();
    let evidence = room.look(&["cart"], firing("page")).await;
    assert_eq!(evidence.finding, Finding::Unknown, "{evidence:?}");
    assert!(evidence.words.contains("nothing that was heard of fires, but am: "), "{evidence:?}");
}
