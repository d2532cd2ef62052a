//! What the ledger says of runs, for commands that only look.

use crate::{
    clock::Clock,
    config::{Loaded, schema::ledger::LedgerStore},
    domain::run::runs::Runs,
    ledger::{actor, open},
    runbook::journal::Journal,
};

/// All runs; none where nobody has recorded anything yet, and `None` where the ledger cannot be read.
pub(super) fn read(loaded: &Loaded) -> Option<Runs> {
    let settings = &loaded.settings.ledger;
    if matches!(open::place(settings), Ok(LedgerStore::Sqlite(path)) if !path.exists()) {
        return Some(Runs::default());
    }
    let store = open::open_to_read(settings, Clock::real()).ok()?;
    Journal::open(store, actor::actor()).ok().map(|journal| journal.runs().clone())
}
