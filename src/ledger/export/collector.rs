//! A collector of syslog messages, over UDP, TCP or TLS.
//!
//! Syslog has no answer. Over TCP and TLS a batch counts as taken when the collector read to its end and closed, and TCP on its
//! side confirmed every byte; a collector that dies on the way resets the connection instead. UDP confirms nothing.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket},
    str::FromStr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring, pki_types::ServerName};

use super::syslog::counted;

/// How long a collector may keep silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A datagram for each (RFC 5426).
    Udp,
    /// Octet counting (RFC 6587 §3.4.1).
    Tcp,
    /// Octet counting in TLS (RFC 5425).
    Tls,
}

/// Where a collector listens: `tls://logs.example.net:6514`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// How.
    pub transport: Transport,
    /// Name or IP address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT";
        let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
        let transport = match scheme {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            "tls" => Transport::Tls,
            _ => return Err(FORM),
        };
        let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or(FORM)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || host.contains(['/', '@']) {
            return Err(FORM);
        }
        Ok(Self { transport, host: host.to_owned(), port: port.parse().map_err(|_| FORM)? })
    }
}

/// Somebody who takes messages.
#[derive(Clone, Debug)]
pub struct Collector {
    /// Where.
    pub address: Address,
    /// Who may vouch for it, over TLS.
    pub authorities: RootCertStore,
}

impl Collector {
    /// Sends `messages` in their order. When it returns, they were taken, as far as the transport can tell.
    ///
    /// # Errors
    /// When that is not known: send all of them again.
    pub fn send(&self, messages: &[String]) -> io::Result<()> {
        match self.address.transport {
            Transport::Udp => self.send_datagrams(messages),
            Transport::Tcp => {
                let mut stream = self.connect()?;
                write_all(&mut stream, messages)?;
                confirmed(&mut stream)
            }
            Transport::Tls => {
                let mut stream = StreamOwned::new(self.client()?, self.connect()?);
                write_all(&mut stream, messages)?;
                stream.conn.send_close_notify();
                stream.flush()?;
                confirmed(&mut stream.sock)
            }
        }
    }

    fn places(&self) -> io::Result<Vec<SocketAddr>> {
        Ok((self.address.host.as_str(), self.address.port).to_socket_addrs()?.collect())
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for place in self.places()? {
            match TcpStream::connect_timeout(&place, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn client(&self) -> io::Result<ClientConnection> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(self.authorities.clone())
            .with_no_client_auth();
        let name = ServerName::try_from(self.address.host.clone()).map_err(io::Error::other)?;
        ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
    }

    fn send_datagrams(&self, messages: &[String]) -> io::Result<()> {
        let place = self.places()?.into_iter().next();
        let place = place.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))?;
        let socket = UdpSocket::bind(if place.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
        socket.connect(place)?;
        for message in messages {
            // A refusal of an earlier one comes back here.
            socket.send(message.as_bytes())?;
        }
        // And that of the last one soon after, when nobody listens.
        thread::sleep(Duration::from_millis(50));
        socket.take_error()?.map_or(Ok(()), Err)
    }
}

fn write_all(to: &mut impl Write, messages: &[String]) -> io::Result<()> {
    let text: Vec<u8> = messages.iter().flat_map(|message| counted(message)).collect();
    to.write_all(&text)?;
    to.flush()
}

/// Ends our side, and waits until the other side read everything.
fn confirmed(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let mut answer = [0; 4_096];
    while stream.read(&mut answer)? > 0 {}
    // It closed. If that was before it had everything, its system resets the connection as soon as the rest arrives. Once every
    // byte and our end are confirmed, the connection has no other side any more.
    let until = Instant::now() + PATIENCE;
    while stream.peer_addr().is_ok() {
        if Instant::now() > until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it closed and did not confirm what it was sent"));
        }
        thread::sleep(Duration::from_millis(2));
    }
    stream.take_error()?.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_transport_a_host_and_a_port() {
        let read = |text: &str| text.parse::<Address>().map(|address| (address.transport, address.host, address.port));
        assert_eq!(read("tls://logs.example.net:6514"), Ok((Transport::Tls, "logs.example.net".to_owned(), 6514)));
        assert_eq!(read("udp://[::1]:514/"), Ok((Transport::Udp, "::1".to_owned(), 514)));
        for wrong in ["logs:514", "http://logs:514", "tcp://logs", "tcp://:1", "tcp://logs:99999", "tcp://jo@logs:1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
