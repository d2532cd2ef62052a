//! What the terminal is told beside the picture: its title, and that something grew worse.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{model::Model, msg::Effect};
use crate::domain::{
    clean::clean,
    level::Level,
    release::{Release, ReleaseId},
    time::{Span, Timestamp},
};

/// What is announced; all of it by choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The title of the terminal.
    pub title: bool,
    /// That a release grew BAD.
    pub alarm: bool,
}

/// What was announced so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The title of the terminal.
    title: String,
    /// How each release was.
    levels: BTreeMap<ReleaseId, Level>,
    /// Releases that grew BAD and were not told yet.
    waiting: BTreeSet<ReleaseId>,
    /// When the last alarm was.
    alarmed: Option<Timestamp>,
    /// When the console began to look.
    began: Option<Timestamp>,
}

/// At the start everything is news: the person who started it is looking.
const START: Span = Span::from_secs(30);
/// At most one alarm in so long; what comes meanwhile is told together.
const BETWEEN: Span = Span::from_secs(30);
/// The longest title, in characters.
const LONGEST: usize = 100;

/// What is to be announced now. It looks at the newest picture, also behind a frozen screen. Over a wall nothing is announced.
pub(super) fn announce(model: &mut Model) -> Vec<Effect> {
    let wanted = model.setup.announce;
    let mut effects = Vec::new();
    if model.ui.wall.is_some() {
        return effects;
    }
    if wanted.title {
        let title = title(model);
        if title != model.ui.announced.title {
            model.ui.announced.title.clone_from(&title);
            effects.push(Effect::Title(title));
        }
    }
    if wanted.alarm {
        effects.extend(alarm(model).map(Effect::Alarm));
    }
    effects
}

/// `BAD checkout 1.42.0 +1 - warroom`: the state first, since tabs cut off the end; no glyphs, since nobody knows the font.
#[must_use]
pub fn title(model: &Model) -> String {
    let releases = &model.picture.releases;
    let Some(worst) = releases.iter().map(|release| release.level).max() else { return "warroom".to_owned() };
    let mut like = releases.iter().filter(|release| release.level == worst);
    let first = like.next().map(|release| release.name.as_str()).unwrap_or_default();
    let more = like.count();
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let what = if worst == Level::Ok {
        format!("OK {} releases", releases.len())
    } else {
        format!("{} {first}{more}", worst.word())
    };
    let what: String = clean(&what).chars().take(LONGEST).collect();
    format!("{what} - warroom")
}

/// `BAD: checkout 1.42.0`, when a release became BAD since it was last looked at.
fn alarm(model: &mut Model) -> Option<String> {
    let now = model.now;
    let announced = &mut model.ui.announced;
    let began = *announced.began.get_or_insert(now);
    let releases = &model.picture.releases;
    let is_new = |release: &&Release| {
        release.level == Level::Bad && announced.levels.get(&release.id).is_none_or(|before| *before < Level::Bad)
    };
    let starting = Span::between(began, now) < START;
    if !starting {
        let worse: Vec<ReleaseId> = releases.iter().filter(is_new).map(|release| release.id.clone()).collect();
        announced.waiting.extend(worse);
    }
    announced.levels = releases.iter().map(|release| (release.id.clone(), release.level)).collect();
    if announced.alarmed.is_some_and(|last| last <= now && Span::between(last, now) < BETWEEN) {
        return None;
    }
    // What is over by now is not told any more.
    let waiting = std::mem::take(&mut announced.waiting);
    let still = releases.iter().filter(|release| release.level == Level::Bad && waiting.contains(&release.id));
    let names: Vec<&str> = still.map(|release| release.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    announced.alarmed = Some(now);
    Some(clean(&format!("BAD: {}", names.join(", "))).chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::model::{Mode, Setup},
        domain::{catalog::ChangeClass, picture::Picture, release::Phase, room::Room},
    };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + secs, 0).expect("in range")
    }

    fn console(wanted: Wanted) -> Model {
        let setup = Setup {
            mode: Mode::ReadOnly,
            who: String::new(),
            login: String::new(),
            config_path: None,
            config_places: Vec::new(),
            zone: None,
            zone_chosen: false,
            sizes: crate::domain::sizes::Sizes::default(),
            keymap: crate::app::keymap::Keymap::default(),
            read_only: None,
            account: None,
            themes: vec!["default".to_owned()],
            announce: wanted,
        };
        Model::new(setup, Room::new(std::sync::Arc::default(), Vec::new()), at(0))
    }

    fn shows(model: &mut Model, secs: i64, releases: &[(&str, Level)]) -> Vec<Effect> {
        model.now = at(secs);
        let release = |(name, level): &(&str, Level)| Release {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            level: *level,
            file: None,
            environment: "prod".to_owned(),
            production: true,
            class: ChangeClass::Normal,
            components: Vec::new(),
            phase: Phase::RollingOut,
            reasons: Vec::new(),
            started_at: None,
            finished_at: None,
            data_at: None,
        };
        model.picture = Picture { releases: releases.iter().map(release).collect(), ..Picture::empty(at(secs)) };
        announce(model)
    }

    #[test]
    fn the_title_says_the_worst_first_and_changes_only_with_it() {
        let mut model = console(Wanted { title: true, alarm: false });
        let shown = [("cart", Level::Run), ("checkout", Level::Bad), ("search", Level::Bad)];
        assert_eq!(shows(&mut model, 1, &shown), [Effect::Title("BAD checkout +1 - warroom".to_owned())]);
        assert_eq!(shows(&mut model, 2, &shown), []);
        let calm = shows(&mut model, 3, &[("cart", Level::Ok)]);
        assert_eq!(calm, [Effect::Title("OK 1 releases - warroom".to_owned())]);
        let evil = shows(&mut model, 4, &[("x\u{1b}]0;evil\u{7}", Level::Unknown)]);
        assert_eq!(evil, [Effect::Title("UNKNOWN x\u{fffd}]0;evil\u{fffd} - warroom".to_owned())]);
    }

    #[test]
    fn an_alarm_is_raised_when_a_release_grows_bad_and_never_else() {
        let mut model = console(Wanted { title: false, alarm: true });
        assert_eq!(shows(&mut model, 0, &[("cart", Level::Bad)]), [], "what was so at the start is no news");
        assert_eq!(shows(&mut model, 60, &[("cart", Level::Bad), ("checkout", Level::Run)]), []);
        let grown = shows(&mut model, 70, &[("cart", Level::Bad), ("checkout", Level::Bad)]);
        assert_eq!(grown, [Effect::Alarm("BAD: checkout".to_owned())]);
        assert_eq!(shows(&mut model, 71, &[("cart", Level::Ok), ("checkout", Level::Unknown)]), []);
    }

    #[test]
    fn alarms_come_rarely_and_what_came_meanwhile_is_told_together() {
        let mut model = console(Wanted { title: false, alarm: true });
        let calm = [("a", Level::Ok), ("b", Level::Ok), ("c", Level::Ok), ("d", Level::Ok)];
        shows(&mut model, 0, &calm);
        shows(&mut model, 60, &calm);
        let first = shows(&mut model, 61, &[("a", Level::Bad), ("b", Level::Ok), ("c", Level::Ok), ("d", Level::Ok)]);
        assert_eq!(first, [Effect::Alarm("BAD: a".to_owned())]);
        let all = [("a", Level::Bad), ("b", Level::Bad), ("c", Level::Bad), ("d", Level::Bad)];
        assert_eq!(shows(&mut model, 62, &all), []);
        let over = [("a", Level::Bad), ("b", Level::Bad), ("c", Level::Ok), ("d", Level::Bad)];
        assert_eq!(shows(&mut model, 90, &over), []);
        assert_eq!(shows(&mut model, 91, &over), [Effect::Alarm("BAD: b, d".to_owned())]);
        assert_eq!(shows(&mut model, 200, &over), []);
    }

    #[test]
    fn nothing_is_announced_that_nobody_chose() {
        let mut model = console(Wanted::default());
        shows(&mut model, 0, &[("a", Level::Ok)]);
        assert_eq!(shows(&mut model, 100, &[("a", Level::Bad)]), []);
    }
}
