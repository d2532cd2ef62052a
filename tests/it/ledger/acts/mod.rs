//! Readiness from the command line, with a real ledger, a real ssh-agent and the installed OpenSSH.

mod confirming;
mod elsewhere;
mod refusals;
mod signed;
mod unsigned;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::agent::{agent, key, public, ssh_add, ssh_keygen};
use crate::support::Running;

/// The release of these tests.
const RELEASE: &str = "checkout-1.42";

const CHECKLIST: &str = r#"
[[group]]
name = "Readiness"
[[group.item]]
id = "comms"
title = "The text for customers is drafted"
owner = "sre"
[[group.item]]
id = "backup"
title = "The backup was restored"
owner = "sre"
check = "signed"
[[group.item]]
id = "coverage"
title = "80 % of lines are covered"
owner = "sre"
check = { json = { document = "coverage.json", field = "/lines", must = ">= 80" } }
[[group.item]]
id = "orders"
title = "Orders come in"
due = "done"
[[signoff]]
id = "release"
title = "Release approval"
classes = ["normal"]
by = { role = "sre", not_author = true }
expires = "12h"
[[signoff]]
id = "quality"
title = "Quality"
classes = ["normal"]
by = { any = [{ role = "qa", not_author = false }, { role = "sre", not_author = false }] }
expires = "12h"
"#;

const ROLES: &str = r#"
[roles.sre]
members = ["mira", "jo"]
may = ["tick", "sign", "waive", "decide"]
[roles.qa]
members = ["ana", "mira"]
may = ["sign"]
"#;

/// A catalog with one release, three people with a key each, and a place for a ledger.
struct Room {
    folder: TempDir,
    agent: Option<PathBuf>,
}

impl Room {
    fn new() -> Self {
        let room = Self { folder: tempfile::tempdir().expect("a folder"), agent: None };
        for folder in ["catalog/releases", "catalog/checklists", "catalog/services", "keys"] {
            fs::create_dir_all(room.path(folder)).expect("made");
        }
        room.write(
            "config.toml",
            "catalog = \"catalog\"\n[ledger]\nstore = { sqlite = \"ledger.db\" }\n[environments.prod]\n",
        );
        room.write("catalog/services/checkout.toml", "owner = \"payments\"\n");
        room.write("catalog/checklists/service.toml", CHECKLIST);
        room.write("catalog/roles.toml", ROLES);
        room.release("normal", "1.42.0");
        let mut allowed = String::new();
        for person in ["mira", "jo", "ana"] {
            fs::create_dir_all(room.path("keys").join(person)).expect("made");
            let key = key(&room.path("keys").join(person), "ed25519");
            let _ = writeln!(allowed, "{person} namespaces=\"warroom.*\" {}", public(&key));
        }
        room.write("catalog/allowed_signers", &allowed);
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    fn release(&self, class: &str, version: &str) {
        let file = format!(
            "title = \"New pricing\"\nowner = \"jo\"\nenvironment = \"prod\"\nclass = \"{class}\"\n\
             checklist = \"service\"\n[[component]]\nservice = \"checkout\"\nversion = \"{version}\"\n"
        );
        self.write(&format!("catalog/releases/{RELEASE}.toml"), &file);
    }

    fn key(&self, person: &str) -> PathBuf {
        self.path("keys").join(person).join("ed25519")
    }

    /// An agent of its own that holds the key of `person`.
    async fn agent_of(&mut self, person: &str) -> Running {
        let folder = self.path("keys").join(person);
        let (running, socket) = agent(&folder).await;
        ssh_add(&socket, &["-q", &self.key(person).to_string_lossy()]);
        self.agent = Some(socket);
        running
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command
            .args(arguments)
            .args(["--config", "config.toml"])
            .env_clear()
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        if let Some(agent) = &self.agent {
            command.env("SSH_AUTH_SOCK", agent);
        }
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// Exit code, and everything that was said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        told(&self.output(arguments))
    }

    /// What is recorded by this, which must be recorded.
    fn done(&self, arguments: &[&str]) -> String {
        let (code, told) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {told}");
        told
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.output(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", told(&output).1))
    }

    /// How an item or a sign-off stands.
    fn state(&self, id: &str) -> String {
        let shown = self.json(&["checklist", "show", RELEASE]);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let items = list(&shown["groups"]).iter().flat_map(|group| list(&group["items"])).collect::<Vec<_>>();
        let found = items.into_iter().chain(list(&shown["signoffs"])).find(|found| found["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {shown:#}"))["state"].as_str().unwrap_or_default().to_owned()
    }

    /// How many events there are.
    fn events(&self) -> usize {
        if !self.path("ledger.db").exists() {
            return 0;
        }
        self.json(&["ledger", "show"])["events"].as_array().map_or(0, Vec::len)
    }
}

fn told(output: &Output) -> (i32, String) {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    (output.status.code().expect("it ended by itself"), String::from_utf8(text).expect("UTF-8"))
}

/// Signs `message` the way a laptop without warroom does: `message.sig` is beside it then.
pub(crate) fn sign_file(key: &Path, namespace: &str, message: &Path) {
    let (made, told) = ssh_keygen(
        &["-Y", "sign", "-q", "-n", namespace, "-f", &key.to_string_lossy(), &message.to_string_lossy()],
        b"",
    );
    assert!(made, "{told}");
}
