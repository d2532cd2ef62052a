//! The rule, against everything that could be in doubt, one thing at a time, in any mixture and in any order.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    breaker::countdown::Said,
    catalog::ChangeClass,
    join::example::{at, canary},
    ledger::{
        event::{Actor, Entry, Event, Place},
        hash::Hash,
    },
    level::Level,
    run::{
        act::Act as RunAct,
        example::{create, plan},
    },
    source::{ErrorKind, SourceError},
    trigger::{
        Condition, Trigger,
        look::Look,
        promotion::{Criterion, Met, Progress},
    },
    verdict::{human::Human, reason::Reason},
};

const RELEASE: &str = "checkout-1.42";
/// The time of the tests: the countdown began a minute before.
const NOW: i64 = 1_000;

/// All that a look rests on.
#[derive(Clone, Debug)]
struct World {
    release: Release,
    verdict: Option<Verdict>,
    sources: Vec<SourceView>,
    roles: Roles,
    runs: Runs,
    seq: u64,
    ledger: Option<String>,
    barred: Option<String>,
    doubted: Option<String>,
    account: Option<Account>,
    looked: Option<Timestamp>,
    now: Timestamp,
}

fn standing(id: &str, act: Act) -> Standing {
    let trigger = Trigger { act, ..Trigger::new(id, Condition::ErrorRate { over: 0.05, events: 5.0, slo: None }) };
    Standing {
        trigger: trigger.into(),
        service: "checkout".to_owned(),
        state: TriggerState::Fired { since: at(NOW - 90), cannot_clear: None },
        look: Look::bare(Finding::Over, "6.9 %", "5 %", at(NOW - 10)).into(),
        within_since: None,
    }
}

/// A source that answers, of this environment or of all.
fn source(name: &str, environment: Option<&str>) -> SourceView {
    SourceView {
        name: name.into(),
        kind: "prometheus".to_owned(),
        endpoint: String::new(),
        environment: environment.map(str::to_owned),
        level: Level::Ok,
        word: "FRESH".to_owned(),
        feeds: Vec::new(),
        age: Some(Span::from_secs(2)),
        latency: None,
        errors_last_hour: 0,
        error: None,
        failing_since: None,
        next: None,
        skew_millis: None,
        gaps: Vec::new(),
        effects: Vec::new(),
    }
}

fn fails(source: &mut SourceView) {
    source.error = Some(SourceError::new(ErrorKind::Timeout, "no answer in 5s"));
}

impl World {
    /// A canary whose error rate fired, and nothing in doubt. Nobody has begun to count.
    fn fired() -> Self {
        let component = Component {
            service: "checkout".to_owned(),
            guessed: false,
            region: None,
            version: Some("1.42.0".to_owned()),
            previous: Some("1.41.7".to_owned()),
            after: Vec::new(),
            workload: Some(canary(25, Status::PausedTimed)),
            key: None,
            phase: Phase::RollingOut,
            level: Level::Run,
            problem: None,
        };
        let release = Release {
            id: RELEASE.to_owned(),
            name: RELEASE.to_owned(),
            file: None,
            environment: "prod".to_owned(),
            production: true,
            class: ChangeClass::Normal,
            components: vec![component],
            phase: Phase::RollingOut,
            level: Level::Bad,
            reasons: Vec::new(),
            started_at: None,
            finished_at: None,
            data_at: None,
        };
        let verdict = Verdict {
            word: Word::RollBack,
            before: "it gets 50 % of traffic".to_owned(),
            reasons: vec![Reason::new(Input::Triggers, Effect::RollsBack, "t", "error rate fired", "it fired")],
            go_at: None,
            human: None,
            score: None,
            risk: None,
            triggers: vec![standing("error-rate", Act::Abort)],
            promotion: Progress { criterion: Criterion::default(), since: None, passed: 0, met: Met::Broken },
            promotion_due: false,
            at: at(NOW),
        };
        let roles = "[roles.breaker]\nmembers = [\"robot\"]\nmay = [\"pause\", \"abort\"]\nclasses = [\"normal\"]";
        Self {
            release,
            verdict: Some(verdict),
            sources: vec![source("prom", None), source("staging", Some("staging"))],
            roles: toml::from_str(roles).expect("roles"),
            runs: Runs::default(),
            seq: 0,
            ledger: None,
            barred: None,
            doubted: None,
            account: Some(Account { name: "robot".to_owned(), process: "one".to_owned() }),
            looked: Some(at(NOW - 1)),
            now: at(NOW),
        }
    }

    /// The same, at the end of its countdown: now it acts.
    fn counted() -> Self {
        let mut world = Self::fired();
        world.begin(NOW - 60, "one");
        world
    }

    fn judge(&self) -> (Stand, Option<Step>) {
        judge(&Ground {
            release: &self.release,
            verdict: self.verdict.as_ref(),
            sources: &self.sources,
            roles: &self.roles,
            runs: &self.runs,
            ledger: self.ledger.as_deref(),
            account: self.account.as_ref(),
            barred: self.barred.as_deref(),
            doubted: self.doubted.as_deref(),
            looked: self.looked,
            now: self.now,
        })
    }

    /// Records `entry`, `secs` after the start of everything.
    fn record(&mut self, entry: Entry, secs: i64) -> Result<(), String> {
        self.seq += 1;
        let place =
            Place { seq: self.seq, id: self.seq.to_string(), ts: at(secs), host: "bastion".into(), prev: Hash::NONE };
        self.runs.apply(&Event::new(entry, place)).map_err(|why| why.to_string())
    }

    fn say(&mut self, said: &Said, secs: i64) -> Result<(), String> {
        let actor = Actor { key: "unsigned".into(), user: "mira".into(), ..Actor::default() };
        self.record(said.entry((actor, None), RELEASE).expect("an entry"), secs)
    }

    /// The countdown that a process would begin at `secs`, recorded.
    fn begin(&mut self, secs: i64, process: &str) {
        let after = self.runs.countdowns().of(RELEASE).map_or(0, |before| before.seq);
        let case = Case {
            trigger: "error-rate".to_owned(),
            service: "checkout".to_owned(),
            act: Act::Abort,
            version: "1.42.0".to_owned(),
            template: Some("new".to_owned()),
            evidence: "62 bad of 900".to_owned(),
            measured: at(secs),
        };
        let plan = plan().hash().expect("a hash");
        let does = "abort checkout prod to 1.41.7".to_owned();
        let said = Said::Begin { case, plan, does, until: at(secs + 60), process: process.to_owned(), after };
        self.say(&said, secs).expect("it counts");
    }

    /// A run, by the breaker or by a person.
    fn run(&mut self, countdown: Option<u64>) -> Result<(), String> {
        let mut act = create(plan());
        if let RunAct::Create { countdown: by, .. } = &mut act {
            *by = countdown;
        }
        let actor = Actor { key: "unsigned".into(), user: "mira".into(), ..Actor::default() };
        let run = format!("run-{}", self.seq);
        self.record(act.entry(actor, &run, Some(RELEASE)).expect("an entry"), NOW)
    }

    fn verdict(&mut self) -> &mut Verdict {
        self.verdict.as_mut().expect("a verdict")
    }

    fn standing(&mut self) -> &mut Standing {
        &mut self.verdict().triggers[0]
    }

    fn workload(&mut self) -> &mut crate::domain::workload::Workload {
        self.release.components[0].workload.as_mut().expect("a workload")
    }
}

/// Something that makes it not certain any more, and a word of what is told of it.
type Doubt = (&'static str, fn(&mut World));

const DOUBTS: &[Doubt] = &[
    ("ledger is away", |world| world.ledger = Some("the ledger is away".to_owned())),
    ("damaged", |world| world.runs.distrust_breaker()),
    ("FROZEN", |world| world.barred = Some("the screen is FROZEN".to_owned())),
    ("no verdict", |world| world.verdict = None),
    ("verdict is 20s old", |world| {
        if let Some(verdict) = &mut world.verdict {
            verdict.at = at(NOW - 20);
        }
    }),
    ("of the future", |world| {
        if let Some(verdict) = &mut world.verdict {
            verdict.at = at(NOW + 20);
        }
    }),
    ("the verdict is HOLD", |world| {
        if let Some(verdict) = &mut world.verdict {
            verdict.word = Word::Hold;
        }
    }),
    ("alerts: am: STALE", |world| {
        if let Some(verdict) = &mut world.verdict {
            let silent = Reason::new(Input::Alerts, Effect::Unknown, "alerts", "alerts unknown", "alerts: am: STALE");
            verdict.reasons.push(silent);
        }
    }),
    ("prom does not answer", |world| fails(&mut world.sources[0])),
    ("cannot clear: no answer", |world| {
        each(world, |one| {
            one.state = TriggerState::Fired { since: at(NOW - 90), cannot_clear: Some("no answer".into()) }
        });
    }),
    ("not FIRED any more|Idle", |world| each(world, |one| one.state = TriggerState::Clear)),
    ("not FIRED any more|Idle", |world| {
        each(world, |one| one.state = TriggerState::CannotTell { why: "no answer".into() });
    }),
    ("not over its limit", |world| {
        each(world, |one| Arc::make_mut(&mut one.look).finding = Finding::Unknown("partial".into()));
    }),
    ("1m01s old", |world| each(world, |one| Arc::make_mut(&mut one.look).at = at(NOW - 61))),
    ("of the future", |world| each(world, |one| Arc::make_mut(&mut one.look).at = at(NOW + 6))),
    ("older than the deploy", |world| {
        if let Some(workload) = &mut world.release.components[0].workload {
            workload.started_at = Some(at(NOW - 10));
        }
    }),
    ("nothing says when", |world| {
        if let Some(workload) = &mut world.release.components[0].workload {
            workload.started_at = None;
        }
    }),
    ("no part of the release|not FIRED", |world| world.release.components[0].region = Some("eu".to_owned())),
    ("several objects", |world| {
        let again = world.release.components[0].clone();
        world.release.components.extend([again.clone(), again]);
    }),
    ("two objects fit", |world| world.release.components[0].problem = Some("two objects fit".to_owned())),
    ("nothing says how", |world| world.release.components[0].workload = None),
    ("there is no rollout", |world| world.release.components[0].phase = Phase::Baking),
    ("not observed yet", |world| {
        if let Some(workload) = &mut world.release.components[0].workload {
            workload.status = Status::Stale;
        }
    }),
    ("version of checkout is not known", |world| world.release.components[0].version = None),
    ("acts on checkout already", |world| {
        // Where one was recorded before, its lease is there.
        let _ = world.run(None);
    }),
];

fn each(world: &mut World, change: impl Fn(&mut Standing)) {
    world.verdict.iter_mut().flat_map(|verdict| &mut verdict.triggers).for_each(change);
}

fn acts(step: Option<&Step>) -> bool {
    matches!(step, Some(Step::Act(_) | Step::Begin(_)))
}

#[test]
fn what_fired_without_doubt_begins_a_countdown_and_is_done_at_its_end() {
    let (_, step) = World::fired().judge();
    let Some(Step::Begin(begin)) = step else { panic!("{step:?}") };
    assert_eq!((begin.case.what(), begin.lasts, begin.after), ("1.42.0 new".to_owned(), Span::from_secs(60), 0));
    let mut world = World::counted();
    assert!(matches!(world.judge().1, Some(Step::Act(countdown)) if countdown.case.act == Act::Abort));
    world.now = at(NOW - 1);
    world.verdict().at = at(NOW - 1);
    assert!(matches!(world.judge(), (Stand::Counting { .. }, None)), "a second before its end nothing is done");
}

#[test]
fn any_single_doubt_stops_the_countdown_says_why_and_begins_none() {
    for (words, doubt) in DOUBTS {
        let mut world = World::counted();
        doubt(&mut world);
        let (stand, step) = world.judge();
        let wanted = |told: &str| words.split('|').any(|word| told.contains(word));
        match (&stand, &step) {
            (Stand::Stopped { why, .. }, Some(Step::Stop { why: told, .. })) => {
                assert!(wanted(why) && why == told, "{words}: {why}");
            }
            // Where nothing can be recorded, or nobody may act here, it just does not go on.
            (Stand::Counting { .. } | Stand::Stopped { .. }, None) if world.ledger.is_some() => {}
            other => panic!("{words}: {other:?}"),
        }
        let mut world = World::fired();
        doubt(&mut world);
        match world.judge() {
            (Stand::Refused { why, .. }, None) => assert!(wanted(&why), "{words}: {why}"),
            (Stand::Idle, None) => assert!(*words == "no verdict" || words.contains("Idle"), "{words}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn a_person_who_holds_it_holds_it_until_the_trigger_has_cleared() {
    let mut world = World::counted();
    world.say(&Said::Hold { countdown: 1, reason: "we look".into(), who: None }, NOW - 20).expect("held");
    let (stand, step) = world.judge();
    assert!(matches!(&stand, Stand::Held { who, reason, .. } if who == "mira" && reason == "we look"), "{stand:?}");
    assert_eq!(step, None);
    assert!(world.run(Some(1)).is_err_and(|why| why.contains("mira holds the circuit breaker")), "however it is tried");
    world.standing().state = TriggerState::CannotTell { why: "no answer".into() };
    assert_eq!(world.judge().1, None, "silence does not clear it");
    let workload = world.release.components[0].workload.take();
    assert_eq!(world.judge().1, None, "nor does a process that has not heard yet what goes out");
    world.release.components[0].workload = workload;
    world.workload().target.hash = Some("newer".to_owned());
    assert_eq!(world.judge().1, Some(Step::Clear { countdown: 1 }), "another version is another matter");
    world.workload().target.hash = Some("new".to_owned());
    world.standing().state = TriggerState::Clear;
    for (within_since, clears) in [(None, false), (Some(at(NOW - 59)), false), (Some(at(NOW - 60)), true)] {
        world.standing().within_since = within_since;
        assert_eq!(world.judge().1.is_some(), clears, "one look is not enough: {within_since:?}");
    }
    assert_eq!(world.judge().1, Some(Step::Clear { countdown: 1 }));
    world.say(&Said::Clear { countdown: 1 }, NOW).expect("cleared");
    assert_eq!(world.judge().0, Stand::Idle);
    let mut again = World { now: at(NOW + 40), looked: Some(at(NOW + 39)), ..world };
    again.verdict().at = at(NOW + 40);
    *again.standing() = standing("error-rate", Act::Abort);
    Arc::make_mut(&mut again.standing().look).at = at(NOW + 35);
    assert!(matches!(again.judge().1, Some(Step::Begin(begin)) if begin.after == 1), "what fires again counts anew");
}

#[test]
fn a_decision_to_hold_or_to_go_on_holds_it_and_a_no_go_does_not() {
    let human = |decision, secs| Human {
        computed: None,
        over: Vec::new(),
        decision,
        who: "ana".into(),
        reason: "a known fault".into(),
        at: at(secs),
        outdated: false,
        disagrees: false,
        escalation: String::new(),
    };
    for (decision, secs, holds) in [
        (Decision::Hold, NOW - 20, true),
        (Decision::Go, NOW - 20, true),
        (Decision::NoGo, NOW - 20, false),
        (Decision::Hold, NOW - 200, false),
    ] {
        let mut world = World::counted();
        world.verdict().human = Some(human(decision, secs));
        match world.judge().1 {
            Some(Step::Hold { who, .. }) => assert!(holds && who == "ana", "{decision:?}"),
            Some(Step::Act(_)) => assert!(!holds, "{decision:?} {secs}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn it_acts_on_a_version_once() {
    let mut world = World::counted();
    world.run(Some(1)).expect("it acts");
    assert!(matches!(world.judge(), (Stand::Acted { run, .. }, None) if run == "run-1"));
    assert!(world.run(Some(1)).is_err(), "nor does a second process");
    // The run is over, and the same version is tried again.
    let mut again = World::fired();
    (again.runs, again.seq) = (world.runs, world.seq);
    let still = |world: &World| match world.judge() {
        (Stand::Acted { still, .. }, None) => still,
        other => panic!("{other:?}"),
    };
    assert_eq!(still(&again).as_deref(), Some("error-rate"), "what is not over by it is told");
    again.standing().state = TriggerState::Clear;
    assert_eq!(still(&again), None);
    again.standing().state = TriggerState::Fired { since: at(NOW - 90), cannot_clear: None };
    again.workload().target.hash = Some("newer".to_owned());
    again.release.environment = "elsewhere".to_owned();
    assert!(matches!(again.judge().1, Some(Step::Begin(_))), "another version is another matter");
}

#[test]
fn of_two_processes_one_counts_and_the_other_one_takes_over_when_it_is_gone() {
    let mut world = World::counted();
    world.account = Some(Account { name: "robot".to_owned(), process: "two".to_owned() });
    assert!(matches!(world.judge(), (Stand::Counting { .. }, None)), "another process counts");
    for secs in [NOW + 1, NOW + 25, NOW + 40] {
        world.now = at(secs);
        world.looked = Some(at(secs - 1));
        world.verdict().at = at(secs);
        Arc::make_mut(&mut world.standing().look).at = at(secs - 1);
    }
    assert!(matches!(world.judge().1, Some(Step::Begin(begin)) if begin.after == 1), "it never came to its end");
    world.begin(NOW + 40, "two");
    assert!(world.run(Some(1)).is_err_and(|why| why.contains("another one by now")), "the first one comes back");
    world.run(Some(2)).expect("the second one");
}

#[test]
fn what_began_a_countdown_must_be_seen_again_before_it_is_acted_on() {
    let mut world = World::counted();
    Arc::make_mut(&mut world.standing().look).at = at(NOW - 60);
    world.verdict().at = at(NOW);
    assert!(matches!(world.judge(), (Stand::Counting { .. }, None)), "the look that began it is the newest");
    (world.now, world.looked) = (at(NOW + 5), Some(at(NOW + 4)));
    Arc::make_mut(&mut world.standing().look).at = at(NOW + 1);
    assert!(matches!(world.judge().1, Some(Step::Act(_))), "it comes a little late");
}

#[test]
fn a_source_of_another_environment_may_be_silent() {
    let mut world = World::counted();
    fails(&mut world.sources[1]);
    assert!(matches!(world.judge().1, Some(Step::Act(_))));
}

#[test]
fn a_process_that_slept_stops_because_nobody_could_have_held_it() {
    for (looked, now) in [(NOW - 16, NOW), (NOW + 6, NOW)] {
        let mut world = World::counted();
        (world.looked, world.now) = (Some(at(looked)), at(now));
        assert!(matches!(world.judge().1, Some(Step::Stop { why, .. }) if why.contains("nobody looked")));
    }
    let mut late = World::counted();
    late.looked = Some(at(NOW + 2));
    assert!(matches!(late.judge().1, Some(Step::Act(_))), "messages come a little out of order");
    let mut away = World::counted();
    away.doubted = Some("the ledger was away".to_owned());
    assert!(matches!(away.judge().1, Some(Step::Stop { why, .. }) if why.contains("was away")), "and came back");
    let mut world = World::counted();
    (world.now, world.looked) = (at(NOW + 31), Some(at(NOW + 30)));
    world.verdict().at = at(NOW + 31);
    Arc::make_mut(&mut world.standing().look).at = at(NOW + 25);
    assert!(matches!(world.judge().1, Some(Step::Stop { why, .. }) if why.contains("in time")));
}

#[test]
fn without_the_right_for_this_act_and_class_nothing_is_counted() {
    let told = |change: fn(&mut World)| {
        let mut world = World::fired();
        change(&mut world);
        match world.judge() {
            (Stand::Refused { why, .. }, None) => why,
            other => panic!("{other:?}"),
        }
    };
    assert!(told(|world| world.account = None).contains("no process"));
    assert!(told(|world| world.release.class = ChangeClass::Emergency).contains("may abort emergency changes"));
    assert!(told(|world| world.roles = Roles::default()).contains("has no role"));
}

#[test]
fn after_a_stop_it_waits_before_it_counts_again() {
    let mut world = World::counted();
    world.say(&Said::Stop { countdown: 1, why: "alerts: am: STALE".into() }, NOW - 10).expect("stopped");
    assert!(matches!(world.judge(), (Stand::Stopped { why, .. }, None) if why.contains("STALE")));
    let mut later = World::counted();
    later.say(&Said::Stop { countdown: 1, why: "alerts: am: STALE".into() }, NOW - 30).expect("stopped");
    assert!(matches!(later.judge().1, Some(Step::Begin(begin)) if begin.after == 1));
}

#[test]
fn of_several_that_fired_the_gravest_decides_and_advice_does_nothing() {
    let mut world = World::fired();
    world.verdict().triggers =
        vec![standing("a-pause", Act::Pause), standing("z-abort", Act::Abort), standing("advice", Act::Advise)];
    assert!(matches!(world.judge().1, Some(Step::Begin(begin)) if begin.case.trigger == "z-abort"));
    world.verdict().triggers = vec![standing("advice", Act::Advise)];
    assert_eq!(world.judge(), (Stand::Idle, None));
}

proptest! {
    #[test]
    fn with_any_doubt_at_all_nothing_is_done(
        doubts in prop::collection::vec(0..DOUBTS.len(), 1..6),
        counted in any::<bool>(),
    ) {
        let mut world = if counted { World::counted() } else { World::fired() };
        for doubt in &doubts {
            DOUBTS[*doubt].1(&mut world);
        }
        let (stand, step) = world.judge();
        prop_assert!(!acts(step.as_ref()), "{doubts:?}: {stand:?} {step:?}");
    }

    #[test]
    fn the_order_in_which_facts_arrive_does_not_matter(
        doubts in prop::collection::vec(0..DOUBTS.len(), 0..4),
        counted in any::<bool>(),
        order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut world = if counted { World::counted() } else { World::fired() };
        world.verdict().triggers = vec![
            standing("a", Act::Advise),
            standing("b", Act::Pause),
            standing("error-rate", Act::Abort),
            standing("z", Act::Abort),
        ];
        for doubt in doubts {
            DOUBTS[doubt].1(&mut world);
        }
        let before = world.judge();
        if let Some(verdict) = &mut world.verdict {
            verdict.triggers = order.iter().map(|index| verdict.triggers[*index].clone()).collect();
        }
        prop_assert_eq!(world.judge(), before);
    }
}
