//! Keys, frames and a day: how long a key takes to the bytes of its frame, how many bytes a frame has, and what a day of polling
//! leaves in memory. Run with `cargo bench --bench frames`.
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

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use warroom::{
    app::{
        key::{Key, KeyCode},
        model::{Model, Screen},
        msg::Msg,
        update::update,
    },
    domain::{
        facts::Delivery,
        time::{Span, Timestamp},
    },
    shell::screen::Screen as Cells,
    sources::schedule::Round,
    tui::{
        self,
        glyph::Charset,
        look::Look,
        theme::{Depth, Theme},
    },
};

/// Keys of each kind that are pressed.
const KEYS: usize = 300;
/// How often the sources are asked.
const ROUND: Span = Span::from_secs(15);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rounds: Vec<(usize, Round)> =
        [20, 1_000].map(|services| (services, runtime.block_on(fleet::poll(services)).1)).into();
    drop(runtime);
    bytes(&rounds);
    keys(&rounds);
    day(&rounds[0].1, rounds[0].0);
}

/// A console with its terminal.
struct Console {
    model: Model,
    look: Look,
    cells: Cells,
}

impl Console {
    fn new(round: &Round, services: usize, size: (u16, u16), depth: Depth) -> Self {
        let mut model = fleet::model(round, services);
        let now = model.now;
        update(&mut model, now, Msg::Resize(size.0, size.1));
        let look = Look::new(&Theme::built_in("default").expect("shipped"), Charset::Unicode, depth);
        Self { model, look, cells: Cells::new(size) }
    }

    /// Takes a message and gives how many bytes its frame has.
    fn take(&mut self, at: Timestamp, msg: Msg) -> usize {
        update(&mut self.model, at, msg);
        self.frame()
    }

    fn frame(&mut self) -> usize {
        let Self { model, look, cells } = self;
        cells.frame(|buffer: &mut Buffer| tui::render(model, look, buffer.area, buffer)).len()
    }
}

fn bytes(rounds: &[(usize, Round)]) {
    println!("| bytes of a full frame | 120x40 | 200x60 |\n| --- | --- | --- |");
    for (name, depth) in [("16 colours", Depth::Ansi16), ("24 bits", Depth::TrueColour)] {
        for (place, release) in [("board", false), ("war room", true)] {
            let sizes = [(120, 40), (200, 60)].map(|size| {
                let mut console = Console::new(&rounds[0].1, rounds[0].0, size, depth);
                if release {
                    console.model.ui.screen = Screen::Release(console.model.picture.releases[0].id.clone());
                }
                console.frame()
            });
            println!("| {place}, {name} | {} | {} |", sizes[0], sizes[1]);
        }
    }
}

/// Every key of an hour of work, and what else the interface does meanwhile: a key that comes while it does has to wait.
fn keys(rounds: &[(usize, Round)]) {
    println!(
        "\n| key to frame | median | 99 of 100 | slowest | with waiting, 99 of 100 |\n| --- | --- | --- | --- | --- |"
    );
    for (services, round) in rounds {
        let mut console = Console::new(round, *services, (200, 60), Depth::TrueColour);
        console.frame();
        let start = console.model.now;
        let pressed = [
            Key::plain(KeyCode::Char('j')),
            Key::plain(KeyCode::Enter),
            Key::plain(KeyCode::Tab),
            Key::plain(KeyCode::Char('?')),
            Key::plain(KeyCode::Esc),
            Key::plain(KeyCode::Esc),
            Key::plain(KeyCode::Char('s')),
        ];
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..KEYS {
            for key in pressed {
                times.push(timed(|| console.take(start, Msg::Key(key))));
            }
        }
        // What fills the fifteen seconds of a round: a second's tick, and everything that is delivered.
        let mut busy: Vec<Duration> = Vec::new();
        for second in 1..=60_u64 {
            let at = start + Span::from_secs(second).delta();
            busy.push(timed(|| console.take(at, Msg::Tick)));
            if second % 15 == 0 {
                for delivery in &round.deliveries {
                    let delivery = Box::new(later(delivery, Span::from_secs(second)));
                    busy.push(timed(|| console.take(at, Msg::Delivery(delivery))));
                }
            }
        }
        let with_waiting = waiting(&times, &busy);
        times.sort_unstable();
        let of = |times: &[Duration], share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        println!(
            "| {services} services | {:.2?} | {:.2?} | {:.2?} | {:.2?} |",
            of(&times, 50),
            of(&times, 99),
            of(&times, 100),
            of(&with_waiting, 99),
        );
    }
}

/// The times of keys that come at any moment of the minute that `busy` is the work of: each waits for what is under way.
fn waiting(keys: &[Duration], busy: &[Duration]) -> Vec<Duration> {
    let minute = Duration::from_mins(1);
    let mut all = Vec::new();
    for (index, key) in keys.iter().cycle().take(100_000).enumerate() {
        let mut moment = minute * u32::try_from(index).expect("small") / 100_000;
        let wait = busy.iter().find_map(|work| {
            let rest = work.checked_sub(moment);
            moment = moment.saturating_sub(*work);
            rest
        });
        all.push(*key + wait.unwrap_or_default());
    }
    all.sort_unstable();
    all
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let started = Instant::now();
    std::hint::black_box(work());
    started.elapsed()
}

/// The same answer at a later time.
fn later(delivery: &Delivery, by: Span) -> Delivery {
    let mut delivery = delivery.clone();
    for time in [&mut delivery.asked, &mut delivery.received, &mut delivery.next] {
        *time += by.delta();
    }
    if let Ok(answer) = &mut delivery.outcome {
        answer.newest = answer.newest.map(|newest| newest + by.delta());
    }
    delivery
}

/// A day of answers every fifteen seconds, each drawn.
fn day(round: &Round, services: usize) {
    println!(
        "\nA day of polling every 15 s, {services} services:\n\n| hour | memory (MB) | bytes drawn since |\n| --- | --- | --- |"
    );
    let mut console = Console::new(round, services, (120, 40), Depth::TrueColour);
    let start = console.model.now;
    let mut drawn = 0;
    for index in 0..=24 * 240_u64 {
        let passed = ROUND.times(index);
        for delivery in &round.deliveries {
            drawn += console.take(start + passed.delta(), Msg::Delivery(Box::new(later(delivery, passed))));
        }
        for second in [5, 10] {
            drawn += console.take(start + (passed.delta() + Span::from_secs(second).delta()), Msg::Tick);
        }
        if index % (240 * 4) == 0 || index == 240 {
            println!("| {} | {:.1} | {drawn} |", index / 240, memory());
            drawn = 0;
        }
    }
}

/// Resident memory of this program.
fn memory() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4_096.0 / 1e6
}
