//! Why an exchange failed, in words: the library's top message never says, so the whole chain of causes is read.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError};

use crate::domain::{
    clean::clean,
    source::{ErrorKind, SourceError},
};

/// What was being tried when it failed.
pub(in crate::sources) struct Attempt<'a> {
    /// Method and URL, without credentials and query.
    pub(in crate::sources) target: &'a str,
    /// The host, for messages about it.
    pub(in crate::sources) host: &'a str,
    /// Whether TLS is spoken with the server.
    pub(in crate::sources) https: bool,
    /// Whether we have a client certificate.
    pub(in crate::sources) identity: bool,
    /// The proxy of the configuration, without credentials.
    pub(in crate::sources) proxy: Option<&'a str>,
    /// Whether the head of an answer had arrived, and how many bytes of its body.
    pub(in crate::sources) received: Option<u64>,
}

/// The innermost cause, as safe text.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(|| clean(&error.to_string()).into_owned(), |cause| clean(&cause.to_string()).into_owned())
}

/// Turns a failure of the HTTP library into one for people.
pub(super) fn classify(error: &reqwest::Error, attempt: &Attempt<'_>) -> SourceError {
    let chain = causes(error);
    let text = chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ").to_lowercase();
    if error.is_builder() {
        return fault(attempt, ErrorKind::Configuration, deepest(error));
    }
    if let Some(received) = attempt.received {
        return cut_off(attempt, &text, received);
    }
    if let Some(tls) = chain.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return tls_fault(tls, attempt);
    }
    if ["tunnel error", "socks error", "proxy authentication"].iter().any(|mark| text.contains(mark)) {
        return fault(attempt, ErrorKind::Proxy, "the proxy refused or failed")
            .advise("check the proxy and its user and password; `proxy = \"none\"` goes directly");
    }
    if text.contains("dns error") || text.contains("lookup address") {
        return dns_fault(attempt);
    }
    if error.is_timeout() {
        return fault(attempt, ErrorKind::Timeout, "no connection in time");
    }
    let io = chain.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).next_back().map(io::Error::kind);
    connection_fault(error, attempt, &text, io)
}

fn connection_fault(
    error: &reqwest::Error,
    attempt: &Attempt<'_>,
    text: &str,
    io: Option<io::ErrorKind>,
) -> SourceError {
    let kind = if attempt.proxy.is_some() && error.is_connect() { ErrorKind::Proxy } else { ErrorKind::Connect };
    let peer = match attempt.proxy {
        Some(proxy) if error.is_connect() => format!("the proxy {proxy}"),
        _ => "the server".to_owned(),
    };
    match io {
        Some(io::ErrorKind::ConnectionRefused) => {
            fault(attempt, kind, format!("{peer} refuses connections")).advise("is it running, and is the port right?")
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            fault(attempt, kind, format!("there is no route to {peer}")).advise("VPN, firewall or proxy?")
        }
        // With TLS 1.3 the server's alert about a missing certificate arrives after our request left, often as a dead pipe.
        _ if attempt.https && !attempt.identity && !error.is_connect() && closed(text, io) => {
            fault(attempt, ErrorKind::Tls, "the server closed the connection after the TLS handshake")
                .advise("does it want a client certificate? then set auth.mtls")
        }
        _ if closed(text, io) => fault(attempt, kind, format!("{peer} closed the connection without an answer")),
        _ if text.contains("invalid http") || text.contains("parse") => {
            fault(attempt, ErrorKind::Decode, "the answer is not HTTP")
                .advise("is the port right, and is it http or https?")
        }
        _ => fault(attempt, kind, deepest(error)),
    }
}

/// Whether the connection ended under way.
pub(in crate::sources) fn closed(text: &str, io: Option<io::ErrorKind>) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(io, Some(BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof))
        || text.contains("closed before message completed")
        || text.contains("broken pipe")
        || text.contains("connection reset")
}

fn cut_off(attempt: &Attempt<'_>, text: &str, received: u64) -> SourceError {
    // A body that ends early and one that cannot be unpacked come as the same error of the decoder.
    let packed = text.contains("gzip") || text.contains("deflate") || text.contains("corrupt");
    let what = if packed {
        format!("the compressed answer cannot be unpacked (after {received} bytes)")
    } else {
        format!("the answer was cut off after {received} bytes")
    };
    fault(attempt, ErrorKind::Decode, what).advise("a proxy, a restart or a crash between it and us?")
}

fn dns_fault(attempt: &Attempt<'_>) -> SourceError {
    match attempt.proxy {
        Some(proxy) => fault(attempt, ErrorKind::Proxy, format!("the name of the proxy {proxy} does not resolve"))
            .advise("check `proxy`"),
        None => fault(attempt, ErrorKind::Dns, format!("the name {} does not resolve", attempt.host))
            .advise("check the name, DNS and VPN; behind a proxy set `proxy`"),
    }
}

/// What went wrong in the TLS handshake.
pub(in crate::sources) fn tls_fault(error: &rustls::Error, attempt: &Attempt<'_>) -> SourceError {
    let tls = |what: &str, advice: &str| fault(attempt, ErrorKind::Tls, what).advise(advice);
    match error {
        rustls::Error::InvalidCertificate(wrong) => certificate_fault(wrong, attempt),
        rustls::Error::AlertReceived(alert) => alert_fault(*alert, attempt),
        rustls::Error::InvalidMessage(_) => {
            tls("the server does not speak TLS on this port", "is it http:// instead of https://?")
        }
        rustls::Error::PeerIncompatible(_) => tls(
            "the server and warroom have no TLS version or cipher in common",
            "the server must speak TLS 1.2 or 1.3",
        ),
        other => fault(attempt, ErrorKind::Tls, clean(&other.to_string())),
    }
}

fn certificate_fault(wrong: &CertificateError, attempt: &Attempt<'_>) -> SourceError {
    let (what, advice) = match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the server's certificate has expired".to_owned(),
            "renew it on the server; if it is valid, this computer's clock is wrong",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("the server's certificate is not valid yet".to_owned(), "is this computer's clock right?")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the server's certificate is not for {}", attempt.host),
            "use a name that the certificate has, or give the server a certificate for this one",
        ),
        CertificateError::UnknownIssuer => (
            "the server's certificate comes from an unknown authority".to_owned(),
            "set ca_file to the authority's certificate (PEM)",
        ),
        CertificateError::BadSignature => (
            "the server's certificate is signed by another key than the trusted authority's".to_owned(),
            "was the authority renewed? then renew ca_file too",
        ),
        CertificateError::Revoked => ("the server's certificate is revoked".to_owned(), "renew it on the server"),
        other => (
            format!("the server's certificate is not accepted: {}", clean(&other.to_string())),
            "set ca_file, or renew it",
        ),
    };
    fault(attempt, ErrorKind::Tls, what).advise(advice)
}

fn alert_fault(alert: AlertDescription, attempt: &Attempt<'_>) -> SourceError {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        HandshakeFailure, UnknownCA, UnsupportedCertificate,
    };
    match alert {
        CertificateRequired => {
            fault(attempt, ErrorKind::Tls, "the server wants a client certificate").advise("set auth.mtls")
        }
        BadCertificate
        | CertificateUnknown
        | CertificateExpired
        | CertificateRevoked
        | UnknownCA
        | UnsupportedCertificate
        | AccessDenied
        | HandshakeFailure
            if attempt.identity =>
        {
            fault(attempt, ErrorKind::Tls, format!("the server refused our client certificate ({alert:?})"))
                .advise("has it expired, and is it from an authority that the server trusts?")
        }
        BadCertificate | CertificateUnknown | HandshakeFailure | AccessDenied | UnknownCA => {
            fault(attempt, ErrorKind::Tls, format!("the server ended the TLS handshake ({alert:?})"))
                .advise("does it want a client certificate? then set auth.mtls")
        }
        other => fault(attempt, ErrorKind::Tls, format!("the server ended the TLS handshake ({other:?})")),
    }
}

fn fault(attempt: &Attempt<'_>, kind: ErrorKind, what: impl std::fmt::Display) -> SourceError {
    SourceError::new(kind, format!("{}: {what}", attempt.target))
}

/// All causes of `error`, itself first; what an IO error wraps counts as a cause.
pub(in crate::sources) fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        found.push(cause);
        // An IO error hides what it wraps from `source()`.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source());
        if found.len() > 32 {
            break;
        }
    }
    found
}
