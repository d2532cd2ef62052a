//! Who we are, with the secret read.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::{
        schema::source::Auth,
        secret::{process_variable, resolve},
    },
    domain::{
        secret::SecretRef,
        source::{ErrorKind, SourceError},
    },
};

/// What is said to the server about us.
#[derive(Clone)]
pub(super) enum Credentials {
    /// Nothing, or a certificate, which is the client's matter.
    None,
    /// User and password.
    Basic(String, SecretString),
    /// A token.
    Bearer(SecretString),
}

impl Credentials {
    /// Reads the secrets that `auth` points at.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a secret that is not there. The secret itself is never in the text.
    pub(super) async fn read(auth: Option<&Auth>) -> Result<Self, SourceError> {
        Ok(match auth {
            None | Some(Auth::Mtls { .. }) => Self::None,
            Some(Auth::Basic { user, password }) => Self::Basic(user.clone(), read(password).await?),
            Some(Auth::Bearer(token)) => {
                let token = read(token).await?;
                if !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(SourceError::new(
                        ErrorKind::Configuration,
                        "the bearer token has characters that no token has",
                    )
                    .advise("is it the token alone, on one line?"));
                }
                Self::Bearer(token)
            }
        })
    }

    /// Whether these are the same as `other`.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Basic(user, password), Self::Basic(other_user, other_password)) => {
                user == other_user && password.expose_secret() == other_password.expose_secret()
            }
            (Self::Bearer(token), Self::Bearer(other)) => token.expose_secret() == other.expose_secret(),
            _ => false,
        }
    }

    /// Whether there is something to say.
    pub(super) const fn some(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Adds them to a request.
    pub(super) fn apply(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic(user, password) => request.basic_auth(user, Some(password.expose_secret())),
            Self::Bearer(token) => request.bearer_auth(token.expose_secret()),
        }
    }
}

async fn read(reference: &SecretRef) -> Result<SecretString, SourceError> {
    resolve(reference, process_variable).await
}
