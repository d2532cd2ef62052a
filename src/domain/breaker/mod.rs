//! The circuit breaker: a trigger that fired pauses or aborts the rollout by itself, after a countdown in which a person can hold it.
//!
//! Who may act is a service account with a key and a right ([`account`]). What was begun, held and done stands in the ledger
//! ([`countdown`]), so that of many processes one acts, and everybody sees the same countdown. Whether it goes on is a pure rule
//! ([`rule`]): any doubt about what is measured means no act. What is done is an ordinary plan ([`procedure`]).

pub mod account;
pub mod countdown;
pub mod procedure;
pub mod rule;
