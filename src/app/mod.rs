//! The console without a terminal. Pure: messages in, effects out, time comes with the message.

pub mod key;
pub mod model;
pub mod msg;
pub mod update;
