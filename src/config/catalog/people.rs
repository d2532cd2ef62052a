//! `allowed_signers`: whose key may sign what.

use super::Reader;
use crate::{
    config::{
        diagnostic::{Diagnostic, Severity},
        origin::Origin,
    },
    domain::ledger::signers::Signers,
};

impl Reader<'_> {
    /// Reads `allowed_signers`. Lines that cannot be used are warnings: the other people can still sign.
    pub(super) fn signers(&mut self) {
        let path = self.directory.join("allowed_signers");
        let Some(document) = self.document(&path) else { return };
        let (signers, bad) = Signers::read(&document.text);
        for one in bad {
            let start = line_start(&document.text, one.line);
            let end = document
                .text
                .get(start..)
                .and_then(|rest| rest.find('\n'))
                .map_or(document.text.len(), |at| start + at);
            let origin = Origin::File(path.clone());
            self.report.push(
                Diagnostic::new(Severity::Warning, origin, format!("this line is not used: {}", one.why)).placed(
                    &document,
                    "",
                    &(start..end),
                ),
            );
        }
        self.catalog.signers = signers;
    }
}

/// Where a line begins, counted from 1.
fn line_start(text: &str, line: u64) -> usize {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    text.split_inclusive('\n').take(before).map(str::len).sum()
}
