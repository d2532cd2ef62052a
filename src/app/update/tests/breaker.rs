//! Holding the circuit breaker from the console.

use super::*;
use crate::{
    app::{
        breaker,
        ledger::{Ledger, State},
    },
    domain::{
        breaker::{
            countdown::{Case, Said},
            rule::Stand,
        },
        ledger::{
            event::{Actor, Event, Place},
            hash::Hash,
        },
        run::runs::Runs,
        trigger::Act,
    },
};

/// A console that follows a ledger in which another process counts down for these releases.
fn counting(releases: &[&str]) -> Model {
    let mut runs = Runs::default();
    for (seq, release) in (1..).zip(releases) {
        let case = Case {
            trigger: "error-rate".into(),
            service: (*release).into(),
            act: Act::Pause,
            version: "1.0".into(),
            template: None,
            evidence: "62 bad of 900".into(),
            measured: at(0),
        };
        let (does, process) = ("pause".to_owned(), "another".to_owned());
        let said = Said::Begin { case, plan: Hash::NONE, does, until: at(60), process, after: 0 };
        let actor = Actor { key: "unsigned".into(), user: "robot".into(), ..Actor::default() };
        let entry = said.entry((actor, None), release).expect("an entry");
        let place = Place { seq, id: seq.to_string(), ts: at(0), host: "bastion".into(), prev: Hash::NONE };
        runs.apply(&Event::new(entry, place)).expect("it counts");
    }
    let mut model = console();
    let ledger =
        Ledger { state: State::Following, runs: Arc::new(runs), events: 1, read_at: Some(at(0)), ..Ledger::default() };
    update(&mut model, at(18), Msg::Ledger(Box::new(ledger)));
    model
}

fn chord(model: &mut Model) -> Vec<Effect> {
    one(model, Key::ctrl('x'));
    press(model, "h")
}

fn held(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Hold(holding) => Some(holding.release().as_str()),
        _ => None,
    })
}

#[test]
fn a_countdown_is_held_by_one_chord_wherever_the_cursor_stands() {
    let mut model = counting(&["checkout"]);
    assert_eq!(selected(&model), "cart");
    let stand = &model.breaker.stands["checkout"];
    let (level, told) = breaker::words(stand, "checkout", None, &breaker::hint(&model), model.now).expect("loud");
    assert_eq!(level, crate::domain::level::Level::Bad);
    assert_eq!(told, "PAUSES checkout: checkout in 42s, error-rate FIRED; Ctrl-X h holds it; 62 bad of 900");
    assert_eq!(held(&chord(&mut model)), Some("checkout"));
}

#[test]
fn of_several_countdowns_the_one_that_is_looked_at_is_held_and_none_by_guessing() {
    let mut model = counting(&["checkout", "search"]);
    assert_eq!(held(&chord(&mut model)), None);
    assert!(model.ui.notice.as_ref().is_some_and(|notice| notice.text.contains("open the release")));
    press(&mut model, "j");
    assert_eq!(held(&chord(&mut model)), Some("checkout"));
}

#[test]
fn nothing_is_held_where_nothing_counts_nor_from_a_console_that_may_not() {
    assert_eq!(held(&chord(&mut console())), None);
    let mut model = counting(&["checkout"]);
    model.setup.read_only = Some("--read-only".to_owned());
    assert_eq!(held(&chord(&mut model)), None);
    assert!(matches!(model.breaker.stands["checkout"], Stand::Counting { .. }), "it is seen all the same");
    assert_eq!(breaker::hint(&model), "");
}

#[test]
fn a_console_without_an_account_has_nothing_to_do_by_itself() {
    let mut model = counting(&["checkout"]);
    for secs in [19, 61, 200] {
        let effects = update(&mut model, at(secs), Msg::Tick);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Breaker(_))), "{secs}");
    }
    assert!(
        matches!(&model.breaker.stands["checkout"], Stand::Stopped { why, .. } if why.contains("who counted is gone"))
    );
}
