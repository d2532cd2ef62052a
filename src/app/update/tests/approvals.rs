//! What guards an approval that is given in the console, and a run that is taken up there.

use super::{
    plans::{confirmed, later, ledger, plan, ready, typed},
    *,
};
use crate::{
    app::{
        act::{Phase, Signer},
        ledger::{Ledger, Unattended},
        model::Screen,
        run::{Approving, Verdict},
    },
    domain::{
        checklist::Requirement,
        ledger::{
            event::{Actor, Event, Place, UNSIGNED},
            hash::Hash,
        },
        plan::Plan,
        run::{
            approval::{self, Applied, Approvals},
            example::Journal,
        },
        runbook::risk::Risk,
    },
};

const PHRASE: &str = "approve rollback checkout prod to 1.41.7";

/// A plan that one of the leads must approve.
fn grave() -> Plan {
    let role = Requirement::Role { role: "leads".into(), count: 1, not_author: false };
    Plan { risk: Risk::R4, needs: Some(role), ..plan() }
}

/// A console in which `grave` waits for approval, until 30 minutes after the start of everything.
fn waiting() -> Model {
    let mut model = ready(&Journal::default());
    let mut catalog = Catalog::clone(&model.room.catalog);
    let roles = "[roles.leads]\nmembers = [\"ana\", \"jo\"]\nmay = [\"approve\"]";
    catalog.roles = toml::from_str(roles).expect("roles");
    update(&mut model, at(0), Msg::Catalog(Arc::new(catalog)));
    let actor = Actor { key: UNSIGNED.into(), user: "mira".into(), ..Actor::default() };
    let entry = approval::request(&grave(), (actor, None), at(1_800)).expect("an entry");
    let place = Place { seq: 1, id: "1".into(), ts: at(0), host: "bastion".into(), prev: Hash::NONE };
    let mut approvals = Approvals::default();
    assert_eq!(approvals.apply(&Event::new(entry, place), None), Applied::Counted);
    let ledger = Ledger { approvals: Arc::new(approvals), ..ledger(&Journal::default()) };
    update(&mut model, at(0), Msg::Ledger(Box::new(ledger)));
    model
}

/// The dialog for it, in front of `who`, taking keys.
fn approving(who: &str) -> Model {
    let mut model = waiting();
    press(&mut model, "a");
    assert_eq!(model.ui.screen, Screen::Approvals);
    one(&mut model, Key::ctrl('x'));
    let effects = press(&mut model, "g");
    let [Effect::Identify { act, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let signer = Signer { principal: who.into(), key: "SHA256:x".into() };
    let (now, act) = (model.now, *act);
    update(&mut model, now, Msg::Identified { act, outcome: Ok(signer) });
    later(&mut model, 900);
    model
}

fn shown(model: &Model) -> &Approving {
    match &model.ui.overlay {
        Some(Overlay::Approve(dialog)) => dialog,
        other => panic!("no dialog: {other:?}"),
    }
}

#[test]
fn a_plan_is_approved_by_its_phrase_and_by_the_hash_that_was_shown() {
    let mut model = approving("ana");
    assert_eq!(confirmed(&mut model), [], "nothing was typed");
    hit(&mut model, KeyCode::Tab);
    hit(&mut model, KeyCode::Tab);
    let now = model.now;
    update(&mut model, now, Msg::Paste(PHRASE.into()));
    assert_eq!(shown(&model).phrase, "", "what confirms is typed");
    typed(&mut model, PHRASE);
    let effects = confirmed(&mut model);
    let [Effect::Approve(said)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((said.plan(), said.answer()), (grave().hash().expect("a hash"), Verdict::Approve));
    assert_eq!(said.signer(), ("ana", "leads"));
    let (now, act) = (model.now, said.act());
    update(&mut model, now, Msg::Told { act, outcome: Ok(9) });
    assert!(model.ui.overlay.is_none() && model.ui.notice.is_some());
}

#[test]
fn a_denial_takes_a_reason_and_no_phrase() {
    let mut model = approving("jo");
    hit(&mut model, KeyCode::Right);
    assert_eq!(confirmed(&mut model), [], "without a reason");
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, "the database moves");
    let effects = confirmed(&mut model);
    let [Effect::Approve(said)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((said.answer(), said.reason()), (Verdict::Deny, Some("the database moves")));
}

#[test]
fn who_has_no_role_for_it_and_who_may_not_write_approves_nothing() {
    let mut model = approving("guest");
    hit(&mut model, KeyCode::Tab);
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, PHRASE);
    assert_eq!(confirmed(&mut model), []);
    assert!(shown(&model).problem.as_ref().is_some_and(|why| why.contains("no role")), "{:?}", shown(&model).problem);
    let mut model = waiting();
    model.setup.read_only = Some("--read-only".into());
    press(&mut model, "a");
    one(&mut model, Key::ctrl('x'));
    assert_eq!(press(&mut model, "g"), []);
    assert!(model.ui.overlay.is_none(), "it can be looked at, and nothing more");
}

#[test]
fn a_request_that_ran_out_voids_the_dialog() {
    let mut model = approving("ana");
    update(&mut model, at(1_801), Msg::Tick);
    assert!(matches!(&shown(&model).phase, Phase::Void(why) if why.contains("run out")), "{:?}", shown(&model).phase);
    assert_eq!(confirmed(&mut model), []);
}

/// A console that looks at a run that nobody works on.
fn unattended() -> Model {
    let journal = Journal::started(plan());
    let mut model = ready(&journal);
    let gone = BTreeMap::from([("run-1".to_owned(), Unattended::Gone)]);
    let now = model.now;
    update(&mut model, now, Msg::Ledger(Box::new(Ledger { unattended: gone, ..ledger(&journal) })));
    press(&mut model, "r");
    hit(&mut model, KeyCode::Enter);
    model
}

#[test]
fn a_run_that_nobody_works_on_is_taken_up_by_a_phrase_and_a_reason() {
    let mut model = unattended();
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "t");
    later(&mut model, 900);
    assert_eq!(confirmed(&mut model), [], "nothing was typed");
    typed(&mut model, "recover run-1 prod");
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, "its worker is gone");
    let effects = confirmed(&mut model);
    let [Effect::RecoverRun(recovery)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(recovery.run(), "run-1");
}

#[test]
fn a_run_that_somebody_works_on_is_left_to_them() {
    let mut model = unattended();
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "t");
    let now = model.now;
    update(&mut model, now, Msg::Ledger(Box::new(ledger(&Journal::started(plan())))));
    let Some(Overlay::Order(order)) = &model.ui.overlay else { panic!("closed") };
    assert!(matches!(&order.phase, Phase::Void(why) if why.contains("worker lives")), "{:?}", order.phase);
    hit(&mut model, KeyCode::Esc);
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "t");
    assert!(model.ui.overlay.is_none(), "there is nothing to recover");
}
