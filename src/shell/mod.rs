//! The impure edge of the console: terminal, input, signals, runtime.
//!
//! Threads: the interface (drawing, and nothing that waits but that), the input, the signals, and the runtime's. They meet
//! in the [`inbox`]. A terminal that nobody reads is not drawn on until somebody does; a terminal that is gone ends the program.

pub mod alarm;
pub mod approver;
pub mod attendance;
mod breaker;
pub mod clipboard;
pub mod console;
pub mod export;
pub mod frames;
pub mod inbox;
pub mod input;
pub mod ledger;
pub mod link;
pub mod log;
pub mod operator;
pub mod paint;
pub mod policies;
pub mod profiles;
pub mod questions;
pub mod recorder;
pub mod runtime;
pub mod scratch;
pub mod screen;
pub mod signals;
pub mod tail;
pub mod terminal;
pub mod wardrobe;
