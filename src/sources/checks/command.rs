//! The kind `command`: a program says so. No shell, nothing to read, a process group of its own that ends with the look.

use std::{path::Path, process::Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
};

use super::{
    MAX_BODY,
    found::{self, Found},
};
use crate::domain::{
    checklist::predicate::Predicate,
    source::{ErrorKind, SourceError},
};

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote; `None` when that was more than is read.
    pub stdout: Option<Vec<u8>>,
    /// The beginning of what it complained about.
    pub stderr: String,
}

/// How much of what it complains about is read, in bytes.
const MAX_COMPLAINT: u64 = 4 * 1024;

/// What a program says.
#[must_use]
pub fn judge(output: &Output, exit: i32, field: Option<&(String, Predicate)>) -> Found {
    let Some(code) = output.code else { return Found::unknown("it was ended by a signal") };
    let first = output.stderr.lines().find(|line| !line.trim().is_empty());
    let complaint = first.map(|line| format!(": {}", line.trim())).unwrap_or_default();
    if code != exit {
        return Found::fail(format!("exit code {code} (must be {exit}){complaint}"));
    }
    let Some((pointer, must)) = field else { return Found::pass(format!("exit code {code}")) };
    let Some(stdout) = &output.stdout else {
        return Found::unknown(format!("it wrote more than {MAX_BODY} bytes"));
    };
    match serde_json::from_slice(stdout) {
        Ok(document) => found::field(&document, pointer, must),
        Err(error) => Found::unknown(format!("what it wrote is not JSON: {error}")),
    }
}

/// Ends a process group when it is dropped, whoever gave up.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs `argv` in `directory` until it ends. Dropping the future ends it and all that it started.
///
/// # Errors
/// When it cannot be started.
pub async fn run(argv: &[String], directory: &Path) -> Result<Output, SourceError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(SourceError::new(ErrorKind::Configuration, "the check names no program"));
    };
    let failed = |error: std::io::Error| {
        SourceError::new(ErrorKind::Configuration, format!("{program} cannot be run: {error}"))
            .advise("name a program of the PATH or its whole path")
    };
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr, status) = tokio::join!(read(out, MAX_BODY), read(err, MAX_COMPLAINT), child.wait());
    // The pipes are closed and the program has ended; what it left behind ends too.
    drop(group);
    let status = status.map_err(failed)?;
    let (stdout, whole) = stdout;
    Ok(Output {
        code: status.code(),
        stdout: whole.then_some(stdout),
        stderr: String::from_utf8_lossy(&stderr.0).into_owned(),
    })
}

/// The first `limit` bytes, and whether that was all. The rest is read away, so that the writer is not held up.
async fn read(stream: Option<impl AsyncRead + Unpin>, limit: u64) -> (Vec<u8>, bool) {
    let Some(mut stream) = stream else { return (Vec::new(), true) };
    let mut bytes = Vec::new();
    if (&mut stream).take(limit).read_to_end(&mut bytes).await.is_err() {
        return (bytes, false);
    }
    let rest = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    (bytes, matches!(rest, Ok(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    fn output(code: Option<i32>, stdout: &str) -> Output {
        Output { code, stdout: Some(stdout.into()), stderr: "\n\u{1b}[31mno such table\n".to_owned() }
    }

    #[test]
    fn a_program_is_judged_by_its_exit_code_and_its_json() {
        assert_eq!(judge(&output(Some(0), ""), 0, None), Found::pass("exit code 0"));
        let failed = judge(&output(Some(3), ""), 0, None);
        assert!(failed.finding == Finding::Fail && failed.words.contains("exit code 3 (must be 0)"), "{failed:?}");
        assert!(failed.words.contains("no such table") && !failed.words.contains('\u{1b}'), "{failed:?}");
        assert_eq!(judge(&output(None, ""), 0, None).finding, Finding::Unknown);
        let field = ("/pending".to_owned(), "== 0".parse().expect("condition"));
        assert_eq!(judge(&output(Some(0), "{\"pending\":0}"), 0, Some(&field)).finding, Finding::Pass);
        assert_eq!(judge(&output(Some(0), "{\"pending\":2}"), 0, Some(&field)).finding, Finding::Fail);
        assert_eq!(judge(&output(Some(0), "pending: 0"), 0, Some(&field)).finding, Finding::Unknown);
        let huge = Output { stdout: None, ..output(Some(0), "") };
        assert_eq!(judge(&huge, 0, Some(&field)).finding, Finding::Unknown);
    }
}
