//! The connection to one API server: opened when first needed, opened again when its credentials are refused.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::BodyExt;
use kube_client::{
    Client, Config,
    client::Body,
    config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig},
};
use tokio::{
    sync::Mutex,
    task::{JoinError, JoinHandle},
    time,
};

use super::failure::{Question, classify, kubeconfig};
use crate::{
    clock::Clock,
    config::schema::source::{KubernetesSource, Source},
    domain::{
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::{
        connector::Context,
        http::{Head, Response, install_crypto, shown},
    },
};

const USER_AGENT: &str = concat!("warroom/", env!("CARGO_PKG_VERSION"));

/// One API server, and how to reach it.
pub(in crate::sources) struct Connection {
    settings: KubernetesSource,
    timeout: Span,
    max_body: u64,
    clock: Clock,
    environment_proxy: bool,
    state: Mutex<State>,
    /// How many sessions there have been.
    opened: AtomicU64,
}

/// A client, and what is known of how it says who we are.
#[derive(Clone)]
struct Session {
    client: Client,
    access: Access,
    /// Tells sessions apart, so that a refusal of an old one does not close a new one.
    number: u64,
}

#[derive(Clone, Debug, Default)]
struct Access {
    /// The name of the exec plugin.
    plugin: Option<Arc<str>>,
    /// Whether reading the credentials again may bring others.
    renewable: bool,
    /// Whether we say who we are.
    authenticated: bool,
}

enum State {
    Closed,
    /// An exec plugin may take long, and a poll that gives up must not start another one.
    Opening(JoinHandle<Result<(Client, Access), SourceError>>),
    Open(Session),
}

/// A change of an object.
pub(in crate::sources) struct Change<'a> {
    /// The path of the object, with its subresource.
    pub(in crate::sources) path: &'a str,
    /// Whether it is only tried: the server checks everything and keeps nothing.
    pub(in crate::sources) dry_run: bool,
    /// `application/merge-patch+json` or `application/json-patch+json`.
    pub(in crate::sources) content_type: &'static str,
    /// The patch.
    pub(in crate::sources) body: Bytes,
}

impl Change<'_> {
    fn request(&self) -> Result<Request<Body>, SourceError> {
        let query = if self.dry_run { "&dryRun=All" } else { "" };
        let request = Request::patch(format!("{}?fieldManager=warroom{query}", self.path))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, self.content_type);
        let body = Body::from(self.body.to_vec());
        request.body(body).map_err(|error| {
            SourceError::new(ErrorKind::Configuration, format!("{} cannot be changed: {error}", self.path))
        })
    }
}

/// Why no answer to a change came.
pub(in crate::sources) struct Unanswered {
    /// In words.
    pub(in crate::sources) error: SourceError,
    /// Whether it was sent, so that nobody knows whether the change was made.
    pub(in crate::sources) sent: bool,
}

impl Connection {
    /// A connection as `source` says. Does no IO.
    pub(in crate::sources) fn new(settings: &KubernetesSource, source: &Source, context: &Context) -> Self {
        Self {
            settings: settings.clone(),
            timeout: source.timeout,
            max_body: source.max_body,
            clock: context.clock,
            environment_proxy: context.use_environment_proxy,
            state: Mutex::new(State::Closed),
            opened: AtomicU64::new(0),
        }
    }

    /// Where it connects to, for people.
    pub(super) fn endpoint(&self) -> String {
        match (&self.settings.url, self.settings.in_cluster, &self.settings.context) {
            (Some(url), ..) => shown(url),
            (None, true, _) => "the cluster around this pod".to_owned(),
            (None, false, Some(context)) => format!("context {context}"),
            (None, false, None) => "the current context".to_owned(),
        }
    }

    /// The console's clock.
    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    /// The largest answer that is read, in bytes.
    pub(super) const fn max_body(&self) -> u64 {
        self.max_body
    }

    /// Asks for a path and reads the whole answer. When credentials are refused that may have changed meanwhile, they are read
    /// again, once.
    ///
    /// # Errors
    /// Whatever keeps a whole answer from arriving. A status that is not success is an answer.
    pub(in crate::sources) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, SourceError> {
        let session = self.session().await?;
        let response = self.exchange(&session, path, query).await?;
        if response.status != StatusCode::UNAUTHORIZED.as_u16() || !session.access.renewable {
            return Ok(response);
        }
        self.close(session.number).await;
        let session = self.session().await?;
        self.exchange(&session, path, query).await
    }

    /// Opens a stream of lines. There is no limit of time but for its beginning.
    ///
    /// # Errors
    /// As [`Connection::get`]; a status that is not success is [`ErrorKind::Status`] with that status.
    pub(super) async fn stream(&self, path: &str, query: &[(&str, &str)]) -> Result<Body, SourceError> {
        let session = self.session().await?;
        // Streams are not compressed: the client unpacks only the first member of a gzip stream.
        let begin = async {
            let answer = session.client.send(request(path, query, Some("identity"))?).await;
            answer.map_err(|error| self.failed(&error, &session, false))
        };
        let answer = time::timeout(self.timeout.duration(), begin).await.map_err(|_| self.late(path))??;
        if answer.status() == StatusCode::UNAUTHORIZED && session.access.renewable {
            self.close(session.number).await;
        }
        if !answer.status().is_success() {
            let mut error = SourceError::new(ErrorKind::Status, format!("{path}: {}", answer.status()));
            error.status = Some(answer.status().as_u16());
            return Err(error);
        }
        Ok(answer.into_body())
    }

    /// Sends a change and reads the whole answer. It is sent once, but for credentials that are refused: a server that does
    /// not know us does nothing.
    ///
    /// # Errors
    /// Whatever keeps a whole answer from arriving, with whether the change may have been made all the same.
    pub(in crate::sources) async fn patch(&self, change: &Change<'_>) -> Result<Response, Unanswered> {
        let unsent = |error| Unanswered { error, sent: false };
        let unsure = |error| Unanswered { error, sent: true };
        let session = self.session().await.map_err(unsent)?;
        let response = self.whole(&session, change.path, change.request().map_err(unsent)?).await.map_err(unsure)?;
        if response.status != StatusCode::UNAUTHORIZED.as_u16() || !session.access.renewable {
            return Ok(response);
        }
        self.close(session.number).await;
        let session = self.session().await.map_err(unsent)?;
        self.whole(&session, change.path, change.request().map_err(unsent)?).await.map_err(unsure)
    }

    async fn exchange(&self, session: &Session, path: &str, query: &[(&str, &str)]) -> Result<Response, SourceError> {
        self.whole(session, path, request(path, query, None)?).await
    }

    async fn whole(&self, session: &Session, path: &str, request: Request<Body>) -> Result<Response, SourceError> {
        let whole = self.whole_answer(session, path, request);
        time::timeout(self.timeout.duration(), whole).await.unwrap_or_else(|_| Err(self.late(path)))
    }

    async fn whole_answer(
        &self,
        session: &Session,
        path: &str,
        request: Request<Body>,
    ) -> Result<Response, SourceError> {
        let asked = self.clock.now();
        let method = request.method().clone();
        let answer = session.client.send(request).await;
        let answer = answer.map_err(|error| self.failed(&error, session, false))?;
        let (head, mut body) = answer.into_parts();
        let facts = Head::read(&head.headers, asked, self.clock.now());
        if head.status.is_redirection() {
            return Err(SourceError::new(
                ErrorKind::Redirect,
                format!("{path}: {}; redirects are not followed", head.status),
            )
            .advise("is this the address of the API server, or of a login page in front of it?"));
        }
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.failed(&error, session, true))?;
            let data = frame.into_data().unwrap_or_else(|_| Bytes::new());
            if (bytes.len() + data.len()) as u64 > self.max_body {
                return Err(SourceError::new(
                    ErrorKind::TooLarge,
                    format!("{path}: the answer is larger than the limit of {} bytes", self.max_body),
                )
                .advise("set namespaces of this source, or raise its max_body"));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Response {
            status: head.status.as_u16(),
            body: bytes.freeze(),
            content_type: facts.content_type,
            skew_millis: facts.skew_millis,
            retry_after: facts.retry_after,
            target: format!("{method} {path}"),
            authenticated: session.access.authenticated,
        })
    }

    fn failed(&self, error: &kube_client::Error, session: &Session, answering: bool) -> SourceError {
        classify(error, &Question { endpoint: &self.endpoint(), plugin: session.access.plugin.as_deref(), answering })
    }

    fn late(&self, path: &str) -> SourceError {
        SourceError::new(ErrorKind::Timeout, format!("{path}: no whole answer in {}", self.timeout)).advise(
            "is the API server overloaded? timeout of this source can be raised, and namespaces makes answers smaller",
        )
    }

    /// The session in use, opened when there is none.
    async fn session(&self) -> Result<Session, SourceError> {
        let open = time::timeout(self.timeout.duration(), self.open_session());
        open.await.unwrap_or_else(|_| {
            let what = format!("{}: no credentials in {}: the exec plugin hangs", self.endpoint(), self.timeout);
            Err(SourceError::new(ErrorKind::Timeout, what)
                .advise("run it by hand in a terminal; warroom never lets it prompt"))
        })
    }

    async fn open_session(&self) -> Result<Session, SourceError> {
        let mut state = self.state.lock().await;
        loop {
            match &mut *state {
                State::Open(session) if !expired(&session.client) => return Ok(session.clone()),
                State::Open(_) => *state = State::Closed,
                State::Closed => *state = State::Opening(self.begin_opening()),
                State::Opening(opening) => {
                    let opened = opening.await;
                    *state = State::Closed;
                    let (client, access) = opened.map_err(|error| crashed(&error))??;
                    let session = Session { client, access, number: self.opened.fetch_add(1, Ordering::Relaxed) };
                    *state = State::Open(session.clone());
                    return Ok(session);
                }
            }
        }
    }

    async fn close(&self, number: u64) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Open(session) if session.number == number) {
            *state = State::Closed;
        }
    }

    fn begin_opening(&self) -> JoinHandle<Result<(Client, Access), SourceError>> {
        let (settings, environment_proxy) = (self.settings.clone(), self.environment_proxy);
        let endpoint = self.endpoint();
        tokio::task::spawn_blocking(move || open(&settings, environment_proxy, &endpoint))
    }
}

fn crashed(error: &JoinError) -> SourceError {
    let how = if error.is_cancelled() { "was cancelled" } else { "broke" };
    SourceError::new(ErrorKind::Configuration, format!("reading the credentials {how}"))
}

/// Whether the credentials that the client was opened with have run out.
fn expired(client: &Client) -> bool {
    client.valid_until().is_some_and(|until| until.as_second() <= chrono::Utc::now().timestamp())
}

/// Reads files and runs an exec plugin, so not for the threads that poll.
fn open(settings: &KubernetesSource, environment_proxy: bool, endpoint: &str) -> Result<(Client, Access), SourceError> {
    install_crypto();
    let (mut config, access) = configure(settings, environment_proxy)?;
    // The schedule backs off by itself, and honours Retry-After.
    config.default_retry = false;
    config.headers.push((header::USER_AGENT, HeaderValue::from_static(USER_AGENT)));
    let plugin = access.plugin.as_deref();
    let client = Client::try_from(config);
    let client = client.map_err(|error| classify(&error, &Question { endpoint, plugin, answering: false }))?;
    Ok((client, access))
}

fn configure(settings: &KubernetesSource, environment_proxy: bool) -> Result<(Config, Access), SourceError> {
    let wrong = |what: String| SourceError::new(ErrorKind::Configuration, what);
    if let Some(url) = &settings.url {
        let uri: Uri = shown(url).parse().map_err(|_| wrong(format!("{} is no address", shown(url))))?;
        return Ok((Config::new(uri), Access::default()));
    }
    if settings.in_cluster {
        let config = Config::incluster().map_err(|error| {
            wrong(format!("there is no service account here: {error}"))
                .advise("in_cluster works inside of a pod; elsewhere set kubeconfig and context")
        })?;
        return Ok((config, Access { plugin: None, renewable: true, authenticated: true }));
    }
    from_kubeconfig(settings.kubeconfig.as_deref(), settings.context.as_deref(), environment_proxy)
}

fn from_kubeconfig(
    file: Option<&Path>,
    context: Option<&str>,
    environment_proxy: bool,
) -> Result<(Config, Access), SourceError> {
    let read = file.map_or_else(Kubeconfig::read, Kubeconfig::read_from);
    let mut all = read.map_err(|error| kubeconfig(&error))?;
    // The terminal is ours: a plugin that asks for a password would ask on top of the screen.
    let users = all.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut());
    for plugin in users.filter_map(|user| user.exec.as_mut()) {
        plugin.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    let wanted = context.map(str::to_owned).or_else(|| all.current_context.clone());
    let used = all.contexts.iter().find(|named| Some(&named.name) == wanted.as_ref());
    let used = used.and_then(|named| named.context.clone());
    let cluster = used.as_ref().and_then(|used| all.clusters.iter().find(|named| named.name == used.cluster));
    let own_proxy = cluster.and_then(|named| named.cluster.as_ref()?.proxy_url.clone()).filter(|url| !url.is_empty());
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let runtime = tokio::runtime::Handle::current();
    let mut config =
        runtime.block_on(Config::from_custom_kubeconfig(all, &options)).map_err(|error| kubeconfig(&error))?;
    if !environment_proxy && own_proxy.is_none() {
        config.proxy_url = None;
    }
    let who = &config.auth_info;
    let command = who.exec.as_ref().and_then(|exec| exec.command.as_deref());
    let plugin = command.map(|command| command.rsplit(['/', '\\']).next().unwrap_or(command).into());
    let authenticated = who.exec.is_some()
        || who.auth_provider.is_some()
        || who.token.is_some()
        || who.token_file.is_some()
        || who.username.is_some()
        || who.client_certificate.is_some()
        || who.client_certificate_data.is_some();
    Ok((config, Access { plugin, renewable: true, authenticated }))
}

fn request(path: &str, query: &[(&str, &str)], encoding: Option<&'static str>) -> Result<Request<Body>, SourceError> {
    let mut target = path.to_owned();
    if !query.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        target = format!("{path}?{query}");
    }
    let request = Request::get(target).header(header::ACCEPT, "application/json");
    let request = match encoding {
        Some(encoding) => request.header(header::ACCEPT_ENCODING, encoding),
        None => request,
    };
    request
        .body(Body::empty())
        .map_err(|error| SourceError::new(ErrorKind::Configuration, format!("{path} cannot be asked for: {error}")))
}
