//! Why the API server could not be asked, in words.

use std::io;

use http::StatusCode;
use kube_client::{client::AuthError, config::KubeconfigError};
use serde::Deserialize;

use super::resource::Scope;
use crate::{
    domain::source::{ErrorKind, SourceError},
    sources::http::{Attempt, Response, causes, closed, quote, tls_fault},
};

/// What was being asked, and as whom.
pub(super) struct Question<'a> {
    /// Where the API server is, for people.
    pub(super) endpoint: &'a str,
    /// The exec plugin of the kubeconfig, by its name alone: its arguments and output may be secret.
    pub(super) plugin: Option<&'a str>,
    /// Whether bytes of an answer had come.
    pub(super) answering: bool,
}

/// Turns an error of the Kubernetes client into one for people.
pub(super) fn classify(error: &kube_client::Error, question: &Question<'_>) -> SourceError {
    let chain = causes(error);
    if let Some(error) = chain.iter().find_map(|cause| cause.downcast_ref::<KubeconfigError>()) {
        return kubeconfig(error);
    }
    if let Some(error) = chain.iter().find_map(|cause| cause.downcast_ref::<AuthError>()) {
        return authentication(error, question.plugin);
    }
    let fault = |kind, what: &str| SourceError::new(kind, format!("{}: {what}", question.endpoint));
    match error {
        kube_client::Error::RustlsTls(_) => {
            return fault(ErrorKind::Configuration, "the certificates or the key of the kubeconfig cannot be used")
                .advise("check certificate-authority, client-certificate and client-key: PEM, and base64 where the key ends in -data");
        }
        kube_client::Error::ProxyProtocolUnsupported { .. } | kube_client::Error::ProxyProtocolDisabled { .. } => {
            return fault(ErrorKind::Configuration, "the proxy is of a kind that is not known")
                .advise("proxy-url and HTTPS_PROXY may be http://, https:// or socks5://");
        }
        _ => {}
    }
    if let Some(error) = chain.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        let attempt = Attempt {
            target: question.endpoint,
            host: question.endpoint,
            https: true,
            identity: false,
            proxy: None,
            received: None,
        };
        let advice = "check the cluster's certificate-authority and the user's client-certificate in the kubeconfig";
        return tls_fault(error, &attempt).advise(advice);
    }
    let text = chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ").to_lowercase();
    let io = chain.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).next_back().map(io::Error::kind);
    if question.answering {
        return fault(ErrorKind::Decode, "the answer was cut off")
            .advise("a proxy, a restart or a crash between it and us?");
    }
    if ["tunnel error", "socks error", "proxy"].iter().any(|mark| text.contains(mark)) {
        return fault(ErrorKind::Proxy, "the proxy refused or failed")
            .advise("check proxy-url of the cluster, HTTPS_PROXY and NO_PROXY");
    }
    if text.contains("dns error") || text.contains("lookup address") {
        return fault(ErrorKind::Dns, "the name of the API server does not resolve")
            .advise("check the cluster's server, DNS and VPN");
    }
    match io {
        Some(io::ErrorKind::TimedOut) => {
            fault(ErrorKind::Timeout, "no connection in time").advise("VPN, firewall or proxy?")
        }
        Some(io::ErrorKind::ConnectionRefused) => fault(ErrorKind::Connect, "the API server refuses connections")
            .advise("is the cluster running, and is the port right?"),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            fault(ErrorKind::Connect, "there is no route to the API server").advise("VPN, firewall or proxy?")
        }
        _ if closed(&text, io) => fault(ErrorKind::Connect, "the API server closed the connection without an answer")
            .advise("does it want a client certificate, or https instead of http?"),
        _ if text.contains("invalid http") || text.contains("parse") => {
            fault(ErrorKind::Decode, "the answer is not HTTP").advise("is the port right, and is it http or https?")
        }
        _ => fault(ErrorKind::Connect, &quote(&chain.last().map(ToString::to_string).unwrap_or_default())),
    }
}

/// What is wrong with a kubeconfig. Its own text may hold secrets, so that a syntax error is told by its place.
pub(super) fn kubeconfig(error: &KubeconfigError) -> SourceError {
    let (what, advice) = match error {
        KubeconfigError::CurrentContextNotSet => (
            "the kubeconfig has no current context".to_owned(),
            "set context of this source, or: kubectl config use-context NAME",
        ),
        KubeconfigError::LoadContext(name) => (
            format!("the kubeconfig has no context {}", quote(name)),
            "set context to one of: kubectl config get-contexts -o name",
        ),
        KubeconfigError::LoadClusterOfContext(name) => {
            (format!("the kubeconfig has no cluster {}", quote(name)), "the context names it: correct the kubeconfig")
        }
        KubeconfigError::FindPath => {
            ("there is no kubeconfig".to_owned(), "set kubeconfig, or KUBECONFIG, or in_cluster = true inside of a pod")
        }
        KubeconfigError::ReadConfig(error, path) => (
            format!("the kubeconfig {} cannot be read: {error}", path.display()),
            "set kubeconfig, or KUBECONFIG, or in_cluster = true inside of a pod",
        ),
        KubeconfigError::Parse(error) => {
            let place = error.location().map_or_else(String::new, |at| format!(" (line {})", at.line()));
            (format!("the kubeconfig is not valid YAML{place}"), "check it with: kubectl config view")
        }
        other => (quote(&other.to_string()), "check it with: kubectl config view"),
    };
    SourceError::new(ErrorKind::Configuration, what).advise(advice)
}

/// What went wrong with the credentials. An exec plugin is told by its name: its output may hold a token.
fn authentication(error: &AuthError, plugin: Option<&str>) -> SourceError {
    let name = plugin.map_or_else(|| "the credential plugin".to_owned(), |plugin| format!("the exec plugin {plugin}"));
    let by_hand = "run it by hand in a terminal: a login may have expired; warroom never lets it prompt";
    let told = |kind, what: String| SourceError::new(kind, what).advise(by_hand);
    match error {
        AuthError::AuthExecStart(error) => {
            SourceError::new(ErrorKind::Configuration, format!("{name} cannot be started: {error}"))
                .advise("install it, or write its whole path in the kubeconfig")
        }
        AuthError::AuthExecRun { out, .. } => {
            told(ErrorKind::Unauthenticated, format!("{name} failed ({})", out.status))
        }
        AuthError::AuthExecParse(_) => told(ErrorKind::Unauthenticated, format!("{name} printed no ExecCredential")),
        AuthError::ExecPluginFailed => told(ErrorKind::Unauthenticated, format!("{name} gave no credentials")),
        AuthError::MalformedTokenExpirationDate(_) => {
            told(ErrorKind::Unauthenticated, format!("{name} gave an expiration time that is none"))
        }
        AuthError::ReadTokenFile(error, path) => SourceError::new(
            ErrorKind::Configuration,
            format!("the token file {} cannot be read: {error}", path.display()),
        ),
        AuthError::InvalidBearerToken(_) | AuthError::InvalidBasicAuth(_) => {
            SourceError::new(ErrorKind::Configuration, "the token holds characters that cannot be sent")
                .advise("does it end with a line break?")
        }
        _ => told(ErrorKind::Unauthenticated, format!("{name} failed")),
    }
}

/// The API server's own error body.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    kind: String,
    message: String,
}

/// What an answer that is not success means for reading the resource `name`.
pub(in crate::sources) fn refused(response: Response, verb: &str, name: &str, scope: &Scope) -> SourceError {
    let place = scope.words();
    let status = response.status;
    let explained = |response: &Response| {
        let said: Status = serde_json::from_slice(&response.body).ok()?;
        let kind = match status {
            404 => ErrorKind::NotFound,
            408 | 504 => ErrorKind::Timeout,
            400 | 422 => ErrorKind::Query,
            _ => ErrorKind::Status,
        };
        (said.kind == "Status" && !said.message.is_empty()).then(|| (kind, quote(&said.message)))
    };
    let authenticated = response.authenticated;
    let error = match response.success(explained) {
        Ok(_) => SourceError::new(ErrorKind::Status, format!("{name} {place}: status {status}")),
        Err(error) => error,
    };
    match StatusCode::from_u16(status) {
        Ok(StatusCode::UNAUTHORIZED) if authenticated => {
            error.advise("log in again (kubectl auth whoami); exec plugins are run again with the next poll")
        }
        Ok(StatusCode::UNAUTHORIZED) => {
            error.advise("the kubeconfig's user has no credentials: set a context that has")
        }
        Ok(StatusCode::FORBIDDEN) if scope.0.is_none() => error.advise(format!(
            "allow {verb} on {name} in all namespaces (docs/kubernetes-rbac.yaml), or set namespaces of this source"
        )),
        Ok(StatusCode::FORBIDDEN) => {
            error.advise(format!("allow {verb} on {name} {place} (docs/kubernetes-rbac.yaml)"))
        }
        Ok(StatusCode::NOT_FOUND) => {
            error.advise("is this the address of a Kubernetes API server, with its path prefix where there is one?")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_and_the_arguments_of_a_plugin_are_never_told() {
        let out = std::process::Command::new("sh")
            .args(["-c", "echo SECRET-OUT; echo SECRET-ERR >&2; exit 3"])
            .output()
            .expect("a shell");
        let error = AuthError::AuthExecRun { cmd: "aws --token SECRET-ARG".to_owned(), out: Box::new(out) };
        let told = authentication(&error, Some("aws")).to_string();
        assert!(told.contains("exec plugin aws failed") && told.contains('3'), "{told}");
        assert!(!told.contains("SECRET"), "{told}");
    }
}
