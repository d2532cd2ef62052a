//! HTTP to a source: bounded in time and size, without redirects, and every failure in words.

mod client;
mod fault;
mod response;
mod secret;

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::Client;
use tokio::sync::Mutex;
use url::Url;

use self::{client::TrustSet, secret::Credentials};
pub use self::{
    client::{Clients, install_crypto},
    response::Response,
};
pub(in crate::sources) use self::{fault::Attempt, response::Head};
pub(in crate::sources) use self::{
    fault::{causes, closed, tls_fault},
    response::quote,
};
use super::{actuators::Unanswered, connector::Context};
use crate::{
    clock::Clock,
    config::schema::source::{Auth, HttpOptions, Source},
    domain::{
        source::{ErrorKind, SourceError},
        time::Span,
    },
};

/// The bytes of a body that has not begun.
const NO_HEAD: u64 = u64::MAX;

/// How far an exchange got.
struct Progress {
    /// Bytes of the body.
    received: AtomicU64,
    /// The status; 0 before it came.
    status: AtomicU16,
    /// Whether it failed before anything was sent.
    not_sent: AtomicBool,
}

impl Progress {
    const fn new() -> Self {
        Self { received: AtomicU64::new(NO_HEAD), status: AtomicU16::new(0), not_sent: AtomicBool::new(false) }
    }
}

/// One server: its base URL, how to talk to it, and its limits.
///
/// Certificates and secrets are read at the first request, not before: what is missing then is an error of that
/// request, and the next one looks again. Secrets are read again when the server says 401, certificates when TLS fails.
pub struct Endpoint {
    base: Url,
    options: HttpOptions,
    headers: HeaderMap,
    timeout: Span,
    max_body: u64,
    clock: Clock,
    clients: Clients,
    environment_proxy: bool,
    session: Mutex<Option<Session>>,
}

/// A client together with who we are.
#[derive(Clone)]
struct Session {
    client: Client,
    credentials: Credentials,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&shown(&self.base)).finish()
    }
}

impl Endpoint {
    /// An endpoint of `source`, one of whose base URLs is `base`. Does no IO.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the URL is not http or https or a header cannot be sent.
    pub fn new(base: &Url, options: &HttpOptions, source: &Source, context: &Context) -> Result<Self, SourceError> {
        Self::limited(base, options, (source.timeout, source.max_body), context)
    }

    /// The same with limits that are no source's: how long an answer may take, and how many bytes it may have.
    ///
    /// # Errors
    /// As [`Endpoint::new`].
    pub fn limited(
        base: &Url,
        options: &HttpOptions,
        (timeout, max_body): (Span, u64),
        context: &Context,
    ) -> Result<Self, SourceError> {
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(SourceError::new(
                ErrorKind::Configuration,
                format!("{} is not a URL of http or https", shown(base)),
            )
            .advise("write https://HOST[:PORT][/PREFIX]"));
        }
        Ok(Self {
            base: base.clone(),
            options: options.clone(),
            headers: extra_headers(options)?,
            timeout,
            max_body,
            clock: context.clock,
            clients: context.clients.clone(),
            environment_proxy: context.use_environment_proxy,
            session: Mutex::new(None),
        })
    }

    /// The base URL without credentials, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.base)
    }

    /// Asks for `path` below the base URL.
    ///
    /// # Errors
    /// Whatever keeps a whole answer from arriving. A status that is not success is an answer: see [`Response::success`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, SourceError> {
        self.send(&Method::GET, path, query).await
    }

    /// Asks for the base URL itself, with its query.
    ///
    /// # Errors
    /// As [`Endpoint::get`].
    pub async fn get_itself(&self) -> Result<Response, SourceError> {
        let session = self.session().await?;
        let url = self.base.clone();
        let request = session.client.get(url.clone());
        self.exchange_request(&session, &Method::GET, request, &url).await
    }

    /// Posts `form` to `path` below the base URL.
    ///
    /// # Errors
    /// As [`Endpoint::get`].
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Result<Response, SourceError> {
        self.send(&Method::POST, path, form).await
    }

    /// Posts this JSON to the base URL itself, with its query.
    ///
    /// # Errors
    /// As [`Endpoint::get`].
    pub async fn post_json(&self, body: Bytes) -> Result<Response, SourceError> {
        let session = self.session().await?;
        let answer = self.exchange_json(&session, body.clone()).await;
        match self.renewal(&session, &answer).await? {
            Some(renewed) => self.exchange_json(&renewed, body).await,
            None => answer,
        }
    }

    async fn exchange_json(&self, session: &Session, body: Bytes) -> Result<Response, SourceError> {
        let url = self.base.clone();
        let request = session.client.post(url.clone()).header(header::CONTENT_TYPE, "application/json").body(body);
        self.exchange_request(session, &Method::POST, request, &url).await
    }

    /// Sends this to the base URL itself, with its query: once, whatever comes of it.
    ///
    /// # Errors
    /// Why there is no whole answer. A status that is not success is an answer, and so is a redirect.
    pub(in crate::sources) async fn send_once(
        &self,
        method: &Method,
        headers: HeaderMap,
        body: Option<String>,
    ) -> Result<Response, Unanswered> {
        let session = self.session().await.map_err(Unanswered::NotSent)?;
        let url = self.base.clone();
        let mut request = session.client.request(method.clone(), url.clone());
        if let Some(body) = body {
            request = request.body(body);
        }
        let (target, progress) = (format!("{method} {}", shown(&url)), Progress::new());
        let request = session.credentials.apply(request).headers(self.headers.clone()).headers(headers);
        let whole = self.receive(request, &url, &target, &session, &progress);
        let failed = match tokio::time::timeout(self.timeout.duration(), whole).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => self.late(&target, progress.received.load(Ordering::Relaxed)),
        };
        Err(match progress.status.load(Ordering::Relaxed) {
            0 if progress.not_sent.load(Ordering::Relaxed) => Unanswered::NotSent(failed),
            0 => Unanswered::Lost(failed),
            status => Unanswered::Cut(status, failed),
        })
    }

    async fn send(&self, method: &Method, path: &str, pairs: &[(&str, &str)]) -> Result<Response, SourceError> {
        let session = self.session().await?;
        let answer = self.exchange(&session, method, path, pairs).await;
        match self.renewal(&session, &answer).await? {
            Some(renewed) => self.exchange(&renewed, method, path, pairs).await,
            None => answer,
        }
    }

    /// The session to ask again with, where `answer` may be due to what `session` knows of secrets.
    async fn renewal(
        &self,
        session: &Session,
        answer: &Result<Response, SourceError>,
    ) -> Result<Option<Session>, SourceError> {
        match answer {
            Ok(answer) if answer.status == 401 => self.renewed(session).await,
            Err(error) if error.kind == ErrorKind::Tls => {
                // Certificates may have been renewed on disk: the next request reads them again.
                *self.session.lock().await = None;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The session in use, made when there is none.
    async fn session(&self) -> Result<Session, SourceError> {
        let mut slot = self.session.lock().await;
        if let Some(session) = &*slot {
            return Ok(session.clone());
        }
        let session = self.open().await?;
        *slot = Some(session.clone());
        Ok(session)
    }

    /// A session with secrets that were read again, if they are others than `used`.
    async fn renewed(&self, used: &Session) -> Result<Option<Session>, SourceError> {
        if !used.credentials.some() {
            return Ok(None);
        }
        let mut slot = self.session.lock().await;
        // Another request may have renewed it while this one waited.
        if let Some(session) = slot.as_ref().filter(|session| !session.credentials.same(&used.credentials)) {
            return Ok(Some(session.clone()));
        }
        let session = self.open().await?;
        let changed = !session.credentials.same(&used.credentials);
        *slot = Some(session.clone());
        Ok(changed.then_some(session))
    }

    async fn open(&self) -> Result<Session, SourceError> {
        let options = self.options.clone();
        let https = self.base.scheme() == "https";
        let environment_proxy = self.environment_proxy;
        let clients = self.clients.clone();
        let credentials = Credentials::read(options.auth.as_ref()).await?;
        tokio::task::spawn_blocking(move || {
            let client = clients.of(TrustSet::read(&options, https, environment_proxy)?)?;
            Ok(Session { client, credentials })
        })
        .await
        .unwrap_or_else(|_| {
            Err(SourceError::new(ErrorKind::Configuration, "the program ended while secrets were read"))
        })
    }

    /// One request and its whole answer, within the source's timeout.
    async fn exchange(
        &self,
        session: &Session,
        method: &Method,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Response, SourceError> {
        let url = below(&self.base, path);
        let request = match *method {
            Method::POST => session.client.post(url.clone()).form(pairs),
            _ => session.client.get(with_query(url.clone(), pairs)),
        };
        self.exchange_request(session, method, request, &url).await
    }

    async fn exchange_request(
        &self,
        session: &Session,
        method: &Method,
        request: reqwest::RequestBuilder,
        url: &Url,
    ) -> Result<Response, SourceError> {
        let target = format!("{method} {}", shown(url));
        let progress = Progress::new();
        let request = session.credentials.apply(request);
        let whole = self.receive(request.headers(self.headers.clone()), url, &target, session, &progress);
        match tokio::time::timeout(self.timeout.duration(), whole).await {
            Ok(answer) => answer,
            Err(_) => Err(self.late(&target, progress.received.load(Ordering::Relaxed))),
        }
    }

    async fn receive(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
        target: &str,
        session: &Session,
        progress: &Progress,
    ) -> Result<Response, SourceError> {
        let received = &progress.received;
        let failed = |error: &reqwest::Error| {
            progress.not_sent.store(error.is_connect() || error.is_builder(), Ordering::Relaxed);
            let bytes = received.load(Ordering::Relaxed);
            let proxy = self.options.proxy.as_deref().filter(|proxy| *proxy != "none").map(shown_proxy);
            let attempt = Attempt {
                target,
                host: url.host_str().unwrap_or_default(),
                https: url.scheme() == "https",
                identity: matches!(self.options.auth, Some(Auth::Mtls { .. })),
                proxy: proxy.as_deref(),
                received: (bytes != NO_HEAD).then_some(bytes),
            };
            fault::classify(error, &attempt)
        };
        let asked = self.clock.now();
        let mut answer = request.send().await.map_err(|error| failed(&error))?;
        received.store(0, Ordering::Relaxed);
        let head = Head::read(answer.headers(), asked, self.clock.now());
        let status = answer.status();
        progress.status.store(status.as_u16(), Ordering::Relaxed);
        if status.is_redirection() && answer.headers().contains_key(header::LOCATION) {
            return Err(redirect(url, target, status.as_u16(), answer.headers()));
        }
        if answer.content_length().is_some_and(|length| length > self.max_body) {
            return Err(self.too_large(target));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            let bytes = body.len() as u64 + chunk.len() as u64;
            received.store(bytes, Ordering::Relaxed);
            if bytes > self.max_body {
                return Err(self.too_large(target));
            }
            body.extend_from_slice(&chunk);
        }
        let response = Response {
            status: status.as_u16(),
            body: body.freeze(),
            content_type: head.content_type,
            skew_millis: head.skew_millis,
            retry_after: head.retry_after,
            target: target.to_owned(),
            authenticated: session.credentials.some(),
        };
        // The proxy's own refusal of plain http comes as an answer.
        if response.status == 407 {
            return Err(SourceError::new(ErrorKind::Proxy, format!("{target}: the proxy wants a user and a password"))
                .advise("check the user and password of the proxy; `proxy = \"none\"` goes directly"));
        }
        Ok(response)
    }

    fn too_large(&self, target: &str) -> SourceError {
        SourceError::new(
            ErrorKind::TooLarge,
            format!("{target}: the answer is larger than the limit of {} bytes", self.max_body),
        )
        .advise("ask for less, or raise max_body of this source")
    }

    fn late(&self, target: &str, received: u64) -> SourceError {
        let what = match received {
            NO_HEAD => format!("{target}: no answer in {}", self.timeout),
            bytes => format!("{target}: the answer was not complete in {} ({bytes} bytes had come)", self.timeout),
        };
        SourceError::new(ErrorKind::Timeout, what)
            .advise("is the server overloaded? timeout of this source can be raised")
    }
}

fn extra_headers(options: &HttpOptions) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &options.headers {
        let wrong = || {
            SourceError::new(ErrorKind::Configuration, format!("the header {name:?} cannot be sent"))
                .advise("names are letters, digits and -, values are plain text on one line")
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        headers.insert(header, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(headers)
}

/// `path` below `base`, which may have a path of its own, with or without a last slash.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/').filter(|segment| !segment.is_empty()));
    }
    url
}

fn with_query(mut url: Url, pairs: &[(&str, &str)]) -> Url {
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url
}

/// A URL without credentials, query and fragment, for people.
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.as_str().trim_end_matches('/').to_owned()
}

fn shown_proxy(proxy: &str) -> String {
    Url::parse(proxy).map_or_else(|_| "of the configuration".to_owned(), |url| shown(&url))
}

fn redirect(url: &Url, target: &str, status: u16, headers: &HeaderMap) -> SourceError {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| url.join(location).ok());
    let (place, advice) = match &to {
        Some(to) if to.host_str() == url.host_str() => {
            (shown(to), "correct url, or is this a login page? then set auth")
        }
        Some(to) => (shown(to), "another host: a login page? set auth, or correct url"),
        None => ("nowhere".to_owned(), "correct url"),
    };
    let mut error = SourceError::new(
        ErrorKind::Redirect,
        format!("{target}: {status}, redirected to {}; not followed", response::quote(&place)),
    )
    .advise(advice);
    error.status = Some(status);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn a_path_prefix_is_kept_with_and_without_a_slash() {
        for base in ["https://mimir.example/prometheus", "https://mimir.example/prometheus/"] {
            assert_eq!(below(&url(base), "/api/v1/query").as_str(), "https://mimir.example/prometheus/api/v1/query");
        }
        assert_eq!(below(&url("http://localhost:9090"), "api/v1/query").as_str(), "http://localhost:9090/api/v1/query");
    }

    #[test]
    fn what_is_shown_of_a_url_has_no_credentials_and_no_query() {
        assert_eq!(shown(&url("https://user:secret@prom.example/x?token=secret#secret")), "https://prom.example/x");
        assert_eq!(shown(&url("http://127.0.0.1:9093/")), "http://127.0.0.1:9093");
        assert_eq!(shown_proxy("http://user:secret@proxy.example:3128"), "http://proxy.example:3128");
    }
}
