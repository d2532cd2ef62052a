//! Who acts: what this process knows of the person in front of it.

use std::env;

use nix::unistd::{Uid, User};

use crate::domain::ledger::event::{Actor, UNSIGNED};

/// The one who started this process, without a signature: login name, terminal, and where the SSH session came from.
#[must_use]
pub fn actor() -> Actor {
    Actor { principal: None, key: UNSIGNED.to_owned(), user: user(), terminal: terminal(), ssh_client: ssh_client() }
}

/// The name of this machine.
#[must_use]
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The name of the user whose process this is, as the system says it: the environment can say anything.
#[must_use]
pub fn user() -> String {
    let uid = Uid::current();
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

fn terminal() -> Option<String> {
    let name = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok()?;
    Some(name.to_string_lossy().into_owned())
}

fn ssh_client() -> Option<String> {
    ["SSH_CONNECTION", "SSH_CLIENT"].iter().find_map(|name| address(&env::var(name).ok()?))
}

/// The first word, when it is an address: sshd writes `ADDRESS PORT …`.
fn address(text: &str) -> Option<String> {
    let first = text.split_whitespace().next()?;
    // A link-local address carries the name of its interface.
    let (bare, _) = first.split_once('%').unwrap_or((first, ""));
    bare.parse::<std::net::IpAddr>().ok().map(|_| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_recorded_and_nothing_else_that_stands_there() {
        assert_eq!(address("192.0.2.7 50022 192.0.2.1 22").as_deref(), Some("192.0.2.7"));
        assert_eq!(address("fe80::1%eth0 50022 22").as_deref(), Some("fe80::1%eth0"));
        assert_eq!((address("\u{1b}[31m 1 2"), address("")), (None, None));
    }

    #[test]
    fn an_act_without_a_key_says_that_it_is_unsigned_and_whose_process_it_was() {
        let actor = actor();
        assert_eq!((actor.key.as_str(), actor.principal), (UNSIGNED, None));
        assert!(!actor.user.is_empty());
    }
}
