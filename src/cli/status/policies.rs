//! What policies decide about releases, asked once.

use std::collections::BTreeMap;

use crate::{
    cli::console,
    clock::Clock,
    config::Loaded,
    domain::{
        calendar::{Change, agenda::Agenda, standing::standing},
        picture::Picture,
        policy::{
            self, Ruling,
            input::{self, Matter},
        },
        release::ReleaseId,
        run::runs::Runs,
        verdict::{Verdict, judge::Readiness},
    },
    shell::policies::Bench,
    sources::connector::Context,
};

/// Whether anybody decides.
pub(super) fn are_asked(loaded: &Loaded) -> bool {
    loaded.settings.policy.opa.is_some() || policy::are_in(&loaded.catalog)
}

/// What is decided about each release that has a verdict. Nothing where nobody can be asked.
pub(super) fn rulings<'a>(
    loaded: &Loaded,
    picture: &Picture,
    verdicts: &BTreeMap<ReleaseId, Verdict>,
    readiness: &dyn Fn(&ReleaseId) -> Option<Readiness<'a>>,
    runs: Option<&Runs>,
) -> BTreeMap<ReleaseId, Ruling> {
    let Ok(runtime) = console::runtime() else { return BTreeMap::new() };
    let catalog = &loaded.catalog;
    let agenda = Agenda::around(&catalog.calendar, picture.at);
    let documents = verdicts.iter().filter_map(|(id, verdict)| {
        let release = picture.release(id)?;
        let dates = standing(&catalog.calendar, &agenda, &Change::of(release), picture.at);
        let (readiness, calendar) = (readiness(id), &dates);
        let matter = Matter { release, picture, catalog, readiness, calendar, verdict, runs };
        Some((id.clone(), input::document(&matter)))
    });
    let (ids, inputs): (Vec<ReleaseId>, Vec<serde_json::Value>) = documents.unzip();
    let hashes: Vec<_> = inputs.iter().map(input::hash).collect();
    let bench = Bench::new(&loaded.settings.policy, &Context::new(Clock::real(), true));
    let decisions = bench.decide(catalog, &inputs, runtime.handle());
    runtime.shutdown_background();
    let ruling = |(decision, input)| Ruling { decision, at: picture.at, input };
    ids.into_iter().zip(decisions.into_iter().zip(hashes).map(ruling)).collect()
}
