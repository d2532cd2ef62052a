//! Plans for tests.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt as _,
    runtime::{Builder, Runtime},
};

use warroom::{
    clock::Clock,
    domain::{
        catalog::ChangeClass,
        checklist::check::Check,
        ledger::{
            event::{Actor, UNSIGNED},
            hash::Hash,
        },
        plan::{
            Mode, Plan, Planned, Source, Target, VERSION,
            request::{CommandLine, HttpRequest, Request},
        },
        run::act::Act,
        runbook::{Failing, Part, action::Effect, risk::Risk},
        time::Span,
    },
    ledger::store::{Scribe, sqlite::Sqlite},
    runbook::journal::Journal,
};

use crate::support;

/// A step of `part` that does `request`.
pub(crate) fn step(id: &str, part: Part, effect: Effect, request: Request) -> Planned {
    Planned {
        id: id.to_owned(),
        part,
        title: format!("the step {id}"),
        kind: "command".to_owned(),
        request,
        undo: None,
        probe: None,
        effect,
        idempotent: false,
        cancellable: false,
        timeout: Span::from_secs(30),
        grace: Span::from_millis(300),
        attempts: 1,
        failing: Failing::Stop,
        notes: Vec::new(),
    }
}

/// A step that changes something.
pub(crate) fn write(id: &str, request: Request) -> Planned {
    step(id, Part::Steps, Effect::Write, request)
}

/// Nothing has to be done.
pub(crate) fn nothing() -> Request {
    Request::Nothing { why: "a test".to_owned() }
}

/// A program and its arguments.
pub(super) fn command(argv: &[&str]) -> Request {
    Request::Command(CommandLine {
        argv: argv.iter().map(|argument| (*argument).to_owned()).collect(),
        pass: vec!["PATH".to_owned()],
        environment: BTreeMap::new(),
        exit: vec![0],
        rehearsal: None,
    })
}

/// A script of the shell.
pub(super) fn script(text: &str) -> Request {
    command(&["sh", "-c", text])
}

/// A POST to `url`.
pub(super) fn post(url: &str) -> Request {
    Request::Http(HttpRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: None,
        idempotency_header: Some("Idempotency-Key".to_owned()),
        status: Vec::new(),
        field: None,
        rehearsal_url: None,
    })
}

/// A look that a script takes, as a precondition or validation.
pub(super) fn looks(id: &str, part: Part, text: &str) -> Planned {
    let argv = ["sh", "-c", text].map(str::to_owned).to_vec();
    step(id, part, Effect::Read, Request::Check(Check::Command { argv, exit: 0, field: None }))
}

/// A plan of these steps for checkout in prod.
pub(crate) fn plan(steps: Vec<Planned>) -> Plan {
    Plan {
        v: VERSION,
        runbook: Source {
            name: "rollback-checkout".into(),
            title: "Roll back checkout".into(),
            digest: Hash::of(b"runbook"),
            commit: None,
            owner: Some("sre".into()),
        },
        target: Target {
            release: Some("checkout-1.42".into()),
            environment: "prod".into(),
            production: true,
            service: "checkout".into(),
            services: vec!["checkout".into()],
            from: Some("1.42.0".into()),
            to: Some("1.41.7".into()),
        },
        mode: Mode::Real,
        class: ChangeClass::Normal,
        window: None,
        policy: None,
        risk: Risk::R3,
        because: "it changes the version that runs in production".into(),
        needs: None,
        budget: Span::from_mins(10),
        parameters: BTreeMap::new(),
        keep: Vec::new(),
        steps,
    }
}

/// Somebody confirmed `plan`.
pub(crate) fn create(plan: Plan) -> Act {
    let hash = plan.hash().expect("a hash");
    Act::Create {
        plan,
        hash,
        reason: None,
        incident: None,
        take_over: None,
        break_glass: false,
        countdown: None,
        computed: None,
    }
}

/// Somebody without a key.
pub(super) fn actor() -> Actor {
    Actor { key: UNSIGNED.to_owned(), user: "jo".to_owned(), ..Actor::default() }
}

/// The journal in the file `ledger`.
pub(crate) fn journal(ledger: &Path) -> Journal {
    let store = Sqlite::open(ledger, Scribe::new("bastion-2".to_owned(), Clock::real())).expect("a ledger");
    Journal::open(Box::new(store), actor()).expect("a journal")
}

/// Threads for servers and workers.
pub(super) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads")
}

/// A server that counts what is posted, and answers after `pause`.
pub(super) fn counts(runtime: &Runtime, pause: Duration) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = runtime.block_on(support::server(move |_, mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(pause).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    }));
    (format!("http://{address}/"), count)
}
