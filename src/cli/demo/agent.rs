//! An ssh-agent that holds one key of the demo. What signs asks it as it would ask anybody's, by the real protocol.

use std::path::Path;

use ssh_agent_lib::{
    agent::{Session, listen},
    async_trait,
    error::AgentError,
    proto::{Identity, PublicCredential, SignRequest},
};
use ssh_key::{PrivateKey, Signature, SigningKey, public::KeyData};
use tokio::net::UnixListener;

/// The key that one agent holds.
#[derive(Clone, Debug)]
struct Holder {
    key: PrivateKey,
}

/// Begins to hold `key` behind a socket at `path`. Must be called within a tokio runtime, and goes on as long as that.
///
/// # Errors
/// When there can be no socket.
pub(super) fn hold(key: PrivateKey, path: &Path) -> std::io::Result<()> {
    let socket = UnixListener::bind(path)?;
    tokio::spawn(async move {
        if let Err(error) = listen(socket, Holder { key }).await {
            tracing::error!(%error, "an agent of the demo ended");
        }
    });
    Ok(())
}

#[async_trait]
impl Session for Holder {
    async fn request_identities(&mut self) -> Result<Vec<Identity>, AgentError> {
        let credential = PublicCredential::Key(self.key.public_key().key_data().clone());
        Ok(vec![Identity { credential, comment: self.key.comment().to_owned() }])
    }

    async fn sign(&mut self, request: SignRequest) -> Result<Signature, AgentError> {
        if !is(&request.credential, self.key.public_key().key_data()) {
            return Err(AgentError::Failure);
        }
        signature(&self.key, &request.data)
    }
}

fn is(asked: &PublicCredential, held: &KeyData) -> bool {
    matches!(asked, PublicCredential::Key(key) if key == held)
}

fn signature<K: SigningKey>(key: &K, data: &[u8]) -> Result<Signature, AgentError> {
    key.try_sign(data).map_err(AgentError::other)
}
