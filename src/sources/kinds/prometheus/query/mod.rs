//! From definitions to `PromQL`. Pure: the same catalog gives the same texts.

pub mod bucket;
pub mod charts;
pub mod counts;
pub mod first_seen;
pub mod gauge;
pub mod histogram;
pub mod indicator;
pub mod part;
pub mod scope;
pub mod selector;
