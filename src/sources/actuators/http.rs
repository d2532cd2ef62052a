//! Requests that change something.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::Unanswered;
use crate::{
    config::schema::source::HttpOptions,
    domain::{
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::{
        connector::Context,
        http::{Endpoint, Response},
    },
};

/// The largest answer that is read, in bytes.
pub const MAX_BODY: u64 = 1024 * 1024;

/// A request, its secrets read.
pub struct Letter<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// Headers by name.
    pub headers: BTreeMap<String, SecretString>,
    /// The body.
    pub body: Option<&'a str>,
    /// How long the whole answer may take.
    pub timeout: Span,
}

/// Sends `letter` once.
///
/// # Errors
/// Why there is no whole answer. A status that is not success is an answer; so is a redirect, which is not followed.
pub async fn send(letter: Letter<'_>, context: &Context) -> Result<Response, Unanswered> {
    let wrong = |what: String| Unanswered::NotSent(SourceError::new(ErrorKind::Configuration, what));
    let url = Url::parse(letter.url).map_err(|error| wrong(format!("the URL makes no sense: {error}")))?;
    let method = Method::from_bytes(letter.method.as_bytes());
    let method = method.map_err(|_| wrong(format!("{} is no method", letter.method)))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &letter.headers {
        let unfit = || wrong(format!("the header {name:?} cannot be sent"));
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| unfit())?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    let limits = (letter.timeout, MAX_BODY);
    let endpoint = Endpoint::limited(&url, &HttpOptions::default(), limits, context).map_err(Unanswered::NotSent)?;
    endpoint.send_once(&method, headers, letter.body.map(str::to_owned)).await
}
