//! The check `kubernetes`, against the simulated cluster and against servers that answer badly.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use url::Url;
use warroom::{
    config::schema::source::{KubernetesSource, Source, SourceKind},
    domain::{
        catalog::{Catalog, ReleaseFile},
        checklist::{
            check::Check,
            state::{Evidence, Finding},
        },
        time::Span,
    },
    sources::checks::{Checks, Subject},
};

use super::looking::item;
use crate::{
    simulator::story,
    support::{DEADLINE, api, base_url, context, dead_port},
};

fn cluster(name: &str, environment: Option<&str>, url: Url) -> Source {
    Source {
        name: name.into(),
        environment: environment.map(str::to_owned),
        region: None,
        interval: None,
        timeout: Span::from_secs(20),
        max_body: 1 << 20,
        kind: SourceKind::Kubernetes(KubernetesSource { url: Some(url), ..KubernetesSource::default() }),
    }
}

fn prod(url: Url) -> Source {
    cluster("eu", Some("prod"), url)
}

fn field(kind: &str, name: &str, field: &str, must: &str) -> Check {
    Check::Kubernetes {
        source: None,
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
        field: field.to_owned(),
        must: must.parse().expect(must),
    }
}

fn checks(sources: Vec<Source>) -> Checks {
    Checks::new(sources, std::env::temp_dir(), context())
}

async fn look(checks: &Checks, check: Check, timeout: Span) -> Evidence {
    let catalog = Catalog::default();
    let release = ReleaseFile { environment: "prod".to_owned(), ..ReleaseFile::default() };
    let (item, subject) = (item("a", check, timeout), Subject { catalog: &catalog, release: &release });
    tokio::time::timeout(DEADLINE, checks.look(&item, subject)).await.expect("an end").expect("evidence")
}

async fn one(source: Source, check: Check) -> Evidence {
    look(&checks(vec![source]), check, Span::from_secs(20)).await
}

/// What is said of the field `/spec/replicas`, which must be 3, of the Deployment `a` of a server that answers so.
async fn told(answer: impl Fn(&str) -> Response + Send + Sync + 'static) -> (Finding, String) {
    let address = api(move |path, _, _| answer(path)).await;
    let evidence = one(prod(base_url(address)), field("Deployment", "a", "/spec/replicas", "== 3")).await;
    assert!(!evidence.words.chars().any(char::is_control), "{evidence:?}");
    (evidence.finding, evidence.words)
}

fn answered(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).expect("a status"), axum::Json(body.clone())).into_response()
}

fn status(code: u16, reason: &str, message: &str, details: &Value) -> Response {
    answered(code, &json!({"kind": "Status", "reason": reason, "message": message, "code": code, "details": details}))
}

fn deployment(name: &str) -> Value {
    json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name}, "spec": {"replicas": 3}})
}

#[tokio::test]
async fn objects_of_a_cluster_are_looked_at_whatever_their_kind() {
    let running = story("bad-canary", 30);
    let checks = checks(vec![prod(running.urls().kubernetes.clone())]);
    let said = async |check| {
        let evidence = look(&checks, check, Span::from_secs(20)).await;
        assert_eq!(evidence.by, "eu");
        (evidence.finding, evidence.words)
    };
    let (finding, words) = said(field("Rollout", "checkout", "/status/phase", "== \"Paused\"")).await;
    assert_eq!((finding, words.as_str()), (Finding::Pass, "/status/phase is \"Paused\" (must be == \"Paused\")"));
    let weight = "/status/canary/weights/canary/weight";
    let by_version = field("argoproj.io/v1alpha1/Rollout", "checkout", weight, "<= 20");
    assert_eq!(said(by_version).await.0, Finding::Fail, "25 % already");
    let pause = field("argoproj.io/v1alpha1/Rollout", "checkout", "/spec/paused", "== false");
    let (finding, words) = said(pause).await;
    assert!(finding == Finding::Unknown && words.contains("/spec/paused is not there"), "{words}");
    let (finding, words) = said(field("Rollout", "nothing", "/status/phase", "exists")).await;
    assert_eq!((finding, words.as_str()), (Finding::Fail, "there is no Rollout nothing in shop"));
    assert_eq!(said(field("Namespace", "shop", "/metadata/name", "== \"shop\"")).await.0, Finding::Pass);
    let (finding, words) = said(field("batch/v1/CronJob", "a", "/spec/suspend", "exists")).await;
    assert!(finding == Finding::Unknown && words.contains("does not know the kind batch/v1/CronJob"), "{words}");
    let (finding, words) = said(field("apps/v1/Gateway", "a", "/spec", "exists")).await;
    assert!(finding == Finding::Unknown && words.contains("does not know the kind apps/v1/Gateway"), "{words}");
    let (finding, words) = said(field("CronTab", "a", "/spec", "exists")).await;
    assert!(finding == Finding::Unknown && words.contains("write apiVersion/Kind"), "{words}");
    for secret in ["Secret", "v1/Secret"] {
        let (finding, words) = said(field(secret, "a", "/data/password", "exists")).await;
        assert!(finding == Finding::Unknown && words.contains("reads no Secret"), "{words}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_may_not_be_seen_have_different_words() {
    let gone = "deployments.apps \"a\" not found";
    let (finding, words) = told(move |_| status(404, "NotFound", gone, &json!({"name": "a"}))).await;
    assert_eq!((finding, words.as_str()), (Finding::Fail, "there is no Deployment a in shop"));
    let generic = "the server could not find the requested resource";
    let (finding, words) = told(move |_| status(404, "NotFound", generic, &json!({}))).await;
    assert!(finding == Finding::Unknown && words.contains("does not know the kind"), "{words}");
    let no = "deployments.apps \"a\" is forbidden: User \"jo\" cannot get resource";
    let (finding, words) = told(move |_| status(403, "Forbidden", no, &json!({"name": "a"}))).await;
    assert!(finding == Finding::Unknown && words.contains("forbidden"), "{words}");
    assert!(words.contains("allow get on deployments.apps in shop"), "{words}");
    let (finding, words) = told(|_| status(401, "Unauthorized", "Unauthorized", &json!({}))).await;
    assert!(finding == Finding::Unknown && words.contains("no credentials"), "{words}");
    let nobody = base_url(([127, 0, 0, 1], dead_port()).into());
    let evidence = one(prod(nobody), field("Pod", "a", "/spec", "exists")).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("refuses connections"), "{evidence:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_the_object_never_passes() {
    assert_eq!(told(|_| answered(200, &deployment("a"))).await.0, Finding::Pass);
    for body in [
        deployment("b"),
        json!({"kind": "Pod", "metadata": {"name": "a"}, "spec": {"replicas": 3}}),
        json!({"kind": "DeploymentList", "items": [deployment("a")]}),
        json!({"spec": {"replicas": 3}}),
        json!({"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": null}}),
        json!({"kind": "Deployment", "metadata": {"name": "a"}, "spec": [3]}),
        json!({"kind": "\u{1b}]0;x\u{7}", "metadata": {"name": "\u{202e}a"}}),
        json!([deployment("a")]),
        json!("a"),
    ] {
        let (finding, words) = told(move |_| answered(200, &body)).await;
        assert_eq!(finding, Finding::Unknown, "{words}");
        assert!(!words.contains('\u{202e}'), "{words}");
    }
    for body in ["", "<html>log in</html>", "{\"kind\":\"Deployment\"", "\u{1b}[2J"] {
        let (finding, words) = told(move |_| body.to_owned().into_response()).await;
        assert_eq!(finding, Finding::Unknown, "{words}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(told(move |_| deep.clone().into_response()).await.0, Finding::Unknown);
    let large = format!("{{\"kind\":\"{}\"}}", "x".repeat(2 << 20));
    let (finding, words) = told(move |_| large.clone().into_response()).await;
    assert!(finding == Finding::Unknown && words.contains("larger than the limit"), "{words}");
    for code in [201, 204, 302, 410, 429, 500] {
        let (finding, words) = told(move |_| answered(code, &deployment("a"))).await;
        assert_eq!(finding, Finding::Unknown, "{code}: {words}");
    }
}

#[tokio::test]
async fn a_kind_that_leads_elsewhere_is_not_followed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let address = api(move |path, _, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        assert_eq!(path, "/apis/example.net/v1");
        let name = ["../../../../api/v1/secrets", "secrets?x=", "%2e%2e"][counted.load(Ordering::SeqCst) % 3];
        answered(200, &json!({"resources": [{"kind": "Widget", "name": name, "namespaced": true}]}))
    })
    .await;
    for _ in 0..3 {
        let evidence = one(prod(base_url(address)), field("example.net/v1/Widget", "a", "/spec", "exists")).await;
        assert_eq!(evidence.finding, Finding::Unknown, "{evidence:?}");
    }
    let before = asked.load(Ordering::SeqCst);
    for kind in ["../x/Pod", "a/b/c/Pod", "v1?x/Pod", "/Pod", "v1/", ""] {
        let evidence = one(prod(base_url(address)), field(kind, "a", "/spec", "exists")).await;
        assert_eq!(evidence.finding, Finding::Unknown, "{kind}: {evidence:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), before, "nothing was asked for");
}

#[tokio::test]
async fn every_cluster_of_the_environment_is_asked_and_a_silent_one_ends_at_the_limit() {
    let good = api(|_, _, _| answered(200, &deployment("a"))).await;
    let few = api(|_, _, _| {
        let mut object = deployment("a");
        object["spec"]["replicas"] = json!(2);
        answered(200, &object)
    })
    .await;
    let three = || field("Deployment", "a", "/spec/replicas", "== 3");
    let (eu, us) = (prod(base_url(good)), cluster("us", Some("prod"), base_url(few)));
    let staging = cluster("staging", Some("staging"), base_url(few));
    let unbound = cluster("any", None, base_url(few));
    let both = checks(vec![eu.clone(), staging.clone(), us, unbound.clone()]);
    let evidence = look(&both, three(), Span::from_secs(20)).await;
    assert_eq!((evidence.finding, evidence.by.as_str()), (Finding::Fail, "eu, us"));
    assert_eq!(evidence.words, "us: /spec/replicas is 2 (must be == 3)");
    let evidence = look(&checks(vec![eu, staging.clone(), unbound]), three(), Span::from_secs(20)).await;
    assert_eq!((evidence.finding, evidence.by.as_str()), (Finding::Pass, "eu"));
    let evidence = look(&checks(vec![staging]), three(), Span::from_secs(20)).await;
    assert!(evidence.words.contains("no source of the kind kubernetes for prod"), "{evidence:?}");

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = base_url(silent.local_addr().expect("bound"));
    let evidence = look(&checks(vec![prod(url)]), three(), Span::from_millis(50)).await;
    assert_eq!((evidence.finding, evidence.words.as_str()), (Finding::Unknown, "no answer in 50ms"));
}
