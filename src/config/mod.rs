//! Settings and catalog: what people wrote in files, layered, checked as a whole, told apart by file, line and key.
//!
//! [`load()`] reads everything at once and gives either a [`Loaded`] or a [`Report`] of all that is wrong.

pub mod breaker;
mod catalog;
pub mod check;
pub mod diagnostic;
pub mod document;
pub mod excerpt;
pub mod form;
mod layers;
mod load;
pub mod options;
pub mod origin;
pub mod practice;
pub mod provenance;
pub mod schema;
pub mod secret;
pub mod settings;
mod themes;
pub mod watch;

pub use catalog::Texts;
pub(crate) use catalog::changes::declared;
pub use diagnostic::Report;
pub use load::{Loaded, load};
pub use options::{Options, Override};
pub use settings::{Settings, narrow};
pub use themes::ThemeFile;
