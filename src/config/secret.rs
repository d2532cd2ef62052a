//! Secrets, read when they are needed and kept out of every text.

use std::{fs, io, path::Path, process::Stdio, time::Duration};

use secrecy::SecretString;
use tokio::{io::AsyncReadExt, process::Command};

use crate::domain::{
    secret::SecretRef,
    source::{ErrorKind, SourceError},
};

/// How long a command may take to print a secret.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest secret.
const MAX_SECRET: u64 = 64 * 1024;

/// Reads a secret. `variable` looks up an environment variable, usually `|name| std::env::var(name).ok()`.
///
/// A command is run without a shell, in its own process, and stopped after 10 s. Errors never hold the secret, and nothing that
/// a command printed.
///
/// # Errors
/// Of the kind `configuration`, when there is no secret or it lies open to others.
pub async fn resolve<V>(reference: &SecretRef, variable: V) -> Result<SecretString, SourceError>
where
    V: Fn(&str) -> Option<String>,
{
    match reference {
        SecretRef::Env(name) => match variable(name) {
            Some(value) => secret(value, &format!("the environment variable {name}")),
            None => Err(trouble(format!("the environment variable {name} is not set"))
                .advise(format!("export {name} before warroom is started"))),
        },
        SecretRef::File(path) => from_file(path),
        SecretRef::Command(argv) => from_command(argv, COMMAND_TIMEOUT).await,
    }
}

/// The environment of this process, for [`resolve`].
#[must_use]
pub fn process_variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn trouble(what: String) -> SourceError {
    SourceError::new(ErrorKind::Configuration, what)
}

/// A secret without its line end; never an empty one, never one that cannot stand in a header.
fn secret(mut value: String, place: &str) -> Result<SecretString, SourceError> {
    let end = value.trim_end_matches(['\r', '\n']).len();
    value.truncate(end);
    if value.is_empty() {
        return Err(trouble(format!("{place} holds an empty secret")));
    }
    if value.chars().any(|c| c == '\n' || c == '\r' || c == '\0') {
        return Err(trouble(format!("{place} holds more than one line")).advise("a secret is a single line"));
    }
    Ok(SecretString::from(value))
}

fn from_file(path: &Path) -> Result<SecretString, SourceError> {
    let shown = path.display();
    let failed = |error: &io::Error| trouble(format!("the secret file {shown} cannot be read: {error}"));
    // Of what a link points to: Kubernetes mounts secrets as links.
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(trouble(format!("the secret file {shown} is not a file")));
    }
    closed_to_others(path, &metadata)?;
    if metadata.len() > MAX_SECRET {
        return Err(trouble(format!("the secret file {shown} is too large for a secret")));
    }
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| trouble(format!("the secret file {shown} is not UTF-8")))?;
    secret(text, &format!("the secret file {shown}"))
}

/// Refuses files that other users may read.
#[cfg(unix)]
fn closed_to_others(path: &Path, metadata: &fs::Metadata) -> Result<(), SourceError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 || mounted_by_kubernetes(path) {
        return Ok(());
    }
    let shown = path.display();
    Err(trouble(format!("the secret file {shown} can be read by other users (mode {mode:03o})"))
        .advise(format!("chmod 600 {shown}")))
}

#[cfg(not(unix))]
fn closed_to_others(_: &Path, _: &fs::Metadata) -> Result<(), SourceError> {
    Ok(())
}

/// Whether the file is a link into `..data`, as Kubernetes mounts secrets: their modes are those of the pod's volume, and the
/// pod is the border that protects them.
#[cfg(unix)]
fn mounted_by_kubernetes(path: &Path) -> bool {
    fs::read_link(path).is_ok_and(|target| target.starts_with("..data"))
}

async fn from_command(argv: &[String], timeout: Duration) -> Result<SecretString, SourceError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(trouble("the secret's command is empty".to_owned()));
    };
    // Arguments may name what must not be told: only the program is shown.
    let failed = |what: String| trouble(format!("the secret's command {program} {what}"));
    let mut command = Command::new(program);
    // In a group of its own it cannot ask the terminal, which the console has.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it complains about may hold what it was asked for.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            failed(format!("cannot be started: {error}")).advise("name a program of the PATH or its whole path")
        })?;
    let mut output = Vec::new();
    let answer = tokio::time::timeout(timeout, async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MAX_SECRET + 1).read_to_end(&mut output).await?;
        }
        if output.len() as u64 > MAX_SECRET {
            return Ok(None);
        }
        child.wait().await.map(Some)
    })
    .await;
    let status = match answer {
        Err(_) => {
            return Err(failed(format!("gave no answer within {} s", timeout.as_secs_f64()))
                .advise("run it by hand; a command that asks a question cannot be used here"));
        }
        Ok(Err(error)) => return Err(failed(format!("failed: {error}"))),
        Ok(Ok(None)) => return Err(failed("printed too much for a secret".to_owned())),
        Ok(Ok(Some(status))) => status,
    };
    if !status.success() {
        let how = status
            .code()
            .map_or_else(|| "was stopped by a signal".to_owned(), |code| format!("failed with exit code {code}"));
        return Err(failed(how).advise("run it by hand to see what it says"));
    }
    let text = String::from_utf8(output).map_err(|_| failed("printed something that is not UTF-8".to_owned()))?;
    secret(text, &format!("the output of the secret's command {program}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_asks_a_question_is_stopped() {
        let argv: Vec<String> = ["sleep", "600"].map(str::to_owned).to_vec();
        let error = from_command(&argv, Duration::from_millis(20)).await.expect_err("no answer");
        assert!(error.what.contains("gave no answer"), "{error}");
    }
}
