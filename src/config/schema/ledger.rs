//! Where the record is kept.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::PathText;
use crate::domain::secret::SecretRef;

/// The record of what people and warroom did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ledger {
    /// Where it is kept: a file of one machine, or a database of several. `ledger.db` in `/var/lib/warroom` where that can
    /// be written, otherwise in `$XDG_STATE_HOME/warroom`, when left out.
    pub store: Option<LedgerStore>,
    /// Cursors of exports to collectors (`ledger export --cursor FILE`). A console tells on every screen when one stalls.
    #[schemars(with = "Vec<PathText>")]
    pub cursors: Vec<PathBuf>,
}

/// A place that keeps a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum LedgerStore {
    /// A file, shared by the processes of one machine. Not on a network file system.
    Sqlite(#[schemars(with = "PathText")] PathBuf),
    /// A `PostgreSQL` database, shared by several machines.
    Postgres {
        /// How it is reached, without a password: `postgresql://warroom@db.example.net/warroom`.
        url: String,
        /// The password.
        password: Option<SecretRef>,
        /// Who vouches for the server, PEM; the system's authorities when left out.
        #[schemars(with = "Option<PathText>")]
        ca: Option<PathBuf>,
    },
}
