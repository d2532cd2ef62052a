//! What a message means.

use super::{
    model::Model,
    msg::{Effect, Msg},
};
use crate::domain::time::Timestamp;

/// Takes one message and says what the shell must do.
pub fn update(model: &mut Model, at: Timestamp, msg: Msg) -> Vec<Effect> {
    model.now = at;
    drop(msg);
    Vec::new()
}
