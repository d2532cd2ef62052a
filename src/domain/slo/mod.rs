//! Service level objectives: what is promised, what was measured, what is left of the budget.
//!
//! The vocabulary and the arithmetic are those of the SRE workbook, chapter 5, made safe for missing data: no traffic, no
//! data, warming up, stale, partial and conflicting readings are states of their own and never count as zero.

pub mod calendar;
pub mod definition;
pub mod pairs;
pub mod reading;
pub mod status;
