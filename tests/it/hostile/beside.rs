//! One source suffers; the others and the old values go on.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{io::AsyncWriteExt, net::TcpStream, sync::watch};
use warroom::{
    clock::Clock,
    config::schema::source::Source,
    domain::{demand::Demand, facts::Facts, room::Room, source::ErrorKind, time::Span},
    sources::{
        self,
        schedule::{self, Event},
    },
};

use crate::support::{DEADLINE, alertmanager_source, base_url, context, http_answer, server, server_of};

const ALERT: &str = r#"[{"fingerprint":"01","startsAt":"2026-11-20T23:29:52Z","labels":{"alertname":"Down"},"status":{"state":"active"}}]"#;

/// What a server does to us after its first good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    Html,
    Cut,
    Huge,
    Silent,
    Reset,
    Redirect,
    Failing,
}

const HARMS: [(Harm, ErrorKind); 7] = [
    (Harm::Html, ErrorKind::Decode),
    (Harm::Cut, ErrorKind::Decode),
    (Harm::Huge, ErrorKind::TooLarge),
    (Harm::Silent, ErrorKind::Timeout),
    (Harm::Reset, ErrorKind::Connect),
    (Harm::Redirect, ErrorKind::Redirect),
    (Harm::Failing, ErrorKind::Status),
];

async fn harm(harm: Harm, mut stream: TcpStream) {
    let answer = match harm {
        Harm::Html => http_answer("200 OK", "content-type: text/html\r\n", "<html>Sign in</html>"),
        Harm::Cut => "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[{".to_owned(),
        Harm::Huge => "HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n[".to_owned(),
        Harm::Silent => std::future::pending().await,
        Harm::Reset => String::new(),
        Harm::Redirect => http_answer("307 Temporary Redirect", "location: https://elsewhere.example/\r\n", ""),
        Harm::Failing => http_answer("502 Bad Gateway", "", ""),
    };
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A source whose server is good once for each feed, and then does harm.
async fn turning(kind: Harm) -> Source {
    let asked = Arc::new(AtomicUsize::new(0));
    let address = server(move |_, mut stream| {
        let asked = asked.clone();
        async move {
            if asked.fetch_add(1, Ordering::Relaxed) < 2 {
                let _ = stream.write_all(http_answer("200 OK", "", ALERT).as_bytes()).await;
            } else {
                harm(kind, stream).await;
            }
        }
    })
    .await;
    polled_fast(alertmanager_source(&format!("{kind:?}"), vec![base_url(address)]))
}

fn polled_fast(mut source: Source) -> Source {
    source.interval = Some(Span::from_millis(100));
    source.timeout = Span::from_millis(500);
    source
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_does_leaves_the_other_sources_and_its_own_old_values() {
    let mut configured = Vec::new();
    for (kind, _) in HARMS {
        configured.push(turning(kind).await);
    }
    let good = base_url(server_of(http_answer("200 OK", "", ALERT)).await);
    configured.push(polled_fast(alertmanager_source("good", vec![good])));

    let (_demand, wanted) = watch::channel(Demand::default());
    let connections = sources::build(&configured, &context());
    let (_handle, mut events) = schedule::start(connections, Clock::real(), &wanted);
    let mut room = Room::new(Arc::default(), Vec::new());
    let mut good_after_all_failed = 0;
    while good_after_all_failed < 5 {
        let event = tokio::time::timeout(DEADLINE, events.recv()).await.expect("in time").expect("it goes on");
        match event {
            Event::Sources(specs) => room.set_sources(specs),
            Event::Delivery(delivery) => {
                let good = delivery.source.as_str() == "good";
                assert!(!good || delivery.feed != "alerts" || delivery.outcome.is_ok(), "{delivery:?}");
                good_after_all_failed += usize::from(good && failed(&room).len() == HARMS.len());
                room.deliver(*delivery);
            }
        }
    }
    for (kind, expected) in HARMS {
        assert_eq!(failed(&room)[&format!("{kind:?}")], expected, "{kind:?}");
    }
}

/// Sources of which a feed still has its alert although it failed since, and how it failed.
fn failed(room: &Room) -> BTreeMap<String, ErrorKind> {
    room.sources
        .iter()
        .filter_map(|state| {
            let feed = &state.feeds.get("alerts")?.feed;
            let kept = matches!(feed.value(), Some(Facts::Alerts(alerts)) if alerts.len() == 1);
            let failure = feed.failure.as_ref().filter(|_| kept)?;
            Some((state.spec.name.to_string(), failure.error.kind))
        })
        .collect()
}
