//! Screens as text and style.
