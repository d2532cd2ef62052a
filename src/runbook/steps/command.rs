//! The kind `command`: a program is run by its shim, which goes on whatever becomes of this process.

use std::{
    collections::BTreeMap,
    env, io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::sleep;

use super::{Done, Stops, Task, Tools};
use crate::{
    config::secret::{process_variable, resolve},
    domain::{plan::request::CommandLine, run::Worker, runbook::action::Value, source::SourceError},
    runbook::{
        place::{Begun, Place, Program},
        process::{self, Alive},
    },
};

/// The hidden command that is the shim.
pub const SHIM: &str = "_step";

/// What every program gets of warroom's own environment: where things are, and how they are written. No secret has these names.
const PASSED: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"];

/// How long a shim has from its start until it begins. It begins at once; only a stopped machine takes longer.
const BEGINS: Duration = Duration::from_secs(10);

/// Runs it.
pub async fn step(command: &CommandLine, task: &Task<'_>, tools: &Tools, stops: &mut Stops) -> Done {
    let argv = match (task.is_rehearsal(), &command.rehearsal) {
        (false, _) => &command.argv,
        (true, Some(argv)) => argv,
        (true, None) => return Done::skipped(format!("not run in a rehearsal: {}", command.argv.join(" "))),
    };
    let (environment, secrets) = match environment(command, task).await {
        Ok(environment) => environment,
        Err(error) => return Done::failed(format!("{error}; it was not started")),
    };
    let program = Program {
        argv: argv.clone(),
        exit: command.exit.clone(),
        timeout: task.step.timeout,
        grace: task.step.grace,
        secrets,
    };
    let started = task.place.set_program(&program).and_then(|()| {
        let mut shim = Command::new(&tools.program);
        shim.arg(SHIM).arg(task.place.directory()).current_dir(&tools.directory).env_clear();
        for (name, value) in &environment {
            shim.env(name, value.expose_secret());
        }
        for name in PASSED.into_iter().chain(command.pass.iter().map(String::as_str)) {
            if let (false, Some(value)) = (environment.contains_key(name), env::var_os(name)) {
                shim.env(name, value);
            }
        }
        shim.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    });
    match started {
        Ok(shim) => follow(task, Some(shim), stops).await,
        Err(error) => Done::failed(format!("it was not started: {error}")),
    }
}

/// This program, also when its file was replaced meanwhile: what was begun by one version is ended by it.
#[must_use]
pub fn own_program() -> PathBuf {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { own } else { env::current_exe().unwrap_or_else(|_| PathBuf::from("warroom")) }
}

/// What the program's environment has beside what is passed on, and the names of what is secret in it.
async fn environment(
    command: &CommandLine,
    task: &Task<'_>,
) -> Result<(BTreeMap<String, SecretString>, Vec<String>), SourceError> {
    let mut all = BTreeMap::from([
        ("WARROOM_RUN".to_owned(), SecretString::from(task.run.id.clone())),
        ("WARROOM_IDEMPOTENCY_KEY".to_owned(), SecretString::from(task.key())),
    ]);
    // What is passed on under such a name was not meant to be read either.
    let mut secrets: Vec<String> = command.pass.iter().filter(|name| is_of_a_secret(name)).cloned().collect();
    for (name, value) in &command.environment {
        let value = match value {
            Value::Text(text) => SecretString::from(text.clone()),
            Value::Secret(reference) => {
                secrets.push(name.clone());
                resolve(reference, process_variable).await?
            }
        };
        all.insert(name.clone(), value);
    }
    Ok((all, secrets))
}

/// Whether a variable of that name holds a secret, as names go.
fn is_of_a_secret(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "CREDENTIALS", "KEY", "APIKEY"];
    name.to_ascii_uppercase().split('_').any(|word| WORDS.contains(&word))
}

/// Waits for the shim of an attempt, whoever started it.
pub async fn follow(task: &Task<'_>, mut shim: Option<Child>, stops: &mut Stops) -> Done {
    let (asked, mut pause, mut told) = (Instant::now(), Duration::from_millis(2), false);
    loop {
        // Looked at first: what is there afterwards was there when it ended.
        let ended = shim.as_mut().is_some_and(|shim| matches!(shim.try_wait(), Ok(Some(_)) | Err(_)));
        match state(task.place, ended || shim.is_none() || asked.elapsed() > BEGINS, task.worker) {
            Ok(State::Ended(done)) => return done,
            Ok(State::Runs(worker)) if told => process::tell_to_end(&worker),
            Ok(State::Orphan(program)) if told => process::end_group(&program),
            Ok(_) => {}
            Err(error) => return Done::unknown(format!("its directory cannot be read: {error}")),
        }
        tokio::select! {
            () = sleep(pause) => pause = (pause * 2).min(Duration::from_millis(100)),
            () = stops.now(), if !told && task.step.cancellable => told = true,
        }
    }
}

/// Where a program stands.
#[derive(Debug)]
pub enum State {
    /// Its shim was started and has not begun.
    Starts,
    /// Its shim runs.
    Runs(Worker),
    /// Its shim is gone, and it goes on alone.
    Orphan(Worker),
    /// It is over, as far as anybody will know.
    Ended(Done),
}

/// Where the program of the attempt in `place` stands. Where nobody began it and nobody is going to (`alone`), `me` sees to it
/// that nobody will.
///
/// # Errors
/// When the directory cannot be read.
pub fn state(place: &Place, alone: bool, me: &Worker) -> io::Result<State> {
    let begun = place.begun()?;
    let alive = begun.as_ref().map(process::alive);
    if let Some(status) = place.status()? {
        return Ok(State::Ended(status.into()));
    }
    match (begun, alive) {
        (Some(worker), Some(Alive::Yes)) => Ok(State::Runs(worker)),
        (Some(worker), Some(Alive::Elsewhere)) => {
            let words = format!("it runs on {}, which cannot be seen from here", worker.host);
            Ok(State::Ended(Done::unknown(words)))
        }
        (Some(worker), _) => {
            if let Some(program) = place.child()?.filter(|program| process::alive(program) == Alive::Yes) {
                return Ok(State::Orphan(program));
            }
            let words = format!("its shim (process {}) is gone and left no word", worker.pid);
            Ok(State::Ended(Done::unknown(words)))
        }
        (None, _) if alone => match place.begin(me)? {
            Begun::Mine => Ok(State::Ended(Done::failed("it was never started"))),
            // It began just now.
            Begun::Other(worker) => Ok(State::Runs(worker)),
        },
        (None, _) => Ok(State::Starts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_a_secret_is_taken_for_one() {
        for name in ["API_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "db_password", "PGPASSWORD_SECRET"] {
            assert!(is_of_a_secret(name), "{name}");
        }
        for name in ["KUBECONFIG", "REGION", "MONKEY", "PASSAGE", "LANG"] {
            assert!(!is_of_a_secret(name), "{name}");
        }
    }
}
