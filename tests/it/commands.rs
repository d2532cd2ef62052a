//! Headless commands.

use std::process::{Command, Output, Stdio};

use warroom::{
    clock::Clock,
    sim::{self, Options},
};

/// `warroom` with these arguments, in an empty home, without a terminal.
fn warroom(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a home");
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn without_a_terminal_the_console_refuses_and_names_what_to_use() {
    for arguments in [&[][..], &["demo"]] {
        let output = warroom(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "no escape code gets into a pipe");
        let told = stderr(&output);
        assert!(told.contains("is not a terminal") || told.contains("nor standard output"), "{told}");
        assert!(told.contains("warroom status") && !told.contains('\u{1b}'), "{told}");
    }
}

#[test]
fn a_wrong_command_line_is_told_and_ends_with_two() {
    for arguments in [&["--no-such-flag"][..], &["stauts"], &["demo", "--speed", "fast"], &["completions", "cobol"]] {
        let output = warroom(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn version_help_completions_and_manual_are_there() {
    assert_eq!(stdout(&warroom(&["--version"])), concat!("warroom ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = stdout(&warroom(&["--help"]));
    for command in ["demo", "status", "watch", "sources", "config", "doctor", "completions", "man"] {
        assert!(help.contains(command), "{command}\n{help}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = warroom(&["completions", shell]);
        assert_eq!(completions.status.code(), Some(0), "{shell}");
        assert!(stdout(&completions).contains("prometheus"), "{shell}");
    }
    assert!(stdout(&warroom(&["man"])).starts_with(".ie"), "roff");
}

#[test]
fn status_without_sources_says_how_to_get_some() {
    let output = warroom(&["status"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("config.toml") && told.contains("--prometheus"), "{told}");
}

#[test]
fn status_is_unknown_where_nobody_answers_and_never_ok() {
    let output = warroom(&["status", "--prometheus", "http://127.0.0.1:1/", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["state"], "unknown");
    assert_eq!(document["exit_code"], 3);
    assert_eq!(document["sources"][0]["name"], "prometheus");
    assert!(document["sources"][0]["error"].is_string(), "{document}");
}

#[test]
fn status_tells_a_healthy_room_in_text_and_json() {
    let options = Options { scenario: "steady".to_owned(), ..Options::new(Clock::real()) };
    let running = sim::start(&options).expect("a simulator");
    let directory = tempfile::tempdir().expect("a directory");
    sim::write(directory.path(), "steady", None, running.urls(), Clock::real().now(), running.people()).expect("files");
    let config = directory.path().join("config.toml");
    let config = config.to_str().expect("UTF-8");
    let output = warroom(&["status", "--config", config, "--json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(document["slos"].as_array().is_some_and(|slos| !slos.is_empty()), "{document:#}");
    let rates = document["slos"][0]["burn"].as_array().expect("burns");
    assert!(rates.iter().any(|burn| burn["rate"].is_number()), "{document:#}");
    assert!(document["sources"].as_array().expect("sources").iter().all(|source| source["error"].is_null()));
    let text = stdout(&warroom(&["status", "--config", config]));
    assert!(text.contains("SLO") && text.contains("SOURCE") && !text.contains('\u{1b}'), "{text}");
    let missing = warroom(&["status", "no-such-release", "--config", config]);
    assert!(matches!(missing.status.code(), Some(1 | 3)));
    assert!(stderr(&missing).contains("no-such-release"));
}

/// A room with a release, its checklist of two items, a ledger of its own, and a Prometheus that nobody can reach.
fn room_of_one_release() -> tempfile::TempDir {
    let room = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = room.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write(
        "config.toml",
        "catalog = \"catalog\"\n[ledger]\nstore = { sqlite = \"ledger.db\" }\n[environments.prod]\n\
         [[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"http://127.0.0.1:1/\"\nenvironment = \"prod\"\n",
    );
    write(
        "catalog/checklists/service.toml",
        "[[group]]\nname = \"G\"\n[[group.item]]\nid = \"flag\"\ntitle = \"The flag is off\"\n\
         [[group.item]]\nid = \"targets\"\ntitle = \"Targets are up\"\ncheck = { rules = { targets = true } }\n",
    );
    write("catalog/services/shop.toml", "owner = \"jo\"\n");
    write(
        "catalog/releases/shop-1.toml",
        "environment = \"prod\"\nclass = \"standard\"\nowner = \"jo\"\nchecklist = \"service\"\n\
         [[component]]\nservice = \"shop\"\nversion = \"1\"\n",
    );
    room
}

#[test]
fn status_of_a_release_tells_how_far_its_checklist_is_and_what_it_does_not_know() {
    let room = room_of_one_release();
    let config = room.path().join("config.toml");
    let config = config.to_str().expect("UTF-8");
    let asked = |arguments: &[&str]| {
        let output = warroom(&[arguments, &["--config", config]].concat());
        (stdout(&output), stderr(&output))
    };
    let (text, told) = asked(&["status", "shop-1"]);
    assert!(text.contains("CHECKLIST service: 0 of 2 hold, 1 UNKNOWN, 1 waiting"), "{text}\n{told}");
    assert!(text.contains("it waits for: flag WAITING, targets UNKNOWN"), "{text}");
    assert!(text.contains("nobody has recorded anything") && text.contains("checklist run shop-1"), "{text}");
    assert!(!asked(&["status"]).0.contains("CHECKLIST"), "only where one release is asked for");

    let shown: serde_json::Value =
        serde_json::from_str(&asked(&["checklist", "show", "shop-1", "--json"]).0).expect("JSON");
    let subject = shown["subject"].as_str().expect("a subject");
    let (_, told) = asked(&["checklist", "tick", "shop-1", "flag", "--subject", subject]);
    let (text, _) = asked(&["status", "shop-1"]);
    assert!(text.contains("1 of 2 hold, 1 UNKNOWN\n") && text.contains("as the ledger has it"), "{text}\n{told}");
    let status: serde_json::Value = serde_json::from_str(&asked(&["status", "shop-1", "--json"]).0).expect("JSON");
    assert_eq!((&status["checklist"]["passed"], &status["checklist"]["unknown"]), (&1.into(), &1.into()), "{status:#}");

    std::fs::write(room.path().join("ledger.db"), "this is no ledger").expect("written");
    let (text, _) = asked(&["status", "shop-1"]);
    assert!(text.contains("CHECKLIST service: 0 of 2 hold, 2 UNKNOWN"), "{text}");
    assert!(text.contains("what people said: UNKNOWN: "), "{text}");
    let status: serde_json::Value = serde_json::from_str(&asked(&["status", "shop-1", "--json"]).0).expect("JSON");
    assert_eq!(status["checklist"]["ledger"], "unknown", "{status:#}");
}

#[test]
fn a_catalog_that_builds_on_all_shipped_checklists_is_checked() {
    let room = room_of_one_release();
    let write = |name: &str, text: &str| std::fs::write(room.path().join(name), text).expect("written");
    write(
        "catalog/checklists/service.toml",
        "extends = [\"readiness\", \"observability\", \"security\", \"data-and-migrations\", \
         \"dependencies-and-capacity\", \"communications\", \"post-deployment-validation\", \
         \"post-rollback-validation\"]\n",
    );
    let roles = |names: &[&str]| {
        let role = |name: &&str| format!("[roles.{name}]\nmembers = [\"jo\"]\nmay = [\"tick\"]\n");
        names.iter().map(role).collect::<Vec<_>>().concat()
    };
    let all = ["release-manager", "sre", "data", "communications", "security", "qa", "product"];
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9mBRQcTrGkdPHBQGP1AxIUfQZsNCGzKGRGMdHzVPPE";
    write("catalog/allowed_signers", &format!("jo {key}\n"));
    write("catalog/roles.toml", &roles(&all));
    let config = room.path().join("config.toml");
    let check = || warroom(&["config", "check", "--config", config.to_str().expect("UTF-8")]);
    let output = check();
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(!stdout(&output).contains("warning") && !stderr(&output).contains("warning"), "{}", stderr(&output));
    write("catalog/roles.toml", &roles(&all[1..]));
    let output = check();
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert!(told.contains("release-manager"), "{told}");
}
