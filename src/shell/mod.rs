//! The impure edge of the console: terminal, input, signals, runtime.
