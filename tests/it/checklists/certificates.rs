//! The check `certificate`, against real TLS servers and against ports that speak something else.

use std::{path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::LazyConfigAcceptor;
use warroom::domain::{
    checklist::{
        check::Check,
        state::{Evidence, Finding},
    },
    time::Span,
};

use super::looking::{item, look};
use crate::support::dead_port;

/// An authority of our own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// What a server that shows a certificate heard.
struct Server {
    port: u16,
    /// The name that each client asked for.
    names: mpsc::UnboundedReceiver<Option<String>>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("authority");
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("written");
        Self { issuer, folder }
    }

    /// A server on loopback that speaks TLS and nothing else, with a certificate for `name` until the first of January of `year`.
    async fn server(&self, name: &str, year: i32) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("key");
        let chain = vec![params.signed_by(&key, &self.issuer).expect("certificate").der().clone()];
        serve(chain, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))).await
    }

    /// What is said of a certificate that must be valid for 14 days more.
    async fn told(&self, host: &str, port: u16) -> Evidence {
        check(self.folder.path(), host, port, Span::from_secs(20)).await
    }
}

async fn serve(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Server {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(chain, key).expect("server"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    let (heard, names) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (config, heard) = (Arc::clone(&config), heard.clone());
            tokio::spawn(async move {
                let Ok(begun) = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await else {
                    return;
                };
                let _ = heard.send(begun.client_hello().server_name().map(str::to_owned));
                // Whoever shakes hands hears nothing more: this is no web server.
                if let Ok(mut stream) = begun.into_stream(config).await {
                    let _ = stream.read(&mut [0; 64]).await;
                }
            });
        }
    });
    Server { port, names }
}

async fn check(directory: &Path, host: &str, port: u16, timeout: Span) -> Evidence {
    let ca = Some("ca.pem".into());
    let check = Check::Certificate { host: host.to_owned(), port, left: Span::from_days(14), ca };
    let evidence = look(&[item("a", check, timeout)], directory).await.remove(0).1;
    assert!(!evidence.words.chars().any(char::is_control), "{evidence:?}");
    evidence
}

#[tokio::test]
async fn any_server_that_begins_with_tls_shows_how_long_its_certificate_is_valid() {
    let authority = Authority::new();
    let mut server = authority.server("localhost", 2090).await;
    let evidence = authority.told("localhost", server.port).await;
    assert_eq!(evidence.finding, Finding::Pass, "{evidence:?}");
    assert!(evidence.words.contains("until 2090-01-01 00:00 UTC (must be 14d at least)"), "{evidence:?}");
    assert_eq!(evidence.by, format!("localhost:{}", server.port));
    assert_eq!(server.names.recv().await, Some(Some("localhost".to_owned())), "the name is said in the handshake");
    let mut by_address = authority.server("127.0.0.1", 2090).await;
    assert_eq!(authority.told("127.0.0.1", by_address.port).await.finding, Finding::Pass);
    assert_eq!(by_address.names.recv().await, Some(None), "an address is no name");
}

#[tokio::test]
async fn a_certificate_that_nobody_should_accept_fails_and_says_why() {
    let authority = Authority::new();
    let fails = async |authority: &Authority, server: Server, why: &str| {
        let evidence = authority.told("localhost", server.port).await;
        assert_eq!(evidence.finding, Finding::Fail, "{why}: {evidence:?}");
        assert!(evidence.words.contains(why), "{why}: {evidence:?}");
    };
    fails(&authority, authority.server("localhost", 2021).await, "expired at 2021-01-01 00:00 UTC").await;
    fails(&authority, authority.server("elsewhere.example", 2090).await, "not for localhost").await;
    let other = Authority::new();
    fails(&other, authority.server("localhost", 2090).await, "").await;
    let evidence =
        check(other.folder.path(), "localhost", authority.server("localhost", 2090).await.port, Span::from_secs(20))
            .await;
    assert!(["unknown authority", "another key"].iter().any(|why| evidence.words.contains(why)), "{evidence:?}");
}

#[tokio::test]
async fn without_a_certificate_nobody_can_say() {
    let authority = Authority::new();
    let banner = crate::support::free_port();
    let listener = TcpListener::bind(("127.0.0.1", banner)).await.expect("loopback");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"220 mail.example ESMTP \x1b[2J\r\n").await;
            let _ = stream.read(&mut [0; 512]).await;
        }
    });
    let evidence = authority.told("localhost", banner).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("does not speak TLS"), "{evidence:?}");

    let closing = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = closing.local_addr().expect("bound").port();
    tokio::spawn(async move { while closing.accept().await.is_ok() {} });
    assert_eq!(authority.told("127.0.0.1", port).await.finding, Finding::Unknown);

    let evidence = authority.told("localhost", dead_port()).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("refused"), "{evidence:?}");
    let evidence = authority.told("no-such-host.invalid", 443).await;
    assert_eq!(evidence.finding, Finding::Unknown, "{evidence:?}");

    let silent = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = silent.local_addr().expect("bound").port();
    let evidence = check(authority.folder.path(), "127.0.0.1", port, Span::from_millis(50)).await;
    assert_eq!((evidence.finding, evidence.words.as_str()), (Finding::Unknown, "no answer in 50ms"));

    let nothing = tempfile::tempdir().expect("a folder");
    let evidence = check(nothing.path(), "localhost", port, Span::from_secs(20)).await;
    assert!(evidence.finding == Finding::Unknown && evidence.words.contains("ca.pem"), "{evidence:?}");
}
