//! Whether one item asks at least as much as another: who builds on a checklist may tighten it, never loosen it.

use super::{
    Due, Item, Requirement, Signoff,
    check::Check,
    predicate::{Comparison, Predicate},
};

/// Why `new` asks less than `old`; `None` when it asks at least as much. Anything goes where `old` was advisory.
#[must_use]
pub fn looser_item(old: &Item, new: &Item) -> Option<String> {
    if !old.mandatory {
        return None;
    }
    if !new.mandatory {
        return Some("it is mandatory there, and advisory here".to_owned());
    }
    if new.title != old.title {
        return Some(
            "it has another title there, and would mean something else; give the item an id of its own".to_owned(),
        );
    }
    if new.owner != old.owner && old.owner.is_some() {
        return Some("somebody else owns it there, and would no longer answer for it".to_owned());
    }
    if later(old.due, new.due) {
        return Some("it is due later than there".to_owned());
    }
    if new.every > old.every && !old.check.is_manual() {
        return Some(format!("it is looked at every {} there, and only every {} here", old.every, new.every));
    }
    looser_check(&old.check, &new.check)
}

/// Why the sign-off `new` asks less than `old`; `None` when it asks at least as much.
#[must_use]
pub fn looser_signoff(old: &Signoff, new: &Signoff) -> Option<String> {
    if later(old.due, new.due) {
        return Some("it is due later than there".to_owned());
    }
    if old.classes.iter().any(|class| !new.classes.contains(class)) {
        return Some("it leaves out a change class that needs it there".to_owned());
    }
    if new.expires > old.expires {
        return Some(format!("it holds for {} there, and for {} here", old.expires, new.expires));
    }
    (!implies(&new.by, &old.by)).then(|| "other people may give it than there".to_owned())
}

/// Whether `new` comes after `old`. A rollback has moments of its own.
fn later(old: Due, new: Due) -> bool {
    (old == Due::RolledBack) != (new == Due::RolledBack) || new > old
}

/// Whether who satisfies `new` always satisfies `old`.
fn implies(new: &Requirement, old: &Requirement) -> bool {
    match (new, old) {
        (
            Requirement::Role { role, count, not_author },
            Requirement::Role { role: old_role, count: old_count, not_author: old_not_author },
        ) => role == old_role && count >= old_count && (*not_author || !*old_not_author),
        // The first: each of an `any` must do. The rest: splitting what is asked never loses anything.
        (Requirement::Any(parts), _) => parts.iter().all(|part| implies(part, old)),
        (_, Requirement::All(parts)) => parts.iter().all(|part| implies(new, part)),
        (Requirement::All(parts), _) if parts.iter().any(|part| implies(part, old)) => true,
        (_, Requirement::Any(parts)) => parts.iter().any(|part| implies(new, part)),
        (Requirement::All(_), Requirement::Role { .. }) => false,
    }
}

fn looser_check(old: &Check, new: &Check) -> Option<String> {
    let another =
        || Some(format!("the check is another than there ({}), and nobody can tell which is stricter", old.word()));
    match (old, new) {
        _ if old == new => None,
        // A tick by hand may become a signature. Whether a check finds out the same, nobody can tell.
        (Check::Manual { signed: false }, Check::Manual { .. }) => None,
        (Check::Manual { signed: false }, _) => Some("a person must tick it there".to_owned()),
        (Check::Manual { signed: true }, _) => Some("a person must sign it there".to_owned()),
        (_, Check::Manual { .. }) => Some(format!("a check ({}) finds it out there, and a person here", old.word())),
        _ => {
            let (old_bounds, new_bounds) = (bounds(old), bounds(new));
            if old_bounds.rest != new_bounds.rest {
                return another();
            }
            old_bounds.limits.iter().zip(&new_bounds.limits).find_map(|(old, new)| old.looser(new))
        }
    }
}

/// A check, taken apart into what must stay and what may be tightened.
struct Bounds {
    rest: Check,
    limits: Vec<Limit>,
}

/// Something that may be tightened.
enum Limit {
    Condition(Option<Predicate>),
    AtLeast(u64),
    AtMost(u64),
    /// Names that must be there: more is stricter.
    Names(Vec<String>),
    /// Labels that narrow what is looked at: fewer is stricter.
    Labels(Vec<String>),
}

impl Limit {
    fn looser(&self, new: &Self) -> Option<String> {
        match (self, new) {
            (Self::Condition(Some(old)), Self::Condition(new)) => {
                let holds = new.as_ref().is_some_and(|new| within(new, old));
                let there = new.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
                (!holds).then(|| format!("it must be `{old}` there, and `{there}` here"))
            }
            (Self::AtLeast(old), Self::AtLeast(new)) if new < old => Some("its limit is lower than there".to_owned()),
            (Self::AtMost(old), Self::AtMost(new)) if new > old => Some("its limit is higher than there".to_owned()),
            (Self::Names(old), Self::Names(new)) => old
                .iter()
                .find(|name| !new.contains(name))
                .map(|name| format!("`{name}` must be there, and is left out here")),
            (Self::Labels(old), Self::Labels(new)) => {
                new.iter().find(|label| !old.contains(label)).map(|label| format!("{label} narrows what is looked at"))
            }
            _ => None,
        }
    }
}

/// Takes `check` apart.
fn bounds(check: &Check) -> Bounds {
    let mut rest = check.clone();
    let limits = match &mut rest {
        Check::Promql { must, .. } | Check::Kubernetes { must, .. } | Check::Json { must, .. } => {
            vec![Limit::Condition(Some(std::mem::replace(must, Predicate::Exists)))]
        }
        Check::Http { within, .. } => {
            vec![Limit::AtMost(within.take().map_or(u64::MAX, crate::domain::time::Span::millis))]
        }
        Check::Certificate { left, .. } => vec![Limit::AtLeast(std::mem::take(left).millis())],
        Check::Junit { at_least, .. } => vec![Limit::AtLeast(u64::from(std::mem::take(at_least)))],
        Check::Sarif { worst, .. } => vec![Limit::AtMost(level(&std::mem::take(worst)))],
        Check::Alerts { labels } => {
            vec![Limit::Labels(std::mem::take(labels).iter().map(|(name, value)| format!("{name}={value}")).collect())]
        }
        Check::Rules { alerts, records, targets, .. } => vec![
            Limit::Names(std::mem::take(alerts)),
            Limit::Names(std::mem::take(records)),
            Limit::AtLeast(u64::from(std::mem::take(targets))),
        ],
        Check::Rehearsal { within, .. } => vec![Limit::AtMost(std::mem::take(within).millis())],
        Check::Manual { .. } | Check::Command { .. } | Check::Artifact { .. } => Vec::new(),
    };
    Bounds { rest, limits }
}

/// How bad a level of SARIF is.
fn level(word: &str) -> u64 {
    match word {
        "none" => 0,
        "note" => 1,
        "warning" => 2,
        _ => 3,
    }
}

/// Whether every value that `new` accepts is one that `old` accepts.
fn within(new: &Predicate, old: &Predicate) -> bool {
    use Comparison::{Above, AtLeast, AtMost, Below, Equal};
    match (new, old) {
        _ if new == old => true,
        (_, Predicate::Exists) => true,
        (Predicate::Number(new, a), Predicate::Number(old, b)) => match (new, old) {
            (Below, Below | AtMost) | (AtMost, AtMost) | (Above, Above | AtLeast) | (AtLeast, AtLeast) => {
                if matches!(old, Below | AtMost) { a <= b } else { a >= b }
            }
            (AtMost | Equal, Below) => a < b,
            (AtLeast | Equal, Above) => a > b,
            (Equal, AtMost) => a <= b,
            (Equal, AtLeast) => a >= b,
            _ => false,
        },
        (Predicate::Text { equal: true, text: new }, Predicate::Text { equal: false, text: old }) => new != old,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tighter(new: &str, old: &str) -> bool {
        within(&new.parse().expect(new), &old.parse().expect(old))
    }

    #[test]
    fn a_condition_is_tighter_when_all_it_accepts_was_accepted_before() {
        for (new, old) in [
            ("< 0.01", "< 0.05"),
            ("<= 0.01", "< 0.05"),
            ("< 0.05", "<= 0.05"),
            ("== 3", ">= 3"),
            ("> 5", ">= 3"),
            ("== true", "exists"),
            ("== \"a\"", "!= \"b\""),
        ] {
            assert!(tighter(new, old), "{new} is tighter than {old}");
        }
        for (new, old) in [
            ("< 0.06", "< 0.05"),
            ("<= 0.05", "< 0.05"),
            ("> 1", "< 5"),
            ("exists", "< 5"),
            ("!= 3", "< 5"),
            (">= 2", ">= 3"),
        ] {
            assert!(!tighter(new, old), "{new} is not tighter than {old}");
        }
    }

    fn role(role: &str, count: u32) -> Requirement {
        Requirement::Role { role: role.to_owned(), count, not_author: true }
    }

    #[test]
    fn a_sign_off_may_ask_for_more_people_and_never_for_others() {
        let old = role("qa", 1);
        assert!(implies(&role("qa", 2), &old));
        assert!(implies(&Requirement::All(vec![role("qa", 1), role("sre", 1)]), &old));
        assert!(!implies(&Requirement::Any(vec![role("qa", 1), role("sre", 1)]), &old));
        assert!(!implies(&role("sre", 2), &old));
        let both = Requirement::All(vec![role("qa", 1), role("sre", 1)]);
        assert!(!implies(&old, &both));
        assert!(implies(&both, &both));
        let either = Requirement::Any(vec![role("qa", 1), role("sre", 1)]);
        assert!(implies(&old, &either) && implies(&either, &either));
    }
}
