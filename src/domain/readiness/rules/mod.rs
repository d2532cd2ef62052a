//! Whether somebody may do what they want to do about a release. Pure, so that a screen and a command can say it before anybody
//! is asked to sign.

mod breach;
mod right;

use std::collections::{BTreeMap, BTreeSet};

pub use breach::Breach;
pub use right::{may, role};

use super::{
    act::{self, Act, Reading},
    item::needs_signature,
    record::Record,
    roles::{Right, Roles},
    said::Refused,
    signoff::{self, Ground},
    standing,
    statement::{About, Decision, Statement, Vote},
    subject::Subject,
    waiver::{CLASS, OVERRIDE, POLICY},
};
use crate::domain::{
    calendar::Entry as CalendarEntry,
    catalog::{Catalog, ChangeClass},
    checklist::{Checklist, Item, Signoff},
    ledger::{
        event::{Entry, Event, Place},
        hash::Hash,
        signature::Verified,
        signers::Signers,
    },
    risk::routing::Routing,
    time::{Span, Timestamp},
};

/// How long a waiver may hold at most: an exception that lasts belongs into the checklist.
pub const LONGEST_WAIVER: Span = Span::from_hours(30 * 24);

/// How many bytes a reason or a note may have at most.
const LONGEST_WORDS: usize = 4_096;

/// What an act is held against.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The release that the act is about.
    pub release: &'a str,
    /// Who answers for the release: a role that says so does not let them sign.
    pub author: Option<&'a str>,
    /// How much ceremony the release needs: it decides which sign-offs there are.
    pub class: ChangeClass,
    /// What the release is now: see [`super::subject`].
    pub subject: Hash,
    /// The checklist of the release.
    pub checklist: &'a Checklist,
    /// Freezes and windows: who may override them.
    pub calendar: &'a BTreeMap<String, CalendarEntry>,
    /// What a risk calls for: who may override it.
    pub routing: &'a Routing,
    /// Who may what.
    pub roles: &'a Roles,
    /// Whose key is whose.
    pub signers: &'a Signers,
    /// What was said before, as far as the ledger was read.
    pub record: &'a Record,
}

impl<'a> Rules<'a> {
    /// The rules for the declared release `release`.
    ///
    /// # Errors
    /// When it is not declared or names no checklist.
    pub fn of(catalog: &'a Catalog, record: &'a Record, release: &'a str) -> Result<Self, Breach> {
        let file = catalog.releases.get(release).ok_or_else(|| Breach::NoRelease(release.to_owned()))?;
        let none = || Breach::NoChecklist(release.to_owned());
        let name = file.checklist.as_ref().ok_or_else(none)?;
        let checklist = catalog.checklists.get(name).ok_or_else(none)?;
        let subject = Subject::declared(release, file, checklist.digest).hash();
        let subject = subject.map_err(|why| Breach::WouldNotCount(why.to_string()))?;
        let (author, class) = (file.owner.as_deref(), file.class);
        let (calendar, routing) = (&catalog.calendar, &catalog.routing);
        let (roles, signers) = (&catalog.roles, &catalog.signers);
        Ok(Self { release, author, class, subject, checklist, calendar, routing, roles, signers, record })
    }

    fn item(&self, item: &str) -> Result<&'a Item, Breach> {
        let breach = || Breach::NoItem { checklist: self.checklist.name.clone(), item: item.to_owned() };
        self.checklist.item(item).ok_or_else(breach)
    }

    /// The roles that may override what `item` names, an entry of the calendar or a class; `None` for an item of the checklist.
    fn overriding(&self, item: &str) -> Result<Option<&'a BTreeSet<String>>, Breach> {
        let overrides = if let Some(name) = item.strip_prefix(OVERRIDE) {
            &self.calendar.get(name).ok_or_else(|| Breach::NoEntry(name.to_owned()))?.overrides
        } else if let Some(class) = item.strip_prefix(CLASS) {
            let routed = self.routing.rules.iter().filter_map(|rule| rule.class);
            if !routed.into_iter().any(|routed| routed.word() == class) {
                return Err(Breach::NoRule(class.to_owned()));
            }
            &self.routing.overrides
        } else {
            return Ok(None);
        };
        if overrides.is_empty() { Err(Breach::NoOverride(item.to_owned())) } else { Ok(Some(overrides)) }
    }

    /// The sign-off of that name, as the class of the release needs it, or as a policy may ask for it.
    ///
    /// # Errors
    /// When there is none.
    pub fn signoff(&self, wanted: &str) -> Result<Signoff, Breach> {
        if let Some(role) = wanted.strip_prefix(POLICY) {
            let known = self.roles.roles.get(role).is_some_and(|role| role.may.contains(&Right::Sign));
            return if known { Ok(signoff::by_policy(role)) } else { Err(Breach::NoPolicyRole(role.to_owned())) };
        }
        let mut needed = signoff::needed(self.checklist, self.class, self.roles);
        if let Some(found) = needed.iter().position(|signoff| signoff.id == wanted) {
            return Ok(needed.swap_remove(found));
        }
        let known: Vec<&str> = needed.iter().map(|signoff| signoff.id.as_str()).collect();
        Err(Breach::NoSignoff {
            checklist: self.checklist.name.clone(),
            signoff: wanted.to_owned(),
            class: self.class.word(),
            needed: listed(&known),
        })
    }
}

/// Whether `act` makes sense for the checklist, whoever does it.
///
/// # Errors
/// Why it does not.
pub fn check(act: &Act<'_>, rules: &Rules<'_>, now: Timestamp) -> Result<(), Breach> {
    match *act {
        Act::Tick { item, state, digest, subject, note, signed, .. } => {
            short(note)?;
            let ticked = rules.item(item)?;
            if !ticked.check.is_manual() {
                return Err(Breach::Automatic(item.to_owned()));
            }
            if signed.is_none() && needs_signature(ticked, state) {
                return Err(Breach::NeedsSignature(item.to_owned()));
            }
            unchanged(subject == rules.subject && digest == rules.checklist.digest)?;
        }
        Act::Untick { item, note } => {
            short(note)?;
            rules.item(item)?;
        }
        Act::Note { item, note } => {
            item.map(|item| rules.item(item)).transpose()?;
            said(Some(note))?;
        }
        Act::Request { signoff, subject } => {
            rules.signoff(signoff)?;
            unchanged(subject == rules.subject)?;
        }
        Act::CloseReview { note } => {
            if rules.class != ChangeClass::Emergency {
                return Err(Breach::NoReview(rules.release.to_owned()));
            }
            said(Some(note))?;
        }
        Act::Signed(_) => {}
    }
    act.statement().map_or(Ok(()), |statement| check_statement(&statement, rules, now))
}

fn check_statement(statement: &Statement<'_>, rules: &Rules<'_>, now: Timestamp) -> Result<(), Breach> {
    unchanged(statement.subject == rules.subject)?;
    match statement.about {
        About::Signoff { signoff, vote, checklist, expires, reason, .. } => {
            rules.signoff(signoff)?;
            unchanged(checklist == rules.checklist.digest)?;
            match vote {
                Vote::Approve => short(reason).and_then(|()| ends(expires, now)),
                Vote::Deny => said(reason),
                Vote::Withdraw => short(reason),
            }
        }
        About::Waiver { item, granted, reason, expires, .. } => {
            // Which denials there are, and who may let one pass, only the verdict knows: it takes no other waiver.
            if rules.overriding(item)?.is_none() && !item.starts_with(POLICY) {
                rules.item(item)?;
            }
            said(Some(reason))?;
            if !granted {
                return Ok(());
            }
            ends(expires, now)?;
            let long = expires.is_some_and(|end| Span::between(now, end) > LONGEST_WAIVER);
            if long { Err(Breach::WaiverTooLong) } else { Ok(()) }
        }
        About::Decision { reason, .. } => said(Some(reason)),
        About::Tick { item, checklist, .. } => {
            if !rules.item(item)?.check.is_manual() {
                return Err(Breach::Automatic(item.to_owned()));
            }
            unchanged(checklist == rules.checklist.digest)
        }
    }
}

/// Whether `entry` would count if it were recorded at `at` behind what `record` says. `verified` is who signed it.
///
/// # Errors
/// Why it would not.
pub fn counts(
    entry: Entry,
    record: &Record,
    rules: &Rules<'_>,
    at: Timestamp,
    verified: Option<&Verified>,
) -> Result<(), Breach> {
    let seq = record.upto() + 1;
    let place = Place { seq, id: String::new(), ts: at, host: String::new(), prev: Hash::NONE };
    let event = Event::new(entry, place);
    let mut after = record.only(rules.release);
    after.apply(&event, verified);
    if let Some(told) = after.told().0.back().filter(|told| told.seq == seq) {
        return Err(Breach::WouldNotCount(told.why.clone()));
    }
    let Reading::Act(_, act) = act::read(&event) else { return Ok(()) };
    if let Some(Statement { principal, at, about: About::Decision { decision: Decision::Go, .. }, .. }) =
        act.statement()
    {
        let unseen = record.said(rules.release).and_then(|said| standing::unseen(said, rules.roles, principal, at));
        return unseen.map_or(Ok(()), |unseen| Err(Breach::WouldNotCount(Refused::Unseen(unseen).to_string())));
    }
    let Some(Statement { principal, about: About::Signoff { signoff, vote, .. }, .. }) = act.statement() else {
        return Ok(());
    };
    let Some(said) = after.said(rules.release).filter(|_| vote != Vote::Withdraw) else { return Ok(()) };
    let ground = Ground {
        said,
        roles: rules.roles,
        author: rules.author,
        subject: rules.subject,
        digest: rules.checklist.digest,
        now: at,
    };
    let judged = signoff::judge(&rules.signoff(signoff)?, &ground);
    match judged.not_counted.into_iter().find(|(who, _)| who == principal) {
        Some((_, why)) => Err(Breach::WouldNotCount(why.to_owned())),
        None => Ok(()),
    }
}

const fn unchanged(same: bool) -> Result<(), Breach> {
    if same { Ok(()) } else { Err(Breach::Changed) }
}

fn said(reason: Option<&str>) -> Result<(), Breach> {
    short(reason)?;
    reason.filter(|reason| !reason.trim().is_empty()).map(|_| ()).ok_or(Breach::NoReason)
}

fn short(words: Option<&str>) -> Result<(), Breach> {
    if words.is_some_and(|words| words.len() > LONGEST_WORDS) { Err(Breach::TooManyWords) } else { Ok(()) }
}

fn ends(expires: Option<Timestamp>, now: Timestamp) -> Result<(), Breach> {
    expires.filter(|end| *end > now).map(|_| ()).ok_or(Breach::NoEnd)
}

fn listed(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{Kind, Scope};
    use crate::domain::risk::routing::{Rule, When};
    use crate::domain::{
        checklist::{Due, Group, Requirement, check::Check},
        ledger::event::{Actor, Signed, UNSIGNED},
        readiness::{
            example::{RELEASE, Told, at, hash, signoff as vote, statement, tick},
            signoff::EMERGENCY,
            statement::Ticked,
        },
    };

    struct Room {
        checklist: Checklist,
        calendar: BTreeMap<String, CalendarEntry>,
        routing: Routing,
        roles: Roles,
        signers: Signers,
        told: Told,
        class: ChangeClass,
        author: Option<&'static str>,
    }

    fn one(role: &str, not_author: bool) -> Requirement {
        Requirement::Role { role: role.into(), count: 1, not_author }
    }

    fn room(by: Requirement) -> Room {
        let item = |id: &str, check| Item {
            id: id.into(),
            title: id.into(),
            owner: None,
            mandatory: true,
            weight: 1,
            due: Due::Start,
            check,
            every: Span::from_mins(1),
            timeout: Span::from_secs(5),
        };
        let items = vec![
            item("backup", Check::Manual { signed: true }),
            item("artifact", Check::Artifact { same_as: "staging".into() }),
        ];
        let roles = r#"
            [roles.sre]
            members = ["mira", "jo"]
            may = ["sign", "tick", "waive"]
            [roles.lead]
            members = ["mira", "ana"]
            may = ["sign", "waive"]
        "#;
        Room {
            checklist: Checklist {
                name: "service".into(),
                title: None,
                groups: vec![Group { name: "Readiness".into(), items }],
                signoffs: vec![Signoff {
                    id: "go".into(),
                    title: "Go".into(),
                    due: Due::Start,
                    classes: vec![ChangeClass::Normal],
                    by,
                    expires: Span::from_hours(4),
                }],
                digest: hash("checklist"),
                commit: None,
            },
            calendar: BTreeMap::new(),
            routing: Routing::default(),
            roles: toml::from_str(roles).expect("roles"),
            signers: Signers::default(),
            told: Told::default(),
            class: ChangeClass::Normal,
            author: Some("jo"),
        }
    }

    impl Room {
        fn rules(&self) -> Rules<'_> {
            Rules {
                release: RELEASE,
                author: self.author,
                class: self.class,
                subject: hash("subject"),
                checklist: &self.checklist,
                calendar: &self.calendar,
                routing: &self.routing,
                roles: &self.roles,
                signers: &self.signers,
                record: &self.told.record,
            }
        }

        /// What is said to `who` who wants to say this.
        fn told<'a>(&self, who: &'a str, about: About<'a>) -> Result<String, String> {
            let rules = self.rules();
            let wanted = statement(hash("subject"), who, "nonce", at(9), about);
            let act = Act::Signed(wanted);
            let told = || {
                check(&act, &rules, at(9))?;
                let role = role(&wanted, &rules)?;
                let about = match wanted.about {
                    About::Signoff { signoff, vote, checklist, expires, reason, .. } => {
                        About::Signoff { signoff, vote, role: &role, checklist, expires, reason }
                    }
                    About::Waiver { item, granted, reason, expires, .. } => {
                        About::Waiver { item, granted, role: &role, reason, expires }
                    }
                    other => other,
                };
                let wanted = Statement { about, ..wanted };
                may(&wanted, &rules)?;
                let signed = Signed {
                    namespace: about.meaning().namespace().to_owned(),
                    statement: wanted.object(),
                    signature: String::new(),
                };
                let actor = Actor { key: UNSIGNED.into(), user: who.into(), ..Actor::default() };
                let verified = Verified { principal: who.into(), fingerprint: format!("SHA256:{who}") };
                let entry = Act::Signed(wanted).entry(actor, RELEASE, Some(signed));
                counts(entry, rules.record, &rules, at(9), Some(&verified))?;
                Ok(role.clone())
            };
            told().map_err(|breach: Breach| breach.to_string())
        }
    }

    #[test]
    fn the_only_role_that_fits_is_taken_and_of_several_one_must_be_named() {
        let room = room(Requirement::Any(vec![one("sre", true), one("lead", false)]));
        let approve = |who| room.told(who, vote("go", Vote::Approve, ""));
        assert_eq!(approve("ana").as_deref(), Ok("lead"));
        assert!(approve("mira").is_err_and(|why| why.contains("name one: lead, sre")));
        assert!(approve("jo").is_err_and(|why| why.contains("jo answers for this release")));
        assert!(approve("kim").is_err_and(|why| why.contains("kim has no role that may sign here")));
        assert_eq!(room.told("mira", vote("go", Vote::Approve, "sre")).as_deref(), Ok("sre"));
        assert_eq!(room.told("jo", vote("go", Vote::Deny, "")).as_deref(), Ok("sre"), "the owner may say no");
        assert!(
            room.told("mira", vote("go", Vote::Approve, "qa")).is_err_and(|why| why.contains("may not sign as qa"))
        );
    }

    #[test]
    fn a_freeze_is_overridden_by_the_roles_that_it_names_and_by_no_other() {
        let mut room = room(one("sre", false));
        let freeze = |overrides: &[&str]| CalendarEntry {
            title: "Year end".into(),
            kind: Kind::Freeze,
            owner: None,
            scope: Scope::default(),
            overrides: overrides.iter().map(|&role| role.to_owned()).collect(),
            times: Vec::new(),
        };
        room.calendar.insert("year-end".into(), freeze(&["sre"]));
        room.calendar.insert("audit".into(), freeze(&[]));
        let waive = |who, item, role| {
            let expires = Some(at(60));
            room.told(who, About::Waiver { item, granted: true, role, reason: "customers cannot pay", expires })
        };
        // mira is sre and lead: only one of them may.
        assert_eq!(waive("mira", "calendar/year-end", "").as_deref(), Ok("sre"));
        assert!(waive("mira", "calendar/year-end", "lead").is_err_and(|why| why.contains("sre may")));
        assert!(waive("ana", "calendar/year-end", "").is_err_and(|why| why.contains("it needs one of sre")));
        assert!(
            waive("mira", "calendar/audit", "").is_err_and(|why| why.contains("nobody may override calendar/audit"))
        );
        assert!(waive("mira", "calendar/nothing", "").is_err_and(|why| why.contains("no entry nothing")));
    }

    #[test]
    fn a_laxer_class_is_let_be_by_the_roles_that_the_routing_names() {
        let mut room = room(one("sre", false));
        let rule =
            Rule { id: "risky".into(), when: When::default(), class: Some(ChangeClass::Normal), sign: BTreeSet::new() };
        let expires = Some(at(60));
        let about = |item| About::Waiver { item, granted: true, role: "", reason: "only a label", expires };
        assert!(room.told("ana", about("class/normal")).is_err_and(|why| why.contains("no rule of routing.toml")));
        room.routing.rules.push(rule);
        assert!(room.told("ana", about("class/normal")).is_err_and(|why| why.contains("nobody may override")));
        room.routing.overrides.insert("lead".into());
        assert_eq!(room.told("ana", about("class/normal")).as_deref(), Ok("lead"));
        assert!(room.told("jo", about("class/normal")).is_err_and(|why| why.contains("it needs one of lead")));
    }

    #[test]
    fn what_a_policy_denies_is_waived_and_what_it_asks_for_is_approved_by_those_who_may() {
        let room = room(one("sre", false));
        let expires = Some(at(60));
        let about = |role| About::Waiver { item: "policy/size", granted: true, role, reason: "cannot wait", expires };
        assert_eq!(room.told("ana", about("")).as_deref(), Ok("lead"));
        assert!(room.told("mira", about("")).is_err_and(|why| why.contains("name one")), "which role is meant counts");
        assert_eq!(room.told("lin", about("")).ok(), None);
        let approve = |who, role| room.told(who, vote(role, Vote::Approve, ""));
        assert_eq!(approve("ana", "policy/lead").as_deref(), Ok("lead"));
        assert!(approve("jo", "policy/sre").is_err_and(|why| why.contains("answers for this release")), "the owner");
        assert!(approve("ana", "policy/nobody").is_err_and(|why| why.contains("no role nobody may sign")));
    }

    #[test]
    fn who_has_not_the_role_or_answers_for_the_release_does_not_sign_it_off() {
        let mut room = room(one("sre", true));
        let approve = |room: &Room, who| room.told(who, vote("go", Vote::Approve, "sre"));
        assert!(approve(&room, "mira").is_ok());
        assert!(approve(&room, "jo").is_err_and(|why| why.contains("answers for this release")));
        assert!(approve(&room, "ana").is_err_and(|why| why.contains("may not sign as sre")));
        assert!(room.told("ana", vote("go", Vote::Approve, "lead")).is_err_and(|why| why.contains("asks for sre")));
        room.author = None;
        assert!(approve(&room, "mira").is_err_and(|why| why.contains("names no owner")));
    }

    #[test]
    fn a_sign_off_is_one_that_the_class_of_the_release_needs() {
        let mut room = room(one("sre", false));
        room.class = ChangeClass::Standard;
        let refused = room.told("mira", vote("go", Vote::Approve, "sre")).expect_err("refused");
        assert!(refused.contains("of class standard needs: none"), "{refused}");
        room.class = ChangeClass::Emergency;
        assert!(room.told("mira", vote("go", Vote::Approve, "sre")).is_err_and(|why| why.contains("needs: emergency")));
        assert_eq!(room.told("mira", vote(EMERGENCY, Vote::Approve, "")).as_deref(), Ok("sre"));
        room.checklist.signoffs[0].by = one("sre", true);
        let own = room.told("jo", vote(EMERGENCY, Vote::Approve, "sre"));
        assert!(own.is_err_and(|why| why.contains("jo answers for this release")), "also in an emergency");
    }

    #[test]
    fn what_would_count_for_nothing_is_refused_with_the_reason() {
        let mut room = room(one("sre", false));
        let told = |room: &Room, who, said| room.told(who, vote("go", said, ""));
        assert!(told(&room, "mira", Vote::Withdraw).is_err_and(|why| why.contains("nothing of theirs to withdraw")));
        room.told.vote("mira", "sre", Vote::Deny);
        assert!(told(&room, "mira", Vote::Approve).is_err_and(|why| why.contains("must be withdrawn first")));
        assert!(told(&room, "jo", Vote::Withdraw).is_err_and(|why| why.contains("nothing of theirs")));
        assert_eq!(told(&room, "mira", Vote::Withdraw).as_deref(), Ok("sre"), "in the role in which it was said");
        room.told.sign("jo", vote("go", Vote::Approve, "sre"));
        let again = statement(hash("subject"), "jo", "n2", at(9), vote("go", Vote::Approve, "sre"));
        let signed = Signed {
            namespace: again.about.meaning().namespace().to_owned(),
            statement: again.object(),
            signature: String::new(),
        };
        let entry = Act::Signed(again).entry(Actor::default(), RELEASE, Some(signed));
        let verified = Verified { principal: "jo".into(), fingerprint: "SHA256:jo".into() };
        let replayed = counts(entry, &room.told.record, &room.rules(), at(9), Some(&verified));
        assert!(replayed.is_err_and(|why| why.to_string().contains("recorded before")));
    }

    #[test]
    fn a_signature_on_what_a_check_answers_is_refused_too() {
        let room = room(one("sre", false));
        let about = About::Tick { item: "artifact", state: Ticked::Pass, checklist: hash("checklist") };
        assert!(room.told("mira", about).is_err_and(|why| why.contains("a check answers for artifact")));
        let unsigned = check(&tick("backup", Ticked::Fail), &room.rules(), at(9));
        assert_eq!(unsigned, Ok(()), "nobody needs a key to say that it does not hold");
    }

    #[test]
    fn a_go_that_was_signed_before_a_hold_of_somebody_else_is_refused_after_it() {
        let mut room = room(one("sre", false));
        room.roles = toml::from_str("[roles.sre]\nmembers = [\"mira\", \"jo\"]\nmay = [\"decide\"]").expect("roles");
        let go = About::Decision { decision: Decision::Go, reason: "burn is low", computed: None };
        assert!(room.told("jo", go).is_ok());
        for _ in 0..10 {
            room.told.sign("mira", About::Decision { decision: Decision::Hold, reason: "burn", computed: None });
        }
        let refused = room.told("jo", go).expect_err("signed at 9, held at 10");
        assert!(refused.contains("\"hold\" of mira was recorded (event 10)"), "{refused}");
        let hold = About::Decision { decision: Decision::Hold, reason: "burn is high", computed: None };
        assert!(room.told("jo", hold).is_ok(), "what stops is never too late");
    }

    #[test]
    fn a_waiver_ends_within_thirty_days_and_words_have_an_end() {
        let room = room(one("sre", false));
        let waive = |reason, minutes: u64| {
            let expires = Some(at(9 + minutes));
            room.told("jo", About::Waiver { item: "backup", granted: true, role: "sre", reason, expires })
        };
        let month: u64 = 30 * 24 * 60;
        assert!(waive("the store is read-only", month).is_ok());
        let long = waive("the store is read-only", month + 1).expect_err("too long");
        assert!(long.contains("30 days at most"), "{long}");
        let words = "x".repeat(4_097);
        assert!(waive(&words, 1).is_err_and(|why| why.contains("4096 bytes at most")));
        assert!(waive(&words[1..], 1).is_ok());
        let note = check(&Act::Note { item: None, note: &words }, &room.rules(), at(9));
        assert_eq!(note, Err(Breach::TooManyWords));
    }

    #[test]
    fn who_may_not_sign_as_the_owner_cannot_be_told_where_nobody_knows_the_owner() {
        let mut room = room(one("sre", true));
        let approve = |room: &Room| room.told("mira", vote("go", Vote::Approve, "sre"));
        assert!(approve(&room).is_ok());
        room.author = Some("joo");
        let refused = approve(&room).expect_err("refused");
        assert!(refused.contains("roles.toml knows nobody called joo"), "{refused}");
        room.told.vote("mira", "sre", Vote::Approve);
        let said = room.told.record.said(RELEASE).expect("said");
        let ground = Ground {
            said,
            roles: &room.roles,
            author: room.author,
            subject: hash("subject"),
            digest: hash("checklist"),
            now: at(9),
        };
        let judged = signoff::judge(&room.checklist.signoffs[0], &ground);
        assert!(!judged.missing.is_empty(), "and what was signed does not count");
    }

    #[test]
    fn only_an_emergency_owes_a_review() {
        let mut room = room(one("sre", false));
        let close = Act::CloseReview { note: "an index was missing" };
        assert_eq!(check(&close, &room.rules(), at(9)), Err(Breach::NoReview(RELEASE.into())));
        room.class = ChangeClass::Emergency;
        assert_eq!(check(&close, &room.rules(), at(9)), Ok(()));
    }

    #[test]
    fn rules_are_of_a_declared_release_with_a_checklist() {
        let (catalog, record) = (Catalog::default(), Record::default());
        let none = Rules::of(&catalog, &record, "checkout").expect_err("none");
        assert!(none.to_string().contains("has no release checkout"));
    }
}
