//! Why an act is not allowed, and what to do.

/// Why an act is not allowed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Nobody declared the release.
    #[error("the catalog has no release {0}; `warroom checklist show` without a name lists them")]
    NoRelease(String),
    /// The release has no checklist.
    #[error("the release {0} names no checklist that the catalog has; write `checklist = \"NAME\"` in its file")]
    NoChecklist(String),
    /// The checklist has no such item.
    #[error("the checklist {checklist} has no item {item}; `warroom checklist show` lists them")]
    NoItem {
        /// The checklist.
        checklist: String,
        /// What was asked for.
        item: String,
    },
    /// The calendar has no such entry.
    #[error("the calendar has no entry {0}; the gate names those that are in the way")]
    NoEntry(String),
    /// No rule calls for the class.
    #[error("no rule of routing.toml calls for the class {0}, so there is nothing to override")]
    NoRule(String),
    /// Nobody may override it.
    #[error("nobody may override {0}: its file names no role in `override`")]
    NoOverride(String),
    /// The checklist has no such sign-off.
    #[error("the checklist {checklist} has no sign-off {signoff}; a release of class {class} needs: {needed}")]
    NoSignoff {
        /// The checklist.
        checklist: String,
        /// What was asked for.
        signoff: String,
        /// The class of the release.
        class: &'static str,
        /// The sign-offs that there are.
        needed: String,
    },
    /// No role of this name may sign.
    #[error("no role {0} may sign by the catalog's roles.toml, so nobody can approve what a policy asks of it")]
    NoPolicyRole(String),
    /// A check answers for the item.
    #[error("a check answers for {0}, nobody can tick it; if it must not hold up the release, have it waived")]
    Automatic(String),
    /// The item demands a signature.
    #[error("the item {0} demands a signature for that; tick it with a key in your ssh-agent")]
    NeedsSignature(String),
    /// What was looked at is not what is there now.
    #[error("the release or its checklist changed since you looked; look again, then do it again")]
    Changed,
    /// A reason is missing.
    #[error("say why: this act needs a reason of more than blanks")]
    NoReason,
    /// The end is missing or past.
    #[error("say until when it holds: a time that is not past")]
    NoEnd,
    /// The person has not the right.
    #[error(
        "{principal} may not {right} as {role} by the catalog's roles.toml; ask somebody who may, or have it changed"
    )]
    NotAllowed {
        /// Who wanted to.
        principal: String,
        /// To do what.
        right: &'static str,
        /// In which role.
        role: String,
    },
    /// The sign-off asks for other roles.
    #[error("the sign-off {signoff} does not ask for the role {role}; it asks for {asked}")]
    NotAsked {
        /// The sign-off.
        signoff: String,
        /// The role that was named.
        role: String,
        /// The roles that it asks for.
        asked: String,
    },
    /// The role may not override it.
    #[error("the role {role} may not override {entry}; {asked} may")]
    NotOverriding {
        /// What: an entry of the calendar, a class.
        entry: String,
        /// The role that was named.
        role: String,
        /// The roles that may.
        asked: String,
    },
    /// The person has none of the roles.
    #[error("{principal} has no role that may {right} here: it needs one of {asked}. Ask somebody who has one")]
    NoRole {
        /// Who wanted to.
        principal: String,
        /// To do what.
        right: &'static str,
        /// The roles that would do.
        asked: String,
    },
    /// The person has several of the roles.
    #[error("{principal} may {right} as any of these roles, name one: {roles}")]
    WhichRole {
        /// Who wanted to.
        principal: String,
        /// To do what.
        right: &'static str,
        /// The roles that fit.
        roles: String,
    },
    /// The signer answers for the release.
    #[error("{0} answers for this release and cannot sign it off as this role; somebody else must")]
    Author(String),
    /// Nobody answers for the release.
    #[error("the release names no owner, and whoever is the owner may not sign; write `owner = \"NAME\"` in its file")]
    NoAuthor,
    /// Nobody knows the owner, so nobody can be told apart from them.
    #[error(
        "the owner of the release may not sign, and roles.toml knows nobody called {0}; correct `owner` in the release's file, or add {0} to roles.toml"
    )]
    UnknownAuthor(String),
    /// The waiver holds too long.
    #[error("a waiver holds 30 days at most; what is needed for longer belongs into the checklist")]
    WaiverTooLong,
    /// A reason or note is too long.
    #[error("a reason or a note has 4096 bytes at most; write the rest elsewhere and link it")]
    TooManyWords,
    /// There is no review to close.
    #[error(
        "the release {0} is no emergency and owes no review; one that a run owes is closed with `warroom runbook resolve RUN --reviewed`"
    )]
    NoReview(String),
    /// It would be recorded and count for nothing.
    #[error("this would not count, so nothing was recorded: {0}")]
    WouldNotCount(String),
}
