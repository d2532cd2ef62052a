//! A real Prometheus whose history was written by promtool before it started.

use std::{
    fs,
    process::{Command, Stdio},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

use crate::support::{Running, base_url, eventually, free_port, program};

/// A server with a history of its own, ended with the test.
pub(super) struct Backfilled {
    port: u16,
    _running: Running,
    _folder: TempDir,
}

impl Backfilled {
    /// Starts it with `history` (`OpenMetrics`) and `rules` (YAML). It may take a moment until it answers.
    pub(super) fn start(history: &str, rules: &str) -> Self {
        let (prometheus, promtool) = (program("prometheus", "prometheus"), program("promtool", "prometheus"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("history.om"), history).expect("written");
        let filled = Command::new(promtool)
            .current_dir(folder.path())
            .args(["tsdb", "create-blocks-from", "openmetrics", "history.om", "data"])
            .stdout(Stdio::null())
            .status();
        assert!(filled.expect("promtool runs").success(), "promtool did not take the history");
        fs::write(file("prometheus.yml"), "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n")
            .expect("written");
        fs::write(file("rules.yml"), rules).expect("written");
        let port = free_port();
        let running = Running::start(Command::new(prometheus).args([
            format!("--config.file={}", file("prometheus.yml").display()),
            format!("--storage.tsdb.path={}", file("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--storage.tsdb.retention.time=60d".to_owned(),
            "--log.level=error".to_owned(),
        ]));
        Self { port, _running: running, _folder: folder }
    }

    /// Waits until it answers queries.
    pub(super) async fn ready(&self) {
        eventually("prometheus", || async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
            stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n").await.ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.ok()?;
            answer.contains("200 OK").then_some(())
        })
        .await;
    }

    /// Where it answers.
    pub(super) fn url(&self) -> Url {
        base_url(([127, 0, 0, 1], self.port).into())
    }
}
