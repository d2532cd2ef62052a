//! Checks that really look: at servers, files and programs that answer badly or not at all.

use std::{path::Path, time::Duration};

use warroom::{
    clock::Clock,
    domain::{
        catalog::{Catalog, ReleaseFile},
        checklist::{
            Due, Item,
            check::{Check, Location},
            state::{Evidence, Finding},
        },
        time::Span,
    },
    sources::{
        checks::{Checks, Subject},
        connector::Context,
    },
};

use crate::support::{DEADLINE, dead_port};

pub(crate) fn item(id: &str, check: Check, timeout: Span) -> Item {
    Item {
        id: id.to_owned(),
        title: id.to_owned(),
        owner: None,
        mandatory: true,
        weight: 1,
        due: Due::Start,
        check,
        every: Span::from_mins(1),
        timeout,
    }
}

pub(super) fn command(argv: &[&str]) -> Check {
    Check::Command { argv: argv.iter().map(|&word| word.to_owned()).collect(), exit: 0, field: None }
}

fn http(url: &str) -> Check {
    Check::Http { url: url.parse().expect(url), status: 200, field: None, within: None }
}

pub(super) async fn look(items: &[Item], directory: &Path) -> Vec<(String, Evidence)> {
    let checks = Checks::new(Vec::new(), directory.to_owned(), Context::new(Clock::real(), false));
    let (catalog, release) = (Catalog::default(), ReleaseFile::default());
    let subject = Subject { catalog: &catalog, release: &release };
    let all = tokio::time::timeout(DEADLINE, checks.look_at_all(items, subject)).await.expect("an end");
    all.into_iter().map(|(id, evidence)| (id.to_owned(), evidence)).collect()
}

async fn one(check: Check) -> Evidence {
    let directory = tempfile::tempdir().expect("a directory");
    look(&[item("a", check, Span::from_secs(20))], directory.path()).await.remove(0).1
}

/// A server that sends `answer` to each request and closes.
async fn server(answer: Vec<u8>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_check_that_hangs_ends_at_its_limit_and_holds_up_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut items: Vec<Item> = (0..20)
        .map(|number| item(&format!("slow-{number}"), command(&["sleep", "600"]), Span::from_millis(50)))
        .collect();
    items.push(item("fast", command(&["true"]), Span::from_secs(20)));
    let found = look(&items, directory.path()).await;
    assert_eq!(found.len(), 21);
    for (id, evidence) in found {
        if id == "fast" {
            assert_eq!((evidence.finding, evidence.words.as_str()), (Finding::Pass, "exit code 0"));
        } else {
            assert_eq!((evidence.finding, evidence.words.as_str()), (Finding::Unknown, "no answer in 50ms"));
        }
    }
}

#[tokio::test]
async fn what_a_command_started_ends_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = "sleep 600 & echo $! > child; wait";
    look(&[item("a", command(&["sh", "-c", script]), Span::from_millis(500))], directory.path()).await;
    let child = std::fs::read_to_string(directory.path().join("child")).expect("it began in the catalog's directory");
    let stat = format!("/proc/{}/stat", child.trim());
    let gone = || async {
        // Ended, and perhaps not yet buried by its new parent.
        let ended = std::fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z "));
        ended.then_some(())
    };
    crate::support::eventually("the end of the command's own child", gone).await;
}

#[tokio::test]
async fn arguments_reach_a_command_as_they_are() {
    let mut check = command(&["printf", "%s", "{\"said\":\"$(id) `id` ; *\"}"]);
    if let Check::Command { field, .. } = &mut check {
        *field = Some(("/said".to_owned(), "== \"$(id) `id` ; *\"".parse().expect("condition")));
    }
    let evidence = one(check).await;
    assert_eq!(evidence.finding, Finding::Pass, "no shell: {evidence:?}");
    let evidence = one(command(&["no-such-program-anywhere"])).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("cannot be run"), "{evidence:?}");
}

#[tokio::test]
async fn endless_output_is_read_away_and_never_kept() {
    let mut check = command(&["sh", "-c", "head -c 40000000 /dev/zero"]);
    if let Check::Command { field, .. } = &mut check {
        *field = Some((String::new(), "exists".parse().expect("condition")));
    }
    let evidence = one(check).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("more than"), "{evidence:?}");
}

#[tokio::test]
async fn a_server_that_answers_badly_never_passes() {
    let answer = |text: &str| text.as_bytes().to_vec();
    let good = server(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")).await;
    assert_eq!(one(http(&good)).await.finding, Finding::Pass);
    let down = server(answer("HTTP/1.1 503 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")).await;
    assert_eq!(one(http(&down)).await.finding, Finding::Fail);
    let away = server(answer("HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")).await;
    let evidence = one(http(&away)).await;
    assert!(evidence.finding == Finding::Fail && evidence.words.contains("302"), "not followed: {evidence:?}");
    for bad in [
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        "\u{1b}]0;x\u{7}",
        "",
    ] {
        let url = server(answer(bad)).await;
        let evidence = one(http(&url)).await;
        assert_eq!(evidence.finding, Finding::Unknown, "{bad:?}: {evidence:?}");
        assert!(!evidence.words.chars().any(char::is_control), "{evidence:?}");
    }
    let nobody = one(http(&format!("http://127.0.0.1:{}/", dead_port()))).await;
    assert_eq!(nobody.finding, Finding::Unknown, "{nobody:?}");
}

#[tokio::test]
async fn reports_are_read_from_files_beside_the_catalog_and_pipes_are_not_waited_for() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("junit.xml"), "<testsuite><testcase name='a'/></testsuite>").expect("written");
    let made = std::process::Command::new("mkfifo").arg(directory.path().join("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let junit = |path: &str| Check::Junit { report: Location::File(path.into()), at_least: 1 };
    let items = [
        item("good", junit("junit.xml"), Span::from_secs(20)),
        item("pipe", junit("pipe"), Span::from_secs(20)),
        item("none", junit("none.xml"), Span::from_secs(20)),
    ];
    for (id, evidence) in look(&items, directory.path()).await {
        let expected = if id == "good" { Finding::Pass } else { Finding::Unknown };
        assert_eq!(evidence.finding, expected, "{id}: {evidence:?}");
        assert!(evidence.took.duration() < Duration::from_secs(20), "{id} waited");
    }
}
