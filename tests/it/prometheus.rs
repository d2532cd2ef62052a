//! The Prometheus API: recorded and hostile answers, queries.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use serde_json::{Value, json};
use warroom::{
    config::schema::source::{HttpOptions, PrometheusSource, Source, SourceKind},
    domain::{
        canary::deploy::Deploy,
        catalog::{Catalog, Service},
        demand::Demand,
        facts::{Answer, Facts},
        labels::Labels,
        slo::{
            definition::{Binding, Indicator, Objective, Origin, Period, Slo},
            reading::Amount,
        },
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::{connector::Connector, kinds::prometheus::KIND},
};

use crate::support::{base_url, context};

/// A request as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: BTreeMap<String, String>,
}

/// Answers every request with the same status and body, and keeps what it saw.
#[derive(Clone)]
struct Fake {
    status: StatusCode,
    body: Arc<str>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    async fn start(status: u16, body: impl Into<String>) -> (Self, SocketAddr) {
        let status = StatusCode::from_u16(status).expect("a status");
        let fake = Self { status, body: body.into().into(), seen: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (fake, address)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    fake.seen.lock().expect("no panic").push(Seen { method, uri, headers, form });
    (fake.status, fake.body.to_string())
}

fn connector(address: SocketAddr, prefix: &str, tenant: Option<&str>) -> Box<dyn Connector> {
    let headers = tenant.map(|tenant| ("X-Scope-OrgID".to_owned(), tenant.to_owned())).into_iter().collect();
    let source = Source {
        name: "prom".into(),
        environment: None,
        region: None,
        interval: None,
        timeout: Span::from_secs(20),
        max_body: 32 * 1024 * 1024,
        kind: SourceKind::Prometheus(PrometheusSource {
            url: base_url(address).join(prefix).expect("a prefix"),
            http: HttpOptions { headers, ..HttpOptions::default() },
            slos: Vec::new(),
            alerts: true,
        }),
    };
    (KIND.build)(&source, &context()).expect("a connector")
}

fn vector(rows: &[(Labels, &str)]) -> String {
    let rows: Vec<Value> =
        rows.iter().map(|(metric, value)| json!({"metric": metric, "value": [1_700_000_000.5, value]})).collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": rows}}).to_string()
}

fn row(service: &str, part: &str) -> Labels {
    [("service", service), ("wr_part", part)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn slo(id: &str, binding: Binding, bad: &str) -> Slo {
    Slo {
        id: id.to_owned(),
        name: "availability".to_owned(),
        origin: Origin::File("slos/http.toml".to_owned()),
        binding,
        objective: Objective::new(99.9).expect("in range"),
        period: Period::Rolling(Span::from_days(30)),
        indicator: Indicator::Bad { bad: bad.to_owned(), total: "http_requests_total".to_owned() },
        source: None,
    }
}

fn by_service() -> Slo {
    slo("http", Binding::By { label: "service".to_owned(), except: Vec::new() }, r#"http_requests_total{code=~"5.."}"#)
}

fn demand(slos: Vec<Slo>) -> Demand {
    Demand { catalog: Arc::new(Catalog { slos, ..Catalog::default() }), ..Demand::default() }
}

async fn poll(address: SocketAddr, slos: Vec<Slo>) -> Result<Answer, SourceError> {
    connector(address, "", None).poll("slo 5m", &demand(slos)).await
}

fn amounts(answer: &Answer) -> BTreeMap<(String, String), Amount> {
    let Facts::Slo(facts) = &answer.facts else { panic!("{answer:?}") };
    let read = facts.readings.iter();
    read.map(|reading| ((reading.slo.clone(), reading.labels["service"].clone()), reading.amount)).collect()
}

#[tokio::test]
async fn a_query_is_posted_below_the_prefix_with_the_tenant_and_takes_gzip() {
    let (fake, address) = Fake::start(200, vector(&[])).await;
    let connector = connector(address, "/select/0/prometheus", Some("shop|pay"));
    connector.poll("slo 5m", &demand(vec![by_service()])).await.expect("an answer");
    let [seen] = &fake.seen()[..] else { panic!("{:?}", fake.seen()) };
    assert_eq!((&seen.method, seen.uri.to_string().as_str()), (&Method::POST, "/select/0/prometheus/api/v1/query"));
    assert_eq!(seen.headers["x-scope-orgid"], "shop|pay");
    assert!(seen.headers["accept-encoding"].to_str().expect("text").contains("gzip"));
    assert_eq!(seen.form.keys().collect::<Vec<_>>(), ["query"], "nothing asks for partial_response by itself");
}

#[tokio::test]
async fn a_thousand_services_take_as_many_requests_as_one() {
    let windows = ["slo 5m", "slo 30m", "slo 1h", "slo 6h", "slo 1d", "slo 3d"];
    let mut requests = Vec::new();
    for services in [1, 1_000] {
        let rows: Vec<(Labels, &str)> =
            (0..services).flat_map(|n| ["total 0", "bad 0"].map(|part| (row(&format!("s{n}"), part), "7"))).collect();
        let (fake, address) = Fake::start(200, vector(&rows)).await;
        let connector = connector(address, "", None);
        let demand = demand(vec![by_service()]);
        for window in windows {
            let answer = connector.poll(window, &demand).await.expect("an answer");
            assert_eq!(answer.requests, 1);
            assert_eq!(amounts(&answer).len(), services);
        }
        requests.push(fake.seen().len());
    }
    assert_eq!(requests, [6, 6]);
}

#[tokio::test]
async fn deploys_of_a_thousand_services_take_as_many_requests_as_one_and_what_was_before_is_asked_once() {
    for services in [1, 1_000] {
        let empty = json!({"status": "success", "data": {"resultType": "matrix", "result": []}}).to_string();
        let (fake, address) = Fake::start(200, empty).await;
        let connector = connector(address, "", None);
        let began = chrono::Utc::now() - chrono::TimeDelta::minutes(40);
        let deploy = |number: i64| {
            let began = began + chrono::TimeDelta::seconds(number % 600);
            Deploy { service: format!("s{number}"), environment: String::new(), began, full: began }
        };
        let demand = Demand { deploys: (0..services).map(deploy).collect(), ..demand(vec![by_service()]) };
        assert!(connector.feeds(&demand).iter().any(|feed| feed.name == "deploys"));
        let first = connector.poll("deploys", &demand).await.expect("an answer");
        let second = connector.poll("deploys", &demand).await.expect("an answer");
        // After, before, and a week before; then only after.
        assert_eq!((first.requests, second.requests), (3, 1), "{services} services");
        assert_eq!(fake.seen().len(), 4);
    }
}

#[tokio::test]
async fn a_thousand_equal_definitions_of_services_take_one_request_and_unlike_ones_one_for_fifty() {
    let (fake, address) = Fake::start(200, vector(&[])).await;
    let of = |n: usize, bad: String| slo(&format!("s{n}/x"), Binding::Service(format!("s{n}")), &bad);
    poll(address, (0..1_000).map(|n| of(n, "errors_total".to_owned())).collect()).await.expect("an answer");
    assert_eq!(fake.seen().len(), 1);
    poll(address, (0..120).map(|n| of(n, format!("errors{n}_total"))).collect()).await.expect("an answer");
    assert_eq!(fake.seen().len(), 1 + 3);
    for seen in fake.seen() {
        assert!(seen.form["query"].len() < 330_000);
        promql_parser::parser::parse(&seen.form["query"]).expect("PromQL");
    }
}

#[tokio::test]
async fn each_state_of_a_sample_is_told_apart() {
    let rows = [
        (row("ok", "total 0"), "200"),
        (row("ok", "bad 0"), "3"),
        (row("no_errors_yet", "total 0"), "200"),
        (row("no_traffic", "total 0"), "0"),
        (row("nan", "total 0"), "NaN"),
        (row("infinite", "total 0"), "+Inf"),
        (row("contradiction", "bad 0"), "4"),
    ];
    let (_, address) = Fake::start(200, vector(&rows)).await;
    let answer = poll(address, vec![by_service()]).await.expect("an answer");
    let found: BTreeMap<String, Amount> = amounts(&answer).into_iter().map(|((_, service), a)| (service, a)).collect();
    let counts = |bad, total| Amount::Counts { bad, total };
    assert_eq!(
        found,
        [
            ("ok", counts(3.0, 200.0)),
            ("no_errors_yet", counts(0.0, 200.0)),
            ("no_traffic", counts(0.0, 0.0)),
            ("nan", Amount::NotANumber),
            ("infinite", Amount::Infinite),
            ("contradiction", counts(4.0, 0.0)),
        ]
        .map(|(service, amount)| (service.to_owned(), amount))
        .into()
    );
}

#[tokio::test]
async fn an_empty_answer_names_what_was_asked() {
    let (_, address) = Fake::start(200, vector(&[])).await;
    let answer = poll(address, vec![by_service()]).await.expect("an answer");
    let Facts::Slo(facts) = answer.facts else { panic!("SLO facts") };
    assert_eq!((facts.readings.len(), facts.asked.len()), (0, 1));
    assert!(facts.asked[0].query.contains("http_requests_total"));
}

#[tokio::test]
async fn a_series_of_two_services_goes_to_the_one_whose_labels_it_carries() {
    let mut slos = vec![
        slo("a/x", Binding::Service("a".to_owned()), "errors_total"),
        slo("b/x", Binding::Service("b".to_owned()), "errors_total"),
    ];
    slos[1].objective = Objective::new(99.0).expect("in range");
    let rows = [(row("a", "total 0"), "10"), (row("b", "total 0"), "20"), (row("c", "total 0"), "30")];
    let (_, address) = Fake::start(200, vector(&rows)).await;
    let answer = poll(address, slos).await.expect("an answer");
    let owners: Vec<(String, String)> = amounts(&answer).into_keys().collect();
    assert_eq!(owners, [("a/x", "a"), ("b/x", "b")].map(|(slo, service)| (slo.to_owned(), service.to_owned())));
}

#[tokio::test]
async fn a_partial_answer_is_marked_and_an_engine_warning_is_not() {
    for (rest, gaps) in [
        (r#","warnings":["store 10.0.0.7: unavailable"]"#, 1),
        (r#","isPartial":true"#, 1),
        (r#","warnings":["PromQL warning: metric might not be a counter"]"#, 0),
    ] {
        let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[]}}{rest}}}"#);
        let (_, address) = Fake::start(200, body).await;
        assert_eq!(poll(address, vec![by_service()]).await.expect("an answer").gaps.len(), gaps, "{rest}");
    }
}

#[tokio::test]
async fn each_refusal_is_stated_by_its_kind() {
    let timeout = r#"{"status":"error","errorType":"execution","error":"expanding series: context deadline exceeded"}"#;
    let parse = r#"{"status":"error","errorType":"bad_data","error":"1:7: parse error: unexpected end of input"}"#;
    for (status, body, kind, words) in [
        (422, timeout, ErrorKind::Timeout, "context deadline exceeded"),
        (400, parse, ErrorKind::Query, "bad_data: 1:7: parse error"),
        (200, parse, ErrorKind::Query, "bad_data: 1:7: parse error"),
        (404, "404 page not found", ErrorKind::NotFound, "404"),
        (405, "Method Not Allowed", ErrorKind::Status, "405"),
        (502, "<html>Bad Gateway</html>", ErrorKind::Status, "502"),
        (200, "<html><title>Sign in</title></html>", ErrorKind::Decode, "page"),
        (200, "", ErrorKind::Decode, "empty"),
        (200, r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, ErrorKind::Decode, "vector"),
    ] {
        let (_, address) = Fake::start(status, body).await;
        let error = poll(address, vec![by_service()]).await.expect_err("an error");
        assert_eq!(error.kind, kind, "{status} {body}: {error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn long_windows_of_a_page_hurry_while_a_release_is_in_flight() {
    let (_, address) = Fake::start(200, vector(&[])).await;
    let connector = connector(address, "", None);
    let mut demand = demand(vec![by_service()]);
    let of = |demand: &Demand, name: &str| {
        let feeds = connector.feeds(demand);
        feeds.iter().find(|feed| feed.name == name).unwrap_or_else(|| panic!("{name}")).interval.to_string()
    };
    let intervals = |demand: &Demand| ["slo 5m", "slo 1h", "slo 6h", "slo 3d", "slo 30d"].map(|name| of(demand, name));
    assert_eq!(intervals(&demand), ["15s", "3m", "15m", "15m", "15m"]);
    demand.in_flight.insert(("checkout".to_owned(), "prod".to_owned()));
    assert_eq!(intervals(&demand), ["15s", "15s", "1m30s", "15m", "15m"]);
    demand.in_flight.clear();
    demand.burning.insert("http".to_owned());
    assert_eq!(intervals(&demand), ["15s", "15s", "1m30s", "15m", "15m"]);
    demand.catalog =
        Arc::new(Catalog { services: [("a".to_owned(), Service::default())].into(), ..Catalog::default() });
    assert_eq!(connector.feeds(&demand).len(), 1, "nothing to measure leaves the alerts");
}

fn decode(body: &str) -> Result<Vec<Value>, SourceError> {
    (KIND.decoders[0].decode)(&[body])
}

#[test]
fn a_matrix_of_ten_megabytes_is_read_and_a_cut_one_is_an_error() {
    let samples =
        (0..240).map(|n| format!("[{}.781,\"0.{n:06}\"]", 1_435_781_430 + n * 15)).collect::<Vec<_>>().join(",");
    let series = (0..1_600).map(|n| format!(r#"{{"metric":{{"service":"s{n}"}},"values":[{samples}]}}"#));
    let series = series.collect::<Vec<_>>().join(",");
    let body = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#);
    assert!(body.len() > 10_000_000, "{}", body.len());
    let read = warroom::sources::kinds::prometheus::decode::query(&body).expect("a matrix").data;
    let warroom::sources::kinds::prometheus::decode::series::Series::Matrix(rows) = read else { panic!("a matrix") };
    assert_eq!((rows.len(), rows[1_599].values.len()), (1_600, 240));
    assert_eq!(decode(&body[..body.len() - 1_000]).expect_err("cut").kind, ErrorKind::Decode);
}

#[test]
fn the_documented_answers_are_read_where_the_fixtures_are() {
    let Some(folder) = std::env::var_os("WARROOM_FIXTURES") else {
        println!("skipped: WARROOM_FIXTURES is not set");
        return;
    };
    let path = std::path::Path::new(&folder).join("prometheus/api-docs/examples.json");
    let text = std::fs::read_to_string(&path).expect("the documented answers");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut objects: BTreeMap<String, usize> = BTreeMap::new();
    for example in file["examples"].as_array().expect("examples") {
        match decode(&example["response"].to_string()) {
            Ok(read) => {
                *objects.entry(example["section"].as_str().expect("a name").to_owned()).or_default() += read.len();
            }
            Err(error) => assert_eq!(error.kind, ErrorKind::Decode, "{example}"),
        }
    }
    for (section, count) in [
        ("Instant queries", 2),
        ("Range queries", 2),
        ("Finding series by label matchers", 3),
        ("Rules", 1),
        ("Alerts", 1),
    ] {
        assert_eq!(objects.get(section), Some(&count), "{section}");
    }
}

#[test]
fn fingerprints_are_those_of_a_real_alertmanager() {
    let known = [("alertname", "HighErrorRate"), ("env", "prod"), ("service", "checkout"), ("severity", "critical")];
    let known: Labels = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let fingerprint = warroom::sources::kinds::prometheus::fingerprint::fingerprint;
    // Recorded from Alertmanager 0.25.
    assert_eq!(fingerprint(&known), "69c2e62f0b0aec37");
    let Some(folder) = std::env::var_os("WARROOM_FIXTURES") else {
        println!("skipped: WARROOM_FIXTURES is not set");
        return;
    };
    let path = std::path::Path::new(&folder).join("alertmanager/live-0.25.0/alerts.json");
    let alerts: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).expect("alerts")).expect("JSON");
    for alert in alerts {
        let labels: Labels = serde_json::from_value(alert["labels"].clone()).expect("labels");
        assert_eq!(fingerprint(&labels), alert["fingerprint"]);
    }
}
