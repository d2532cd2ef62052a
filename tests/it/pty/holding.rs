//! A countdown of the circuit breaker, and somebody at a console who holds it.

use super::*;
use crate::breaker::shop::Shop;

/// Holds the countdown. A process that is starved stops what it counts, and begins anew half a minute later: then it is held anew.
fn hold(session: &mut Session) {
    let started = Instant::now();
    while !session.text().contains("BREAKER HELD") {
        assert!(started.elapsed() < 8 * DEADLINE, "not held:\n{}", session.text());
        if session.text().contains("Ctrl-X h holds it") {
            session.send(b"\x18");
            session.until_text("hold the release");
            session.send(b"h");
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_the_countdown_holds_it_with_one_chord_and_nothing_is_done() {
    let shop = Shop::that("abort", "60s", None).await;
    let mut watching = shop.watch();
    watching.until(&["ABORTS checkout-1.42"]);
    let (config, agent) = (shop.path("config.toml"), shop.you.to_string_lossy().into_owned());
    let command = [WARROOM, "--config", &config.to_string_lossy()];
    let mut session = Session::start_in((160, 40), &command, &[("SSH_AUTH_SOCK", &agent)]);
    hold(&mut session);
    let line = watching.until(&["BREAKER HELD checkout-1.42: by "]);
    assert!(line.contains("until the trigger has cleared"), "{line}");
    assert!(shop.runs().is_empty(), "nothing was done");
    assert!(shop.recorded().contains("breaker.hold"));
}
