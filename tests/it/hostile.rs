//! Servers that lie, stall, cut and redirect.
