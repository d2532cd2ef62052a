//! What lines say about the circuit breaker: each turn of it once, with how it is held from a shell.

use std::collections::BTreeMap;

use crate::{
    app::{breaker::words, model::Model},
    domain::{
        breaker::rule::{PLANNING, Stand},
        release::ReleaseId,
    },
};

/// What was said last of each release.
#[derive(Debug, Default)]
pub(super) struct Breakers {
    said: BTreeMap<ReleaseId, String>,
}

impl Breakers {
    /// A line for each release whose breaker stands otherwise than before.
    pub(super) fn news(&mut self, model: &Model) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, stand) in &model.breaker.stands {
            let run = match stand {
                Stand::Acted { run, .. } => model.ledger.runs.run(run),
                _ => None,
            };
            if matches!(stand, Stand::Refused { why, .. } if why == PLANNING) {
                continue;
            }
            let news = match stand {
                // Its time runs on; that is no news.
                Stand::Counting { countdown } => format!("counting {}", countdown.seq),
                // Nor is an age that grows.
                other => words(other, id, run, "", model.now)
                    .map(|(_, words)| words.replace(|c: char| c.is_ascii_digit(), ""))
                    .unwrap_or_default(),
            };
            if self.said.get(id) == Some(&news) {
                continue;
            }
            let hint = format!("hold it: warroom decide {id} hold --reason TEXT");
            lines.extend(words(stand, id, run, &hint, model.now).map(|(_, words)| format!("{words}.")));
            self.said.insert(id.clone(), news);
        }
        let over: Vec<ReleaseId> =
            self.said.keys().filter(|id| !model.breaker.stands.contains_key(*id)).cloned().collect();
        for id in over {
            self.said.remove(&id);
            lines.push(format!("BREAKER {id}: no trigger that acts is FIRED any more."));
        }
        lines
    }
}
