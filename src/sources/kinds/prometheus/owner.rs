//! Whose row it is.

use std::collections::BTreeMap;

use super::query::scope::{Group, Member};
use crate::domain::{labels::Labels, slo::definition::Indicator};

/// Whether the definition is a whole expression, to which nothing was added.
#[must_use]
pub const fn whole_expression(indicator: &Indicator) -> bool {
    matches!(indicator, Indicator::Expressions { .. } | Indicator::Threshold { .. })
}

/// Finds the members that a row belongs to, without asking each of a thousand.
pub struct Owners<'a> {
    group: &'a Group,
    by_select: BTreeMap<&'a Labels, Vec<&'a Member>>,
}

impl<'a> Owners<'a> {
    /// Of the members of `group`.
    #[must_use]
    pub fn of(group: &'a Group) -> Self {
        let mut by_select: BTreeMap<&Labels, Vec<&Member>> = BTreeMap::new();
        for member in &group.members {
            by_select.entry(&member.select).or_default().push(member);
        }
        Self { group, by_select }
    }

    /// The members that a row of these labels belongs to.
    #[must_use]
    pub fn of_row(&self, row: &Labels) -> Vec<&'a Member> {
        let whole = whole_expression(&self.group.indicator);
        let members = &self.group.members;
        match members.first() {
            Some(first) if !whole && first.by.is_none() => {
                let own = row.iter().filter(|(name, _)| first.select.contains_key(*name));
                let own: Labels = own.map(|(name, value)| (name.clone(), value.clone())).collect();
                self.by_select.get(&own).cloned().unwrap_or_default()
            }
            _ => members.iter().filter(|member| member.owns(row, whole)).collect(),
        }
    }
}
