//! One request holds many expressions: each is marked by a label of its own and joined with the others by `or`.

use super::selector::name;
use crate::domain::labels::Labels;

/// The label that says which expression a row of the answer comes from.
pub const PART_LABEL: &str = "wr_part";

/// At most so many unlike expressions in one request: beyond 50 to 100 the server's time for a chain of `or` grows faster
/// than the round trips it saves.
const GROUPS_PER_REQUEST: usize = 50;

/// At most so many bytes of query in one request. In a form each byte may take three, and servers and proxies refuse bodies
/// somewhere over 1 MB.
const BYTES_PER_REQUEST: usize = 330_000;

/// What a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// All events.
    Total,
    /// The mean of a gauge.
    Mean,
    /// Bad events.
    Bad,
    /// Good events.
    Good,
    /// The time of the newest sample of all events, in seconds since 1970.
    At,
    /// All events that a series younger than the window had at its first sample.
    TotalFirst,
    /// The same of bad events.
    BadFirst,
    /// The same of good events.
    GoodFirst,
    /// The time of the first sample of the last hour.
    Since,
    /// The time of the first sample of a longer time, looked at less closely.
    SinceCoarse,
    /// There are series now.
    Now,
    /// There were series as far back as was looked.
    Then,
}

const ROLES: [(Role, &str); 12] = [
    (Role::Total, "total"),
    (Role::Mean, "mean"),
    (Role::Bad, "bad"),
    (Role::Good, "good"),
    (Role::At, "at"),
    (Role::TotalFirst, "total_first"),
    (Role::BadFirst, "bad_first"),
    (Role::GoodFirst, "good_first"),
    (Role::Since, "since"),
    (Role::SinceCoarse, "since_coarse"),
    (Role::Now, "now"),
    (Role::Then, "then"),
];

impl Role {
    fn word(self) -> &'static str {
        ROLES.iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }
}

/// An expression and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What its rows count.
    pub role: Role,
    /// The expression, whose rows have no label [`PART_LABEL`] yet.
    pub expression: String,
}

/// The parts of one group as one expression. `group` tells its rows from those of other groups in the same request.
#[must_use]
pub fn joined(group: usize, parts: &[Part]) -> String {
    let marked: Vec<String> = parts
        .iter()
        .map(|part| {
            format!(r#"label_replace({}, "{PART_LABEL}", "{} {group}", "", "")"#, part.expression, part.role.word())
        })
        .collect();
    marked.join(" or ")
}

/// Which group and what a row belongs to. Takes the mark out of its labels.
#[must_use]
pub fn take_mark(labels: &mut Labels) -> Option<(usize, Role)> {
    let mark = labels.remove(PART_LABEL)?;
    let (word, group) = mark.split_once(' ')?;
    let (role, _) = ROLES.iter().find(|(_, known)| *known == word)?;
    Some((group.parse().ok()?, *role))
}

/// As few requests as the limits allow, from the expressions of all groups.
#[must_use]
pub fn requests<'a>(expressions: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut requests: Vec<(String, usize)> = Vec::new();
    for expression in expressions {
        match requests.last_mut() {
            Some((text, groups))
                if *groups < GROUPS_PER_REQUEST && text.len() + expression.len() + 4 <= BYTES_PER_REQUEST =>
            {
                text.push_str(" or ");
                text.push_str(expression);
                *groups += 1;
            }
            _ => requests.push((expression.to_owned(), 1)),
        }
    }
    requests.into_iter().map(|(text, _)| text).collect()
}

/// `sum by (a, b) (inner)`, or `sum (inner)` without labels.
#[must_use]
pub fn aggregate(operator: &str, keys: &[String], inner: &str) -> String {
    if keys.is_empty() {
        return format!("{operator} ({inner})");
    }
    let keys: Vec<String> = keys.iter().map(|key| name(key)).collect();
    format!("{operator} by ({}) ({inner})", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_a_foreign_one_is_not() {
        for (role, word) in ROLES {
            let mut labels = Labels::from([(PART_LABEL.to_owned(), format!("{word} 17"))]);
            assert_eq!(take_mark(&mut labels), Some((17, role)));
            assert!(labels.is_empty());
        }
        for mark in ["", "bad", "bad x", "worse 1", "bad -1"] {
            assert_eq!(take_mark(&mut Labels::from([(PART_LABEL.to_owned(), mark.to_owned())])), None, "{mark}");
        }
        assert_eq!(take_mark(&mut Labels::new()), None);
    }

    #[test]
    fn requests_hold_at_most_fifty_groups_and_a_bounded_text() {
        let small = vec!["up"; 120];
        assert_eq!(requests(small.iter().copied()).len(), 3);
        let large = "x".repeat(200_000);
        assert_eq!(requests([large.as_str(), large.as_str(), "up"]).len(), 2);
        assert!(requests([]).is_empty());
    }
}
