//! HTTP clients: one for each set of what is trusted and how it is reached, because each one reads the system's
//! certificates anew and keeps a pool of connections.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use reqwest::{Certificate, Client, Identity, Proxy, redirect};

use crate::{
    config::schema::source::{Auth, HttpOptions},
    domain::source::{ErrorKind, SourceError},
};

/// Chooses the cryptography of TLS for the whole process. Call it before anything talks HTTP; calling it again does no harm.
pub fn install_crypto() {
    // An error means that a provider is already there, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The clients of one console. Clones share them.
#[derive(Clone, Default)]
pub struct Clients {
    known: Arc<Mutex<Vec<(TrustSet, Client)>>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Trust sets hold private keys.
        f.write_str("Clients")
    }
}

impl Clients {
    /// The client for `trust`, made when there is none yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for certificates, keys and proxies that cannot work.
    pub(super) fn of(&self, trust: TrustSet) -> Result<Client, SourceError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = known.iter().find(|(have, _)| *have == trust) {
            return Ok(client.clone());
        }
        let client = build(&trust)?;
        known.push((trust, client.clone()));
        Ok(client)
    }

    /// Makes the client of TLS without options beforehand, on a thread of its own: reading the system's certificates takes as long as
    /// everything else that a request needs. Whoever needs it meanwhile waits for that.
    pub fn prepare(&self, environment_proxy: bool) {
        let clients = self.clone();
        thread::spawn(move || {
            // Who needs it says what is wrong.
            let _ =
                TrustSet::read(&HttpOptions::default(), true, environment_proxy).and_then(|trust| clients.of(trust));
        });
    }
}

/// What makes one client different from another, by content: a rotated certificate file is a different set.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TrustSet {
    /// PEM of authorities to trust besides the system's.
    ca: Option<Vec<u8>>,
    /// PEM of our certificate and key.
    identity: Option<Vec<u8>>,
    /// How the server is reached.
    route: Route,
    /// No TLS will be spoken, so the system's certificates are not read.
    plain: bool,
}

/// How a server is reached.
#[derive(Clone, PartialEq, Eq)]
enum Route {
    Direct,
    Environment,
    Proxy(String),
}

impl TrustSet {
    /// Reads the files that `options` names.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a file that cannot be read.
    pub(super) fn read(options: &HttpOptions, https: bool, environment_proxy: bool) -> Result<Self, SourceError> {
        let ca = options.ca_file.as_deref().map(|path| read_file(path, "ca_file")).transpose()?;
        let identity = match &options.auth {
            Some(Auth::Mtls { cert, key }) => {
                let mut pem = read_file(key, "the key of auth.mtls")?;
                pem.push(b'\n');
                pem.extend(read_file(cert, "the certificate of auth.mtls")?);
                Some(pem)
            }
            _ => None,
        };
        let route = match options.proxy.as_deref() {
            Some("none") => Route::Direct,
            Some(proxy) => Route::Proxy(proxy.to_owned()),
            None if environment_proxy && names_a_proxy(|name| env::var_os(name)) => Route::Environment,
            None => Route::Direct,
        };
        let plain = !https && route == Route::Direct;
        Ok(Self { ca, identity, route, plain })
    }
}

/// Whether the environment says anything about proxies. Where it does not, the way is direct.
fn names_a_proxy(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    const NAMES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    NAMES.into_iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|error| {
        wrong(format!("cannot read {what}, {}: {error}", path.display())).advise("correct the path or its permissions")
    })
}

fn wrong(what: String) -> SourceError {
    SourceError::new(ErrorKind::Configuration, what)
}

fn build(trust: &TrustSet) -> Result<Client, SourceError> {
    install_crypto();
    let mut builder = Client::builder()
        .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .gzip(true);
    if trust.plain {
        builder = builder.tls_certs_only([]);
    } else if let Some(pem) = &trust.ca {
        builder = builder.tls_certs_merge(authorities(pem)?);
    }
    if let Some(pem) = &trust.identity {
        let identity = Identity::from_pem(pem).map_err(|_| {
            wrong("the certificate or the key of auth.mtls is not what was expected".to_owned())
                .advise("both must be PEM; the key must not have a password")
        })?;
        builder = builder.identity(identity);
    }
    builder = match &trust.route {
        Route::Direct => builder.no_proxy(),
        Route::Environment => builder,
        // The text may hold a password, so it is not repeated.
        Route::Proxy(url) => builder.proxy(Proxy::all(url).map_err(|_| {
            wrong("`proxy` is not a proxy URL".to_owned())
                .advise("write http://HOST:PORT, https://HOST:PORT, socks5h://HOST:PORT or none")
        })?),
    };
    builder.build().map_err(|error| {
        let cause = super::fault::deepest(&error);
        wrong(format!("no HTTP client can be made: {cause}")).advise("check ca_file, auth.mtls and proxy")
    })
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, SourceError> {
    let none = || {
        wrong("ca_file holds no certificate in PEM form".to_owned())
            .advise("it must have at least one -----BEGIN CERTIFICATE-----")
    };
    let found = Certificate::from_pem_bundle(pem).map_err(|_| none())?;
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_asked_for_only_where_somebody_named_one() {
        let named =
            |name: &'static str, value: &'static str| move |asked: &str| (asked == name).then(|| OsString::from(value));
        assert!(names_a_proxy(named("https_proxy", "http://proxy:3128")));
        assert!(names_a_proxy(named("ALL_PROXY", "socks5h://proxy")));
        assert!(!names_a_proxy(named("HTTP_PROXY", "")) && !names_a_proxy(named("NO_PROXY", "localhost")));
    }
}
