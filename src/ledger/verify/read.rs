//! Where the events to verify come from: a store, or an export.

use std::{
    io::{self, BufRead, Read as _},
    mem,
};

use crate::{
    domain::ledger::{audit::Stored, event::LARGEST},
    ledger::store::{Store, StoreError},
};

/// How many events go to a worker at once.
const EVENTS: u32 = 2_048;

/// How many bytes of an export go to a worker at once.
const BYTES: usize = 1024 * 1024;

/// The longest line of an export: no event can make a longer one.
const LONGEST: usize = LARGEST + 256;

/// Events that follow each other.
#[derive(Debug)]
pub enum Batch {
    /// As a store keeps them.
    Stored(Vec<Stored>),
    /// As an export has them.
    Lines {
        /// The number of the first line, from 1.
        first: u64,
        /// The lines, with their line ends.
        text: Vec<u8>,
        /// Where each line ends in it.
        ends: Vec<usize>,
    },
}

/// Events in their order.
pub trait Source: Send {
    /// Why they cannot be read.
    type Error: Send;

    /// The next ones; nothing at the end.
    ///
    /// # Errors
    /// When they cannot be read.
    fn next(&mut self) -> Result<Option<Batch>, Self::Error>;
}

/// The events of a store, up to the one that was the last when the verification began.
pub struct Live<'a> {
    store: &'a mut dyn Store,
    seq: u64,
    last: u64,
}

impl<'a> Live<'a> {
    /// The events of `store`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(store: &'a mut dyn Store) -> Result<Self, StoreError> {
        Self::behind(store, 0)
    }

    /// The events of `store` behind place `seq`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn behind(store: &'a mut dyn Store, seq: u64) -> Result<Self, StoreError> {
        let last = store.head()?.seq;
        Ok(Self { store, seq, last })
    }

    /// The place of the last event.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }
}

impl Source for Live<'_> {
    type Error = StoreError;

    fn next(&mut self) -> Result<Option<Batch>, StoreError> {
        if self.seq >= self.last {
            return Ok(None);
        }
        let events = self.store.after(self.seq, EVENTS)?;
        let Some(last) = events.last() else { return Ok(None) };
        self.seq = last.seq;
        Ok(Some(Batch::Stored(events)))
    }
}

/// The events of an export.
#[derive(Debug)]
pub struct Export<R> {
    reader: R,
    next: u64,
}

impl<R: BufRead + Send> Export<R> {
    /// The lines that `reader` reads.
    pub const fn new(reader: R) -> Self {
        Self { reader, next: 1 }
    }
}

impl<R: BufRead + Send> Source for Export<R> {
    type Error = io::Error;

    fn next(&mut self) -> Result<Option<Batch>, io::Error> {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        while text.len() < BYTES {
            let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(limit).read_until(b'\n', &mut text)?;
            if read == 0 {
                break;
            }
            ends.push(text.len());
        }
        if ends.is_empty() {
            return Ok(None);
        }
        let count = u64::try_from(ends.len()).unwrap_or(u64::MAX);
        let next = self.next + count;
        let first = mem::replace(&mut self.next, next);
        Ok(Some(Batch::Lines { first, text, ends }))
    }
}
