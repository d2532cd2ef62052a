//! Servers that lie, stall, cut and redirect.

mod answers;
mod beside;
mod tls;
