//! The connector against an API server of our own: pages, missing rights, missing kinds, lies, and changes that wake it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    http::{StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use warroom::{
    config::schema::source::{KubernetesSource, Source, SourceKind},
    domain::{
        demand::Demand,
        facts::{Answer, Facts},
        source::{ErrorKind, SourceError},
        time::Span,
        workload::Workload,
    },
    sources::{connector::Connector, kinds},
};

use crate::support::{api, base_url, context};

fn list(items: &[Value], next: &str) -> Response {
    let body = json!({"kind": "List", "metadata": {"resourceVersion": "9", "continue": next}, "items": items});
    axum::Json(body).into_response()
}

fn refusal(status: u16, message: &str) -> Response {
    let body = json!({"kind": "Status", "message": message, "code": status});
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

fn deployment(namespace: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}"), "generation": 1,
            "resourceVersion": "7"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "app", "image": "shop/app:1.0"}]}}},
        "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    })
}

fn rollout(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": name, "generation": 2, "resourceVersion": "7"},
        "spec": {"replicas": 1, "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}},
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": [{"name": "app", "image": "shop/app:1.1"}]}}},
        "status": {"observedGeneration": "2", "phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 1,
            "currentPodHash": "new", "stableRS": "old"}
    })
}

fn source(settings: KubernetesSource) -> Source {
    Source {
        name: "eu".into(),
        environment: Some("prod".to_owned()),
        region: None,
        interval: None,
        timeout: Span::from_secs(10),
        max_body: 1 << 20,
        kind: SourceKind::Kubernetes(settings),
    }
}

fn connect(settings: KubernetesSource) -> Box<dyn Connector> {
    let kind = kinds::all().iter().find(|kind| kind.name == "kubernetes").expect("the kind");
    (kind.build)(&source(settings), &context()).expect("it can be set up")
}

fn bare(address: std::net::SocketAddr) -> Box<dyn Connector> {
    connect(KubernetesSource { url: Some(base_url(address)), ..KubernetesSource::default() })
}

async fn poll(connector: &dyn Connector, feed: &str) -> Result<Answer, SourceError> {
    connector.poll(feed, &Demand::default()).await
}

fn names(answer: &Answer) -> Vec<&str> {
    workloads(answer).iter().map(|workload| workload.key.name.as_str()).collect()
}

fn workloads(answer: &Answer) -> &[Workload] {
    match &answer.facts {
        Facts::Workloads(workloads) => workloads,
        other => panic!("not workloads: {other:?}"),
    }
}

#[tokio::test]
async fn long_lists_come_in_pages_and_a_forgotten_one_is_begun_again() {
    let forgotten = AtomicUsize::new(0);
    let address = api(move |path, query, _| match (path, query.get("continue").map(String::as_str)) {
        ("/apis/apps/v1/deployments", None) => {
            assert_eq!(query.get("limit").map(String::as_str), Some("500"));
            list(&[deployment("shop", "a")], "page 2")
        }
        ("/apis/apps/v1/deployments", Some("page 2")) if forgotten.fetch_add(1, Ordering::SeqCst) == 0 => {
            refusal(410, "the provided continue parameter is too old")
        }
        ("/apis/apps/v1/deployments", Some("page 2")) => list(&[deployment("shop", "b")], ""),
        _ => list(&[], ""),
    })
    .await;
    let answer = poll(&*bare(address), "deployments").await.unwrap();
    assert_eq!(names(&answer), ["a", "b"]);
    assert!(answer.skew_millis.is_some_and(|skew| skew.abs() < 60_000), "{:?}", answer.skew_millis);
}

#[tokio::test]
async fn pods_that_may_not_be_read_leave_the_rest_and_a_gap() {
    let address = api(|path, _, _| match path {
        "/apis/argoproj.io/v1alpha1/rollouts" => list(&[rollout("checkout")], ""),
        "/api/v1/pods" => refusal(403, "pods is forbidden: User \"jo\" cannot list resource \"pods\""),
        _ => list(&[], ""),
    })
    .await;
    let answer = poll(&*bare(address), "rollouts").await.unwrap();
    assert_eq!(names(&answer), ["checkout"]);
    assert_eq!(answer.gaps.len(), 1);
    assert_eq!(answer.gaps[0].what, "pods in all namespaces");
    assert!(answer.gaps[0].why.contains("docs/kubernetes-rbac.yaml"), "{}", answer.gaps[0].why);
    assert!(workloads(&answer)[0].missing.iter().any(|what| what.contains("pods")), "the rollout says so itself");
}

#[tokio::test]
async fn a_cluster_without_argo_rollouts_says_so_and_shows_its_deployments() {
    let address = api(|path, _, _| match path {
        "/apis/apps/v1/deployments" => list(&[deployment("shop", "cart")], ""),
        path if path.starts_with("/apis/argoproj.io") => {
            (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
        }
        _ => list(&[], ""),
    })
    .await;
    let connector = bare(address);
    let rollouts = poll(&*connector, "rollouts").await.unwrap();
    assert!(names(&rollouts).is_empty());
    assert_eq!(rollouts.gaps[0].what, "Argo Rollouts is not installed");
    assert_eq!(names(&poll(&*connector, "deployments").await.unwrap()), ["cart"]);
}

#[tokio::test]
async fn what_is_not_an_api_server_is_told_as_such() {
    let page = api(|_, _, _| axum::response::Html("<html>Please log in</html>").into_response()).await;
    assert_eq!(poll(&*bare(page), "rollouts").await.unwrap_err().kind, ErrorKind::Decode);
    let large = api(|_, _, _| Body::from(vec![b' '; 2 << 20]).into_response()).await;
    assert_eq!(poll(&*bare(large), "rollouts").await.unwrap_err().kind, ErrorKind::TooLarge);
    let strange = api(|_, _, _| axum::Json(json!({"kind": "Secret", "items": null})).into_response()).await;
    assert_eq!(poll(&*bare(strange), "rollouts").await.unwrap_err().kind, ErrorKind::Decode);
    let cut = api(|_, _, _| axum::response::Json(json!("half")).into_response()).await;
    assert_eq!(poll(&*bare(cut), "rollouts").await.unwrap_err().kind, ErrorKind::Decode);
}

#[tokio::test]
async fn a_right_that_is_missing_everywhere_is_an_error_with_what_to_allow() {
    let address = api(|_, _, _| refusal(403, "rollouts.argoproj.io is forbidden")).await;
    let error = poll(&*bare(address), "rollouts").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(error.advice.contains("allow list on rollouts.argoproj.io in all namespaces"), "{}", error.advice);
}

#[tokio::test]
async fn namespaces_are_asked_one_by_one_and_a_forbidden_one_is_a_gap() {
    let address = api(|path, _, _| match path {
        "/apis/apps/v1/namespaces/shop/deployments" => list(&[deployment("shop", "cart")], ""),
        "/apis/apps/v1/namespaces/shop-2/deployments" => list(&[deployment("shop-2", "cart")], ""),
        path if path.contains("/namespaces/secret/") => refusal(403, "forbidden"),
        path => {
            assert!(path.contains("/namespaces/"), "asked beyond its namespaces: {path}");
            list(&[], "")
        }
    })
    .await;
    let namespaces = ["shop", "shop-2", "secret"].map(str::to_owned).to_vec();
    let connector =
        connect(KubernetesSource { url: Some(base_url(address)), namespaces, ..KubernetesSource::default() });
    let answer = poll(&*connector, "deployments").await.unwrap();
    let places: Vec<&str> = workloads(&answer).iter().map(|workload| workload.key.namespace.as_str()).collect();
    assert_eq!(places, ["shop", "shop-2"], "two of one name stay apart");
    assert!(answer.gaps.iter().any(|gap| gap.what == "deployments in secret"), "{:?}", answer.gaps);
}

/// A kubeconfig with two contexts; the user of the second one gets its token from a plugin.
fn kubeconfig(folder: &std::path::Path, address: std::net::SocketAddr) -> PathBuf {
    let plugin = folder.join("give-token");
    let credential = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-the-plugin"}}"#;
    std::fs::write(&plugin, format!("#!/bin/sh\n[ -t 0 ] && exit 9\nprintf '%s' '{credential}'\n")).unwrap();
    std::fs::set_permissions(&plugin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{address}")}}],
        "users": [
            {"name": "plain", "user": {"token": "from-the-file"}},
            {"name": "exec", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin,
                "interactiveMode": "Never"}}}
        ],
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "plain"}},
            {"name": "two", "context": {"cluster": "c", "user": "exec"}}
        ]
    });
    let path = folder.join("kubeconfig");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

#[tokio::test]
async fn contexts_choose_the_user_and_a_plugin_gives_the_token() {
    let address = api(|path, _, headers| {
        let who = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("nobody");
        match path {
            "/apis/apps/v1/deployments" => list(&[deployment("shop", who.trim_start_matches("Bearer "))], ""),
            _ => list(&[], ""),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = kubeconfig(folder.path(), address);
    let as_context = |context: Option<&str>| {
        connect(KubernetesSource {
            kubeconfig: Some(file.clone()),
            context: context.map(str::to_owned),
            ..KubernetesSource::default()
        })
    };
    assert_eq!(names(&poll(&*as_context(None), "deployments").await.unwrap()), ["from-the-file"]);
    assert_eq!(names(&poll(&*as_context(Some("two")), "deployments").await.unwrap()), ["from-the-plugin"]);
    let error = poll(&*as_context(Some("three")), "deployments").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.what.contains("no context"), "{}", error.what);
}

#[tokio::test]
async fn a_change_wakes_the_feed_and_a_watch_that_drops_is_opened_again() {
    let watches = Arc::new(AtomicUsize::new(0));
    let opened = Arc::clone(&watches);
    let address = api(move |path, query, _| {
        if path != "/apis/apps/v1/deployments" {
            return list(&[], "");
        }
        if query.get("watch").is_none() {
            return list(&[deployment("shop", "cart")], "");
        }
        // The first watch ends at once, the second shows what the list has shown already, and then a change.
        let event = |version: &str| {
            let metadata = json!({"uid": "shop-cart", "resourceVersion": version});
            json!({"type": "MODIFIED", "object": {"metadata": metadata}}).to_string() + "\n"
        };
        match opened.fetch_add(1, Ordering::SeqCst) {
            0 => Body::empty().into_response(),
            _ => Body::from(event("7") + &event("8")).into_response(),
        }
    })
    .await;
    let connector = bare(address);
    poll(&*connector, "deployments").await.unwrap();
    let woken = tokio::time::timeout(std::time::Duration::from_secs(30), connector.changed("deployments")).await;
    assert!(woken.is_ok(), "the change did not wake it");
    assert_eq!(watches.load(Ordering::SeqCst), 2);
}

#[test]
fn the_manifest_gives_the_rights_that_are_needed_and_no_other() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("docs/kubernetes-rbac.yaml")).unwrap();
    let role: Value = manifest
        .split("\n---")
        .map(|document| serde_saphyr::from_str::<Value>(document).expect("YAML"))
        .find(|document| document["kind"] == "ClusterRole")
        .expect("a role");
    let mut granted = Vec::new();
    for rule in role["rules"].as_array().unwrap() {
        assert_eq!(rule["verbs"], json!(["get", "list", "watch"]), "reading is all it does");
        for resource in rule["resources"].as_array().unwrap() {
            granted.push(format!("{}/{}", rule["apiGroups"][0].as_str().unwrap(), resource.as_str().unwrap()));
        }
    }
    granted.sort();
    // What `resource.rs` names: each is a constant there.
    let read = std::fs::read_to_string(root.join("src/sources/kinds/kubernetes/resource.rs")).unwrap();
    for resource in &granted {
        let plural = resource.split('/').nth(1).unwrap();
        assert!(read.contains(&format!("\"{plural}\"")), "{plural} is granted and never read");
    }
    assert_eq!(
        granted,
        [
            "/pods",
            "apps/deployments",
            "apps/replicasets",
            "argoproj.io/analysisruns",
            "argoproj.io/experiments",
            "argoproj.io/rollouts"
        ]
    );
}
