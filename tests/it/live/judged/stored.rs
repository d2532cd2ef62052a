//! What a version did is kept while it alone runs, and is the baseline of its successor where nothing else is left.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    Shop,
    cluster::{self, Deployed, How, Versions},
    history::{History, Requests},
    now,
};
use crate::{
    live::backfilled::Backfilled,
    support::{Running, eventually},
};

const FILE: &str = "state/warroom/canary-profiles.json";

/// A shop of the service `till`, which went from one version to the other so many seconds ago; nothing was counted before that.
async fn shop(how: How, versions: Versions, since: i64, (good, bad): (i64, i64)) -> Shop {
    let mut history = History::until(now());
    history.requests(&Requests { service: "till", version: "", from: since, until: 0, good, bad });
    let deployed = [Deployed { name: "till", how, since: history.end - since }];
    let cluster = cluster::start_with(versions, &deployed).await;
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &["till"]).await;
    shop.service("till", if how == How::Canary { "Rollout" } else { "Deployment" }, "");
    shop
}

/// The document, as if everything had been seen an hour earlier.
fn an_hour_earlier(document: &str) -> String {
    let mut document: Value = serde_json::from_str(document).expect("JSON");
    let earlier = |time: &mut Value| {
        let at: DateTime<Utc> = serde_json::from_value(time.clone()).expect("a time");
        *time = serde_json::to_value(at - TimeDelta::hours(1)).expect("a time");
    };
    for profile in document["profiles"].as_array_mut().expect("profiles") {
        earlier(&mut profile["seen"]);
        for counts in profile["counts"].as_array_mut().expect("counts") {
            earlier(&mut counts["from"]);
            earlier(&mut counts["until"]);
        }
    }
    document.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_kept_by_watch_and_decides_nothing_alone_at_the_gate_of_the_next() {
    let quiet = shop(How::Replaced, ("1.0", "1.1"), 3 * 3_600, (19_980, 20)).await;
    let kept = {
        let mut watch = quiet.command(&["watch", "--plain"]);
        let _watching = Running::start(&mut watch);
        let file = quiet.folder.path().join(FILE);
        eventually("a profile", || async { fs::read_to_string(&file).ok() }).await
    };
    for part in [r#"{"version":1,"profiles":[{"#, r#""service":"till","environment":"prod","version":"1.1""#] {
        assert!(kept.contains(part), "{kept}");
    }

    // The next version goes out, and this Prometheus knows nothing of the time before.
    let moved = shop(How::Canary, ("1.1", "1.2"), 1_800, (19_600, 400)).await;
    moved.write(
        "catalog/releases/till-1.2.toml",
        "environment = \"prod\"\n[[component]]\nservice = \"till\"\nversion = \"1.2\"\n",
    );
    let (code, text) = moved.gate("till-1.2").await;
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("no series of till in the 30m before the deploy"), "{text}");
    assert!(!moved.folder.path().join(FILE).exists(), "the gate keeps nothing");

    moved.write(FILE, &an_hour_earlier(&kept));
    let (code, text) = moved.gate("till-1.2").await;
    assert_eq!(code, Some(1), "{text}");
    for words in ["HOLD till-1.2", "against the profile of 1.1 (2h until ", "another time of day"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let status = moved.status().await;
    let one = status["analyses"].as_array().expect("analyses").iter().find(|one| one["release"] == "till-1.2");
    let one = one.expect("an analysis");
    assert_eq!((&one["verdict"], &one["baseline"]), (&"fail".into(), &"1.1".into()));
    assert_eq!((&one["against"], &one["before"]["over_its_slo"]), (&"profile".into(), &false.into()));
    assert_eq!((&one["before"]["window"], &one["before"]["query"]), (&"2h".into(), &"".into()));
    let total = one["profile"]["total"].as_u64().expect("requests");
    assert!((470_000..490_000).contains(&total), "1,000 requests in 15 seconds for two hours: {total}");

    moved.write(FILE, "{");
    let (code, text) = moved.gate("till-1.2").await;
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("canary-profiles.json are not used, and left as they are: it is damaged"), "{text}");
}
