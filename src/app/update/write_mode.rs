//! Into WRITE mode, and out of it by itself.

use super::notice;
use crate::{
    app::{
        model::{Model, Overlay},
        msg::Msg,
        write_mode::{self, ARMING, WriteMode},
    },
    domain::time::Timestamp,
};

/// The shortest reason that says anything, in characters.
const SHORTEST_REASON: usize = 3;

/// Ends WRITE mode where its time has come, before anything else is done with `msg`, and notes who is there.
pub(super) fn pass(model: &mut Model, msg: &Msg) {
    let ended = model.write.as_ref().and_then(|write| write.ended(&model.setup, model.now));
    if let Some(ending) = ended {
        end(model, ending.words());
    }
    let now = model.now;
    let Some(write) = &mut model.write else { return };
    match msg {
        Msg::Key(_) => write.touched = now,
        Msg::Focus(true) => write.away = None,
        Msg::Focus(false) => write.away = write.away.or(Some(now)),
        Msg::Resumed => end(model, "the console was suspended"),
        _ => {}
    }
}

/// Ends WRITE mode in another environment than the one that it was taken for.
pub(super) fn keep_to_environment(model: &mut Model) {
    let Some(write) = &model.write else { return };
    let there = write_mode::environment(model).filter(|there| *there != write.environment);
    if let Some(there) = there {
        end(model, &format!("this is {there}"));
    }
}

/// The chord that takes WRITE mode, or gives it back.
pub(super) fn toggle(model: &mut Model) {
    if model.write.is_some() {
        end(model, "given back");
        return;
    }
    match write_mode::environment(model) {
        Some(environment) => {
            model.ui.overlay = Some(Overlay::EnableWrites { reason: String::new(), environment, opened: model.now });
        }
        None => notice(model, "WRITE mode is for one environment: open a release, or choose one with :env"),
    }
}

/// Whether the dialog, if one is open, takes keys by now.
pub(super) fn armed(model: &Model) -> bool {
    match &model.ui.overlay {
        Some(Overlay::EnableWrites { opened, .. }) => ready(model, *opened),
        Some(Overlay::Act(dialog)) => ready(model, dialog.opened),
        Some(Overlay::Order(order)) => ready(model, order.opened),
        Some(Overlay::Approve(dialog)) => ready(model, dialog.opened),
        Some(Overlay::Confirm(dialog)) => model.now < dialog.opened || model.now >= dialog.armed_at(&model.setup),
        _ => true,
    }
}

fn ready(model: &Model, opened: Timestamp) -> bool {
    model.now < opened || model.now - opened >= model.setup.patience(ARMING).delta()
}

/// Enter in the dialog.
pub(super) fn enable(model: &mut Model) {
    let Some(Overlay::EnableWrites { reason, environment, .. }) = &model.ui.overlay else { return };
    let (reason, environment) = (reason.trim().to_owned(), environment.clone());
    if reason.chars().count() < SHORTEST_REASON {
        notice(model, "type why: the reason stays with everything that is done");
        return;
    }
    model.ui.overlay = None;
    notice(model, &format!("WRITE in {environment}: {reason}"));
    model.write = Some(WriteMode::new(reason, environment, model.now));
}

fn end(model: &mut Model, why: &str) {
    model.write = None;
    notice(model, &format!("READ-ONLY again: {why}"));
}
