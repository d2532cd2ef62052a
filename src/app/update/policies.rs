//! When policies are asked about which release, and what their answers mean.

use std::sync::Arc;

use super::{calendar, verdicts};
use crate::{
    app::{
        model::Model,
        msg::Effect,
        policies::{Asked, Questions},
    },
    domain::{
        catalog::Catalog,
        ledger::hash::Hash,
        policy::{
            Decision, Ruling,
            input::{self, Matter},
        },
        release::{Release, ReleaseId},
        time::{Span, Timestamp},
        verdict::{policy::policy, reason::Reason},
    },
};

/// A question is looked at again at most so often, however often something is learned.
const LOOK: Span = Span::from_secs(2);
/// What has not changed is asked again after so long: a policy may look at the time.
const AGAIN: Span = Span::from_secs(15);
/// An answer says nothing any more after so long, and one that was not given is not waited for.
const LASTS: Span = Span::from_mins(1);
/// So many releases are asked about at once: their documents are made between two frames.
const BATCH: usize = 100;

/// What policies say about `release`. Nothing where there are none.
pub(super) fn reasons(model: &Model, release: &Release) -> Vec<Reason> {
    if !model.has_policies() {
        return Vec::new();
    }
    let (ruling, standing) = (model.policies.rulings.get(&release.id), model.readiness.get(&release.id));
    policy(ruling, standing, model.setup.patience(LASTS), model.now)
}

/// Forgets what was decided by other policies than those of `catalog`.
pub(super) fn keep(model: &mut Model, catalog: &Catalog) {
    if model.room.catalog.policies != catalog.policies {
        model.policies.rulings.clear();
        model.policies.looked.clear();
        // An answer under way is one of the policies before.
        model.policies.asked = None;
    }
}

/// What policies decided. An answer to other questions than the newest ones is none.
pub(super) fn decided(model: &mut Model, number: u64, decisions: Vec<(ReleaseId, Decision)>) {
    let Some(asked) = model.policies.asked.take_if(|asked| asked.number == number) else { return };
    for (release, decision) in decisions {
        if let Some(input) = asked.hashes.get(&release) {
            model.policies.rulings.insert(release, Ruling { decision, at: asked.at, input: *input });
        }
    }
}

/// Asks about the releases whose question is another one than before, or was answered a while ago.
pub(super) fn ask(model: &mut Model) -> Option<Effect> {
    if !model.has_policies() {
        return None;
    }
    let now = model.now;
    let patience = model.setup.patience(LASTS);
    if model.policies.asked.as_ref().is_some_and(|asked| Span::between(asked.at, now) <= patience) {
        return None;
    }
    let due = due(model);
    let questions: Vec<(ReleaseId, serde_json::Value, Hash)> = due
        .iter()
        .filter_map(|id| {
            let document = document(model, id)?;
            let hash = input::hash(&document);
            Some((id.clone(), document, hash))
        })
        .filter(|(id, _, hash)| !answered(model, id, *hash))
        .collect();
    model.policies.looked.retain(|id, _| model.verdicts.contains_key(id));
    model.policies.rulings.retain(|id, _| model.verdicts.contains_key(id));
    model.policies.looked.extend(due.into_iter().map(|id| (id, now)));
    if questions.is_empty() {
        return None;
    }
    model.policies.number += 1;
    let number = model.policies.number;
    let hashes = questions.iter().map(|(id, _, hash)| (id.clone(), *hash)).collect();
    model.policies.asked = Some(Asked { number, at: now, hashes });
    let inputs = questions.into_iter().map(|(id, document, _)| (id, document)).collect();
    Some(Effect::AskPolicies(Box::new(Questions { number, catalog: Arc::clone(&model.room.catalog), inputs })))
}

/// Releases whose question is to be looked at, those first that were never asked about.
fn due(model: &Model) -> Vec<ReleaseId> {
    let (policies, now) = (&model.policies, model.now);
    let (look, again) = (model.setup.patience(LOOK), model.setup.patience(AGAIN));
    let long_ago = |at: &Timestamp, span: Span| Span::between(*at, now) >= span || *at > now;
    let is_due = |id: &&ReleaseId| match policies.looked.get(*id) {
        None => true,
        Some(looked) => {
            let old = policies.rulings.get(*id).is_none_or(|ruling| long_ago(&ruling.at, again));
            long_ago(looked, look) && (old || policies.learned.is_some_and(|learned| learned > *looked))
        }
    };
    let mut due: Vec<&ReleaseId> = model.verdicts.keys().filter(is_due).collect();
    due.sort_by_key(|id| policies.looked.get(*id));
    due.into_iter().take(BATCH).cloned().collect()
}

fn answered(model: &Model, id: &str, hash: Hash) -> bool {
    let again = model.setup.patience(AGAIN);
    let same = |ruling: &Ruling| ruling.input == hash && Span::between(ruling.at, model.now) < again;
    model.policies.rulings.get(id).is_some_and(same)
}

fn document(model: &Model, id: &str) -> Option<serde_json::Value> {
    let release = model.picture.release(id)?;
    let unknown = verdicts::ledger_unknown(model);
    Some(input::document(&Matter {
        release,
        picture: &model.picture,
        catalog: &model.room.catalog,
        readiness: verdicts::of(model, id, unknown.as_deref()),
        calendar: &calendar::stands(model, release),
        verdict: model.verdicts.get(id)?,
        runs: model.ledger.record_of_runs(),
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{tests::*, update};
    use super::*;
    use crate::{app::msg::Msg, domain::verdict::Word};

    /// A console whose catalog has this policy, and what it asks at first.
    fn room(policy: &str) -> (Model, Questions) {
        let mut model = console();
        let catalog = with(&model, policy);
        let questions = asked(update(&mut model, at(0), Msg::Catalog(catalog))).expect("policies are asked");
        (model, questions)
    }

    fn with(model: &Model, policy: &str) -> Arc<Catalog> {
        let mut catalog = Catalog::clone(&model.room.catalog);
        catalog.policies.insert("gate".to_owned(), policy.to_owned());
        Arc::new(catalog)
    }

    fn asked(effects: Vec<Effect>) -> Option<Questions> {
        effects.into_iter().find_map(|effect| match effect {
            Effect::AskPolicies(questions) => Some(*questions),
            _ => None,
        })
    }

    fn answer(model: &mut Model, secs: i64, questions: &Questions, decision: &Decision) {
        let decisions = questions.inputs.iter().map(|(id, _)| (id.clone(), decision.clone())).collect();
        let effects = update(model, at(secs), Msg::Decided { number: questions.number, decisions });
        assert_eq!(asked(effects), None, "an answer is no news to ask about");
    }

    fn says(model: &Model) -> BTreeSet<String> {
        let reasons = model.verdicts.values().flat_map(|verdict| &verdict.reasons);
        let of_policies = reasons.filter(|reason| reason.input == crate::domain::verdict::reason::Input::Policy);
        of_policies.map(|reason| reason.text.clone()).collect()
    }

    fn denied() -> Decision {
        Decision::unavailable("not on a friday")
    }

    #[test]
    fn every_release_with_a_verdict_is_asked_about_and_the_answer_is_part_of_it() {
        let (mut model, questions) = room("one");
        let about: Vec<&str> = questions.inputs.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(about, ["cart", "checkout", "search"]);
        assert_eq!(says(&model), BTreeSet::from(["policies are being asked".to_owned()]));
        answer(&mut model, 1, &questions, &denied());
        assert_eq!(says(&model), BTreeSet::from(["not on a friday".to_owned()]));
        assert!(model.verdicts.values().all(|verdict| verdict.word == Word::Hold));
    }

    #[test]
    fn without_policies_nobody_is_asked_and_nothing_is_said() {
        let mut model = console();
        let catalog = Arc::clone(&model.room.catalog);
        assert_eq!(asked(update(&mut model, at(0), Msg::Catalog(catalog))), None);
        assert_eq!(says(&model), BTreeSet::new());
        model.setup.policy_server = Some("https://opa.example.net".to_owned());
        assert!(asked(update(&mut model, at(1), Msg::Tick)).is_some(), "a server is enough");
    }

    #[test]
    fn what_has_not_changed_is_asked_again_after_fifteen_seconds_and_not_before() {
        let (mut model, questions) = room("one");
        for secs in 1..4 {
            assert_eq!(asked(update(&mut model, at(secs), Msg::Tick)), None, "it was not answered yet");
        }
        answer(&mut model, 4, &questions, &Decision::default());
        let again: Vec<i64> =
            (5..20).filter(|secs| asked(update(&mut model, at(*secs), Msg::Tick)).is_some()).collect();
        assert_eq!(again, [15]);
    }

    #[test]
    fn what_has_changed_is_asked_about_within_two_seconds() {
        let (mut model, questions) = room("one");
        answer(&mut model, 1, &questions, &Decision::default());
        let mut catalog = Catalog::clone(&model.room.catalog);
        catalog.releases.entry("cart".to_owned()).or_default().owner = Some("mira".to_owned());
        assert_eq!(asked(update(&mut model, at(1), Msg::Catalog(Arc::new(catalog)))), None);
        let questions = asked(update(&mut model, at(2), Msg::Tick)).expect("one is asked about");
        let about: Vec<&str> = questions.inputs.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(about, ["cart"]);
    }

    #[test]
    fn an_answer_of_other_policies_counts_for_nothing() {
        let (mut model, before) = room("one");
        let catalog = with(&model, "two");
        let questions = asked(update(&mut model, at(1), Msg::Catalog(catalog))).expect("asked anew, at once");
        answer(&mut model, 2, &before, &Decision::default());
        assert_eq!(says(&model), BTreeSet::from(["policies are being asked".to_owned()]));
        answer(&mut model, 3, &questions, &denied());
        assert_eq!(says(&model), BTreeSet::from(["not on a friday".to_owned()]));
    }

    #[test]
    fn an_answer_that_does_not_come_is_not_waited_for_and_an_old_one_says_nothing() {
        let (mut model, questions) = room("one");
        answer(&mut model, 1, &questions, &Decision::default());
        assert_eq!(says(&model), BTreeSet::from(["policies allow it".to_owned()]));
        assert!((2..20).any(|secs| asked(update(&mut model, at(secs), Msg::Tick)).is_some()));
        assert!((20..70).all(|secs| asked(update(&mut model, at(secs), Msg::Tick)).is_none()), "it is being asked");
        assert!((70..80).any(|secs| asked(update(&mut model, at(secs), Msg::Tick)).is_some()), "nobody waits for ever");
        assert!(says(&model).iter().all(|text| text.contains("and not since")), "{:?}", says(&model));
    }
}
