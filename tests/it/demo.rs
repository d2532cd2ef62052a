//! The demo from end to end.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

fn warroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.arg("demo").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_list_names_every_story_and_the_default() {
    let (code, text, _) = output(warroom().arg("--list"));
    assert_eq!(code, Some(0));
    for name in ["bad-canary", "steady", "source-down", "blue-green"] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}: {text}");
    }
    assert!(text.lines().any(|line| line.starts_with("bad-canary") && line.ends_with("(default)")), "{text}");
}

#[test]
fn an_unknown_story_and_a_wild_speed_are_refused_with_what_is_possible() {
    let (code, _, error) = output(warroom().args(["--serve", "--scenario", "worse-canary", "--listen", "127.0.0.1:0"]));
    assert_eq!(code, Some(2));
    assert!(error.contains("worse-canary") && error.contains("bad-canary"), "{error}");
    let (code, _, error) = output(warroom().args(["--speed", "1000"]));
    assert_eq!(code, Some(2));
    assert!(error.contains("from 0.1 to 100"), "{error}");
}

#[test]
fn written_files_are_a_starting_point_and_are_not_overwritten() {
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("start");
    let (code, text, error) = output(warroom().arg("--write").arg(&target));
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("config.toml"), "{text}");
    assert!(target.join("catalog/services/checkout.toml").is_file());
    let (code, _, error) = output(warroom().arg("--write").arg(&target));
    assert_eq!(code, Some(2));
    assert!(error.contains("is there already"), "{error}");
}

#[tokio::test]
async fn the_simulator_alone_says_where_it_is_and_ends_on_a_signal() {
    let mut child =
        warroom().args(["--serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let url = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("readable") > 0, "the end came before the URL");
        if let Some(url) = line.strip_prefix("Kubernetes ") {
            break url.trim().to_owned();
        }
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(format!("{url}/version")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("alive");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("readable");
    assert!(rest.contains("kubectl --server"), "{rest}");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}
