//! The ledger sent to collectors of syslog that die, come back, and are not who they say.

use std::{
    io::Read,
    net::{TcpListener, TcpStream, UdpSocket},
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use warroom::{ledger::export::cursor::Cursor, sources::http::install_crypto};

use super::commands::Home;

/// The numbers of the events in messages with their lengths before them; what is cut off at the end is left out.
fn numbers(bytes: &[u8]) -> Vec<u64> {
    let (mut rest, mut numbers) = (bytes, Vec::new());
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&rest[..space]).expect("digits").parse().expect("a length");
        let Some(message) = rest.get(space + 1..space + 1 + length) else { break };
        numbers.push(number(message));
        rest = &rest[space + 1 + length..];
    }
    numbers
}

fn number(message: &[u8]) -> u64 {
    let text = std::str::from_utf8(message).expect("UTF-8");
    let (_, rest) = text.split_once(" seq=\"").expect("a number");
    rest.split_once('"').expect("its end").0.parse().expect("digits")
}

/// A collector that takes one connection after the other, reads at most so many bytes of each, and closes it.
fn collect(listener: &TcpListener, most: &'static [u64]) -> JoinHandle<Vec<u64>> {
    let listener = listener.try_clone().expect("cloned");
    let one = move |most: &u64| {
        let (stream, _) = listener.accept().expect("a connection");
        let mut bytes = Vec::new();
        // A sender that is gone is no fault of the collector.
        let _ = stream.take(*most).read_to_end(&mut bytes);
        numbers(&bytes)
    };
    thread::spawn(move || most.iter().flat_map(one).collect())
}

fn cursor(home: &Home) -> Cursor {
    Cursor::read(Path::new(&home.path("cursor"))).expect("a cursor")
}

#[test]
fn a_collector_that_dies_half_way_and_comes_back_gets_every_event_in_order() {
    let targets: Vec<String> = (0..2_500).map(|number| format!("item-{number}")).collect();
    let home = Home::with(&targets.iter().map(String::as_str).collect::<Vec<_>>());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("tcp://{}", listener.local_addr().expect("an address"));
    let send = || home.run(&["export", "--to", &to, "--cursor", "cursor"]);

    // It takes the first thousand and dies in the second; comes back, and dies before it reads anything; comes back.
    let mut got = Vec::new();
    for most in [&[u64::MAX, 100_000][..], &[0]] {
        let collector = collect(&listener, most);
        let (code, told) = send();
        assert!(code == 3 && told.contains("STALLED behind event 1000, 1500 events wait"), "{code} {told}");
        got.extend(collector.join().expect("it ended"));
        let standing = cursor(&home);
        assert_eq!((standing.seq, standing.stalled.is_some()), (1_000, true));
    }
    let collector = collect(&listener, &[u64::MAX, u64::MAX]);
    let (code, told) = send();
    assert!(code == 0 && told.contains("1500 events delivered"), "{code} {told}");
    got.extend(collector.join().expect("it ended"));
    assert_eq!((cursor(&home).seq, cursor(&home).stalled), (2_500, None));
    let mut seen = 0;
    got.retain(|seq| {
        let new = *seq > seen;
        seen = seen.max(*seq);
        new
    });
    assert!(got == (1..=2_500).collect::<Vec<u64>>(), "each for the first time in its place: {} events", got.len());

    let (code, told) = send();
    assert!(code == 0 && told.contains("0 events delivered"), "nothing is new: {code} {told}");
    drop(listener);
    home.append("late");
    let (code, told) = send();
    assert!(code == 3 && told.contains("STALLED behind event 2500, 1 events wait"), "{code} {told}");
}

#[test]
fn a_cursor_of_another_ledger_is_refused() {
    let (home, other) = (Home::with(&["one", "two"]), Home::with(&["one", "three"]));
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    let to = format!("udp://{}", socket.local_addr().expect("an address"));
    let (code, told) = home.run(&["export", "--to", &to, "--cursor", "cursor"]);
    assert!(code == 0 && told.contains("2 events delivered"), "{code} {told}");
    let mut message = vec![0; 65_536];
    for seq in 1..=2 {
        let length = socket.recv(&mut message).expect("a datagram");
        assert_eq!(number(&message[..length]), seq);
    }
    std::fs::copy(home.path("cursor"), other.path("cursor")).expect("copied");
    let (code, told) = other.run(&["export", "--to", &to, "--cursor", "cursor"]);
    assert!(code == 1 && told.contains("another event 2 than the one that was exported"), "{code} {told}");
    std::fs::write(home.path("cursor"), "7").expect("written");
    let (code, told) = home.run(&["export", "--to", &to, "--cursor", "cursor"]);
    assert!(code == 2 && told.contains("is no cursor"), "{code} {told}");
}

#[test]
fn over_tls_the_collector_must_be_vouched_for_by_the_given_authority() {
    install_crypto();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("authority");
    let key = KeyPair::generate().expect("key");
    let names = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = names.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).expect("a server"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("tls://localhost:{}", listener.local_addr().expect("an address").port());
    let collector = |stream: TcpStream| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let (mut stream, mut bytes) = (StreamOwned::new(connection, stream), Vec::new());
        let ended = stream.read_to_end(&mut bytes);
        (ended.is_ok(), numbers(&bytes))
    };
    let home = Home::with(&["one", "two", "three"]);
    std::fs::write(home.path("ca.pem"), issuer.pem()).expect("written");
    thread::scope(|scope| {
        let strange = scope.spawn(|| collector(listener.accept().expect("a connection").0));
        let (code, told) = home.run(&["export", "--to", &to, "--cursor", "cursor"]);
        assert!(code == 3 && told.contains("STALLED behind event 0") && told.contains("certificate"), "{code} {told}");
        assert_eq!(strange.join().expect("it ended"), (false, vec![]));
        let good = scope.spawn(|| collector(listener.accept().expect("a connection").0));
        let (code, told) = home.run(&["export", "--to", &to, "--cursor", "cursor", "--ca", "ca.pem"]);
        assert!(code == 0 && told.contains("3 events delivered"), "{code} {told}");
        assert_eq!(good.join().expect("it ended"), (true, vec![1, 2, 3]));
    });
}
