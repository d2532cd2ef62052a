//! Signing through ssh-agent: the keys never come here. Every question to the agent has a time limit.

use std::{env, path::PathBuf, time::Duration};

use ssh_agent_lib::{
    agent::Session as _,
    client::Client,
    error::AgentError,
    proto::{ProtoError, PublicCredential, SignRequest, signature},
};
use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, SshSig};
use tokio::{net::UnixStream, time::timeout};

use crate::domain::{
    ledger::{signature::Meaning, signers::Signers},
    time::Timestamp,
};

/// How long the agent may take to list its keys.
const TO_LIST: Duration = Duration::from_secs(5);

/// How long it may take to sign: somebody may have to touch a key or confirm on the laptop.
const TO_SIGN: Duration = Duration::from_mins(1);

/// A key that the agent holds and `allowed_signers` knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Whose it is, by `allowed_signers`.
    pub principal: String,
    /// The key.
    pub key: PublicKey,
}

impl Identity {
    /// `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }
}

/// A key that may say something, and the role in which it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaker {
    /// Whose key it is, and which.
    pub identity: Identity,
    /// The role; empty where none is needed.
    pub role: String,
}

impl Speaker {
    /// The first of `keys` that has a role by `role`.
    ///
    /// # Errors
    /// Why none has: what `role` says of the first.
    pub fn of<E: From<AgentRefusal>>(
        keys: Vec<Identity>,
        role: impl Fn(&Identity) -> Result<String, E>,
    ) -> Result<Self, E> {
        let mut why = None;
        for identity in keys {
            match role(&identity) {
                Ok(role) => return Ok(Self { identity, role }),
                Err(error) => drop(why.get_or_insert(error)),
            }
        }
        Err(why.unwrap_or_else(|| AgentRefusal::Empty.into()))
    }

    /// Who signs, with which key, in which role: `mira with SHA256:…, as sre`.
    #[must_use]
    pub fn words(&self) -> String {
        let role = if self.role.is_empty() { String::new() } else { format!(", as {}", self.role) };
        format!("{} with {}{role}", self.identity.principal, self.identity.fingerprint())
    }
}

/// Why nothing was signed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentRefusal {
    /// No agent is known.
    #[error(
        "there is no ssh-agent: SSH_AUTH_SOCK is not set. Log in with `ssh -A`, start one, or sign elsewhere with `warroom sign --print`"
    )]
    Absent,
    /// Its socket leads nowhere.
    #[error(
        "the ssh-agent at {path} cannot be reached ({why}). After a new login the socket has another name: log in again, or in tmux refresh SSH_AUTH_SOCK"
    )]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It does not answer.
    #[error(
        "the ssh-agent did not answer within {0} s. It may wait for a touch or a question on your laptop; answer it and try again, or sign elsewhere with `--print`"
    )]
    Silent(u64),
    /// It has no keys.
    #[error(
        "the ssh-agent holds no key: it is empty or locked. `ssh-add KEY` adds one, `ssh-add -X` unlocks it. Or sign elsewhere with `--print`"
    )]
    Empty,
    /// None of its keys is known.
    #[error(
        "none of the {count} keys in the ssh-agent may sign for {namespace} now, by the catalog's allowed_signers. Ask for your key to be added: `ssh-add -L` shows it. Or sign elsewhere with `--print`"
    )]
    Unknown {
        /// How many keys it has.
        count: usize,
        /// For what it was asked to sign.
        namespace: &'static str,
    },
    /// It lists the key and does not sign.
    #[error(
        "the ssh-agent refused to sign with {0}. Keys added with `ssh-add -h` can only log in; one added with `ssh-add -c` asks on the laptop first. Add it without -h, or sign elsewhere with `warroom sign --print`"
    )]
    Refused(String),
    /// It answers nonsense.
    #[error("the ssh-agent answered what is no signature: {0}")]
    Nonsense(String),
}

/// The agent whose socket is at `path`, usually `$SSH_AUTH_SOCK`.
#[derive(Clone, Debug)]
pub struct Agent {
    path: Option<PathBuf>,
}

impl Agent {
    /// The agent behind a socket; nothing when none is known.
    #[must_use]
    pub const fn at(path: Option<PathBuf>) -> Self {
        Self { path }
    }

    /// The agent of whoever started this process: the one behind `$SSH_AUTH_SOCK`.
    #[must_use]
    pub fn own() -> Self {
        Self::at(env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    /// The first of its keys that `signers` lets sign for `meaning` at `at`.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn identity(&self, signers: &Signers, meaning: Meaning, at: Timestamp) -> Result<Identity, AgentRefusal> {
        self.identities(signers, meaning, at).await?.into_iter().next().ok_or(AgentRefusal::Empty)
    }

    /// All of its keys that `signers` lets sign for `meaning` at `at`, in the order of the agent; at least one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn identities(
        &self,
        signers: &Signers,
        meaning: Meaning,
        at: Timestamp,
    ) -> Result<Vec<Identity>, AgentRefusal> {
        let mut client = self.connect().await?;
        let listed = within(TO_LIST, client.request_identities()).await?;
        let keys = listed.map_err(|error| AgentRefusal::Nonsense(error.to_string()))?;
        if keys.is_empty() {
            return Err(AgentRefusal::Empty);
        }
        let count = keys.len();
        let known: Vec<Identity> = keys
            .into_iter()
            .filter_map(|identity| match identity.credential {
                PublicCredential::Key(key) => Some(PublicKey::from(key)),
                PublicCredential::Cert(_) => None,
            })
            .filter_map(|key| {
                let principal = signers.principal(key.key_data(), meaning.namespace(), at)?.to_owned();
                Some(Identity { principal, key })
            })
            .collect();
        if known.is_empty() {
            return Err(AgentRefusal::Unknown { count, namespace: meaning.namespace() });
        }
        Ok(known)
    }

    /// Signs `message` for `meaning` with the key of `identity`. Returns the armoured SSHSIG signature.
    ///
    /// # Errors
    /// Why it was not signed.
    pub async fn sign(&self, identity: &Identity, meaning: Meaning, message: &[u8]) -> Result<String, AgentRefusal> {
        let nonsense = |error: ssh_key::Error| AgentRefusal::Nonsense(error.to_string());
        let namespace = meaning.namespace();
        let data = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(nonsense)?;
        // An RSA key signs with SHA-1 unless it is asked not to, and SSHSIG refuses SHA-1.
        let flags = if matches!(identity.key.algorithm(), Algorithm::Rsa { .. }) { signature::RSA_SHA2_512 } else { 0 };
        let key = identity.key.key_data();
        let request = SignRequest { credential: PublicCredential::Key(key.clone()), data, flags };
        let mut client = self.connect().await?;
        let signed = within(TO_SIGN, client.sign(request)).await?;
        let signature = signed.map_err(|error| match error {
            // The crate has no word of its own for the agent's plain "no".
            AgentError::Failure | AgentError::Proto(ProtoError::UnexpectedResponse) => {
                AgentRefusal::Refused(identity.fingerprint())
            }
            other => AgentRefusal::Nonsense(other.to_string()),
        })?;
        SshSig::new(key.clone(), namespace, HashAlg::Sha512, signature)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(nonsense)
    }

    async fn connect(&self) -> Result<Client<UnixStream>, AgentRefusal> {
        let path = self.path.clone().ok_or(AgentRefusal::Absent)?;
        match within(TO_LIST, UnixStream::connect(&path)).await? {
            Ok(socket) => Ok(Client::new(socket)),
            Err(error) => Err(AgentRefusal::Unreachable { path, why: error.to_string() }),
        }
    }
}

async fn within<T>(limit: Duration, answer: impl Future<Output = T>) -> Result<T, AgentRefusal> {
    timeout(limit, answer).await.map_err(|_| AgentRefusal::Silent(limit.as_secs()))
}
