//! The document that policies judge, as a console makes it: the example in the docs, and the policies to start from, on a real one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
};

use serde_json::Value;
use warroom::{
    app::{
        model::{Model, Screen},
        msg::{Effect, Msg},
        update::update,
    },
    domain::{
        calendar::{Entry, Kind, Scope, Times},
        catalog::{Catalog, Service},
        policy::Decision,
    },
    policy::court::Court,
};

use crate::{
    sample::{self, procedures},
    screens::readiness::{RELEASE, catalog, said},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The policies to start from.
fn policies() -> BTreeMap<String, String> {
    let files = fs::read_dir(root().join("docs/examples/catalog/policies")).expect("the folder");
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("a policy"))
    };
    files.map(|entry| read(entry.expect("an entry").path())).collect()
}

/// A freeze that is on.
fn freeze() -> Entry {
    let time = |text: &str| text.parse().expect("a local time");
    let times = Times {
        title: None,
        zone: chrono_tz::UTC,
        from: time("2026-11-20T12:00:00"),
        until: time("2026-11-23T06:00:00"),
        repeat: None,
        except: Vec::new(),
    };
    Entry {
        title: "Quarter-end freeze".to_owned(),
        kind: Kind::Freeze,
        owner: None,
        scope: Scope::default(),
        overrides: BTreeSet::from(["incident-commander".to_owned()]),
        times: vec![times],
    }
}

/// A console in the middle of a release, with everything that a document tells.
fn console() -> Model {
    let mut model = said(Screen::Board);
    let service = |criticality, calls: &[&str]| Service {
        criticality,
        owner: Some("payments-team".to_owned()),
        depends_on: calls.iter().map(|&name| name.to_owned()).collect(),
        ..Service::default()
    };
    let runbook = procedures::runbook();
    model.room.catalog = Arc::new(Catalog {
        policies: policies(),
        calendar: BTreeMap::from([("quarter-end".to_owned(), freeze())]),
        services: BTreeMap::from([
            ("checkout".to_owned(), service(Some(1), &["payments"])),
            ("web".to_owned(), service(None, &["checkout"])),
        ]),
        runbooks: BTreeMap::from([(runbook.name.clone(), runbook)]),
        ..catalog()
    });
    model.agenda = warroom::domain::calendar::agenda::Agenda::default();
    model
}

/// What the console asks about the release, after it learned something.
fn question(model: &mut Model) -> Value {
    let evidence = model.evidence[RELEASE]["artifact"].clone();
    let msg = Msg::Evidence { release: RELEASE.to_owned(), item: "artifact".to_owned(), evidence };
    let effects = update(model, sample::now(), msg);
    let asked = effects.into_iter().find_map(|effect| match effect {
        Effect::AskPolicies(questions) => Some(questions),
        _ => None,
    });
    let mut inputs = asked.expect("policies are asked").inputs.into_iter();
    inputs.find(|(release, _)| release == RELEASE).expect("the release").1
}

/// What the policies to start from decide about `document`.
fn decided(document: Value) -> Decision {
    let catalog = Catalog { policies: policies(), ..Catalog::default() };
    let court = Court::of(PathBuf::from(env!("CARGO_BIN_EXE_warroom")), &catalog);
    court.decide(&[document]).remove(0)
}

fn denials(decision: &Decision) -> Vec<&str> {
    decision.deny.iter().map(|denial| denial.id.as_str()).collect()
}

#[test]
fn the_example_in_the_docs_has_the_fields_of_what_a_console_asks() {
    let document = question(&mut console());
    let file = root().join("docs/examples/policy-input.json");
    if std::env::var_os("WARROOM_WRITE_DOCS").is_some() {
        fs::write(&file, serde_json::to_string_pretty(&document).expect("JSON") + "\n").expect("written");
    }
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).expect("the example")).expect("JSON");
    assert_eq!(shape(&written), shape(&document), "WARROOM_WRITE_DOCS=1 writes docs/examples/policy-input.json anew");
}

/// Where fields stand: `release.next.step`. Values are those of the day on which the example was written.
fn shape(value: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                paths.insert(name.clone());
                paths.extend(shape(value).into_iter().map(|path| format!("{name}.{path}")));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| paths.extend(shape(value))),
        _ => {}
    }
    paths
}

#[test]
fn every_field_of_the_document_stands_in_the_docs() {
    let page = fs::read_to_string(root().join("docs/policies.md")).expect("the page");
    let mut names = Vec::new();
    collect(&question(&mut console()), &mut names);
    assert!(names.len() > 60, "{names:?}");
    let told = |name: &str| page.contains(&format!("`{name}`")) || page.contains(&format!(".{name}`"));
    let missing: Vec<&String> = names.iter().filter(|name| !told(name)).collect();
    assert!(missing.is_empty(), "docs/policies.md does not tell {missing:?}");
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !names.contains(name) {
                    names.push(name.clone());
                }
                collect(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

#[test]
fn the_policies_to_start_from_judge_a_real_document() {
    let document = question(&mut console());
    let decision = decided(document.clone());
    let denied = denials(&decision);
    assert!(!denied.contains(&"policy-unavailable"), "{decision:?}");
    // The freeze is on, nobody has signed, manual items are open, and a source is stale.
    for wanted in ["calendar-quarter-end", "separation-of-duties", "evidence-comms"] {
        assert!(denied.contains(&wanted), "{wanted}: {denied:?}");
    }
    assert!(!denied.contains(&"evidence-artifact"), "it passes: {denied:?}");
    let risk = decision.risk.clone().expect("a risk");
    assert!(risk.score >= 50.0, "{risk:?}");
    assert_eq!(decision.required_approvals, ["dba", "release-manager"], "nobody says whether a schema changes");
}

#[test]
fn a_document_in_which_all_is_well_is_allowed_by_them() {
    let mut document = question(&mut console());
    let passes = |list: &mut Value| {
        for item in list.as_array_mut().expect("a list") {
            item["state"] = "pass".into();
        }
    };
    passes(&mut document["checklist"]);
    document["calendar"]["bars"] = Value::Array(Vec::new());
    for source in document["sources"].as_array_mut().expect("sources") {
        source["ok"] = true.into();
    }
    document["signoffs"][0]["by"] =
        serde_json::json!([{ "principal": "lin", "person": "lin", "role": "sre", "is_owner": false }]);
    let decision = decided(document);
    assert!(decision.allows(), "{:?}", denials(&decision));
}

#[test]
fn what_is_not_known_is_never_told_as_known() {
    let mut model = console();
    model.ledger = warroom::app::ledger::Ledger::default();
    model.picture = {
        let picture = sample::stale();
        warroom::domain::picture::Picture { releases: model.picture.releases.clone(), ..picture }
    };
    let document = question(&mut model);
    let manual: Vec<&Value> =
        document["checklist"].as_array().expect("items").iter().filter(|item| item["kind"] == "manual").collect();
    assert!(!manual.is_empty() && manual.iter().all(|item| item["state"] == "unknown"), "{manual:?}");
    assert!(document["signoffs"].as_array().expect("sign-offs").iter().all(|one| one["state"] == "unknown"));
    assert!(document["sources"].as_array().expect("sources").iter().all(|one| one["ok"] == false));
    assert!(document["runbooks"].as_array().expect("runbooks").iter().all(|one| one["rehearsed"].is_null()));
    let unknown = document["unknown"].as_array().expect("a list");
    assert!(unknown.iter().any(|one| one["what"] == "ledger"), "{unknown:?}");
    let risk = &document["risk"];
    assert!(risk["score"].as_u64() > risk["least"].as_u64(), "{risk}");
}
