//! The simulator's protocols.
