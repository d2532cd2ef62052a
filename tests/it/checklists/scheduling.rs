//! The looks of a running console: each item at its cadence, whatever the others do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::sync::watch;
use warroom::{
    clock::Clock,
    domain::{
        catalog::{Catalog, ComponentFile, ReleaseFile},
        checklist::{Checklist, Group, Item, check::Check, state::Finding},
        demand::Demand,
        ledger::hash::Hash,
        time::Span,
    },
    sources::{
        checks::{
            Checks,
            schedule::{self, Looked, Looks},
        },
        connector::Context,
    },
};

use super::looking::{command, item};
use crate::support::DEADLINE;

fn demand(items: Vec<Item>, artifact: &str, checked: bool) -> Demand {
    let checklist = Checklist {
        name: "a".to_owned(),
        title: None,
        groups: vec![Group { name: "G".to_owned(), items }],
        signoffs: Vec::new(),
        digest: Hash::of(b"a"),
        commit: None,
    };
    let component = ComponentFile { artifact: Some(artifact.to_owned()), ..ComponentFile::default() };
    let release =
        ReleaseFile { checklist: Some("a".to_owned()), components: vec![component], ..ReleaseFile::default() };
    let catalog = Catalog {
        checklists: [("a".to_owned(), checklist)].into(),
        releases: [("r-1".to_owned(), release)].into(),
        ..Catalog::default()
    };
    let checked = if checked { ["r-1".into()].into() } else { BTreeSet::new() };
    Demand { catalog: Arc::new(catalog), checked, ..Demand::default() }
}

fn often(id: &str, check: Check) -> Item {
    Item { every: Span::from_millis(20), ..item(id, check, Span::from_secs(600)) }
}

fn start(demand: Demand) -> (watch::Sender<Demand>, Looks) {
    let (sender, receiver) = watch::channel(demand);
    let checks = Checks::new(Vec::new(), std::env::temp_dir(), Context::new(Clock::real(), false));
    (sender, schedule::start(checks, receiver))
}

async fn next(looks: &mut Looks) -> Looked {
    tokio::time::timeout(DEADLINE, looks.next()).await.expect("evidence in time").expect("evidence")
}

#[tokio::test]
async fn an_item_is_looked_at_again_and_again_while_another_hangs() {
    let items = vec![
        often("hangs", command(&["sleep", "600"])),
        often("good", command(&["true"])),
        often("person", Check::Manual { signed: false }),
    ];
    let (_sender, mut looks) = start(demand(items, "sha256:1", true));
    for _ in 0..3 {
        let looked = next(&mut looks).await;
        assert_eq!((looked.release.as_str(), looked.item.as_str()), ("r-1", "good"));
        assert_eq!(looked.evidence.finding, Finding::Pass);
    }
}

/// A port that takes connections and never says anything.
fn silent() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    (listener, url)
}

fn http(url: &str) -> Check {
    Check::Http { url: url.parse().expect(url), status: 200, field: None, within: None }
}

#[tokio::test]
async fn what_hangs_somewhere_holds_up_neither_other_places_nor_its_own() {
    let answers = crate::support::server(|request, mut stream| async move {
        use tokio::io::AsyncWriteExt as _;
        if request.head.starts_with("GET /hangs") {
            std::future::pending::<()>().await;
        }
        let _ = stream.write_all(crate::support::http_answer("200 OK", "", "{}").as_bytes()).await;
    })
    .await;
    let (_listener, silent) = silent();
    let mut items: Vec<Item> = Vec::new();
    for number in 0..12 {
        items.push(often(&format!("silent-{number:02}"), http(&silent)));
        items.push(often(&format!("command-{number:02}"), command(&["sleep", "600"])));
        items.push(often(&format!("beside-{number:02}"), http(&format!("http://{answers}/hangs"))));
    }
    // Behind all that hang, in the order in which they are begun.
    items.push(often("z-command", command(&["true"])));
    items.push(often("z-same-server", http(&format!("http://{answers}/good"))));
    let (_sender, mut looks) = start(demand(items, "sha256:1", true));
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    while seen.values().filter(|times| **times >= 3).count() < 2 {
        let looked = next(&mut looks).await;
        assert_eq!(looked.evidence.finding, Finding::Pass, "{looked:?}");
        *seen.entry(looked.item).or_default() += 1;
    }
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["z-command", "z-same-server"]);
}

#[tokio::test]
async fn evidence_names_what_it_is_about_and_is_taken_anew_when_that_changes() {
    let items = || vec![often("good", command(&["true"]))];
    let (sender, mut looks) = start(demand(items(), "sha256:1", true));
    let before = next(&mut looks).await.evidence.subject.expect("a subject");
    sender.send_replace(demand(items(), "sha256:2", true));
    loop {
        let subject = next(&mut looks).await.evidence.subject.expect("a subject");
        if subject != before {
            break;
        }
    }
}

#[tokio::test]
async fn nothing_is_looked_at_for_releases_that_are_not_in_flight() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("ran");
    let touch = often("touch", command(&["touch", path.to_str().expect("text")]));
    let good = often("good", command(&["true"]));
    let (sender, mut looks) = start(demand(vec![touch], "sha256:1", false));
    sender.send_replace(demand(vec![good], "sha256:1", true));
    assert_eq!(next(&mut looks).await.item, "good");
    assert!(!path.exists(), "the command of a release that is over was run");
}
