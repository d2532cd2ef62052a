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
use ratatui::{buffer::Buffer, layout::Rect};
use warroom::{
    app::{
        model::{Model, Screen},
        msg::{Effect, Msg},
        policies::Questions,
        update::update,
    },
    clock::Clock,
    domain::policy::Decision,
    policy::court::Court,
    sources::kinds::prometheus::decode,
    tui::{
        self,
        glyph::Charset,
        look::Look,
        theme::{Depth, Theme},
    },
};

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

/// The same with a canary of every service under way.
#[divan::bench(args = [1, 100, 1_000], sample_count = 30)]
fn picture_with_releases(bencher: Bencher<'_, '_>, services: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_, round) = runtime.block_on(fleet::poll(services));
    let model = fleet::model(&round, services);
    assert_eq!(model.picture.releases.len(), services);
    bencher.bench_local(|| divan::black_box(&model).room.picture(model.now));
}

/// The verdict on each of so many releases under way, with calendar, conflicts and risk.
#[divan::bench(args = [1, 100, 1_000], sample_count = 30)]
fn verdicts(bencher: Bencher<'_, '_>, services: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_, round) = runtime.block_on(fleet::poll(services));
    let mut model = fleet::model(&round, services);
    let judge = |model: &mut Model| {
        // News of the ledger: everything is judged, and nothing is joined.
        let ledger = Box::new(model.ledger.clone());
        update(model, model.now, Msg::Ledger(ledger))
    };
    judge(&mut model);
    assert_eq!(model.verdicts.len(), services);
    bencher.bench_local(|| judge(divan::black_box(&mut model)));
}

/// The same with the policies of `docs/examples`, which have ruled on every release: judged, and the next documents made for them.
#[divan::bench(args = [1, 100, 1_000], sample_count = 30)]
fn verdicts_with_policies(bencher: Bencher<'_, '_>, services: usize) {
    let mut model = governed(services);
    let now = model.now;
    let news = |model: &mut Model| {
        let ledger = Box::new(model.ledger.clone());
        update(model, model.now, Msg::Ledger(ledger))
    };
    let mut effects = news(&mut model);
    while let Some(questions) = asked(effects) {
        let decisions = questions.inputs.iter().map(|(id, _)| (id.clone(), allowed())).collect();
        effects = update(&mut model, now, Msg::Decided { number: questions.number, decisions });
    }
    assert_eq!(model.policies.rulings.len(), services);
    bencher.bench_local(|| {
        model.policies.asked = None;
        model.policies.looked.clear();
        news(divan::black_box(&mut model))
    });
}

/// What these policies say about so many releases, in their process. It is asked beside the console, a hundred releases at a time.
#[divan::bench(args = [1, 100], sample_count = 10)]
fn policies(bencher: Bencher<'_, '_>, releases: usize) {
    let mut model = governed(releases);
    let ledger = Box::new(model.ledger.clone());
    let now = model.now;
    let effects = update(&mut model, now, Msg::Ledger(ledger));
    let inputs: Vec<_> = asked(effects).expect("questions").inputs.into_iter().map(|(_, input)| input).collect();
    let court = Court::of(env!("CARGO_BIN_EXE_warroom").into(), &model.room.catalog);
    let judged = |decision: &Decision| decision.deny.iter().all(|denied| denied.id != "policy-unavailable");
    assert!(court.decide(&inputs).iter().all(judged));
    bencher.bench_local(|| court.decide(&inputs));
}

fn asked(effects: Vec<Effect>) -> Option<Box<Questions>> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::AskPolicies(questions) => Some(questions),
        _ => None,
    })
}

fn allowed() -> Decision {
    Decision::read(Some(&serde_json::json!({ "allow": true })))
}

/// A console with the policies of `docs/examples`, and a canary of so many services under way.
fn governed(services: usize) -> Model {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_, round) = runtime.block_on(fleet::poll(services));
    let mut model = fleet::model(&round, services);
    let catalog = std::sync::Arc::make_mut(&mut model.room.catalog);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/catalog/policies");
    for entry in std::fs::read_dir(folder).expect("policies").flatten() {
        let path = entry.path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        catalog.policies.insert(name, std::fs::read_to_string(&path).expect("a policy"));
    }
    model
}

/// Drawing the board: so many releases, at a common and at a large size.
#[divan::bench(args = [1, 100, 1_000], consts = [24, 60])]
fn board_frame<const ROWS: u16>(bencher: Bencher<'_, '_>, services: usize) {
    frame(bencher, services, ROWS, |_| Screen::Board);
}

/// Drawing the war room of one of so many releases.
#[divan::bench(args = [1, 100, 1_000], consts = [24, 60])]
fn war_room_frame<const ROWS: u16>(bencher: Bencher<'_, '_>, services: usize) {
    frame(bencher, services, ROWS, Screen::Release);
}

fn frame(bencher: Bencher<'_, '_>, services: usize, rows: u16, screen: impl Fn(String) -> Screen) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_, round) = runtime.block_on(fleet::poll(services));
    let mut model = fleet::model(&round, services);
    let area = Rect::new(0, 0, if rows > 40 { 200 } else { 80 }, rows);
    model.ui.screen = screen(model.picture.releases[0].id.clone());
    model.ui.size = (area.width, area.height);
    let look = Look::new(&Theme::built_in("default").expect("shipped"), Charset::Unicode, Depth::Ansi16);
    bencher.bench_local(|| {
        let mut buffer = Buffer::empty(area);
        tui::render(divan::black_box(&model), &look, area, &mut buffer);
        buffer
    });
}
