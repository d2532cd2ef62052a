//! The simulated Kubernetes.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{client, fast_story, get, story};
use crate::support::eventually;
use warroom::sim::Running;

const ROLLOUTS: &str = "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";

async fn patch(running: &Running, path: &str, kind: &str, body: Value) -> (u16, Value) {
    let url = running.urls().kubernetes.join(path).expect("a URL");
    let answer =
        client().patch(url).header("content-type", kind).body(body.to_string()).send().await.expect("an answer");
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
}

async fn merge(running: &Running, path: &str, body: Value) -> (u16, Value) {
    patch(running, path, "application/merge-patch+json", body).await
}

#[tokio::test]
async fn lists_come_whole_in_parts_and_selected() {
    let running = story("bad-canary", 1);
    let base = &running.urls().kubernetes;
    let (_, all) = get(base, "apis/argoproj.io/v1alpha1/rollouts").await;
    assert_eq!(all["kind"], "RolloutList");
    assert_eq!(all["items"].as_array().map(Vec::len), Some(4));
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let (_, part) = get(base, &format!("{ROLLOUTS}?limit=3&continue={token}")).await;
        names.extend(part["items"].as_array().expect("items").iter().map(|item| item["metadata"]["name"].clone()));
        match part["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(json!(names), json!(["checkout", "mobile-bff", "payments", "search"]));
    let (_, sets) = get(base, "apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dcheckout").await;
    let sets = sets["items"].as_array().expect("items");
    assert_eq!(sets.len(), 3);
    assert!(
        sets.iter().all(|set| set["metadata"]["ownerReferences"][0]["kind"] == "Rollout" && set.get("kind").is_none())
    );
    let (_, pods) = get(base, "api/v1/pods?labelSelector=app%20in%20(checkout,cart)").await;
    assert_eq!(pods["items"].as_array().map(Vec::len), Some(27));
    let (status, missing) = get(base, &format!("{ROLLOUTS}/nothing")).await;
    assert_eq!((status, &missing["reason"]), (404, &json!("NotFound")));
    assert_eq!(missing["message"], "rollouts.argoproj.io \"nothing\" not found");
    assert_eq!(get(base, "version").await.1["major"], "1");
    assert_eq!(get(base, "apis").await.1["groups"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_rollout_looks_like_one_of_argo() {
    let running = story("bad-canary", 30);
    let (_, rollout) = get(&running.urls().kubernetes, &format!("{ROLLOUTS}/checkout")).await;
    let status = &rollout["status"];
    assert_eq!(status["observedGeneration"], json!(rollout["metadata"]["generation"].to_string()));
    assert_eq!((&status["phase"], &status["message"]), (&json!("Paused"), &json!("CanaryPauseStep")));
    assert_eq!(status["currentStepIndex"], 3);
    assert_eq!(status["canary"]["weights"]["canary"]["weight"], 25);
    assert_eq!(status["canary"]["weights"]["stable"]["podTemplateHash"], status["stableRS"]);
    assert_ne!(status["currentPodHash"], status["stableRS"]);
    assert_eq!(rollout["metadata"]["annotations"]["rollout.argoproj.io/revision"], "3");
}

#[tokio::test]
async fn an_abort_moves_the_traffic_and_a_stale_patch_does_not() {
    let running = fast_story("bad-canary", 60, 10.0);
    let path = format!("{ROLLOUTS}/checkout/status");
    let stale = json!({"metadata": {"resourceVersion": "1"}, "status": {"abort": true}});
    let (status, body) = merge(&running, &path, stale).await;
    assert_eq!((status, &body["reason"]), (409, &json!("Conflict")));
    let (status, body) = merge(&running, &format!("{path}?dryRun=All"), json!({"status": {"abort": true}})).await;
    assert_eq!((status, &body["status"]["abort"]), (200, &json!(true)));
    assert_eq!(get(&running.urls().kubernetes, &format!("{ROLLOUTS}/checkout")).await.1["status"]["phase"], "Paused");
    let (status, body) = merge(&running, &path, json!({"status": {"abort": true}})).await;
    assert_eq!((status, &body["status"]["phase"]), (200, &json!("Degraded")));
    assert_eq!(body["status"]["canary"]["weights"]["canary"]["weight"], 0);
    eventually("some seconds without an error", || async {
        let errors = "sum(increase(http_requests_total{service=\"checkout\",version=\"1.42.0\",code=~\"5..\"}[12s]))";
        let url = running.urls().prometheus.join("api/v1/query").expect("a URL");
        let answer = client().post(url).form(&[("query", errors)]).send().await.expect("an answer");
        let body: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        (body["data"]["result"][0]["value"][1] == "0").then_some(())
    })
    .await;
}

#[tokio::test]
async fn promotion_pause_undo_and_bad_patches() {
    let running = story("bad-canary", 1);
    let search = format!("{ROLLOUTS}/search");
    let (_, before) = get(&running.urls().kubernetes, &search).await;
    assert_eq!(before["status"]["currentStepIndex"], 1);
    let (_, after) = merge(&running, &format!("{search}/status"), json!({"status": {"pauseConditions": null}})).await;
    assert_eq!(
        (&after["status"]["currentStepIndex"], &after["status"]["canary"]["weights"]["canary"]["weight"]),
        (&json!(3), &json!(60))
    );
    let (_, paused) = merge(&running, &search, json!({"spec": {"paused": true}})).await;
    assert_eq!(paused["status"]["message"], "manually paused");
    merge(&running, &search, json!({"spec": {"paused": false}})).await;
    let (_, sets) =
        get(&running.urls().kubernetes, "apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dsearch").await;
    let stable = sets["items"].as_array().expect("items").iter().find(|set| {
        set["metadata"]["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(before["status"]["stableRS"].as_str().expect("a hash")))
    });
    let mut template = stable.expect("there")["spec"]["template"].clone();
    template["metadata"]["labels"].as_object_mut().expect("labels").remove("rollouts-pod-template-hash");
    let undo = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
    let (status, undone) = patch(&running, &search, "application/json-patch+json", undo).await;
    assert_eq!((status, &undone["status"]["currentPodHash"]), (200, &before["status"]["stableRS"]));
    assert_eq!(undone["status"]["phase"], "Healthy");
    assert_eq!(undone["metadata"]["annotations"]["rollout.argoproj.io/revision"], "3");
    let test = json!([{"op": "test", "path": "/spec/replicas", "value": 99}]);
    assert_eq!(patch(&running, &search, "application/json-patch+json", test).await.0, 422);
    assert_eq!(merge(&running, &search, json!([1])).await.0, 400);
    assert_eq!(merge(&running, &search, json!({"spec": {"template": null}})).await.0, 422);
    assert_eq!(patch(&running, &search, "text/plain", json!({})).await.0, 415);
}

#[tokio::test]
async fn a_watch_tells_changes_and_an_old_version_is_gone() {
    let running = story("bad-canary", 1);
    let base = &running.urls().kubernetes;
    let (_, list) = get(base, ROLLOUTS).await;
    let version = list["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    let url = base
        .join(&format!("{ROLLOUTS}?watch=1&resourceVersion={version}&fieldSelector=metadata.name%3Dcheckout"))
        .expect("a URL");
    let mut answer = client().get(url).send().await.expect("an answer");
    merge(&running, &format!("{ROLLOUTS}/checkout"), json!({"metadata": {"labels": {"seen": "yes"}}})).await;
    let line = answer.chunk().await.expect("a line").expect("not the end");
    let event: Value = serde_json::from_slice(&line).expect("JSON");
    assert_eq!((&event["type"], &event["object"]["metadata"]["labels"]["seen"]), (&json!("MODIFIED"), &json!("yes")));
    let url = base.join(&format!("{ROLLOUTS}?watch=1&resourceVersion=3")).expect("a URL");
    let line = client().get(url).send().await.expect("an answer").chunk().await.expect("a line").expect("not the end");
    let event: Value = serde_json::from_slice(&line).expect("JSON");
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
}

#[tokio::test]
async fn a_stock_kubectl_lists_and_watches_rollouts() {
    if Command::new("kubectl")
        .arg("version")
        .arg("--client")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        println!("skipped: kubectl is not installed");
        return;
    }
    let running = story("bad-canary", 1);
    let home = tempfile::tempdir().expect("a directory");
    let mut child = tokio::process::Command::new("kubectl")
        .env("HOME", home.path())
        .env("KUBECONFIG", home.path().join("none"))
        .env("NO_PROXY", "127.0.0.1")
        .arg(format!("--server={}", running.urls().kubernetes.as_str().trim_end_matches('/')))
        .args(["get", "rollouts", "--namespace", "shop", "--watch"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .expect("kubectl starts");
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().expect("piped")));
    let mut next = async || {
        tokio::time::timeout(crate::support::DEADLINE, lines.next_line())
            .await
            .expect("in time")
            .expect("readable")
            .expect("not the end")
    };
    let head = next().await;
    assert!(head.starts_with("NAME") && head.contains("UP-TO-DATE"), "{head}");
    let rows = [next().await, next().await, next().await, next().await];
    assert!(rows[0].starts_with("checkout"), "{rows:?}");
    merge(&running, &format!("{ROLLOUTS}/payments"), json!({"spec": {"replicas": 9}})).await;
    let row = next().await;
    assert!(row.starts_with("payments") && row.contains('9'), "{row}");
    child.kill().await.expect("ends");
}
