//! Signatures by a real ssh-agent, held against the installed OpenSSH in both directions.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use warroom::{
    domain::{
        ledger::{
            event::Signed,
            signature::{Meaning, verify},
            signers::Signers,
        },
        time::Timestamp,
    },
    ledger::agent::{Agent, AgentRefusal},
};

use crate::support::{Running, eventually, program};

fn now() -> Timestamp {
    "2026-11-20T14:32:07Z".parse().expect("a time")
}

pub(crate) fn ssh_keygen(args: &[&str], input: &[u8]) -> (bool, String) {
    let mut child = Command::new(program("ssh-keygen", "openssh-client"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    child.stdin.take().expect("piped").write_all(input).expect("written");
    let output = child.wait_with_output().expect("ended");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// A new key in `folder`; the file of its private half.
pub(crate) fn key(folder: &Path, kind: &str) -> PathBuf {
    let file = folder.join(kind);
    let (made, told) = ssh_keygen(&["-q", "-t", kind, "-N", "", "-C", "", "-f", &file.to_string_lossy()], b"");
    assert!(made, "{told}");
    file
}

pub(crate) fn public(file: &Path) -> String {
    fs::read_to_string(file.with_extension("pub")).expect("readable").trim().to_owned()
}

/// An ssh-agent of its own.
pub(crate) async fn agent(folder: &Path) -> (Running, PathBuf) {
    let socket = folder.join("agent");
    let running = Running::start(Command::new(program("ssh-agent", "openssh-client")).args(["-D", "-a"]).arg(&socket));
    // Its socket is there a moment before it listens.
    eventually("the agent", || async { std::os::unix::net::UnixStream::connect(&socket).ok() }).await;
    (running, socket)
}

pub(crate) fn ssh_add(socket: &Path, args: &[&str]) {
    let done = Command::new(program("ssh-add", "openssh-client"))
        .args(args)
        .env("SSH_AUTH_SOCK", socket)
        .env("SSH_ASKPASS_REQUIRE", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(done.expect("started").success(), "ssh-add {args:?}");
}

fn statement() -> Signed {
    let statement = json!({ "principal": "jo", "release": "checkout-1.42", "decision": "approve", "text": "ü \u{1b}" });
    Signed {
        namespace: Meaning::Signoff.namespace().to_owned(),
        statement: statement.as_object().cloned().expect("an object"),
        signature: String::new(),
    }
}

#[tokio::test]
async fn what_the_agent_signs_stock_openssh_verifies_and_the_other_way_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_running, socket) = agent(folder.path()).await;
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let file = key(folder.path(), kind);
        let allowed = folder.path().join("allowed_signers");
        fs::write(&allowed, format!("jo namespaces=\"warroom.*\" {}\n", public(&file))).expect("written");
        ssh_add(&socket, &["-q", &file.to_string_lossy()]);
        let (signers, bad) = Signers::read(&fs::read_to_string(&allowed).expect("readable"));
        assert_eq!(bad, []);

        let agent = Agent::at(Some(socket.clone()));
        let identity = agent.identity(&signers, Meaning::Signoff, now()).await.expect(kind);
        assert_eq!(identity.principal, "jo");
        let message = statement().message().expect("canonical");
        let signature = agent.sign(&identity, Meaning::Signoff, &message).await.expect(kind);
        let signed = Signed { signature: signature.clone(), ..statement() };
        assert_eq!(verify(&signed, &signers, now()).expect(kind).fingerprint, identity.fingerprint());

        let file_of_signature = folder.path().join("signature");
        fs::write(&file_of_signature, &signature).expect("written");
        let (good, told) = ssh_keygen(
            &[
                "-Y",
                "verify",
                "-f",
                &allowed.to_string_lossy(),
                "-I",
                "jo",
                "-n",
                "warroom.signoff.v1",
                "-s",
                &file_of_signature.to_string_lossy(),
            ],
            &message,
        );
        assert!(good && told.contains("Good \"warroom.signoff.v1\" signature for jo"), "{kind}: {told}");

        // Signed on a laptop, without warroom.
        let (made, stock) =
            ssh_keygen(&["-Y", "sign", "-q", "-f", &file.to_string_lossy(), "-n", "warroom.signoff.v1"], &message);
        assert!(made, "{stock}");
        let signed = Signed { signature: stock, ..statement() };
        assert_eq!(verify(&signed, &signers, now()).expect(kind).principal, "jo");
        ssh_add(&socket, &["-q", "-d", &file.to_string_lossy()]);
    }
}

#[tokio::test]
async fn a_signature_of_another_meaning_person_or_statement_does_not_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = key(folder.path(), "ed25519");
    let (signers, _) = Signers::read(&format!("jo {}\n", public(&file)));
    let message = statement().message().expect("canonical");
    let (_, stock) =
        ssh_keygen(&["-Y", "sign", "-q", "-f", &file.to_string_lossy(), "-n", "warroom.waiver.v1"], &message);
    let why = |signed: &Signed| verify(signed, &signers, now()).expect_err("refused").to_string();
    assert_eq!(
        why(&Signed { signature: stock, ..statement() }),
        "the signature is for warroom.waiver.v1, not for warroom.signoff.v1"
    );
    let (_, stock) =
        ssh_keygen(&["-Y", "sign", "-q", "-f", &file.to_string_lossy(), "-n", "warroom.signoff.v1"], &message);
    let mut changed = Signed { signature: stock.clone(), ..statement() };
    changed.statement.insert("decision".to_owned(), json!("deny"));
    assert!(why(&changed).contains("one of them was changed"));
    let (nobody, _) = Signers::read("");
    let good = Signed { signature: stock, ..statement() };
    assert!(verify(&good, &nobody, now()).expect_err("nobody").to_string().contains("is not in allowed_signers"));
    assert!(why(&Signed { signature: "nonsense".to_owned(), ..statement() }).contains("cannot be read"));
}

#[tokio::test]
async fn an_agent_that_will_not_sign_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = key(folder.path(), "ed25519");
    let (signers, _) = Signers::read(&format!("jo {}\n", public(&file)));
    let identity = async |agent: &Agent| agent.identity(&signers, Meaning::Signoff, now()).await;
    assert_eq!(identity(&Agent::at(None)).await.expect_err("none"), AgentRefusal::Absent);
    let gone = Agent::at(Some(folder.path().join("gone")));
    assert!(identity(&gone).await.expect_err("gone").to_string().contains("cannot be reached"));

    let (_running, socket) = agent(folder.path()).await;
    let agent = Agent::at(Some(socket.clone()));
    assert_eq!(identity(&agent).await.expect_err("empty"), AgentRefusal::Empty);
    let stranger = key(folder.path(), "ecdsa");
    ssh_add(&socket, &["-q", &stranger.to_string_lossy()]);
    assert!(identity(&agent).await.expect_err("a stranger").to_string().contains("none of the 1 keys"));

    // The agent may ask before it signs, and there is nobody to answer.
    ssh_add(&socket, &["-q", "-c", &file.to_string_lossy()]);
    let known = identity(&agent).await.expect("known");
    let refused = agent.sign(&known, Meaning::Signoff, b"x").await.expect_err("nobody confirms");
    assert!(matches!(refused, AgentRefusal::Refused(_)), "{refused}");
    assert!(refused.to_string().contains("warroom sign --print"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_never_answers_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("agent");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
    let agent = Agent::at(Some(socket));
    let waited = tokio::time::Instant::now();
    let silent = agent.identity(&Signers::default(), Meaning::Signoff, now()).await.expect_err("silent");
    assert!(matches!(silent, AgentRefusal::Silent(_)), "{silent}");
    assert!(waited.elapsed() >= Duration::from_secs(5));
}
