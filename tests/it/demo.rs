//! The demo from end to end.
