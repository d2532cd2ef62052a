//! Dialogs by hand.

use warroom::{
    app::act::{Bound, Dialog, Field, Identity, Kind, Phase, Signer, Target},
    domain::{checklist::state::ItemState, ledger::hash::Hash, readiness::statement::Ticked},
};

use super::now;

/// Every kind of dialog.
pub(crate) const KINDS: [Kind; 7] =
    [Kind::Tick, Kind::Note, Kind::Request, Kind::Sign, Kind::Waive, Kind::Decide, Kind::Review];

/// A dialog of `kind` about the checkout release, opened a moment ago and not filled in; `text` stands where text from outside does.
pub(crate) fn dialog(kind: Kind, text: &str) -> Dialog {
    let target = match kind {
        Kind::Tick | Kind::Note | Kind::Waive => Target::Item("comms".into()),
        Kind::Request | Kind::Sign => Target::Signoff("go".into()),
        Kind::Decide | Kind::Review => Target::Release,
    };
    let signs = matches!(kind, Kind::Sign | Kind::Waive | Kind::Decide);
    let signer = Signer { principal: "mira".into(), key: "SHA256:pknLDV5De8eugbSK2yzUjk7ObnRsn4g".into() };
    let mut dialog = Dialog {
        act: 1,
        kind,
        release: "checkout-1-42".into(),
        environment: "prod".into(),
        target,
        choices: Vec::new(),
        title: text.into(),
        needs_key: vec![Ticked::NotApplicable],
        bound: Bound {
            subject: Hash::of(b"subject"),
            digest: Hash::of(b"checklist"),
            versions: "checkout 1.42.0, payments 7.3.1".into(),
            states: vec![(text.into(), ItemState::Open)],
        },
        identity: if signs { Identity::Known(signer) } else { Identity::Unneeded },
        chosen: 0,
        roles: if signs { vec!["lead".into(), "sre".into()] } else { Vec::new() },
        in_role: 0,
        words: String::new(),
        until: if kind == Kind::Sign { "4h".into() } else { String::new() },
        phrase: String::new(),
        focus: Field::Nothing,
        opened: now() - warroom::domain::time::Span::from_secs(5).delta(),
        touched: now(),
        phase: Phase::Open,
        problem: None,
    };
    dialog.focus = dialog.fields().first().copied().unwrap_or(Field::Nothing);
    dialog
}
