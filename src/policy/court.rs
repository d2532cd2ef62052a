//! Asks the process that judges, and ends it when it takes too long. Whatever goes wrong is a denial with its reason.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::protocol::{Answer, Asked, JUDGE, Policy, Request};
use crate::domain::{
    catalog::Catalog,
    policy::{self, Decision},
};

/// How long one answer may take.
const LIMIT: Duration = Duration::from_millis(500);

/// How long the process may take beside that: to start, and to read the policies.
const START: Duration = Duration::from_secs(5);

/// How long the answers to all inputs together may take; whatever is left then is denied.
const ALL: Duration = Duration::from_secs(5);

/// How often it is started again for what comes behind the input that ended it.
const AGAIN: usize = 3;

/// How a test of a policy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// The rule.
    pub rule: String,
    /// Why it did not pass; `None` when it did.
    pub why: Option<String>,
}

/// Where policies are judged.
#[derive(Clone, Debug)]
pub struct Court {
    /// The program that has the hidden command [`JUDGE`]: warroom itself.
    program: PathBuf,
    policies: Vec<Policy>,
}

impl Court {
    /// For the policies of `catalog` that decide.
    #[must_use]
    pub fn of(program: PathBuf, catalog: &Catalog) -> Self {
        Self::new(program, policy::deciding(catalog).map(file).collect())
    }

    /// For the policies of `catalog` and their tests.
    #[must_use]
    pub fn with_tests(program: PathBuf, catalog: &Catalog) -> Self {
        Self::new(program, catalog.policies.iter().map(file).collect())
    }

    /// For these policies.
    #[must_use]
    pub const fn new(program: PathBuf, policies: Vec<Policy>) -> Self {
        Self { program, policies }
    }

    /// What the policies decide about each of `inputs`, in their order. Blocks.
    #[must_use]
    pub fn decide(&self, inputs: &[Value]) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let started = Instant::now();
        for _ in 0..=AGAIN {
            let rest = inputs.get(decisions.len()..).unwrap_or_default();
            if rest.is_empty() || started.elapsed() > ALL {
                break;
            }
            let ended = self.ask(Asked::Decide(rest.to_vec()), |answer| {
                match answer {
                    Answer::Decided(said) => decisions.push(Decision::read(said.as_ref())),
                    Answer::Failed(why) => decisions.push(Decision::unavailable(why)),
                    Answer::Tested { .. } | Answer::Done => {}
                }
                started.elapsed() <= ALL
            });
            if let Err(why) = ended
                && decisions.len() < inputs.len()
            {
                decisions.push(Decision::unavailable(why));
            }
        }
        let late = || {
            let why = format!("the policies took too long: they have {LIMIT:?} for a release, and {ALL:?} for all");
            Decision::unavailable(why)
        };
        decisions.resize_with(inputs.len(), late);
        decisions
    }

    /// What is wrong with the policies; nothing where they can be read and judged. Blocks.
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        let mut failed = Vec::new();
        let ended = self.ask(Asked::Check, |answer| {
            if let Answer::Failed(why) = answer {
                failed.push(why);
            }
            true
        });
        failed.extend(ended.err());
        failed
    }

    /// Runs the tests of the policies. Blocks.
    ///
    /// # Errors
    /// When they cannot be run.
    pub fn test(&self) -> Result<Vec<Tested>, String> {
        let (mut tested, mut failed) = (Vec::new(), None);
        self.ask(Asked::Test, |answer| {
            match answer {
                Answer::Tested { rule, passed, why } => {
                    let why = (!passed).then(|| why.unwrap_or_else(|| "it is not true".to_owned()));
                    tested.push(Tested { rule, why });
                }
                Answer::Failed(why) => failed = Some(why),
                Answer::Decided(_) | Answer::Done => {}
            }
            true
        })?;
        failed.map_or(Ok(tested), Err)
    }

    /// Asks, and takes each answer as it comes, as long as `take` wants more.
    fn ask(&self, asked: Asked, mut take: impl FnMut(Answer) -> bool) -> Result<(), String> {
        let limit = u64::try_from(LIMIT.as_millis()).unwrap_or(u64::MAX);
        let request = Request { policies: self.policies.clone(), limit, asked };
        let request = serde_json::to_vec(&request).map_err(|error| error.to_string())?;
        let (mut child, answers) =
            self.start(request).map_err(|error| format!("no process to judge the policies in: {error}"))?;
        let mut until = Instant::now() + START + LIMIT;
        loop {
            match answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Answer::Done) => {
                    let _ = child.wait();
                    return Ok(());
                }
                Ok(answer) => {
                    if !take(answer) {
                        end(&mut child);
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    end(&mut child);
                    return Err(format!("a policy took longer than {LIMIT:?} and was ended"));
                }
                Err(RecvTimeoutError::Disconnected) => return ended(child.wait()),
            }
            // The interpreter ends an answer at the limit by itself; what it cannot end is ended here.
            until = Instant::now() + LIMIT * 2;
        }
    }

    fn start(&self, request: Vec<u8>) -> io::Result<(Child, Receiver<Answer>)> {
        let mut child = Command::new(&self.program)
            .arg(JUDGE)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no standard input and output"));
        };
        let (told, answers) = channel();
        thread::spawn(move || {
            // A process that ended does not read; that is told by its end.
            let _ = input.write_all(&request);
        });
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let answer = serde_json::from_str(&line).unwrap_or_else(|error| Answer::Failed(error.to_string()));
                if told.send(answer).is_err() {
                    return;
                }
            }
        });
        Ok((child, answers))
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn file((name, text): (&String, &String)) -> Policy {
    Policy { name: format!("{name}.rego"), text: text.clone() }
}

/// What the end of a process means that did not say it was done. A failure that was told before is enough.
fn ended(status: io::Result<ExitStatus>) -> Result<(), String> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "the process that judged a policy ended ({status}): it asked for too much memory, or met a fault"
        )),
        Err(error) => Err(format!("the process that judged a policy is gone: {error}")),
    }
}
