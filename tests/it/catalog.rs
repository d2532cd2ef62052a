//! The catalog's files and their joins.

use std::path::Path;

use chrono_tz::Tz;
use warroom::{
    config::{Loaded, Report, load},
    domain::{
        catalog::{ChangeClass, VersionFrom},
        slo::definition::{Binding, CalendarUnit, Comparison, Indicator, Origin, Period},
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
        ("checklists/service.toml", "title = \"A service release\""),
        ("policies/service.toml", "not = = toml"),
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

/// What is said about one file of a catalog, errors and warnings alike.
fn said(name: &str, text: &str) -> Vec<String> {
    let mut files = vec![("services/payments.toml", ""), ("services/checkout.toml", "")];
    files.retain(|(other, _)| *other != name);
    files.push((name, text));
    let report = catalog(&files).map_or_else(|report| report, |loaded| loaded.warnings);
    report
        .lines()
        .into_iter()
        .map(|line| line.split_once(name).map_or(line.clone(), |(_, rest)| rest.trim_start_matches(':').to_owned()))
        .collect()
}

#[test]
fn a_wrong_service_is_told_with_line_and_key() {
    for (text, expected) in [
        ("owner = [\"a\"]", "1:9: `owner` has the wrong type (expected a text in quotes)"),
        ("criticality = 0", "1:15: `criticality` is out of range (expected at least 1 and at most 4)"),
        (
            "depends_on = [\"paymnts\"]",
            "1:15: depends_on[0]: no service is called `paymnts` (did you mean `payments`?)",
        ),
        ("depends_on = [\"checkout\"]", "1:15: depends_on[0]: `checkout` depends on itself"),
        ("depends_on = [\"payments\", \"payments\"]", "1:27: depends_on[1]: `payments` is named twice"),
        (
            "links = { a = \"grafana\" }",
            "1:15: links.a: `grafana` is not a URL: relative URL without a base (did you mean `https://grafana`?)",
        ),
        (
            "[[object]]\nkind = \"rollout\"\nname = \"a\"",
            "2:8: object[0].kind: `rollout` is not a known value of `kind` (did you mean `Rollout`?)",
        ),
        ("[[object]]\nkind = \"Rollout\"", "1:1: object[0]: `name` is missing (expected name = a text in quotes)"),
        (
            "[[object]]\nkind = \"Rollout\"\nname = \"a\"\nversion = \"labels:x\"",
            "4:11: object[0].version: `labels:x` does not say where a version is read (did you mean `label:`?)",
        ),
        (
            "[[object]]\nkind = \"Rollout\"\nname = \"a\"\nsource = \"us\"",
            "4:10: object[0].source: no source is called `us` (expected `eu` or `prom`)",
        ),
        ("[object]\nkind = \"Rollout\"\nname = \"a\"", "1:1: `object` has the wrong type (expected [a table, …])"),
        (
            "[[object]]\nkind = \"Rollout\"\nname = \"a\"\n[[object]]\nkind = \"Rollout\"\nname = \"a\"",
            "4:1: object[1]: the Rollout `a` is already there",
        ),
        ("[telemetry]\nselect = { \"a-b\" = \"x\" }", "2:12: telemetry.select.a-b: `a-b` is not a label name"),
        (
            "[telemetry]\nversion = \"v\"",
            "2:1: telemetry.version: unknown key `version` in `telemetry` (did you mean `version_label`?)",
        ),
    ] {
        assert_eq!(said("services/checkout.toml", text), [expected], "{text}");
    }
}

#[test]
fn a_wrong_slo_is_told_with_line_and_key() {
    for (text, expected) in [
        (
            "objective = 100\nratio = { bad = \"b\", total = \"t\" }",
            "3:13: slo[0].objective: `objective` is out of range (expected above 0 and below 100)",
        ),
        (
            "objective = \"99.9\"\nratio = { bad = \"b\", total = \"t\" }",
            "3:13: slo[0].objective: `objective` has the wrong type (expected a number)",
        ),
        (
            "objective = 99.9",
            "1:1: slo[0]: the SLO says nowhere how it is measured (expected exactly one of `ratio`, `latency` or `threshold`)",
        ),
        (
            "objective = 99.9\nratio = { bad = \"b\", total = \"t\" }\nlatency = { histogram = \"h\", under = \"1s\" }",
            "1:1: slo[0]: the SLO is measured in 2 ways: ratio, latency (expected exactly one of `ratio`, `latency` or `threshold`)",
        ),
        (
            "objective = 99.9\nratio = { total = \"t\" }",
            "4:9: slo[0].ratio: the ratio has neither `bad` nor `good` (expected `total`, and exactly one of `bad` and `good`)",
        ),
        (
            "objective = 99.9\nratio = { bad = \"b\", good = \"g\", total = \"t\" }",
            "4:9: slo[0].ratio: the ratio has both `bad` and `good` (expected `total`, and exactly one of `bad` and `good`)",
        ),
        (
            "objective = 99.9\nratio = { bad = \"b\" }",
            "4:9: slo[0].ratio: `total` is missing (expected total = a PromQL selector such as http_requests_total{code=~\"5..\"})",
        ),
        (
            "objective = 99.9\nratio = { bad = \"rate(b[5m])\", total = \"t\" }",
            "4:17: slo[0].ratio.bad: an expression is not a selector (expected a PromQL selector such as http_requests_total{code=~\"5..\"})",
        ),
        (
            "objective = 99.9\nratio = { bad = \"b\", total = \"t[5m]\" }",
            "4:30: slo[0].ratio.total: a selector here has no range in `[…]` (expected a PromQL selector such as http_requests_total{code=~\"5..\"})",
        ),
        (
            "objective = 99.9\nlatency = { histogram = \"h_bucket\", under = \"1s\" }",
            "4:25: slo[0].latency.histogram: the histogram's name is without `_bucket`, `_count` and `_sum` (did you mean `h`?)",
        ),
        (
            "objective = 99.9\nlatency = { histogram = \"h\", under = 0.3 }",
            "4:38: slo[0].latency.under: `under` has the wrong type (expected a duration such as 300ms, 15s, 5m, 1h30m or 30d)",
        ),
        (
            "objective = 99.9\nwindow = 30\nratio = { bad = \"b\", total = \"t\" }",
            "4:10: slo[0].window: `window` has the wrong type (expected a duration such as 300ms, 15s, 5m, 1h30m or 30d or a table)",
        ),
        (
            "objective = 99.9\nwindow = { calendar = \"fortnight\" }\nratio = { bad = \"b\", total = \"t\" }",
            "4:23: slo[0].window.calendar: `fortnight` is not a known value of `calendar` (expected `day`, `week`, `month`, `quarter` or `year`)",
        ),
        (
            "objective = 99.9\nsource = \"prm\"\nratio = { bad = \"b\", total = \"t\" }",
            "4:10: slo[0].source: no source is called `prm` (did you mean `prom`?)",
        ),
        (
            "objective = 99.9\nratio = { bad = \"b\", total = \"t\" }\n[[slo]]\nname = \"a\"\nobjective = 9\nratio = { bad = \"b\", total = \"t\" }",
            "6:8: slo[1].name: there are two SLOs `checkout/a`",
        ),
    ] {
        assert_eq!(said("services/checkout.toml", &format!("[[slo]]\nname = \"a\"\n{text}\n")), [expected], "{text}");
    }
    assert_eq!(
        said(
            "slos/http.toml",
            "objective = 99\nby = \"a-b\"\nexcept = [\"(\"]\nratio = { bad = \"b\", total = \"t\" }\n"
        ),
        [
            "2:6: by: `a-b` is not a label name (expected a label name: letters, digits and _, not beginning with a digit)",
            "3:11: except[0]: not a regular expression: unclosed group (expected a regular expression such as batch-.*)",
        ]
    );
}

#[test]
fn a_wrong_release_is_told_with_line_and_key() {
    let component = "[[component]]\nservice = \"checkout\"\nversion = \"1\"\n";
    for (text, expected) in [
        (
            format!("environment = \"prd\"\n{component}"),
            "1:15: environment: no environment is called `prd` (did you mean `prod`?)",
        ),
        (
            component.to_owned(),
            "1:1: `environment` is missing (expected environment = the name of an environment under [environments])",
        ),
        ("environment = \"prod\"".to_owned(), "1:1: `component` is missing (expected component = [a table, …])"),
        (
            format!("environment = \"prod\"\nclass = \"urgent\"\n{component}"),
            "2:9: `urgent` is not a known value of `class` (expected `standard`, `normal` or `emergency`)",
        ),
        (
            format!(
                "environment = \"prod\"\nwindow = {{ start = 2026-11-20T14:00:00Z, end = 2026-11-20T13:00:00Z }}\n{component}"
            ),
            "2:48: window.end: the window ends before it starts (expected a time after 2026-11-20T14:00:00+00:00)",
        ),
        (
            format!(
                "environment = \"prod\"\nwindow = {{ start = 2026-11-20T14:00:00, end = 2026-11-20T15:00:00Z }}\n{component}"
            ),
            "2:20: window.start: `2026-11-20T14:00:00` is not a time with its zone (expected a time with its zone such as 2026-11-20T14:00:00Z)",
        ),
        (
            format!("environment = \"prod\"\n{component}{component}"),
            "6:11: component[1].service: the service `checkout` is there twice",
        ),
        (
            format!("environment = \"prod\"\n{component}[[component]]\nservice = \"paymnts\"\nversion = \"2\""),
            "6:11: component[1].service: no service is called `paymnts` (did you mean `payments`?)",
        ),
        (
            format!("environment = \"prod\"\n{component}after = [\"payments\"]"),
            "5:10: component[0].after[0]: `payments` is not in this release",
        ),
        (
            format!("environment = \"prod\"\n{component}after = [\"checkout\"]"),
            "5:10: component[0].after[0]: `checkout` goes after itself",
        ),
        (
            format!(
                "environment = \"prod\"\n{component}after = [\"payments\"]\n[[component]]\nservice = \"payments\"\nversion = \"2\"\nafter = [\"checkout\"]"
            ),
            "2:1: component: these components wait for each other: checkout, payments",
        ),
        (
            format!("environment = \"prod\"\n{component}artefact = \"x\""),
            "5:1: component[0].artefact: unknown key `artefact` in `component[0]` (did you mean `artifact`?)",
        ),
    ] {
        let said = said("releases/r.toml", &text);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{text}\n{said:#?}\nis not\n{expected}");
    }
}

#[test]
fn two_releases_of_the_same_version_are_a_warning() {
    let loaded = catalog(&[
        ("services/checkout.toml", ""),
        ("services/payments.toml", ""),
        ("checklists/service.toml", "title = \"A service release\""),
        ("releases/a.toml", RELEASE),
        ("releases/b.toml", RELEASE),
    ])
    .unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.warnings.warnings(), 2);
    assert!(loaded.warnings.to_string().contains("the release `a` claims payments 7.3.1 too"), "{}", loaded.warnings);
}

#[test]
fn a_name_that_nobody_can_type_is_refused() {
    let said = said("services/check out.toml", "");
    assert_eq!(
        said,
        ["the file's stem is its name, and `check out` is not a name (expected letters, digits, ., _ and -)"]
            .map(|text| format!(" {text}"))
    );
}

/// The lines of a text, the first one after `first`, the others after `rest`.
fn indented(text: &str, first: &str, rest: &str) -> String {
    let margins = std::iter::once(first).chain(std::iter::repeat(rest));
    margins.zip(text.lines()).flat_map(|(margin, line)| [margin, line, "\n"]).collect()
}

/// An OpenSLO v1 object with these lines in its `spec`.
fn openslo(spec: &str) -> String {
    let spec = indented(spec, "  ", "  ");
    format!("apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: search\nspec:\n  service: checkout\n{spec}")
}

const OCCURRENCES: &str = "budgetingMethod: Occurrences\n";
const ROLLING: &str = "timeWindow: [{duration: 2w, isRolling: true}]\n";
const TARGET: &str = "objectives: [{target: 0.9995}]\n";

fn ratio(query: &str) -> String {
    let metric = |query: &str| {
        format!("{{metricSource: {{type: Prometheus, metricSourceRef: prom, spec: {{query: '{query}'}}}}}}")
    };
    format!(
        "indicator: {{spec: {{ratioMetric: {{counter: true, good: {}, total: {}}}}}}}\n",
        metric(query),
        metric("sum(all)")
    )
}

#[test]
fn openslo_objects_become_slos() {
    let threshold =
        "indicator:\n  spec:\n    thresholdMetric: {metricSource: {type: Prometheus, spec: {query: queue_length}}}\n";
    let calendar = "timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: America/New_York}}]\n";
    let two = "objectives: [{op: lt, value: 500, target: 0.99}, {op: lte, value: 900, targetPercent: 99.9}]\n";
    let queue = openslo(&format!("{OCCURRENCES}{calendar}{threshold}{two}")).replace("name: search", "name: queue");
    let list = indented(&queue, "- ", "  ");
    let text = format!(
        "{}---\n{list}",
        openslo(&format!("{OCCURRENCES}{ROLLING}{}{TARGET}", ratio("sum(rate(good[{{.window}}]))")))
    );
    let loaded = catalog(&[("services/checkout.toml", ""), ("slos/search.yaml", &text)])
        .unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let slos = &loaded.catalog.slos;
    let told: Vec<(&str, f64)> = slos.iter().map(|slo| (slo.id.as_str(), slo.objective.percent())).collect();
    assert_eq!(told, [("checkout/search", 99.95), ("checkout/queue-1", 99.0), ("checkout/queue-2", 99.9)]);
    assert_eq!(
        slos[0].indicator,
        Indicator::Expressions {
            bad: None,
            good: Some("sum(increase(good[$window]))".to_owned()),
            total: "all".to_owned()
        }
    );
    assert_eq!(slos[0].source.as_ref().map(ToString::to_string).as_deref(), Some("prom"));
    assert_eq!(
        (slos[0].period, &slos[0].binding),
        (Period::Rolling(Span::from_days(14)), &Binding::Service("checkout".to_owned()))
    );
    assert_eq!(slos[1].period, Period::Calendar { unit: CalendarUnit::Month, zone: Tz::America__New_York });
    assert_eq!(
        slos[2].indicator,
        Indicator::Threshold { query: "queue_length".to_owned(), good_when: Comparison::Lte, value: 900.0 }
    );
    assert_eq!(slos[2].origin, Origin::OpenSlo("slos/search.yaml".to_owned()));
}

#[test]
fn what_openslo_can_say_and_warroom_cannot_do_is_told_and_left_out() {
    let good = ratio("sum(good)");
    for (text, expected) in [
        (
            openslo("budgetingMethod: Timeslices\nobjectives: [{target: 0.9}]\n"),
            "SLO search: the budgeting method Timeslices is not supported yet",
        ),
        (
            openslo("budgetingMethod: RatioTimeslices\nobjectives: [{target: 0.9}]\n"),
            "SLO search: the budgeting method RatioTimeslices is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}objectives: [{{target: 0.9, indicatorRef: x}}]\n")),
            "SLO search: an SLO composed of several indicators is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{good}")).replace("openslo/v1", "openslo/v1alpha"),
            "apiVersion openslo/v1alpha is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{good}")).replace("Prometheus", "Datadog"),
            "the metric source Datadog is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{good}")).replace("counter: true", "counter: false"),
            "a ratio of gauges (counter: false) is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{}", ratio("sum(rate(x[5m]))"))),
            "a query that has a window of its own instead of [$window] is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}timeWindow: [{{duration: 3M, isRolling: false}}]\n{TARGET}{good}")),
            "a calendar window of 3M is not supported yet",
        ),
        (
            openslo(&format!("{OCCURRENCES}timeWindow: [{{duration: 1M, isRolling: true}}]\n{TARGET}{good}")),
            "a rolling window in months, quarters or years is not supported yet",
        ),
        (
            "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: d}\nspec: {}\n".to_owned(),
            "DataSource d: the kind DataSource is ignored",
        ),
    ] {
        let loaded = catalog(&[("services/checkout.toml", ""), ("slos/a.yaml", &text)])
            .unwrap_or_else(|report| panic!("{text}\n{report}"));
        assert!(loaded.catalog.slos.is_empty(), "{text}");
        let told = loaded.warnings.to_string();
        assert!(told.contains(expected) && told.contains("slos/a.yaml:"), "{text}\n{told}");
    }
}

#[test]
fn wrong_openslo_objects_are_errors_and_do_not_hide_the_next_one() {
    let good = ratio("sum(good)");
    for (text, expected) in [
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}objectives: [{{target: 99.9}}]\n{good}")),
            "SLO search: the target is out of range",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}objectives: []\n{good}")),
            "SLO search: `objectives` is missing or empty",
        ),
        (openslo(&format!("budgetingMethod: occurences\n{ROLLING}{TARGET}{good}")), "did you mean `Occurrences`?"),
        (openslo(&format!("{OCCURRENCES}{TARGET}{good}")), "SLO search: `timeWindow` is missing"),
        (
            openslo(&format!("{OCCURRENCES}timeWindow: [{{duration: 2 weeks, isRolling: true}}]\n{TARGET}{good}")),
            "`2 weeks` is not a duration",
        ),
        (openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{}", ratio("sum(x"))), "SLO search: not PromQL"),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}indicatorRef: nobody\n")),
            "SLO search: no SLI is called `nobody`",
        ),
        (
            openslo(&format!("{OCCURRENCES}{ROLLING}{TARGET}{good}")).replace("openslo/v1", "foo"),
            "`foo` is not a version of OpenSLO",
        ),
        ("just text".to_owned(), "not an OpenSLO object"),
    ] {
        let text = format!(
            "{text}\n---\n{}",
            openslo("budgetingMethod: Timeslices\nobjectives: [{target: 0.9}]\n").replace("name: search", "name: next")
        );
        let report = catalog(&[("services/checkout.toml", ""), ("slos/a.yaml", &text)]).expect_err(&text);
        let told = report.to_string();
        assert!(told.contains(expected), "{expected} is missing in\n{told}");
        assert!(told.contains("SLO next: the budgeting method Timeslices"), "{told}");
    }
}

#[test]
fn published_openslo_files_are_read_or_told_object_by_object() {
    let Ok(fixtures) = std::env::var("WARROOM_FIXTURES") else {
        println!("skipped: WARROOM_FIXTURES is not set");
        return;
    };
    let said = |name: &str| {
        let text = std::fs::read_to_string(Path::new(&fixtures).join(name)).expect(name);
        match catalog(&[("slos/x.yaml", &text)]) {
            Ok(loaded) => (loaded.catalog.slos.clone(), loaded.warnings),
            Err(report) => (Vec::new(), report),
        }
    };
    let (slos, _) = said("openslo/budgeting-method_occurences-slo.yaml");
    assert_eq!(slos.len(), 1);
    assert_eq!((slos[0].objective.percent(), slos[0].period), (99.0, Period::Rolling(Span::from_days(14))));
    assert!(matches!(slos[0].indicator, Indicator::Threshold { good_when: Comparison::Lt, value: 500.0, .. }));
    for (name, objects, part) in [
        (
            "openslo/budgeting-method_timeslices-slo.yaml",
            1,
            "SLO service-availability: the budgeting method Timeslices",
        ),
        ("openslo/budgeting-method_ratio-timeslices.yaml", 1, "SLO main-page: the budgeting method RatioTimeslices"),
        ("openslo/treat-low-traffic-as-equally-important_timeslices-slo.yaml", 1, "SLO service-availability"),
        ("openslo/oslo_validate_v1.yaml", 3, "SLO web-availability: the budgeting method Timeslices"),
        (
            "openslo/oslo_validate_v1alpha.yaml",
            4,
            "SLO my-amazing-slo: apiVersion openslo/v1alpha is not supported yet",
        ),
        ("openslo/oslo_validate_v2alpha.yaml", 3, "apiVersion openslo.com/v2alpha is not supported yet"),
        ("openslo/oslo_validate_invalid-apiversion.yaml", 1, "`foo` is not a version of OpenSLO"),
        ("sloth/in-openslo.yaml", 1, "SLO slo1: apiVersion openslo/v1alpha is not supported yet"),
    ] {
        let (slos, report) = said(name);
        assert!(slos.is_empty(), "{name}");
        assert_eq!(report.diagnostics.len(), objects, "{name}: one for each object\n{report}");
        assert!(report.to_string().contains(part), "{name}\n{report}");
    }
}
