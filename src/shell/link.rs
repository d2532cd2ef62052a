//! The SSH connection that the terminal is at the end of: how much of what was written has not arrived there.
//!
//! `sshd` takes what is written to the terminal at once, megabytes of it, so a slow link does not show by a write that waits.
//! It shows in the queue of its socket, which the kernel tells everybody on the same machine.

use std::{fs, net::IpAddr, path::Path};

/// An SSH connection, as its end on this machine is named in the kernel's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Local and remote end, in the forms that the tables of IPv4 and IPv6 have for them.
    ends: Vec<String>,
}

impl Link {
    /// The connection of `SSH_CONNECTION`: address and port of the client, address and port of the server. `None` where it says
    /// something else, or the kernel does not tell.
    #[must_use]
    pub fn of(connection: &str) -> Option<Self> {
        let mut words = connection.split_whitespace();
        let (remote, local) = (end(&mut words)?, end(&mut words)?);
        let ends = local.into_iter().zip(remote).map(|(local, remote)| format!("{local} {remote}")).collect();
        let link = Self { ends };
        link.waiting().is_some().then_some(link)
    }

    /// Bytes that have not arrived at the other end; `None` where the connection is not to be seen any more.
    #[must_use]
    pub fn waiting(&self) -> Option<usize> {
        ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| self.found_in(Path::new(table)))
    }

    fn found_in(&self, table: &Path) -> Option<usize> {
        let table = fs::read_to_string(table).ok()?;
        let row = table.lines().find(|line| self.ends.iter().any(|ends| line.contains(ends)))?;
        // sl local remote state sent:received …
        let queues = row.split_whitespace().nth(4)?;
        usize::from_str_radix(queues.split(':').next()?, 16).ok()
    }
}

/// Address and port as the tables write them: as IPv4 where it is that, and as IPv6.
fn end<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Vec<String>> {
    let address = words.next()?;
    let address: IpAddr = address.split('%').next()?.parse().ok()?;
    let port: u16 = words.next()?.parse().ok()?;
    // The bytes of an address stand in the order of the network, four of them read as one number of this machine.
    let hex = |bytes: &[u8]| -> String {
        let words = bytes.chunks_exact(4).filter_map(|word| word.try_into().ok().map(u32::from_ne_bytes));
        words.fold(String::new(), |hex, word| format!("{hex}{word:08X}"))
    };
    let (short, long) = match address {
        IpAddr::V4(address) => (Some(hex(&address.octets())), hex(&address.to_ipv6_mapped().octets())),
        IpAddr::V6(address) => (None, hex(&address.octets())),
    };
    Some(short.into_iter().chain([long]).map(|address| format!("{address}:{port:04X}")).collect())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[test]
    fn what_the_other_end_has_not_taken_is_counted() {
        for listen in ["127.0.0.1:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(listen) else { continue };
            let port = listener.local_addr().expect("bound").port();
            let mut client = TcpStream::connect(("127.0.0.1", port)).expect("connected");
            let (mut server, _) = listener.accept().expect("accepted");
            let own = client.local_addr().expect("an address").port();
            let link = Link::of(&format!("127.0.0.1 {own} 127.0.0.1 {port}")).expect("found");
            server.set_nonblocking(true).expect("a socket");
            while server.write(&vec![b'x'; 65_536]).is_ok() {}
            assert!(link.waiting().expect("found") > 4_096);
            let reader = std::thread::spawn(move || {
                let mut taken = vec![0; 65_536];
                while client.read(&mut taken).is_ok_and(|read| read > 0) {}
            });
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while link.waiting().expect("found") > 0 {
                assert!(std::time::Instant::now() < deadline, "never taken");
                std::thread::yield_now();
            }
            drop(server);
            reader.join().expect("no panic");
        }
    }

    #[test]
    fn what_is_no_connection_is_none() {
        for text in ["", "127.0.0.1", "10.0.0.1 1 10.0.0.2 1", "here 22 there 22", "::1 x ::1 22"] {
            assert_eq!(Link::of(text), None, "{text}");
        }
        assert_eq!(end(&mut "::1 22".split(' ')), Some(vec!["00000000000000000000000001000000:0016".to_owned()]));
    }
}
