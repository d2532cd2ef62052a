//! Settings and catalog: what people wrote in files, layered, checked as a whole, told apart by file, line and key.

pub mod schema;
