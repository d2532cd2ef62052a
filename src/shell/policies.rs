//! Asks policies, beside the interface: whatever they do, the console goes on, and there is an answer.

use std::{
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread,
};

use serde_json::Value;
use tokio::runtime::Handle;

use super::{console::WORKER, inbox::Inbox};
use crate::{
    app::{msg::Msg, policies::Questions},
    clock::Clock,
    config::schema::policy::Policy,
    domain::{
        catalog::Catalog,
        policy::{self, Decision},
        source::SourceError,
    },
    policy::court::Court,
    runbook::steps::command::own_program,
    sources::{connector::Context, opa::Opa},
};

/// Everybody who decides: the policies of the catalog, and the server that the settings name.
#[derive(Debug)]
pub struct Bench {
    server: Result<Option<Opa>, SourceError>,
}

impl Bench {
    /// With the server of `settings`, where they name one.
    #[must_use]
    pub fn new(settings: &Policy, context: &Context) -> Self {
        Self { server: Opa::of(settings, context) }
    }

    /// What they decide together about each of `inputs`: all of them must allow. Blocks; not to be called on the runtime.
    #[must_use]
    pub fn decide(&self, catalog: &Catalog, inputs: &[Value], runtime: &Handle) -> Vec<Decision> {
        let remote: Option<Vec<Decision>> = match &self.server {
            Ok(None) => None,
            Ok(Some(server)) => Some(runtime.block_on(server.decide(inputs))),
            Err(why) => Some(inputs.iter().map(|_| Decision::unavailable(why.to_string())).collect()),
        };
        let local = policy::are_in(catalog).then(|| Court::of(own_program(), catalog).decide(inputs));
        match (local, remote) {
            (Some(local), Some(remote)) => local.into_iter().zip(remote).map(|(one, other)| one.and(other)).collect(),
            (Some(alone), None) | (None, Some(alone)) => alone,
            (None, None) => inputs.iter().map(|_| Decision::unavailable("there are no policies any more")).collect(),
        }
    }
}

/// What asks them, on a thread of its own. It ends with this.
#[derive(Debug)]
pub struct Policies {
    questions: Sender<Questions>,
    clock: Clock,
    inbox: Arc<Inbox>,
}

impl Policies {
    /// Waits for questions to `bench`; answers go into `inbox`.
    #[must_use]
    pub fn start(bench: Bench, runtime: Handle, clock: Clock, inbox: Arc<Inbox>) -> Self {
        let (questions, asked) = channel::<Questions>();
        let answers = Arc::clone(&inbox);
        let work = move || {
            for questions in asked {
                let inputs: Vec<Value> = questions.inputs.iter().map(|(_, input)| input.clone()).collect();
                let decisions = bench.decide(&questions.catalog, &inputs, &runtime);
                answers.tell(clock.now(), answer(&questions, decisions));
            }
        };
        // A thread that cannot be started takes no questions, which is told below.
        let _ = thread::Builder::new().name(format!("{WORKER}-policies")).spawn(work);
        Self { questions, clock, inbox }
    }

    /// Asks them; the answer comes into the inbox.
    pub fn ask(&self, questions: Questions) {
        if let Err(refused) = self.questions.send(questions) {
            let nobody = || Decision::unavailable("nothing here asks policies any more: start warroom again");
            let decisions = refused.0.inputs.iter().map(|_| nobody()).collect();
            self.inbox.tell(self.clock.now(), answer(&refused.0, decisions));
        }
    }
}

fn answer(questions: &Questions, decisions: Vec<Decision>) -> Msg {
    let releases = questions.inputs.iter().map(|(release, _)| release.clone());
    Msg::Decided { number: questions.number, decisions: releases.zip(decisions).collect() }
}
