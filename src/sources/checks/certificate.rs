//! The kind `certificate`: the certificate that a server shows in a TLS handshake is trusted, has the right name, and stays
//! valid. Nothing but TLS is spoken, so any server that begins with it will do.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::{Checks, found::Found};
use crate::{
    domain::{
        source::{ErrorKind, SourceError},
        time::{Span, Timestamp},
    },
    sources::http::{Attempt, tls_fault},
};

/// Which server's certificate, and what it must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Valid for at least this long.
    pub(super) left: Span,
    /// PEM of the only authorities that may vouch for it; the system's when left out.
    pub(super) ca: Option<&'a Path>,
}

/// What the certificate `der` says, which must stay valid for `left` from `now` on.
#[must_use]
pub fn judge(der: &[u8], left: Span, now: Timestamp) -> Found {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Found::unknown("the server showed something that is no certificate");
    };
    let Some(end) = Timestamp::from_timestamp(certificate.validity().not_after.timestamp(), 0) else {
        return Found::unknown("the certificate ends at a time that no calendar knows");
    };
    let rest = Span::between(now, end);
    let words = format!("valid for {}, until {} (must be {left} at least)", rest.age(), end.format("%F %R UTC"));
    if end <= now {
        Found::fail(format!("expired at {}", end.format("%F %R UTC")))
    } else if rest < left {
        Found::fail(words)
    } else {
        Found::pass(words)
    }
}

/// Why a handshake did not come about. A certificate that was shown and is not accepted fails: whoever calls the server sees
/// the same. Without one nobody can say.
fn refused(error: &io::Error, attempt: &Attempt<'_>) -> Found {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        let what = if error.kind() == io::ErrorKind::UnexpectedEof {
            "the server closed the connection in the TLS handshake".to_owned()
        } else {
            error.to_string()
        };
        return Found::unknown(format!("{}: {what}", attempt.target));
    };
    let words = tls_fault(tls, attempt).to_string();
    match tls {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            Found::fail(end_of(*not_after).map_or(words, |end| format!("expired at {}", end.format("%F %R UTC"))))
        }
        rustls::Error::InvalidCertificate(_) => Found::fail(words),
        _ => Found::unknown(words),
    }
}

fn end_of(time: UnixTime) -> Option<Timestamp> {
    Timestamp::from_timestamp(i64::try_from(time.as_secs()).ok()?, 0)
}

/// Who may vouch for the server.
async fn authorities(ca: Option<PathBuf>) -> Result<RootCertStore, SourceError> {
    let read = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        let Some(path) = ca else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(roots);
        };
        let bad = |why: String| {
            let what = format!("ca {}: {why}", path.display());
            SourceError::new(ErrorKind::Configuration, what)
                .advise("it must be a PEM file with at least one certificate")
        };
        for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| bad(error.to_string()))? {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            roots.add(certificate).map_err(|error| bad(error.to_string()))?;
        }
        if roots.is_empty() { Err(bad("there is no certificate in it".to_owned())) } else { Ok(roots) }
    });
    read.await.unwrap_or_else(|_| Err(SourceError::new(ErrorKind::Internal, "reading the authorities broke")))
}

/// The name for the handshake. An address has none, and must stand in the certificate itself.
fn server_name(host: &str) -> Result<(Host, ServerName<'static>), SourceError> {
    let wrong = |why: String| SourceError::new(ErrorKind::Configuration, format!("{host} is not a host's name: {why}"));
    let bare = host.trim_matches(['[', ']']);
    let host = if bare.contains(':') { Host::parse(&format!("[{bare}]")) } else { Host::parse(bare) };
    let host = host.map_err(|error| wrong(error.to_string()))?;
    let name = match &host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|error| wrong(error.to_string()))?,
        Host::Ipv4(address) => ServerName::IpAddress((*address).into()),
        Host::Ipv6(address) => ServerName::IpAddress((*address).into()),
    };
    Ok((host, name))
}

async fn connect(host: &Host, port: u16) -> io::Result<TcpStream> {
    match host {
        Host::Domain(name) => TcpStream::connect((name.as_str(), port)).await,
        Host::Ipv4(address) => TcpStream::connect((*address, port)).await,
        Host::Ipv6(address) => TcpStream::connect((*address, port)).await,
    }
}

impl Checks {
    pub(super) async fn certificate(&self, wanted: Wanted<'_>) -> Result<Found, SourceError> {
        let (host, name) = server_name(wanted.host)?;
        let target = format!("{host}:{}", wanted.port);
        let roots = authorities(wanted.ca.map(|path| self.directory.join(path))).await?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SourceError::new(ErrorKind::Internal, error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = connect(&host, wanted.port).await.map_err(|error| {
            SourceError::new(ErrorKind::Connect, format!("{target}: {error}"))
                .advise("is it running, is the port right, and does a firewall let us through?")
        })?;
        let attempt =
            Attempt { target: &target, host: wanted.host, https: false, identity: false, proxy: None, received: None };
        let found = match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(stream) => match stream.get_ref().1.peer_certificates().and_then(<[_]>::first) {
                Some(certificate) => judge(certificate, wanted.left, self.context.clock.now()),
                None => Found::unknown("the server showed no certificate"),
            },
            Err(error) => refused(&error, &attempt),
        };
        Ok(found.by(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    #[test]
    fn a_certificate_is_judged_by_what_is_left_of_it() {
        let mut params = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(2026, 12, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let judged = |now: &str| judge(certificate.der(), Span::from_days(14), now.parse().expect(now));
        let good = judged("2026-11-10T00:00:00Z");
        assert_eq!(good, Found::pass("valid for 21d, until 2026-12-01 00:00 UTC (must be 14d at least)"));
        assert_eq!(judged("2026-11-20T00:00:00Z").finding, Finding::Fail);
        assert_eq!(judged("2026-12-01T00:00:00Z"), Found::fail("expired at 2026-12-01 00:00 UTC"));
        let cut = certificate.der().get(..40).expect("bytes");
        assert_eq!(judge(cut, Span::ZERO, "2026-11-10T00:00:00Z".parse().expect("time")).finding, Finding::Unknown);
    }
}
