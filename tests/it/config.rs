//! Settings: layers, diagnostics, secrets.
