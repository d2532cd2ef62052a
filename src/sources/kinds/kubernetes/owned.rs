//! What an object owns, beyond its `ReplicaSet`s.

use serde_json::Value;

use super::{
    connection::Connection,
    list::list,
    resource::{ANALYSIS_RUNS, Scope},
};
use crate::domain::source::SourceError;

/// The `AnalysisRun`s that the object with the identity `uid` owns, in its namespace.
///
/// # Errors
/// Whatever keeps one of them from arriving.
pub(in crate::sources) async fn analyses(
    connection: &Connection,
    namespace: &str,
    uid: &str,
) -> Result<Vec<Value>, SourceError> {
    let listed = list::<Value>(connection, &ANALYSIS_RUNS, &Scope(Some(namespace.to_owned())), "").await?;
    let owned = |one: &Value| {
        let owners = one.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|owner| owner.get("uid").and_then(Value::as_str) == Some(uid))
    };
    Ok(listed.items.into_iter().filter(owned).collect())
}
