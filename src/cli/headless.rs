//! The console's own model without a screen: what sources, ledger and checks say goes through the same updates, so that what is
//! told without a terminal is what the console shows.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use super::{
    Exit,
    console::{self, Start},
    setup,
};
use crate::{
    app::{
        ledger::State,
        model::Model,
        msg::{Effect, Msg},
        update,
    },
    clock::Clock,
    domain::{canary::analysis::Standing, room::Room},
    runbook::resolve::Resolver,
    shell::{
        console::Feeds,
        inbox::{Event, Inbox},
        ledger::Following,
        operator::Operator,
        policies::{Bench, Policies},
        profiles::Keeper,
        runtime::{Asking, Sources},
        wardrobe::Wardrobe,
    },
    sources::connection::{self, Connection},
};

/// How often time passes where nothing arrives: a countdown is told in seconds.
const AGES: Duration = Duration::from_secs(1);

/// A running model.
pub(super) struct Headless {
    /// What is known.
    pub(super) model: Model,
    /// Its clock.
    pub(super) clock: Clock,
    /// Where everything comes in.
    pub(super) inbox: Arc<Inbox>,
    feeds: Sources,
    policies: Policies,
    ledger: Option<Following>,
    /// Does what the circuit breaker says, where this process has one.
    operator: Option<Operator>,
    /// Keeps profiles of versions, where this process does.
    keeper: Option<Keeper>,
    runtime: Runtime,
    ages: Instant,
}

impl Headless {
    /// Begins to ask. Only one that `acts` is the circuit breaker that its settings may make of it, and keeps profiles of versions.
    ///
    /// # Errors
    /// With the exit code, when it cannot run here; that was told then.
    pub(super) fn start(mut start: Start, acts: bool) -> Result<Self, Exit> {
        if !acts {
            start.settings.breaker.account = None;
        }
        let runtime = console::runtime()?;
        let clock = start.clock;
        let inbox = Arc::new(Inbox::default());
        let connections = connection::build(&start.settings.sources, &start.context);
        let (profiles, unusable) = setup::stored(start.profiles.as_deref());
        if let Some(why) = unusable {
            inbox.tell(clock.now(), Msg::Notice(why));
        }
        let specs = connections.iter().map(Connection::spec).collect();
        let room = Room { profiles, ..Room::new(Arc::clone(&start.catalog), specs) };
        // Lines have no look.
        let wardrobe = Wardrobe::default();
        let model = Model::new(setup::of_model(&start, &wardrobe, clock.now()), room, clock.now());
        let demand = update::demand(&model);
        let signers = start.catalog.signers.clone();
        let operator = start.ledger.clone().filter(|_| model.setup.account.is_some()).map(|settings| {
            let resolver = Resolver::new(&start.settings.sources, &start.context);
            let ledger = (settings, start.passed_on);
            Operator::new(runtime.handle().clone(), ledger, (resolver, start.agent), clock, Arc::clone(&inbox))
        });
        let ledger = start.ledger.map(|settings| Following::start(settings, signers, clock, Arc::clone(&inbox)));
        let keeper = start.profiles.filter(|_| acts);
        let keeper = keeper.and_then(|path| Keeper::start(path, clock, Arc::clone(&inbox)).ok());
        let bench = Bench::new(&start.settings.policy, &start.context);
        let asking = Asking {
            wardrobe: Arc::new(wardrobe),
            clock,
            inbox: Arc::clone(&inbox),
            context: start.context,
            sources: start.settings.sources.clone(),
            files: start.files,
        };
        let feeds = Sources::start(&runtime, connections, &demand, asking);
        let policies = Policies::start(bench, runtime.handle().clone(), clock, Arc::clone(&inbox));
        Ok(Self {
            model,
            clock,
            inbox,
            feeds,
            policies,
            ledger,
            operator,
            keeper,
            runtime,
            ages: Instant::now() + AGES,
        })
    }

    /// Takes what comes in within `patience`. Returns what is to be told to people.
    pub(super) fn turn(&mut self, patience: Duration) -> Vec<String> {
        let mut notices = Vec::new();
        for event in self.inbox.take(patience) {
            match event {
                Event::Msg(_, Msg::Notice(text)) => notices.push(text),
                Event::Msg(at, msg) => {
                    let effects = update::update(&mut self.model, at, msg);
                    self.carry_out(effects);
                }
                Event::Repaint => {}
            }
        }
        if Instant::now() >= self.ages {
            self.ages = Instant::now() + AGES;
            let effects = update::update(&mut self.model, self.clock.now(), Msg::Tick);
            self.carry_out(effects);
        }
        notices
    }

    fn carry_out(&self, effects: Vec<Effect>) {
        for effect in effects {
            match (effect, &self.operator) {
                (Effect::KeepProfiles(found), _) => {
                    if let Some(keeper) = &self.keeper {
                        keeper.keep(*found);
                    }
                }
                (Effect::Demand(demand), _) => {
                    if let Some(ledger) = &self.ledger {
                        ledger.signers(&demand.catalog.signers);
                    }
                    self.feeds.demand(demand);
                }
                (effect @ Effect::Breaker(_), Some(operator)) => operator.take(effect),
                (Effect::AskPolicies(questions), _) => self.policies.ask(*questions),
                _ => {}
            }
        }
    }

    /// Whether every feed of every source has answered or failed, and so has everybody who counts for a comparison: who counts is
    /// asked only once it is known what is deployed.
    pub(super) fn all_heard(&self) -> bool {
        let mut feeds = self.model.room.sources.iter().flat_map(|source| source.feeds.values());
        let mut comparisons = self.model.picture.analyses.iter();
        feeds.all(|state| state.feed.good.is_some() || state.feed.failure.is_some())
            && !comparisons.any(|one| matches!(one.standing, Standing::Unanswered(_)))
    }

    /// Whether it is known what the ledger says, or that nobody can tell.
    pub(super) fn ledger_read(&self) -> bool {
        !matches!(self.model.ledger.state, State::Opening)
    }

    /// Stops asking; questions under way are nobody's any more.
    pub(super) fn end(self) {
        self.runtime.shutdown_background();
    }
}
