//! Secrets come from outside of the files, and go nowhere else.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use secrecy::ExposeSecret;
use warroom::{
    cli::config::{check, show},
    config::{load, secret::resolve},
    domain::secret::SecretRef,
};

use super::{options, tree, write};

async fn read(reference: &SecretRef) -> Result<String, String> {
    let variable = |name: &str| (name == "TOKEN").then(|| "s3cret\n".to_owned());
    resolve(reference, variable)
        .await
        .map(|secret| secret.expose_secret().to_owned())
        .map_err(|error| error.to_string())
}

fn command(argv: &[&str]) -> SecretRef {
    SecretRef::Command(argv.iter().map(|word| (*word).to_owned()).collect())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[tokio::test]
async fn a_secret_is_read_from_environment_file_and_command_without_its_line_end() {
    let root = tree(&[("token", "s3cret\r\n")]);
    set_mode(&root.path().join("token"), 0o600);
    for reference in [
        SecretRef::Env("TOKEN".to_owned()),
        SecretRef::File(root.path().join("token")),
        command(&["printf", "s3cret\\n"]),
    ] {
        assert_eq!(read(&reference).await.as_deref(), Ok("s3cret"), "{reference:?}");
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused_with_the_remedy() {
    let root = tree(&[("token", "s3cret")]);
    let path = root.path().join("token");
    for mode in [0o644, 0o640, 0o604] {
        set_mode(&path, mode);
        let error = read(&SecretRef::File(path.clone())).await.expect_err("open to others");
        assert!(
            error.contains(&format!("chmod 600 {}", path.display())) && error.contains(&format!("{mode:o}")),
            "{error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn a_secret_mounted_by_kubernetes_is_taken_as_it_is() {
    let root = tree(&[("..2026_01/token", "s3cret")]);
    set_mode(&root.path().join("..2026_01/token"), 0o644);
    std::os::unix::fs::symlink("..2026_01", root.path().join("..data")).expect("a link");
    std::os::unix::fs::symlink("..data/token", root.path().join("token")).expect("a link");
    assert_eq!(read(&SecretRef::File(root.path().join("token"))).await.as_deref(), Ok("s3cret"));
}

#[tokio::test]
async fn what_goes_wrong_with_a_secret_is_told_without_it() {
    let root = tree(&[("empty", "\n"), ("lines", "s3cret\ns3cret\n")]);
    for name in ["empty", "lines"] {
        set_mode(&root.path().join(name), 0o600);
    }
    let file = |name: &str| SecretRef::File(root.path().join(name));
    for (reference, part) in [
        (SecretRef::Env("OTHER".to_owned()), "OTHER is not set"),
        (file("missing"), "cannot be read"),
        (file("empty"), "empty secret"),
        (file("lines"), "more than one line"),
        (command(&["no-such-program-at-all"]), "cannot be started"),
        (command(&["sh", "-c", "echo s3cret; echo s3cret >&2; exit 3"]), "exit code 3"),
        (command(&["true"]), "empty secret"),
    ] {
        let error = read(&reference).await.expect_err(part);
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

/// Places where people put secrets by mistake. Each file is wrong; none of them may tell `hunter2` to anybody.
const MISTAKES: [&str; 18] = [
    "auth = { bearer = \"hunter2\" }",
    "auth = \"hunter2\"",
    "auth = { bearer = { token = \"hunter2\" } }",
    "auth = { basic = { user = \"u\", password = \"hunter2\" } }",
    "auth = { basic = { user = \"u\", pasword = \"hunter2\" } }",
    "auth = { basic = \"u:hunter2\" }",
    "auth = { bearer = [\"hunter2\"] }",
    "auth = { bearer = { env = [\"hunter2\"] } }",
    "password = \"hunter2\"",
    "token = 'hunter2'",
    "headers = { Authorization = \"Bearer hunter2\" }",
    "headers = { X-Api-Key = \"hunter2\" }",
    "proxy = \"http://u:hunter2@proxy.example.net\"",
    "proxy = \"u:hunter2@proxy.example.net\"",
    "proxy = \"http://u:x/hunter2@proxy.example.net\"",
    "auth = { bearer = \"hunter2 }",
    "auth = { bearer = hunter2 }",
    "[source.auth.basic]\nuser = \"u\"\npasword = \"hunter2\"",
];

#[test]
fn a_secret_in_a_file_is_never_repeated() {
    for mistake in MISTAKES {
        let text = format!("[[source]]\nname = \"p\"\nkind = \"prometheus\"\nurl = \"https://h\"\n{mistake}\n");
        let root = tree(&[("user/config.toml", &text)]);
        let report = load(&options(root.path())).expect_err(mistake);
        let mut told = format!("{report}{report:?}{}", report.lines().join("\n"));
        let mut out = Vec::new();
        for json in [false, true] {
            let _ = check(&options(root.path()), json, &mut out).expect("written");
            let _ = show(&options(root.path()), json, &mut out).expect("written");
        }
        told.push_str(&String::from_utf8_lossy(&out));
        assert!(!told.contains("hunter2"), "{mistake}:\n{told}");
        assert!(told.contains("config.toml:"), "{mistake}: it says where:\n{told}");
    }
}

#[test]
fn a_literal_secret_is_refused_with_the_three_ways_to_write_it() {
    let root = tree(&[]);
    let source = "[[source]]\nname = \"p\"\nkind = \"prometheus\"\nurl = \"https://u:hunter2@h\"\nauth = { bearer = \"hunter2\" }\n";
    write(root.path(), "user/config.toml", source);
    let text = load(&options(root.path())).expect_err("a secret").to_string();
    for part in ["env = ", "file = ", "command = ", "credentials do not belong into a URL", "url = \"…\""] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn show_tells_references_of_secrets_only() {
    let source = "[[source]]\nname = \"p\"\nkind = \"prometheus\"\nurl = \"https://h\"\nauth = { bearer = { env = \"TOKEN\" } }\n";
    let root = tree(&[("user/config.toml", source)]);
    let mut out = Vec::new();
    let _ = show(&options(root.path()), false, &mut out).expect("written");
    let text = String::from_utf8_lossy(&out).into_owned();
    assert!(text.contains("source[0].auth.bearer.env = \"TOKEN\""), "{text}");
}
