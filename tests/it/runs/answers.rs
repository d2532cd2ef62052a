//! Servers that hang, drip, overflow and send elsewhere, and metrics with gaps: what is told of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream, runtime::Runtime};
use warroom::domain::{
    plan::{
        Plan, Planned,
        request::{Request, Wait},
    },
    run::{Outcome, Run},
    runbook::{Part, action::Effect},
    time::Span,
};

use super::{
    desk::Desk,
    plans::{counts, looks, plan, post, runtime, step, write},
};
use crate::support::{http_answer, server};

/// A plan with one POST, which has a second.
fn posts(url: &str) -> Plan {
    let mut posted = write("posted", post(url));
    posted.timeout = Span::from_secs(1);
    plan(vec![posted, looks("seen", Part::Validation, "exit 0")])
}

/// Whether the answer must say that the flag is off.
fn off(mut plan: Plan) -> Plan {
    if let Request::Http(request) = &mut plan.steps[0].request {
        request.field = Some(("/on".to_owned(), "== false".parse().expect("a condition")));
    }
    plan
}

/// A server that does this with each request, and how many came.
fn answers<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    answer: impl Fn(TcpStream) -> F + Send + Sync + Clone + 'static,
) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = runtime.block_on(server(move |_, stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        answer(stream)
    }));
    (format!("http://{address}/"), count)
}

/// Runs `plan`: what is known of its first step, and all that was said.
fn first(plan: &Plan) -> (Outcome, String, Run) {
    let desk = Desk::new();
    let (_, said) = desk.run(plan);
    let run = desk.newest().expect("a run");
    let result = run.attempts[0].result.clone().expect("a result");
    (result.outcome, said, run)
}

#[test]
fn a_server_that_takes_a_request_and_never_answers_leaves_an_outcome_that_nobody_knows() {
    let runtime = runtime();
    let (url, count) = answers(&runtime, |stream| async move {
        tokio::time::sleep(Duration::from_mins(10)).await;
        drop(stream);
    });
    let (outcome, said, run) = first(&posts(&url));
    assert_eq!(outcome, Outcome::Unknown, "{said}");
    assert!(said.contains("it was sent, and whether it did anything is not known"), "{said}");
    assert!(said.contains("runbook resolve") && run.attempts.len() == 1, "{said}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "it was sent once");
    // Nobody takes the connection up: the system does, and nothing more happens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let (outcome, said, _) = first(&posts(&format!("http://{}/", listener.local_addr().expect("bound"))));
    assert_eq!(outcome, Outcome::Unknown, "{said}");
}

#[test]
fn a_server_that_drips_has_the_step_s_time_and_no_more() {
    let runtime = runtime();
    let drips = |whole: &'static str| {
        move |mut stream: TcpStream| async move {
            for byte in whole.bytes() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    };
    let (url, count) = answers(&runtime, drips("HTTP/1.1 204 No Content\r\n\r\n"));
    let (outcome, said, _) = first(&posts(&url));
    assert_eq!(outcome, Outcome::Unknown, "{said}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let (url, _) = answers(&runtime, move |mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n").await;
        drips("{\"on\":false}")(stream).await;
    });
    let (outcome, said, _) = first(&posts(&url));
    assert_eq!(outcome, Outcome::Succeeded, "the status is all that was asked for: {said}");
    let (outcome, said, _) = first(&off(posts(&url)));
    assert_eq!(outcome, Outcome::Unknown, "what must be in the answer did not come: {said}");
}

#[test]
fn an_answer_without_an_end_fills_neither_memory_nor_disk_and_proves_nothing() {
    let runtime = runtime();
    let (url, _) = answers(&runtime, |mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"on\":false,\"more\":\"").await;
        while stream.write_all(&[b'x'; 8 * 1024]).await.is_ok() {}
    });
    let (outcome, said, _) = first(&off(posts(&url)));
    assert_eq!(outcome, Outcome::Unknown, "{said}");
    assert!(said.contains("larger than"), "{said}");
    let (outcome, said, run) = first(&posts(&url));
    assert_eq!(outcome, Outcome::Succeeded, "the status is all that was asked for: {said}");
    assert_eq!(run.attempts[0].result.as_ref().and_then(|result| result.output), None, "and none of it was kept");
}

#[test]
fn a_redirect_is_not_followed() {
    let runtime = runtime();
    let (elsewhere, reached) = counts(&runtime, Duration::ZERO);
    for status in ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = http_answer(status, &format!("location: {elsewhere}\r\n"), "");
        let (url, count) = answers(&runtime, move |mut stream| {
            let answer = answer.clone();
            async move {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let (outcome, said, _) = first(&posts(&url));
        assert_eq!(outcome, Outcome::Failed, "{said}");
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0, "nobody was asked there");
}

/// A Prometheus that answers one query after the other with these, and then always with the last one; how many it answered.
fn prometheus(runtime: &Runtime, all: Vec<String>) -> (Desk, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let address = runtime.block_on(server(move |_, mut stream| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let answer = all.get(number).or(all.last()).cloned().unwrap_or_default();
        async move {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }));
    let desk = Desk::new();
    desk.configure(&format!("[[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"http://{address}\"\n"));
    (desk, asked)
}

fn sample(values: &[f64]) -> String {
    let result: Vec<_> =
        values.iter().map(|value| serde_json::json!({"metric": {}, "value": [1, value.to_string()]})).collect();
    let body = serde_json::json!({"status": "success", "data": {"resultType": "vector", "result": result}});
    http_answer("200 OK", "content-type: application/json\r\n", &body.to_string())
}

fn waits(timeout: Span) -> Planned {
    let wait = Wait {
        source: "prom".into(),
        query: "errors".to_owned(),
        must: "< 0.01".parse().expect("a condition"),
        hold: Span::from_millis(200),
        every: Span::from_millis(20),
    };
    Planned { timeout, ..step("errors", Part::Validation, Effect::Read, Request::WaitMetric(wait)) }
}

#[test]
fn a_metric_must_be_right_without_a_break_and_a_gap_is_a_break() {
    let runtime = runtime();
    let broken = http_answer("500 Internal Server Error", "", "out of memory");
    let (right, gap, wrong) = (sample(&[0.001]), sample(&[]), sample(&[0.4]));
    let one_of_two = sample(&[0.001, 0.4]);
    let no_number = sample(&[f64::NAN]);
    let breaks = [gap, wrong, broken, one_of_two, no_number];
    // Right once, and then a break, again and again: never right for any time.
    let mut all: Vec<String> = breaks.iter().flat_map(|after| [right.clone(), after.clone()]).collect();
    all.push(right);
    let before = all.len();
    let (desk, asked) = prometheus(&runtime, all);
    let (code, said) = desk.run(&plan(vec![waits(Span::from_secs(30))]));
    assert!(code == 0 && said.contains("without a break"), "{code}: {said}");
    assert!(
        asked.load(Ordering::SeqCst) > before,
        "{} looks of which {before} had breaks",
        asked.load(Ordering::SeqCst)
    );
}

#[test]
fn a_metric_without_data_is_never_right() {
    let runtime = runtime();
    let (desk, asked) = prometheus(&runtime, vec![sample(&[])]);
    let (code, said) = desk.run(&plan(vec![waits(Span::from_secs(1))]));
    assert!(code == 1 && said.contains("errors TIMED OUT") && said.contains("NOT VERIFIED"), "{code}: {said}");
    assert!(asked.load(Ordering::SeqCst) > 1, "it was looked at again");
}
