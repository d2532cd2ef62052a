//! Processes: who this one is, and whether another one still runs.
//!
//! A number of a process is used again. So it is told together with the time at which the process was started, and with the
//! identity of this start of the machine.

use std::fs;

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

use crate::{domain::run::Worker, ledger::actor};

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alive {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It is one of another machine, which cannot be seen from here.
    Elsewhere,
}

/// This process.
#[must_use]
pub fn myself() -> Worker {
    of(std::process::id())
}

/// The process of that number on this machine.
#[must_use]
pub fn of(pid: u32) -> Worker {
    Worker { host: actor::host(), boot: boot(), pid, started: stat(pid).map_or(0, |(_, started)| started) }
}

/// Whether `worker` runs.
#[must_use]
pub fn alive(worker: &Worker) -> Alive {
    if worker.host != actor::host() {
        return Alive::Elsewhere;
    }
    let runs = worker.boot == boot()
        && match stat(worker.pid) {
            // What has ended and was not looked at yet does nothing more.
            Some((state, started)) => started == worker.started && !matches!(state, 'Z' | 'X'),
            // Where the system does not tell when it was started, the number has to do.
            None => worker.started == 0 && pid(worker).is_some_and(|pid| test_kill_process(pid).is_ok()),
        };
    if runs { Alive::Yes } else { Alive::No }
}

/// Tells `worker` to end, if it runs.
pub fn tell_to_end(worker: &Worker) {
    if alive(worker) == Alive::Yes
        && let Some(pid) = pid(worker)
    {
        // It may have ended meanwhile.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Ends the process group that `leader` leads, if that runs.
pub fn end_group(leader: &Worker) {
    if alive(leader) == Alive::Yes
        && let Some(pid) = pid(leader)
    {
        // It may have ended meanwhile.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// Ends those whose parent this process is, and whose parents have ended: what a program left behind. Whether there was any.
#[cfg(target_os = "linux")]
pub fn end_children() -> bool {
    let me = std::process::id();
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut any = false;
    for number in numbers.filter(|number| parent(*number) == Some(me)) {
        if let Some(pid) = i32::try_from(number).ok().and_then(Pid::from_raw) {
            any |= kill_process(pid, Signal::KILL).is_ok();
        }
    }
    any
}

/// Where the system does not tell whose parent a process is, what left its group cannot be found.
#[cfg(not(target_os = "linux"))]
pub fn end_children() -> bool {
    false
}

fn pid(worker: &Worker) -> Option<Pid> {
    i32::try_from(worker.pid).ok().and_then(Pid::from_raw)
}

/// The identity of this start of the machine.
fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

/// State and time of start of a process, proc(5): fields 3 and 22. The name before them may hold anything.
fn stat(pid: u32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(target_os = "linux")]
fn parent(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_more_than_its_number() {
        let me = myself();
        assert_eq!(alive(&me), Alive::Yes);
        assert_eq!(alive(&Worker { started: me.started + 1, ..me.clone() }), Alive::No, "the number was used again");
        assert_eq!(alive(&Worker { boot: "another".into(), ..me.clone() }), Alive::No, "the machine was started again");
        assert_eq!(alive(&Worker { host: "another".into(), ..me }), Alive::Elsewhere);
    }

    #[test]
    fn what_has_ended_is_not_alive_before_its_parent_looks() {
        let mut child = std::process::Command::new("true").spawn().expect("started");
        let started = loop {
            if let Some((state, started)) = stat(child.id())
                && state == 'Z'
            {
                break started;
            }
        };
        assert_eq!(alive(&Worker { pid: child.id(), started, ..myself() }), Alive::No);
        child.wait().expect("ended");
    }
}
