//! Secrets that would be known anywhere, in everything that a run takes: they reach who needs them, and nothing else. All bytes that
//! were written, printed and drawn are searched for them.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tokio::io::AsyncWriteExt as _;
use warroom::domain::{
    plan::{Plan, Planned, request::Request},
    run::{Outcome, Run},
    runbook::{Failing, Part, action::Value},
    secret::SecretRef,
};

use super::{
    desk::{Desk, told},
    plans::{command, looks, plan, post, runtime, script, write},
};
use crate::support::{DEADLINE, http_answer, server};

/// One for each way in.
const FILE: &str = "s3cr3t/canary+47 zq'file";
const VARIABLE: &str = "canary-of-the-variable-9f2c";
const COMMAND: &str = "canary-of-the-command-77d1";
const BASIC: &str = "canary-of-the-password-5e0a";
const PASSED: &str = "canary-that-is-passed-on-c4b8";
const UNFIT: &str = "canary-that-no-header-takes-\u{1}31ee";
const UNUSED: &str = "canary-of-what-never-starts-8a6b";
const ALL: [&str; 7] = [FILE, VARIABLE, COMMAND, BASIC, PASSED, UNFIT, UNUSED];

/// Where the secrets are.
struct Vault(tempfile::TempDir);

impl Vault {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// A secret in a file that nobody else may read.
    fn file(&self, name: &str, secret: &str) -> SecretRef {
        SecretRef::File(self.put(name, secret))
    }

    fn put(&self, name: &str, secret: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, secret).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("closed");
        path
    }
}

/// Everything that a secret may look like, and its halves.
fn forms(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned()];
    let (mut from, mut upto) = (secret.len() / 2, secret.len() / 2);
    while !secret.is_char_boundary(from) || !secret.is_char_boundary(upto) {
        (from, upto) = (from - 1, upto + 1);
    }
    all.extend([secret[..upto].to_owned(), secret[from..].to_owned()]);
    all.push(
        secret
            .bytes()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|half| char::from_digit(half.into(), 16))
            .collect(),
    );
    all.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    for before in 0..3 {
        // Without the characters that share bits with what is around it.
        let text = STANDARD.encode([&vec![0; before], secret.as_bytes()].concat());
        all.push(text.trim_end_matches('=')[4..text.trim_end_matches('=').len() - 2].to_owned());
    }
    all
}

/// Fails when a secret is in `bytes`.
fn search(what: &str, bytes: &[u8]) {
    for secret in ALL {
        for form in forms(secret) {
            let found = bytes.windows(form.len()).position(|window| window == form.as_bytes());
            let around =
                found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())]));
            assert_eq!(around, None, "{form:?}, a form of {secret:?}, in {what}");
        }
    }
}

/// Searches every file below `directory`; how many there are.
fn search_files(directory: &Path) -> usize {
    let (mut places, mut files) = (vec![directory.to_owned()], 0);
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(fs::read_dir(&place).expect("readable").map(|entry| entry.expect("an entry").path()));
        } else {
            search(&place.display().to_string(), &fs::read(&place).expect("readable"));
            files += 1;
        }
    }
    files
}

/// A server that answers with the headers of each request: as they came, as JSON, and in base64, in small pieces.
fn echoes(runtime: &tokio::runtime::Runtime, status: &'static str, heads: &Arc<Mutex<Vec<String>>>) -> String {
    let heads = Arc::clone(heads);
    let address = runtime.block_on(server(move |request, mut stream| {
        heads.lock().expect("free").push(request.head.clone());
        let head = request.head;
        async move {
            let lines: Vec<String> =
                head.lines().filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect();
            let coded: Vec<String> = lines.iter().map(|line| STANDARD.encode(line)).collect();
            let decoded: Vec<String> = lines
                .iter()
                .filter_map(|line| String::from_utf8(STANDARD.decode(line.strip_prefix("Basic ")?).ok()?).ok())
                .collect();
            let echo = serde_json::json!({ "echo": lines.join(" "), "coded": coded, "decoded": decoded });
            let answer = http_answer(status, "content-type: application/json\r\n", &echo.to_string());
            for piece in answer.as_bytes().chunks(7) {
                if stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }));
    format!("http://{address}/")
}

fn sends(id: &str, url: &str, headers: &[(&str, SecretRef)]) -> Planned {
    let mut request = post(url);
    if let Request::Http(request) = &mut request {
        let secrets = headers.iter().map(|(name, from)| ((*name).to_owned(), Value::Secret(from.clone())));
        request.headers = secrets.collect();
        request.field = Some(("/echo".to_owned(), "== \"off\"".parse().expect("a condition")));
    }
    Planned { failing: Failing::GoOn, ..write(id, request) }
}

fn runs(id: &str, mut request: Request, environment: &[(&str, SecretRef)]) -> Planned {
    if let Request::Command(command) = &mut request {
        let secrets = environment.iter().map(|(name, from)| ((*name).to_owned(), Value::Secret(from.clone())));
        command.environment = secrets.collect::<BTreeMap<_, _>>();
        command.pass.push("API_TOKEN".to_owned());
    }
    Planned { failing: Failing::GoOn, ..write(id, request) }
}

/// A program that tells what it has in every way that it can, in pieces, and fails.
const LEAKS: &str = "
    for secret in \"$TOKEN\" \"$OTHER\" \"$API_TOKEN\"; do
        printf '%s\\n' \"$secret\"
        printf '%s' \"$secret\" | base64 -w0; echo
        printf 'user:%s' \"$secret\" | base64 -w0; echo
        printf '%s' \"$secret\" | od -An -tx1 | tr -d ' \\n'; echo
        printf '{\"token\":\"%s\"}\\n' \"$secret\" >&2
        printf '%s' \"$secret\" | cut -c1-9 | tr -d '\\n'; sleep 0.05; printf '%s\\n' \"$secret\" | cut -c10-
    done
    test \"$TOKEN\" = \"$(cat \"$EXPECTED\")\" && echo it is right
    exit 3";

fn the_plan(vault: &Vault, told: &str, refused: &str) -> Plan {
    let file = || vault.file("file", FILE);
    let by_command = vault.put("command", COMMAND).display().to_string();
    let basic = vault.file("basic", &format!("Basic {}", STANDARD.encode(format!("deploy:{BASIC}"))));
    let mut leaks = runs("leaks", script(LEAKS), &[("TOKEN", file()), ("OTHER", SecretRef::Env("CANARY".to_owned()))]);
    if let Request::Command(command) = &mut leaks.request {
        command.environment.insert("EXPECTED".to_owned(), Value::Text(vault.put("file", FILE).display().to_string()));
    }
    leaks.undo = Some(leaks.request.clone());
    plan(vec![
        looks("ready", Part::Before, "exit 0"),
        sends(
            "told",
            told,
            &[
                ("Authorization", file()),
                ("X-Variable", SecretRef::Env("CANARY".to_owned())),
                ("X-Command", SecretRef::Command(vec!["cat".to_owned(), by_command])),
            ],
        ),
        sends("refused", refused, &[("Authorization", basic), ("X-File", file())]),
        sends("unfit", told, &[("X-Unfit", vault.file("unfit", UNFIT))]),
        leaks,
        runs("missing", command(&["no-such-program"]), &[("TOKEN", vault.file("unused", UNUSED))]),
        looks("seen", Part::Validation, "exit 0"),
    ])
}

#[test]
fn secrets_reach_who_needs_them_and_nothing_else() {
    let (desk, vault, runtime, heads) = (Desk::new(), Vault::new(), runtime(), Arc::default());
    let (told_url, refused_url) = (echoes(&runtime, "200 OK", &heads), echoes(&runtime, "403 Forbidden", &heads));
    let id = desk.create(&the_plan(&vault, &told_url, &refused_url)).expect("a run");
    let warroom = |arguments: &[&str]| {
        let output =
            desk.warroom(arguments).env("CANARY", VARIABLE).env("API_TOKEN", PASSED).output().expect("it runs");
        search(&arguments.join(" "), &[output.stdout.as_slice(), &output.stderr].concat());
        told(&output)
    };
    let (_, said) = warroom(&["runbook", "attach", &id, "--recover"]);
    let run = desk.newest().filter(Run::is_over).unwrap_or_else(|| panic!("it waits: {said}"));
    let outcomes: Vec<_> =
        run.attempts.iter().map(|attempt| attempt.result.as_ref().expect("a result").outcome).collect();
    let [ready, told, refused, unfit, leaks, missing, seen] = outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!([ready, seen], [Outcome::Succeeded; 2], "{said}");
    assert_eq!([told, refused, unfit, leaks, missing], [Outcome::Failed; 5], "{said}");
    assert!(said.contains("it is right") && said.contains("***") && said.contains("X-Unfit"), "{said}");
    let heads = heads.lock().expect("free").join("\n");
    for secret in [FILE, VARIABLE, COMMAND, &STANDARD.encode(format!("deploy:{BASIC}"))] {
        assert!(heads.contains(secret), "who needs it has it: {heads}");
    }

    for arguments in [
        &["runbook", "attach", &run.id][..],
        &["runbook", "attach", &run.id, "--json"],
        &["runbook", "list", "--json"],
        &["ledger", "show", "--json"],
        &["ledger", "export"],
    ] {
        warroom(arguments);
    }
    search("the terminal of a console", &drawn(&desk, &run));
    let files = search_files(desk.path());
    assert!(files > 20, "ledger, settings, and the files of six attempts: {files}");
}

/// All that a console writes to its terminal while somebody looks at every step of the run.
fn drawn(desk: &Desk, run: &Run) -> Vec<u8> {
    let size = PtySize { rows: 50, cols: 160, ..PtySize::default() };
    let pty = native_pty_system().openpty(size).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_warroom"));
    command.arg("--config");
    command.arg(desk.path().join("config.toml"));
    command.cwd(desk.path());
    for (name, value) in [("TERM", "xterm-256color"), ("CANARY", VARIABLE), ("API_TOKEN", PASSED)] {
        command.env(name, value);
    }
    command.env("HOME", desk.path());
    command.env("XDG_STATE_HOME", desk.path().join("state"));
    let mut console = pty.slave.spawn_command(command).expect("started");
    drop(pty.slave);
    let (mut reader, seen) = (pty.master.try_clone_reader().expect("a reader"), Arc::new(Mutex::new(Vec::new())));
    let written = Arc::clone(&seen);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            written.lock().expect("free").extend_from_slice(&buffer[..count]);
        }
    });
    let screen = || {
        let mut parser = vt100::Parser::new(size.rows, size.cols, 0);
        parser.process(&seen.lock().expect("free"));
        parser.screen().contents()
    };
    let shows = |what: &str| {
        let started = Instant::now();
        while !screen().contains(what) {
            assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}:\n{}", screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut keys = pty.master.take_writer().expect("a keyboard");
    let mut press = |text: &str| std::io::Write::write_all(&mut keys, text.as_bytes()).expect("typed");
    shows("warroom");
    press("r");
    shows(&run.id);
    press("\r");
    // Every step, one after the other, with what it wrote as it is kept.
    for (index, step) in run.plan.steps.iter().enumerate() {
        let title = format!("step {} {}", index + 1, step.title);
        let (started, mut last) = (Instant::now(), String::new());
        while !screen().contains(&title) {
            assert!(started.elapsed() < DEADLINE, "gave up waiting for {title}:\n{}", screen());
            let drawn = screen();
            let at = drawn.split_once("step ").and_then(|(_, rest)| rest.split_once(' ')?.0.parse::<usize>().ok());
            // One key for each place: the next one when the one before was drawn.
            let place = format!("{at:?}");
            if at.is_some() && place != last {
                press(if at < Some(index + 1) { "j" } else { "k" });
                last = place;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if step.id == "leaks" {
            shows("it is right");
        }
    }
    console.kill().expect("killed");
    console.wait().expect("gone");
    let bytes = seen.lock().expect("free").clone();
    search("the screen", screen().as_bytes());
    bytes
}
