//! The shim of a program: a process that runs it, whatever becomes of who asked for it, and keeps how it ended.
//!
//! It is the leader of a session of its own, so no terminal takes it away. The program has a process group of its own; what
//! leaves even that group, and loses its parent, becomes a child of the shim (Linux), and so can be found and ended.

use std::{
    env, io,
    io::Read as _,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, setsid, wait};
use signal_hook::{consts::SIGTERM, flag};

use super::{
    output::{file::Output, mask::Mask},
    place::{Begun, Place, Program, Status},
    process,
};
use crate::domain::{run::Outcome, time::Span};

/// How long is waited for the rest of what a program wrote, after it has ended.
const DRAIN: Duration = Duration::from_millis(500);

/// How long what was killed has to disappear.
const GONE: Duration = Duration::from_secs(5);

/// The longest pause between two looks whether a full disk has room again.
const ROOM: Duration = Duration::from_secs(1);

/// Why the program was told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Late,
    ByPerson,
}

/// Runs the program of the attempt in `directory` to its end, unless somebody began the attempt already.
///
/// # Errors
/// When the directory is not what it should be. The program was not started then.
pub fn run(directory: &Path) -> io::Result<()> {
    // Who leads a session already needs no other one.
    let _ = setsid();
    let told = Arc::new(AtomicBool::new(false));
    flag::register(SIGTERM, Arc::clone(&told))?;
    let place = Place::at(directory.to_owned());
    let program = place.program()?.ok_or_else(|| io::Error::other("there is no program"))?;
    let secrets: Vec<String> = program.secrets.iter().filter_map(|name| env::var(name).ok()).collect();
    let mask = Mask::new(secrets.iter().map(String::as_str));
    let (reader, writer) = io::pipe()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    // Whatever can go wrong before this did nothing; behind it there is always a word of how it went.
    if place.begin(&process::myself())? != Begun::Mine {
        return Ok(());
    }
    // Not before: what another shim has written already would be gone.
    let output = match place.open_output() {
        Ok(file) => Arc::new(Mutex::new(Output::new(file, mask.clone()))),
        Err(error) => {
            let words = format!("it was not started: there is no place for what it writes: {error}");
            let status = Status { outcome: Outcome::Failed, words, took: Span::ZERO, output: None };
            return conclude(&place, &status);
        }
    };
    let started = Instant::now();
    let child = start(&program, writer);
    let drained = drain(reader, Arc::clone(&output));
    let (outcome, words) = match child {
        Ok(child) => {
            // Only for those who find it without this process; if it cannot be kept, they find less.
            let _ = place.set_child(&process::of(child.id()));
            watch(child, &program, &told, started)
        }
        Err(error) => (Outcome::Failed, mask.text(&format!("it cannot be started: {error}"))),
    };
    let _ = drained.recv_timeout(DRAIN);
    let kept = output.lock().unwrap_or_else(PoisonError::into_inner).finish();
    let (hash, words) = match kept {
        Ok(hash) => (hash, words),
        Err(error) => (None, format!("{words}; what it wrote is not kept whole: {error}")),
    };
    let took = Span::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
    conclude(&place, &Status { outcome, words, took, output: hash })?;
    // What it left behind may still write; it ends when it does, and not because nobody reads any more.
    let _ = drained.recv();
    Ok(())
}

/// Keeps how it ended. On a full disk it waits for room: nobody else knows.
fn conclude(place: &Place, status: &Status) -> io::Result<()> {
    let mut pause = Duration::from_millis(50);
    loop {
        match place.conclude(status) {
            Err(error) if is_full(&error) => thread::sleep(pause),
            result => return result,
        }
        pause = (pause * 2).min(ROOM);
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn start(program: &Program, writer: io::PipeWriter) -> io::Result<Child> {
    let (name, arguments) = program.argv.split_first().ok_or_else(|| io::Error::other("no program is named"))?;
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    command.spawn()
}

/// Reads until nobody can write any more; says so then.
fn drain(mut reader: io::PipeReader, output: Arc<Mutex<Output>>) -> mpsc::Receiver<()> {
    let (done, told) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default();
            // A full disk ends what is kept, not the program.
            let _ = output.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
        }
        let _ = done.send(());
    });
    told
}

/// Waits until the program has ended, or ends it.
fn watch(mut child: Child, program: &Program, told: &AtomicBool, started: Instant) -> (Outcome, String) {
    let late = |now: Instant| now.duration_since(started) >= program.timeout.duration();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return ended(status, program),
            Ok(None) if told.load(Ordering::Relaxed) => return end(child, program, Told::ByPerson),
            Ok(None) if late(Instant::now()) => return end(child, program, Told::Late),
            Ok(None) => thread::sleep(pause),
            Err(error) => return (Outcome::Unknown, format!("how it ended cannot be asked: {error}")),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn ended(status: ExitStatus, program: &Program) -> (Outcome, String) {
    let left = if children() { "; processes that it started still run" } else { "" };
    let must = program.exit.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    match (status.code(), status.signal()) {
        (Some(code), _) if program.exit.contains(&code) => (Outcome::Succeeded, format!("exit code {code}{left}")),
        (Some(code), _) => (Outcome::Failed, format!("exit code {code} (must be {must}){left}")),
        // Who was ended in the middle may have done a part of it.
        (None, Some(signal)) => (Outcome::Unknown, format!("it was ended by signal {signal}{left}")),
        (None, None) => (Outcome::Unknown, format!("nobody knows how it ended{left}")),
    }
}

/// Ends the program with all that it started: it is told to, has its time, and is killed.
fn end(mut child: Child, program: &Program, told: Told) -> (Outcome, String) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let send = |signal| {
        // It may have ended meanwhile.
        let _ = group.map(|group| kill_process_group(group, signal));
    };
    send(Signal::TERM);
    let until = Instant::now() + program.grace.duration();
    let mut by_itself = None;
    while by_itself.is_none() && Instant::now() < until {
        by_itself = child.try_wait().ok().flatten();
        thread::sleep(Duration::from_millis(5));
    }
    send(Signal::KILL);
    let until = Instant::now() + GONE;
    let mut gone = by_itself.is_some();
    while Instant::now() < until {
        gone = gone || matches!(child.try_wait(), Ok(Some(_)));
        if gone && !children() {
            break;
        }
        if gone {
            // The program is gone; what left its group and lost its parent is ours now.
            process::end_children();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let how = match by_itself.map(|status| status.code()) {
        Some(Some(code)) => format!("it ended by itself with exit code {code}"),
        Some(None) => "it ended when it was told to".to_owned(),
        None => format!("it did not end within {} and was killed", program.grace),
    };
    let why = match told {
        Told::Late => format!("it took longer than {}", program.timeout),
        Told::ByPerson => "a person ended it".to_owned(),
    };
    if !gone || children() {
        return (Outcome::Unknown, format!("{why}; it was killed, and something of it still runs"));
    }
    let outcome = match told {
        Told::Late => Outcome::TimedOut,
        Told::ByPerson => Outcome::Aborted,
    };
    (outcome, format!("{why}: {how}; nothing of it runs any more"))
}

/// Whether anything that the program started still runs. Looks away from what has ended.
fn children() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
