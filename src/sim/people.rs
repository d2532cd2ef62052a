//! The people of a story. Each has a key that is made when it starts, so that what they sign can be verified like anything else.

use std::{collections::BTreeMap, fmt::Write as _};

use ssh_key::{LineEnding, PrivateKey, private::Ed25519Keypair};

/// The one in front of the screen.
pub const YOU: &str = "you";

/// The colleague who takes part.
pub const ANA: &str = "ana";

/// Keys of people, by name.
#[derive(Clone, Debug)]
pub struct People {
    keys: BTreeMap<&'static str, PrivateKey>,
}

/// The system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers, so no key can be made for the demo")]
pub struct NoKey;

impl People {
    /// People with new keys (Ed25519), which are nowhere but in here.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn new() -> Result<Self, NoKey> {
        let random = rustls::crypto::ring::default_provider().secure_random;
        let mut keys = BTreeMap::new();
        for name in [YOU, ANA] {
            let mut seed = [0; 32];
            random.fill(&mut seed).map_err(|_| NoKey)?;
            let mut key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
            key.set_comment(format!("{name} (a key of warroom demo, for nothing else)"));
            keys.insert(name, key);
        }
        Ok(Self { keys })
    }

    /// Names and keys.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &PrivateKey)> {
        self.keys.iter().map(|(name, key)| (*name, key))
    }

    /// `allowed_signers` for them.
    #[must_use]
    pub fn allowed_signers(&self) -> String {
        let mut text = "# Whose key may sign what. These keys were made for a demo: take them out before you work with this catalog.\n".to_owned();
        for (name, key) in self.keys() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} namespaces=\"warroom.*\" {}", public(key));
        }
        text
    }

    /// The files of `name`'s key, private and public, as `ssh-keygen` writes them.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        self.keys().filter_map(|(name, key)| {
            let private = key.to_openssh(LineEnding::LF).ok()?;
            Some((name, private.to_string(), public(key) + "\n"))
        })
    }
}

/// Its public half as one line. An Ed25519 key can always be written.
fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::signers::Signers;

    #[test]
    fn everybody_has_a_key_of_their_own_and_may_sign_with_it() {
        let people = People::new().expect("random numbers");
        let (signers, bad) = Signers::read(&people.allowed_signers());
        assert_eq!((bad, signers.names().collect::<Vec<_>>()), (Vec::new(), vec![ANA, YOU]));
        let again = People::new().expect("random numbers");
        assert!(people.keys().zip(again.keys()).all(|((_, one), (_, other))| one.public_key() != other.public_key()));
        for ((name, private, _), (_, key)) in people.files().zip(people.keys()) {
            let read = PrivateKey::from_openssh(&private).expect(name);
            assert_eq!(read.public_key().key_data(), key.public_key().key_data());
        }
        assert!(!format!("{people:?}").contains("seed"));
    }
}
