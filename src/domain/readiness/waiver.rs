//! Waivers: who took which item out, why, and until when. A waiver is loud until it lapses.

use super::{roles::Right, said::Exception, signoff::Ground};
use crate::domain::time::{Span, Timestamp};

/// What a waiver names that lets a release pass an entry of the calendar: `calendar/year-end`.
pub const OVERRIDE: &str = "calendar/";

/// What a waiver names that lets a release pass a denial of a policy: `policy/change-size`; and a sign-off, the role that a policy
/// wants to approve: `policy/release-manager`.
pub const POLICY: &str = "policy/";

/// What a waiver names that lets a release keep a laxer class than its risk calls for: `class/normal`.
pub const CLASS: &str = "class/";

/// Whether a waiver of `item` is about something else than an item of the checklist.
#[must_use]
pub fn is_override(item: &str) -> bool {
    [OVERRIDE, POLICY, CLASS].iter().any(|kind| item.starts_with(kind))
}

/// A waiver that holds. Every screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The item.
    pub item: String,
    /// Who granted it.
    pub principal: String,
    /// In which role.
    pub role: String,
    /// Why. Text from outside.
    pub reason: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// How long that is.
    pub left: Span,
    /// The event.
    pub seq: u64,
}

/// The waiver that holds for `item`: the last word of all who may speak it is a grant, about what goes out now, and its time is not over.
#[must_use]
pub fn holding(item: &str, ground: &Ground<'_>) -> Option<Waiver> {
    let (principal, said) = last_word(item, ground)?;
    let expires_at = said.expires.filter(|expires| *expires > ground.now)?;
    (said.granted && said.subject == ground.subject).then(|| Waiver {
        item: item.to_owned(),
        principal: principal.to_owned(),
        role: said.role.clone(),
        reason: said.reason.clone(),
        at: said.by.at,
        expires_at,
        left: Span::between(ground.now, expires_at),
        seq: said.by.seq,
    })
}

/// Why a waiver that was granted for `item` does not hold any more, or never did.
#[must_use]
pub fn lapsed(item: &str, ground: &Ground<'_>) -> Option<&'static str> {
    let Some((_, said)) = last_word(item, ground) else {
        let granted = ground.said.waivers.get(item)?.values().any(|said| said.granted);
        return granted.then_some("a waiver was granted by somebody whose role may not");
    };
    match () {
        () if !said.granted => None,
        () if said.subject != ground.subject => Some("its waiver was for what has changed since"),
        () if said.expires.is_none_or(|expires| expires <= ground.now) => Some("its waiver has lapsed"),
        () => None,
    }
}

fn last_word<'a>(item: &str, ground: &Ground<'a>) -> Option<(&'a str, &'a Exception)> {
    let said = ground.said.waivers.get(item)?;
    said.iter()
        .filter(|(principal, said)| ground.roles.may(principal, Right::Waive, &said.role))
        .max_by_key(|(_, said)| said.by.seq)
        .map(|(principal, said)| (principal.as_str(), said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::readiness::{
        example::{RELEASE, Told, at, hash},
        roles::Roles,
        statement::About,
    };

    fn waiver(granted: bool, role: &str, until: u64) -> About<'_> {
        About::Waiver {
            item: "backup",
            granted,
            role,
            reason: "the store is read-only today",
            expires: Some(at(until)),
        }
    }

    #[test]
    fn a_waiver_holds_until_its_time_its_revocation_or_a_change() {
        let roles: Roles = toml::from_str(
            "[roles.lead]\nmembers = [\"mira\", \"lin\"]\nmay = [\"waive\"]\n[roles.sre]\nmembers = [\"ana\"]\nmay = [\"sign\"]",
        )
        .expect("roles");
        let look = |told: &Told, subject: &str, minute| {
            let said = told.record.said(RELEASE).cloned().unwrap_or_default();
            let ground = Ground {
                said: &said,
                roles: &roles,
                author: None,
                subject: hash(subject),
                digest: hash("checklist"),
                now: at(minute),
            };
            (holding("backup", &ground).map(|waiver| waiver.left), lapsed("backup", &ground))
        };
        let mut told = Told::default();
        assert_eq!(look(&told, "subject", 10), (None, None));
        told.sign("ana", waiver(true, "sre", 60));
        assert_eq!(look(&told, "subject", 10), (None, Some("a waiver was granted by somebody whose role may not")));
        told.sign("mira", waiver(true, "lead", 60));
        assert_eq!(look(&told, "subject", 10), (Some(Span::from_mins(50)), None));
        assert_eq!(look(&told, "subject", 60), (None, Some("its waiver has lapsed")));
        assert_eq!(look(&told, "changed", 10), (None, Some("its waiver was for what has changed since")));
        told.sign("ana", waiver(false, "sre", 60));
        assert!(look(&told, "subject", 10).0.is_some(), "only who may waive may take it back");
        told.sign("lin", waiver(false, "lead", 60));
        assert_eq!(look(&told, "subject", 10), (None, None));
    }
}
