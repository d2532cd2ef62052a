//! The console without a terminal. Pure: messages in, effects out, time comes with the message.

pub mod act;
pub mod action;
pub mod announcement;
pub mod arrangement;
pub mod breaker;
pub mod command;
pub mod export;
pub mod frozen;
pub mod key;
pub mod keymap;
pub mod ledger;
pub mod model;
pub mod msg;
pub mod policies;
pub mod rows;
pub mod run;
mod setup;
pub mod table;
pub mod update;
pub mod wall;
pub mod write;
pub mod write_mode;
pub mod zone;
