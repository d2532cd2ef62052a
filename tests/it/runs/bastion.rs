//! A run that is started over SSH, from a bastion, and a connection that is cut in the middle of a step.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use warroom::domain::{
    plan::Plan,
    run::{Ending, Run, State},
    runbook::Part,
};

use super::{
    desk::{Desk, kill, told, until},
    plans::{looks, plan, script, write},
};
use crate::{
    ledger::agent::key,
    support::{Running, free_port, program},
};

/// An sshd of its own, with its own keys, on loopback.
struct Bastion {
    folder: tempfile::TempDir,
    daemon: u32,
    _running: Running,
}

impl Bastion {
    fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let at = |name: &str| folder.path().join(name).display().to_string();
        for name in ["host", "user"] {
            let made = key(folder.path(), "ed25519");
            fs::rename(made.with_extension("pub"), at(&format!("{name}.pub"))).expect("renamed");
            fs::rename(made, at(name)).expect("renamed");
        }
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\n",
            at("host"),
            at("sshd.pid"),
            at("user.pub"),
        );
        fs::write(at("sshd_config"), settings).expect("written");
        if rustix::process::geteuid().is_root() {
            // Where it keeps those that nobody trusts yet.
            fs::create_dir_all("/run/sshd").expect("made");
        }
        // It starts itself again for each connection, so it wants to know where it is.
        let mut sshd = Command::new(daemon());
        sshd.args(["-D", "-f", &at("sshd_config"), "-E", &at("log")]);
        let running = Running::start(&mut sshd);
        let pid = until("sshd", || fs::read_to_string(at("sshd.pid")).ok()?.trim().parse().ok());
        Self { folder, daemon: pid, _running: running }.reachable(port)
    }

    fn reachable(self, port: u16) -> Self {
        let client = format!(
            "Host bastion\n HostName 127.0.0.1\n Port {port}\n User {}\n IdentityFile {}\n IdentitiesOnly yes\n UserKnownHostsFile {}\n \
             StrictHostKeyChecking accept-new\n LogLevel ERROR\n",
            user(),
            self.folder.path().join("user").display(),
            self.folder.path().join("known_hosts").display(),
        );
        fs::write(self.folder.path().join("ssh_config"), client).expect("written");
        until("a connection", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        self
    }

    /// `command` in a terminal at the other end.
    fn ssh(&self, command: &str) -> Command {
        let mut ssh = Command::new(program("ssh", "openssh-client"));
        ssh.arg("-tt").arg("-F").arg(self.folder.path().join("ssh_config")).arg("bastion").arg(command);
        ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ssh
    }

    /// Ends the processes of all connections, as if their machine had lost its network for good.
    fn cut(&self) {
        let children = |of: u32| {
            let all = fs::read_dir("/proc").expect("a list of processes");
            let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
            numbers.filter(move |pid| parent(*pid) == Some(of) && name(*pid).starts_with("sshd")).collect::<Vec<_>>()
        };
        let mut cut = children(self.daemon);
        let below: Vec<u32> = cut.iter().flat_map(|pid| children(*pid)).collect();
        cut.extend(below);
        assert!(!cut.is_empty(), "somebody is connected");
        for pid in cut {
            kill(pid);
        }
    }
}

fn stat(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/stat")).ok()
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn name(pid: u32) -> String {
    let stat = stat(pid).unwrap_or_default();
    let name = stat.split_once('(').and_then(|(_, rest)| Some(rest.rsplit_once(')')?.0.to_owned()));
    name.unwrap_or_default()
}

/// Distributions keep it where ordinary users do not look.
fn daemon() -> PathBuf {
    let usual = Path::new("/usr/sbin/sshd");
    if usual.is_file() { usual.to_owned() } else { program("sshd", "openssh-server") }
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn slow(desk: &Desk) -> Plan {
    let go = desk.path().join("go").display().to_string();
    let (begun, done) = (desk.appends("begun", "log"), desk.appends("done", "log"));
    let text = format!("{begun}; echo half way; while test ! -e '{go}'; do sleep 0.02; done; echo all the way; {done}");
    plan(vec![write("slow", script(&text)), looks("seen", Part::Validation, "exit 0")])
}

#[test]
fn a_run_goes_on_when_the_ssh_connection_is_cut_in_the_middle_of_a_step_and_is_attached_to_later() {
    let (bastion, desk) = (Bastion::start(), Desk::new());
    let id = desk.create(&slow(&desk)).expect("a run");
    let warroom = |arguments: &str| {
        format!(
            "{} runbook {arguments} --config {}",
            env!("CARGO_BIN_EXE_warroom"),
            desk.path().join("config.toml").display()
        )
    };
    let mut first = bastion.ssh(&warroom(&format!("attach {id} --recover"))).spawn().expect("ssh starts");
    until("the step", || (desk.lines("log") == ["begun"]).then_some(()));
    let console = until("the console", || console(&desk));
    bastion.cut();
    assert!(!first.wait().expect("it ends").success(), "the connection broke");
    until("the end of the console", || stat(console).is_none_or(|stat| stat.contains(") Z ")).then_some(()));
    let run = desk.newest().expect("a run");
    assert!(!run.is_over(), "the step goes on: {run:#?}");
    fs::write(desk.path().join("go"), "").expect("written");
    let attached = bastion.ssh(&warroom(&format!("attach {id}"))).output().expect("ssh starts");
    let (code, said) = told(&attached);
    for words in ["| half way", "| all the way", "slow SUCCEEDED", "VERIFIED"] {
        assert!(code == 0 && said.contains(words), "{code}: {words} in\n{said}");
    }
    assert_eq!(desk.until("the end", Run::is_over).state, State::Ended(Ending::Verified));
    assert_eq!(desk.lines("log"), ["begun", "done"], "and it was done once");
}

/// The process of the console that follows the run of `desk`.
fn console(desk: &Desk) -> Option<u32> {
    let config = desk.path().join("config.toml").display().to_string();
    let all = fs::read_dir("/proc").ok()?;
    let mut numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let words: Vec<&str> = line.split('\0').collect();
        words.get(1) == Some(&"runbook") && words.contains(&config.as_str())
    })
}
