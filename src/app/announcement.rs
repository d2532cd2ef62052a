//! What the terminal is told beside the picture: its title, and that something grew worse.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{model::Model, msg::Effect};
use crate::domain::{
    clean::clean,
    level::Level,
    release::ReleaseId,
    time::{Span, Timestamp},
    verdict::Word,
};

/// What is announced; all of it by choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The title of the terminal.
    pub title: bool,
    /// That a release grew BAD, or must go back.
    pub alarm: bool,
}

/// What was announced so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The title of the terminal.
    title: String,
    /// How each release was.
    levels: BTreeMap<ReleaseId, Level>,
    /// Which had to go back.
    back: BTreeSet<ReleaseId>,
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

/// `ROLL BACK checkout 1.42.0 +1 - warroom`: the state first, since tabs cut off the end; no glyphs, since nobody knows the font.
#[must_use]
pub fn title(model: &Model) -> String {
    let releases = states(model);
    let Some(worst) = releases.iter().map(|release| release.level).max() else { return "warroom".to_owned() };
    // Of those that are bad, the one that must go back is named first.
    let first = releases
        .iter()
        .find(|release| release.word == Word::RollBack.word())
        .or_else(|| releases.iter().find(|release| release.level == worst));
    let more = releases.iter().filter(|release| release.level == worst).count().saturating_sub(1);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let what = match first {
        Some(first) if worst > Level::Ok => format!("{} {}{more}", first.word, first.name),
        _ => format!("OK {} releases", releases.len()),
    };
    let what: String = clean(&what).chars().take(LONGEST).collect();
    format!("{what} - warroom")
}

/// How a release is, by its own state and by the verdict.
struct State<'a> {
    id: &'a ReleaseId,
    name: &'a str,
    level: Level,
    word: &'static str,
}

fn states(model: &Model) -> Vec<State<'_>> {
    let releases = model.picture.releases.iter();
    releases
        .map(|release| {
            let back = model.verdicts.get(&release.id).is_some_and(|verdict| verdict.word == Word::RollBack);
            let level = if back { Level::Bad } else { release.level };
            let word = if back { Word::RollBack.word() } else { level.word() };
            State { id: &release.id, name: &release.name, level, word }
        })
        .collect()
}

/// `ROLL BACK: checkout 1.42.0; BAD: cart`, when a release became BAD or must go back since it was last looked at.
fn alarm(model: &mut Model) -> Option<String> {
    let now = model.now;
    let mut announced = std::mem::take(&mut model.ui.announced);
    let told = due(&states(model), &mut announced, now);
    model.ui.announced = announced;
    told
}

fn due(releases: &[State<'_>], announced: &mut Announced, now: Timestamp) -> Option<String> {
    let began = *announced.began.get_or_insert(now);
    let must_go_back = |release: &&State<'_>| release.word == Word::RollBack.word();
    let is_new = |release: &&State<'_>| {
        let grew = announced.levels.get(release.id).is_none_or(|before| *before < Level::Bad);
        release.level == Level::Bad && (grew || must_go_back(release) && !announced.back.contains(release.id))
    };
    let starting = Span::between(began, now) < START;
    if !starting {
        let worse: Vec<ReleaseId> = releases.iter().filter(is_new).map(|release| release.id.clone()).collect();
        announced.waiting.extend(worse);
    }
    announced.levels = releases.iter().map(|release| (release.id.clone(), release.level)).collect();
    announced.back = releases.iter().filter(must_go_back).map(|release| release.id.clone()).collect();
    if announced.alarmed.is_some_and(|last| last <= now && Span::between(last, now) < BETWEEN) {
        return None;
    }
    // What is over by now is not told any more.
    let waiting = std::mem::take(&mut announced.waiting);
    let still = |release: &&State<'_>| release.level == Level::Bad && waiting.contains(release.id);
    let of_word = |word: &str| {
        let named: Vec<&str> =
            releases.iter().filter(still).filter(|release| release.word == word).map(|release| release.name).collect();
        (!named.is_empty()).then(|| format!("{word}: {}", named.join(", ")))
    };
    let told: Vec<String> = [Word::RollBack.word(), Level::Bad.word()].into_iter().filter_map(of_word).collect();
    if told.is_empty() {
        return None;
    }
    announced.alarmed = Some(now);
    Some(clean(&told.join("; ")).chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::model::{Mode, Setup},
        domain::{
            catalog::ChangeClass,
            picture::Picture,
            release::{Phase, Release},
            room::Room,
        },
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
            policy_server: None,
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
    fn that_a_bad_release_must_go_back_is_an_alarm_of_its_own_and_leads_the_title() {
        let mut model = console(Wanted { title: true, alarm: true });
        shows(&mut model, 0, &[("cart", Level::Ok), ("checkout", Level::Ok)]);
        shows(&mut model, 60, &[("cart", Level::Ok), ("checkout", Level::Bad)]);
        let verdict = crate::domain::verdict::Verdict {
            word: Word::RollBack,
            before: String::new(),
            reasons: Vec::new(),
            go_at: None,
            human: None,
            score: None,
            risk: None,
            triggers: Vec::new(),
            promotion: crate::domain::trigger::promotion::Compliance::default()
                .progress(crate::domain::trigger::promotion::Criterion::default(), at(0)),
            promotion_due: false,
            at: at(100),
        };
        model.verdicts.insert("checkout".to_owned(), verdict);
        let told = shows(&mut model, 100, &[("cart", Level::Bad), ("checkout", Level::Bad)]);
        let title = Effect::Title("ROLL BACK checkout +1 - warroom".to_owned());
        assert_eq!(told, [title, Effect::Alarm("ROLL BACK: checkout; BAD: cart".to_owned())]);
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
