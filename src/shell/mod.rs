//! The impure edge of the console: terminal, input, signals, runtime.
//!
//! Threads: the interface (drawing, and nothing that waits but that), the input, the signals, and the runtime's two. They meet
//! in the [`inbox`]. A terminal that nobody reads blocks only the drawing; a terminal that is gone ends the program.

pub mod clipboard;
pub mod console;
pub mod export;
pub mod inbox;
pub mod input;
pub mod log;
pub mod paint;
pub mod runtime;
pub mod screen;
pub mod signals;
pub mod terminal;
