//! Which series a selector means.

use promql_parser::{
    label::{MatchOp, Matcher, Matchers},
    parser::VectorSelector,
};

use super::NAME;
use crate::domain::labels::Labels;

/// Whether `labels` satisfy every matcher; a label that is not there is the empty text.
pub(crate) fn matches(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.is_match(labels.get(&matcher.name).map_or("", String::as_str)))
}

/// The alternatives of a selector, with the metric's name among the matchers.
pub(crate) fn alternatives(selector: &VectorSelector) -> Vec<Vec<Matcher>> {
    let Matchers { matchers, or_matchers } = &selector.matchers;
    let groups = if or_matchers.is_empty() { vec![matchers.clone()] } else { or_matchers.clone() };
    groups
        .into_iter()
        .map(|mut group| {
            if let Some(name) = &selector.name {
                group.push(Matcher::new(MatchOp::Equal, NAME, name));
            }
            group
        })
        .collect()
}
