//! Files that change while warroom runs.

use std::{fs, time::Duration};

use warroom::config::{
    Loaded, Options, load,
    watch::{Event, Pace, Watch, watch},
};

use super::{options, tree, write};
use crate::support::DEADLINE;

/// Looks by itself so seldom that only news from the file system can make a test pass.
const TOLD: Pace =
    Pace { settle: Duration::from_millis(20), look: Duration::from_hours(1), look_alone: Duration::from_millis(20) };

fn start(options: &Options, pace: Pace) -> Watch {
    let loaded = load(options).unwrap_or_else(|report| panic!("{report}"));
    watch(options.clone(), &loaded, pace).expect("a thread")
}

async fn next(watch: &mut Watch) -> Event {
    tokio::time::timeout(DEADLINE, watch.next()).await.expect("an event in time").expect("an event")
}

/// The next good state for which `wanted` holds.
async fn until(watch: &mut Watch, wanted: impl Fn(&Loaded) -> bool) -> Loaded {
    loop {
        match next(watch).await {
            Event::Loaded(loaded) if wanted(&loaded) => return *loaded,
            Event::Loaded(_) | Event::Broken(_) => {}
        }
    }
}

#[tokio::test]
async fn a_broken_edit_is_told_and_a_mended_one_is_taken() {
    let root = tree(&[("user/config.toml", ""), ("user/catalog/services/checkout.toml", "owner = \"a\"\n")]);
    let mut watch = start(&options(root.path()), TOLD);
    write(root.path(), "user/catalog/services/checkout.toml", "owner = \"b\"\ncriticality = 9\n");
    let report = loop {
        if let Event::Broken(report) = next(&mut watch).await {
            break report;
        }
    };
    assert!(report.lines()[0].contains("services/checkout.toml:2:"), "{report}");
    write(root.path(), "user/catalog/services/checkout.toml", "owner = \"c\"\ncriticality = 1\n");
    let loaded = until(&mut watch, |loaded| loaded.catalog.services["checkout"].criticality == Some(1)).await;
    assert_eq!(loaded.catalog.services["checkout"].owner.as_deref(), Some("c"));
}

#[tokio::test]
async fn a_broken_edit_that_is_taken_back_is_told_as_well_again() {
    let root = tree(&[("user/config.toml", "[look]\ntheme = \"a\"\n")]);
    let mut watch = start(&options(root.path()), TOLD);
    write(root.path(), "user/config.toml", "[look\n");
    assert!(matches!(next(&mut watch).await, Event::Broken(_)));
    write(root.path(), "user/config.toml", "[look]\ntheme = \"a\"\n");
    let loaded = until(&mut watch, |_| true).await;
    assert_eq!(loaded.settings.look.theme, "a");
}

#[tokio::test]
async fn an_editor_that_renames_is_followed_again_and_again() {
    let root = tree(&[("user/config.toml", "")]);
    let mut watch = start(&options(root.path()), TOLD);
    for theme in ["one", "two", "three"] {
        write(root.path(), "user/.config.toml.tmp", &format!("[look]\ntheme = \"{theme}\"\n"));
        fs::rename(root.path().join("user/.config.toml.tmp"), root.path().join("user/config.toml")).expect("renamed");
        let loaded = until(&mut watch, |loaded| loaded.settings.look.theme == theme).await;
        assert_eq!(loaded.files.len(), 1);
    }
}

#[tokio::test]
async fn directories_that_appear_later_are_noticed() {
    let root = tree(&[("work/nothing", "")]);
    let mut watch = start(&options(root.path()), TOLD);
    write(root.path(), "user/config.toml", "[look]\ntheme = \"new\"\n");
    until(&mut watch, |loaded| loaded.settings.look.theme == "new").await;
    write(root.path(), "user/catalog/services/late.toml", "");
    let loaded = until(&mut watch, |loaded| loaded.catalog.services.contains_key("late")).await;
    assert_eq!(loaded.catalog_dir, Some(root.path().join("user/catalog")));
    fs::remove_file(root.path().join("user/catalog/services/late.toml")).expect("removed");
    until(&mut watch, |loaded| loaded.catalog.services.is_empty()).await;
}

#[tokio::test]
async fn a_config_map_that_kubernetes_swaps_is_noticed() {
    let root = tree(&[
        ("user/..1/config.toml", "[look]\ntheme = \"1\"\n"),
        ("user/..2/config.toml", "[look]\ntheme = \"22\"\n"),
    ]);
    let user = root.path().join("user");
    std::os::unix::fs::symlink("..1", user.join("..data")).expect("a link");
    std::os::unix::fs::symlink("..data/config.toml", user.join("config.toml")).expect("a link");
    let mut watch = start(&options(root.path()), TOLD);
    std::os::unix::fs::symlink("..2", user.join("..data_tmp")).expect("a link");
    fs::rename(user.join("..data_tmp"), user.join("..data")).expect("swapped");
    let loaded = until(&mut watch, |loaded| loaded.settings.look.theme == "22").await;
    assert_eq!(loaded.files, [user.join("config.toml")]);
}

#[tokio::test]
async fn a_change_between_loading_and_watching_is_not_lost() {
    let root = tree(&[("user/config.toml", "")]);
    let options = options(root.path());
    let loaded = load(&options).unwrap_or_else(|report| panic!("{report}"));
    write(root.path(), "user/config.toml", "[look]\ntheme = \"meanwhile\"\n");
    let mut watch = watch(options, &loaded, TOLD).expect("a thread");
    let loaded = until(&mut watch, |_| true).await;
    assert_eq!(loaded.settings.look.theme, "meanwhile");
}

#[tokio::test]
async fn a_runbook_that_is_corrected_is_taken() {
    let book = "title = \"Back\"\nbudget = \"10m\"\n[[step]]\nid = \"back\"\ndo = { rollout = { verb = \"back\" } }\n";
    let root = tree(&[("user/config.toml", ""), ("user/catalog/runbooks/back.toml", book)]);
    let mut watch = start(&options(root.path()), TOLD);
    write(root.path(), "user/catalog/runbooks/back.toml", &book.replace("10m", "12m"));
    let loaded = until(&mut watch, |loaded| loaded.catalog.runbooks["back"].budget.to_string() == "12m").await;
    assert_eq!(loaded.catalog.runbooks.len(), 1);
}
