//! The demo's simulator: servers that speak the real protocols, driven by scenario files.
