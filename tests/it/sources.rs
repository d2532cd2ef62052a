//! Schedule, backoff and the table of kinds.
