//! Service level objectives: what is promised, what was measured, what is left of the budget.
//!
//! The vocabulary and the arithmetic are those of the SRE workbook, chapter 5, made safe for missing data: no traffic, no
//! data, warming up, stale, partial and conflicting readings are states of their own and never count as zero.
//!
//! [`judge::judge`] is the way in: from an [`evidence::Evidence`] to a [`status::SloStatus`]. [`pairs::windows`] and
//! [`pairs::budget_window`] say what has to be measured.

pub mod budget;
pub mod burn;
pub mod calendar;
pub mod coverage;
pub mod definition;
pub mod evidence;
pub mod exhaustion;
pub mod firing;
pub mod forecast;
pub mod judge;
pub mod pairs;
pub mod reading;
pub mod spent;
pub mod state;
pub mod status;
mod warnings;
pub mod words;
