//! What a round of questions costs the servers: requests and bytes for small and large fleets under one definition.
//! Counts, not times. Run with `cargo bench --bench polls`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

mod fleet;

use std::sync::atomic::Ordering;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("| services | feeds | requests | bytes asked | bytes answered | readings | services judged |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let requests = [1, 100, 1_000].map(|services| {
        let (server, round) = runtime.block_on(fleet::poll(services));
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let (requests, asked) = (count(&server.load.requests), count(&server.load.asked));
        let answered = count(&server.load.answered);
        let picture = fleet::room(&round).picture(warroom::clock::Clock::real().now());
        let readings = picture.slos.iter().flat_map(|slo| &slo.burns).filter(|burn| burn.rate.is_some()).count();
        let feeds = round.deliveries.len();
        println!("| {services} | {feeds} | {requests} | {asked} | {answered} | {readings} | {} |", picture.slos.len());
        requests
    });
    assert!(requests.windows(2).all(|pair| pair[0] == pair[1]), "requests grow with services: {requests:?}");
}
