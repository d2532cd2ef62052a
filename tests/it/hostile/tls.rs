//! TLS that cannot be trusted.
