//! SLO arithmetic against published numbers.
