//! A disk that is full: nothing is begun that could not be kept, and nothing that was begun is lost.
//!
//! The disk is a small one in memory, which only a process with its own view of the file system can have.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use warroom::domain::{
    run::{Ending, Outcome, State},
    runbook::Part,
};

use super::{
    desk::{Desk, kill_worker, told, until},
    plans::{looks, plan, script, write},
};

/// Where the small disk is to be, for the process that has it.
const DISK: &str = "WARROOM_TEST_SMALL_DISK";

/// A file that takes all the room that there is.
struct Filler(PathBuf);

impl Filler {
    fn new(small: &Path) -> Self {
        let path = small.join("filler");
        let mut file = File::create(&path).expect("made");
        for piece in [vec![0; 64 * 1024], vec![0; 512], vec![0; 1]] {
            loop {
                match file.write_all(&piece) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("the disk cannot be filled: {error}"),
                }
            }
        }
        Self(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs the test `name` of this program in a process that has a small disk of its own. Where the system gives nobody one, `false`.
fn with_a_small_disk(name: &str) -> bool {
    let disk = tempfile::tempdir().expect("a folder");
    let mount = |then: &str| {
        let mut command = Command::new("unshare");
        let who: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &["--map-root-user"] };
        command.arg("--mount").args(who).args(["sh", "-c"]);
        command.arg(format!("mount -t tmpfs -o size=6m small \"${DISK}\" && {then}")).env(DISK, disk.path());
        command
    };
    if !mount("true").output().is_ok_and(|output| output.status.success()) {
        return false;
    }
    let this = std::env::current_exe().expect("this program");
    let mut command = mount("exec \"$0\" --exact \"$1\" --nocapture --test-threads=1");
    let output = command.arg(this).arg(name).output().expect("it starts");
    assert!(output.status.success(), "{}", told(&output).1);
    true
}

/// The small disk, in the process that has it.
fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

/// Not a test of its own: what the process with the small disk does.
#[test]
fn on_a_small_disk() {
    let Some(disk) = disk() else {
        assert!(std::env::var_os(DISK).is_none(), "nobody has a small disk here");
        return;
    };
    pressed_when_it_is_full(&disk);
    full_in_the_middle(&disk, false);
    full_in_the_middle(&disk, true);
}

fn pressed_when_it_is_full(small: &Path) {
    let (desk, elsewhere) = (Desk::within(small), Desk::new());
    let the_plan = plan(vec![write("abort", script(&elsewhere.appends("abort", "log")))]);
    let filler = Filler::new(small);
    let (_, said) = told(&desk.say(&["runbook", "list"]));
    assert!(said.contains("the disk is full; free some space"), "{said}");
    drop(filler);
    // Somebody has the ledger open, as consoles do.
    let open = desk.journal();
    let filler = Filler::new(small);
    let refused = desk.create(&the_plan).expect_err("there is no room");
    assert!(refused.contains("the disk is full; free some space"), "{refused}");
    drop((filler, open));
    assert_eq!((desk.newest(), elsewhere.lines("log")), (None, vec![]), "nothing was recorded, and nothing done");
    let (_, said) = desk.run(&the_plan);
    assert_eq!(elsewhere.lines("log"), ["abort"], "{said}");
}

/// The disk is full while a program runs, which ends then; and its worker may be killed before there is room again.
fn full_in_the_middle(small: &Path, killed: bool) {
    let (desk, elsewhere) = (Desk::within(small), Desk::new());
    let go = elsewhere.path().join("go").display().to_string();
    let (begun, done) = (elsewhere.appends("begun", "log"), elsewhere.appends("done", "log"));
    let text = format!("{begun}; while test ! -e '{go}'; do sleep 0.02; done; head -c 300000 /dev/zero; {done}");
    let console = desk.start(&plan(vec![write("slow", script(&text)), looks("seen", Part::Validation, "exit 0")]), &[]);
    until("the step", || (elsewhere.lines("log") == ["begun"]).then_some(()));
    let run = desk.newest().expect("a run");
    let filler = Filler::new(small);
    fs::write(&go, "").expect("written");
    until("the step's end", || (elsewhere.lines("log") == ["begun", "done"]).then_some(()));
    if killed {
        assert!(kill_worker(&run), "it had a worker");
    }
    let half = desk.runs().join(&run.id).join("00-slow.1/status.json.tmp");
    until("somebody who tries in vain to keep how it ended", || half.exists().then_some(()));
    drop(filler);
    let (code, said) = told(&console.wait_with_output().expect("it ends"));
    let (code, said) = if killed {
        assert_eq!(code, 3, "{said}");
        told(&desk.say(&["runbook", "attach", &run.id, "--recover"]))
    } else {
        (code, said)
    };
    assert!(code == 0 && said.contains("slow SUCCEEDED") && said.contains("VERIFIED"), "{code}: {said}");
    assert!(said.contains("what it wrote is not kept whole"), "{said}");
    let run = desk.newest().expect("a run");
    let result = run.attempts[0].result.clone().expect("a result");
    assert_eq!((run.state, result.outcome, result.output), (State::Ended(Ending::Verified), Outcome::Succeeded, None));
    assert_eq!(elsewhere.lines("log"), ["begun", "done"], "it was done once");
}

#[test]
fn a_full_disk_lets_nothing_begin_that_cannot_be_kept_and_loses_nothing_that_was_begun() {
    let tried = with_a_small_disk("runs::disk::on_a_small_disk");
    // Containers often give nobody a view of their own.
    assert!(tried || !can_mount(), "who may mount has a small disk");
}

/// Whether this process may mount something.
fn can_mount() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let may = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap_or("0").trim().to_owned();
    // CAP_SYS_ADMIN, capability(7).
    u64::from_str_radix(&may, 16).is_ok_and(|may| may & (1 << 21) != 0)
}
