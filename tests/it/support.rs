//! What several test modules need: ports, processes that end, waiting for content, servers that answer as told.

use std::{
    collections::HashMap,
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, Uri},
    response::Response,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;
use warroom::{
    clock::Clock,
    config::schema::source::{AlertmanagerSource, HttpOptions, Source, SourceKind},
    domain::time::Span,
    sources::connector::Context,
};

/// How long anything may take before a test gives up. Loaded machines are slow; nothing is measured with it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A port of loopback on which nobody listened a moment ago, for programs that cannot choose one themselves.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("loopback").port()
}

/// A port of loopback that refuses connections as long as the tests run, whoever else asks for a port meanwhile.
pub(crate) fn dead_port() -> u16 {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("loopback");
    let port = socket.local_addr().expect("bound").port();
    // Bound, but nobody listens; never closed, so that nobody else gets it.
    std::mem::forget(socket);
    port
}

/// Asks `look` again and again until it has something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Where `program` is. A test that needs it fails where it is missing, and says what to install.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()).unwrap_or_else(|| {
        panic!("{name} is not installed: `apt-get install {package}` (Debian, Ubuntu), or run tests/run")
    })
}

/// A program that is ended with the test, by its own id.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts it, silent.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self { child: child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")) }
    }

    /// Ends it now and waits for the end.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A request as a [`server`] saw it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method, target and headers, as text.
    pub(crate) head: String,
}

/// A server on loopback that reads the head of each request and leaves the answer to `answer`. It lives as long as the runtime.
pub(crate) async fn server<F: Future<Output = ()> + Send + 'static>(
    answer: impl Fn(Request, TcpStream) -> F + Send + Sync + Clone + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let head = read_head(&mut stream).await;
                answer(Request { head }, stream).await;
            });
        }
    });
    address
}

/// Reads until the empty line that ends the head.
pub(crate) async fn read_head(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A server that gives each request these very bytes and closes.
pub(crate) async fn server_of(bytes: impl AsRef<[u8]>) -> SocketAddr {
    let bytes: std::sync::Arc<[u8]> = bytes.as_ref().into();
    server(move |_, mut stream| {
        let bytes = bytes.clone();
        async move {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

type Answerer = Arc<dyn Fn(&str, &HashMap<String, String>, &HeaderMap) -> Response + Send + Sync>;

/// Starts an API server that answers so to path, query and headers. It lives as long as the runtime.
pub(crate) async fn api(
    answer: impl Fn(&str, &HashMap<String, String>, &HeaderMap) -> Response + Send + Sync + 'static,
) -> SocketAddr {
    async fn handle(
        State(answer): State<Answerer>,
        uri: Uri,
        Query(query): Query<HashMap<String, String>>,
        headers: HeaderMap,
    ) -> Response {
        answer(uri.path(), &query, &headers)
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let answer: Answerer = Arc::new(answer);
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handle).with_state(answer)).await });
    address
}

/// A whole HTTP answer with a right length.
pub(crate) fn http_answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// `http://` and the address.
pub(crate) fn base_url(address: SocketAddr) -> Url {
    format!("http://{address}").parse().expect("an address makes a URL")
}

/// A source of Alertmanager on these servers, with short limits.
pub(crate) fn alertmanager_source(name: &str, urls: Vec<Url>) -> Source {
    Source {
        name: name.into(),
        environment: None,
        region: None,
        interval: None,
        timeout: Span::from_secs(10),
        max_body: 1024 * 1024,
        kind: SourceKind::Alertmanager(AlertmanagerSource { urls, http: HttpOptions::default(), matchers: Vec::new() }),
    }
}

/// The real clock, and no proxy: tests talk to loopback.
pub(crate) fn context() -> Context {
    Context::new(Clock::real(), false)
}
