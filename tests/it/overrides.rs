//! What holds a release beside its checklist is let pass, and what a policy asks for is approved, with a key in a real agent, in front
//! of the simulator: what the gate says before and after.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    gate::{Story, text},
    ledger::agent::{agent, ssh_add},
    support::Running,
};

/// A release that has not begun, in the way of which nothing is by itself.
pub(crate) const RELEASE: &str = "cart-9";

const FILES: [(&str, &str); 2] = [
    (
        "releases/cart-9.toml",
        "environment = \"prod\"\nowner = \"jo\"\nclass = \"standard\"\nchecklist = \"short\"\n\
         [[component]]\nservice = \"cart\"\nversion = \"9.0.0\"\n",
    ),
    (
        "checklists/short.toml",
        "[[group]]\nname = \"Readiness\"\n[[group.item]]\nid = \"notes\"\ntitle = \"Notes are written\"\n\
         mandatory = false\ncheck = \"manual\"\n",
    ),
];
/// A class by risk: `sre` may let a laxer one be.
const ROUTING: (&str, &str) =
    ("routing.toml", "override = [\"sre\"]\n[[rule]]\nid = \"risky\"\nwhen = { score = 20 }\nclass = \"normal\"\n");
/// A freeze that `sre` may override.
pub(crate) const FREEZE: (&str, &str) = (
    "calendar/year-end.toml",
    "title = \"Year-end freeze\"\nkind = \"freeze\"\noverride = [\"sre\"]\n\
     [[time]]\nfrom = \"2000-01-01T00:00\"\nuntil = \"2100-01-01T00:00\"\n",
);
/// A denial that `sre` may override, and an approval that it asks for.
const POLICY: (&str, &str) = (
    "policies/team.rego",
    "package warroom.gate\n\ndefault allow := false\n\nallow if count(deny) == 0\n\n\
     deny contains {\"id\": \"size\", \"msg\": \"too large\", \"overridable_by\": [\"sre\"]} if true\n\n\
     required_approvals contains \"sre\" if true\n",
);

/// The story with the release, and an agent with the key of `you`, who is sre.
pub(crate) struct Room {
    pub(crate) story: Story,
    pub(crate) agent: PathBuf,
    _running: Running,
}

impl Room {
    /// With these files of the catalog too.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let story = Story::new("steady", "1");
        let folder = story.folder.path();
        for (name, text) in FILES.iter().chain(more) {
            let path = folder.join("catalog").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let (running, agent) = agent(folder).await;
        ssh_add(&agent, &["-q", &folder.join("keys/demo-key-you").to_string_lossy()]);
        Self { story, agent, _running: running }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.story.folder.path().join("config.toml")
    }

    /// The verdict, and its reasons that are in the way.
    fn gate(&self) -> (String, Vec<String>) {
        let output = self.story.gate(&[RELEASE, "--format", "json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
        let reasons = document["verdict"]["reasons"].as_array().expect("reasons");
        let against = reasons.iter().filter(|reason| reason["effect"] != "supports");
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (said(&document["verdict"]["word"]), against.map(|reason| said(&reason["short"])).collect())
    }

    /// Signs something about the release, for what goes out now.
    fn say(&self, arguments: &[&str]) {
        let shown = self.run(&["checklist", "show", RELEASE, "--json"], Path::new(""));
        let shown: Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}"));
        let subject = shown["subject"].as_str().expect("a subject").to_owned();
        let told = self.run(&[arguments, &["--subject", &subject]].concat(), &self.agent);
        assert!(told.contains("recorded as event") && told.contains("by you (signed with"), "{told}");
    }

    fn run(&self, arguments: &[&str], agent: &Path) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments).arg("--config").arg(self.config()).current_dir(self.story.folder.path());
        let output = command.env("SSH_AUTH_SOCK", agent).output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        text(&output)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_is_too_lax_for_its_risk_holds_until_who_may_lets_it_be() {
    let room = Room::with(&[ROUTING]).await;
    assert_eq!(room.gate(), ("hold".to_owned(), vec!["class too lax".to_owned()]));
    room.say(&["waive", RELEASE, "class/normal", "--reason", "only a label", "--for", "1h"]);
    assert_eq!(room.gate(), ("go".to_owned(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_a_denial_hold_until_they_are_let_pass_and_an_approval_until_it_is_given() {
    let room = Room::with(&[FREEZE, POLICY]).await;
    let against = ["freeze", "policy", "approval missing"].map(str::to_owned).to_vec();
    assert_eq!(room.gate(), ("hold".to_owned(), against.clone()));
    room.say(&["waive", RELEASE, "calendar/year-end", "--reason", "customers cannot pay", "--for", "1h"]);
    assert_eq!(room.gate(), ("hold".to_owned(), against[1..].to_vec()));
    room.say(&["waive", RELEASE, "policy/size", "--reason", "customers cannot pay", "--for", "1h"]);
    assert_eq!(room.gate(), ("hold".to_owned(), against[2..].to_vec()));
    room.say(&["sign", RELEASE, "policy/sre"]);
    assert_eq!(room.gate(), ("go".to_owned(), Vec::new()));
}
