//! `catalog/calendar/NAME.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{DayText, EnvironmentText, LocalTimeText, PathText, ZoneText};
use crate::domain::{calendar::Kind, catalog::ChangeClass};

/// An entry of the calendar: `catalog/calendar/NAME.toml`. The file's stem is its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "warroom calendar", extend("required" = ["title", "kind"]))]
pub struct CalendarFile {
    /// One line for people.
    // Required by the schema; a file without it is still read, so that the rest of it is checked.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub title: String,
    /// What it means: a freeze stops changes, changes happen in a window and at no other time, a notice only tells.
    #[serde(default = "notice")]
    #[schemars(with = "KindWord")]
    pub kind: Kind,
    /// The role to ask.
    pub owner: Option<String>,
    /// Roles that may let a change pass all the same, with a signed waiver of `calendar/NAME`. None can, when left out.
    #[serde(default, rename = "override")]
    pub overrides: Vec<String>,
    /// The time zone of its times. UTC when left out.
    #[schemars(with = "Option<ZoneText>")]
    pub zone: Option<chrono_tz::Tz>,
    /// Which changes it is about. Every one when left out.
    #[serde(default)]
    pub scope: ScopeTable,
    /// When.
    #[serde(default)]
    pub time: Vec<TimeTable>,
    /// An iCalendar file beside this one: its events are times too.
    #[schemars(with = "Option<PathText>")]
    pub ics: Option<String>,
}

const fn notice() -> Kind {
    Kind::Notice
}

/// The words for kinds.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum KindWord {
    Freeze,
    Window,
    Notice,
}

/// Which changes it is about. What is left out is every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeTable {
    /// Services, by their names in the catalog.
    pub services: Vec<String>,
    /// Environments.
    #[schemars(with = "Vec<EnvironmentText>")]
    pub environments: Vec<String>,
    /// Regions, as the sources name them.
    pub regions: Vec<String>,
    /// Change classes.
    #[schemars(with = "Vec<ClassWord>")]
    pub classes: Vec<ChangeClass>,
}

/// The words for change classes.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum ClassWord {
    Standard,
    Normal,
    Emergency,
}

/// One stretch of time, and how it repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["from", "until"]))]
pub struct TimeTable {
    /// From, on the clocks of the zone.
    #[schemars(with = "LocalTimeText")]
    pub from: String,
    /// Until, exclusive.
    #[schemars(with = "LocalTimeText")]
    pub until: String,
    /// How it repeats: a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=FR. Once when left out.
    pub repeat: Option<String>,
    /// Days on which it does not begin.
    #[schemars(with = "Vec<DayText>")]
    pub except: Vec<String>,
}
