//! How long the parts take that grow with the fleet. Run with `cargo bench --bench warroom`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

mod fleet;

use divan::{Bencher, counter::BytesCount};
use warroom::{clock::Clock, sources::kinds::prometheus::decode};

fn main() {
    divan::main();
}

/// Reading a range answer of 10 MB.
#[divan::bench(sample_count = 20)]
fn decode_a_matrix_of_10_mb(bencher: Bencher<'_, '_>) {
    let body = fleet::matrix(10);
    bencher
        .counter(BytesCount::of_str(&body))
        .bench_local(|| decode::query(divan::black_box(&body)).expect("a matrix"));
}

/// Joining and judging everything that is known: so many services under one definition, eight windows each.
#[divan::bench(args = [1, 100, 1_000], sample_count = 30)]
fn picture(bencher: Bencher<'_, '_>, services: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_, round) = runtime.block_on(fleet::poll(services));
    let room = fleet::room(&round);
    let now = Clock::real().now();
    assert_eq!(room.picture(now).slos.len(), services);
    bencher.bench_local(|| divan::black_box(&room).picture(now));
}
