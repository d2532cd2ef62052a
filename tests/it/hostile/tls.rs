//! TLS that cannot be trusted, and TLS that wants to know who we are.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use url::Url;
use warroom::{
    config::schema::source::{Auth, HttpOptions},
    domain::source::{ErrorKind, SourceError},
    sources::http::{Endpoint, install_crypto},
};

use crate::support::{alertmanager_source, context, http_answer, read_head};

/// An authority of our own, and a folder for what clients need as files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        install_crypto();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("authority");
        Self { issuer, folder: tempfile::tempdir().expect("temporary folder") }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("temporary file");
        path
    }

    fn ca_file(&self) -> PathBuf {
        self.file("ca.pem", &self.issuer.pem())
    }

    /// A certificate for this name, changed by `edit`, with its key.
    fn certificate(&self, name: &str, edit: impl FnOnce(&mut CertificateParams)) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("name");
        params.distinguished_name.push(DnType::CommonName, name);
        edit(&mut params);
        let key = KeyPair::generate().expect("key");
        (params.signed_by(&key, &self.issuer).expect("certificate"), key)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("root");
        Arc::new(roots)
    }

    /// Our own certificate, as files.
    fn identity(&self) -> Auth {
        let (certificate, key) = self.certificate("warroom", |_| {});
        Auth::Mtls {
            cert: self.file("client.pem", &certificate.pem()),
            key: self.file("client.key", &key.serialize_pem()),
        }
    }
}

/// A TLS server on loopback that says `[]` to whoever gets through the handshake.
async fn serve(certificate: (rcgen::Certificate, KeyPair), client_roots: Option<Arc<RootCertStore>>) -> Url {
    let (certificate, key) = certificate;
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let builder = match client_roots {
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder(roots).build().expect("verifier");
            ServerConfig::builder().with_client_cert_verifier(verifier)
        }
        None => ServerConfig::builder().with_no_client_auth(),
    };
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).expect("server")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(acceptor.clone(), stream));
        }
    });
    format!("https://localhost:{port}").parse().expect("URL")
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    read_head(&mut stream).await;
    let _ = stream.write_all(http_answer("200 OK", "", "[]").as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn ask(url: &Url, options: HttpOptions) -> Result<u16, SourceError> {
    let endpoint = Endpoint::new(url, &options, &alertmanager_source("am", vec![url.clone()]), &context())?;
    Ok(endpoint.get("/api/v2/alerts", &[]).await?.status)
}

fn trusting(ca_file: PathBuf) -> HttpOptions {
    HttpOptions { ca_file: Some(ca_file), ..HttpOptions::default() }
}

fn is_tls(error: &SourceError, what: &str, advice: &str) {
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
    assert!(error.what.contains(what), "{error}");
    assert!(error.advice.contains(advice), "{error}");
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named_and_only_then() {
    let authority = Authority::new();
    let url = serve(authority.certificate("localhost", |_| {}), None).await;
    assert_eq!(ask(&url, trusting(authority.ca_file())).await, Ok(200));
    let error = ask(&url, HttpOptions::default()).await.expect_err("nobody knows this authority");
    is_tls(&error, "unknown authority", "set ca_file");
}

#[tokio::test]
async fn an_expired_certificate_is_called_expired() {
    let authority = Authority::new();
    let expired = authority.certificate("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let url = serve(expired, None).await;
    let error = ask(&url, trusting(authority.ca_file())).await.expect_err("it expired");
    is_tls(&error, "has expired", "renew it");
}

#[tokio::test]
async fn a_certificate_for_another_name_says_for_which_it_is_not() {
    let authority = Authority::new();
    let url = serve(authority.certificate("elsewhere.example", |_| {}), None).await;
    let error = ask(&url, trusting(authority.ca_file())).await.expect_err("the name is another");
    is_tls(&error, "not for localhost", "a name that the certificate has");
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_it_or_the_error_guesses_so() {
    let authority = Authority::new();
    let url = serve(authority.certificate("localhost", |_| {}), Some(authority.roots())).await;
    let mut options = trusting(authority.ca_file());
    let error = ask(&url, options.clone()).await.expect_err("we have none");
    is_tls(&error, "", "auth.mtls");
    options.auth = Some(authority.identity());
    assert_eq!(ask(&url, options).await, Ok(200));
}

#[tokio::test]
async fn a_client_certificate_of_another_authority_is_told_to_be_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let url = serve(authority.certificate("localhost", |_| {}), Some(authority.roots())).await;
    let options = HttpOptions { auth: Some(other.identity()), ..trusting(authority.ca_file()) };
    let error = ask(&url, options).await.expect_err("the server does not know that authority");
    assert!(matches!(error.kind, ErrorKind::Tls | ErrorKind::Connect), "{error}");
}

#[tokio::test]
async fn https_to_a_port_that_speaks_plain_http_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(http_answer("400 Bad Request", "", "").as_bytes()).await;
        }
    });
    let url = format!("https://localhost:{port}").parse().expect("URL");
    let error = ask(&url, HttpOptions::default()).await.expect_err("no TLS there");
    is_tls(&error, "does not speak TLS", "http://");
}

#[tokio::test]
async fn a_certificate_renewed_on_disk_is_taken_up_without_a_restart() {
    let (authority, other) = (Authority::new(), Authority::new());
    let url = serve(authority.certificate("localhost", |_| {}), None).await;
    let file = authority.file("trusted.pem", &other.issuer.pem());
    let options = trusting(file.clone());
    let source = alertmanager_source("am", vec![url.clone()]);
    let endpoint = Endpoint::new(&url, &options, &source, &context()).expect("endpoint");
    let error = endpoint.get("/", &[]).await.expect_err("an authority of the same name, with another key");
    is_tls(&error, "another key than the trusted authority's", "ca_file");
    std::fs::write(&file, authority.issuer.pem()).expect("temporary file");
    assert_eq!(endpoint.get("/", &[]).await.expect("the right one is").status, 200);
}

#[tokio::test]
async fn files_that_are_missing_or_no_certificates_are_errors_of_the_configuration() {
    let authority = Authority::new();
    let url: Url = "https://localhost:1".parse().expect("URL");
    let nonsense = authority.file("nonsense.pem", "not a certificate");
    let key = |path: &Path| Some(Auth::Mtls { cert: path.to_owned(), key: path.to_owned() });
    for (options, what) in [
        (trusting(PathBuf::from("/nonexistent/ca.pem")), "cannot read ca_file, /nonexistent/ca.pem"),
        (trusting(nonsense.clone()), "no certificate in PEM form"),
        (HttpOptions { auth: key(&nonsense), ..HttpOptions::default() }, "auth.mtls is not what was expected"),
        (HttpOptions { proxy: Some("::hunter2".to_owned()), ..HttpOptions::default() }, "not a proxy URL"),
    ] {
        let error = ask(&url, options).await.expect_err(what);
        assert_eq!(error.kind, ErrorKind::Configuration, "{error}");
        assert!(error.what.contains(what), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
