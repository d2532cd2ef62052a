//! The catalog's files and their joins.
