//! `checklists/*.toml`: what is taken, and what is said about what is not.

use warroom::{
    config::{Loaded, Report, load},
    domain::{
        checklist::{Checklist, Due, Item, Requirement, check::Check},
        time::Span,
    },
};

use crate::config::{options, tree};

const SETTINGS: &str = r#"
[environments.prod]
[environments.staging]
[[source]]
name = "prom"
kind = "prometheus"
url = "https://prometheus.example.net"
"#;

fn catalog(files: &[(&str, &str)]) -> Result<Loaded, Report> {
    let mut all = vec![("user/config.toml".to_owned(), SETTINGS)];
    all.extend(files.iter().map(|(name, text)| (format!("user/catalog/{name}"), *text)));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let root = tree(&all);
    load(&options(root.path()))
}

fn checklist(files: &[(&str, &str)], name: &str) -> Checklist {
    let loaded = catalog(files).unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.catalog.checklists[name].clone()
}

/// What is said about these files, one line each, without the directory.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let report = catalog(files).expect_err("it was taken");
    report
        .lines()
        .into_iter()
        .map(|line| line.split_once("user/catalog/").map_or(line.clone(), |(_, rest)| rest.to_owned()))
        .collect()
}

fn item(rest: &str) -> String {
    format!("[[group]]\nname = \"G\"\n[[group.item]]\nid = \"a\"\n{rest}")
}

const SERVICE: &str = r#"
title = "A service release"
[[group]]
name = "Readiness"
[[group.item]]
id = "on-call"
title = "Somebody is on call who knows the change"
owner = "release-manager"
[[group.item]]
id = "plan"
title = "The way back was read by a second person"
check = "signed"
weight = 3
[[group]]
name = "Observability"
[[group.item]]
id = "errors"
title = "Errors stay below 5 %"
mandatory = false
due = "50%"
check = { promql = { query = "job:errors:ratio5m", must = "< 0.05", source = "prom" } }
every = "30s"
timeout = "5s"
[[group.item]]
id = "tests"
title = "The tests passed"
due = "done"
check = { junit = { report = "reports/junit.xml", at_least = 10 } }
[[signoff]]
id = "release"
title = "Release approval"
classes = ["normal", "emergency"]
by = { all = [{ role = "qa" }, { any = [{ role = "sre", count = 2, not_author = false }, { role = "lead" }] }] }
expires = "12h"
"#;

#[test]
fn a_checklist_is_read_as_it_is_written() {
    let list = checklist(&[("checklists/service.toml", SERVICE)], "service");
    assert_eq!(list.title.as_deref(), Some("A service release"));
    let names: Vec<&str> = list.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["Readiness", "Observability"]);
    let on_call = list.item("on-call").expect("item");
    assert!(on_call.mandatory && on_call.weight == 1 && on_call.due == Due::Start);
    assert_eq!(on_call.check, Check::Manual { signed: false });
    assert_eq!(list.item("plan").expect("item").check, Check::Manual { signed: true });
    let errors = list.item("errors").expect("item");
    assert!(!errors.mandatory && errors.due == Due::Traffic(50) && errors.every == Span::from_secs(30));
    assert!(matches!(&errors.check, Check::Promql { source: Some(source), .. } if source.as_str() == "prom"));
    let Requirement::All(parts) = &list.signoffs[0].by else { panic!("{:?}", list.signoffs) };
    assert_eq!(parts[0], Requirement::Role { role: "qa".to_owned(), count: 1, not_author: true });
    assert!(list.commit.is_none(), "the catalog lies in no repository");
}

#[test]
fn the_version_of_a_checklist_is_its_content() {
    let digest = |text: &str| checklist(&[("checklists/service.toml", text)], "service").digest;
    let first = digest(SERVICE);
    assert_eq!(first, digest(&format!("# a comment\n{SERVICE}")), "comments and places do not count");
    assert_ne!(first, digest(&SERVICE.replace("< 0.05", "< 0.04")));
    assert_ne!(first, digest(&SERVICE.replace("\"lead\"", "\"boss\"")));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (rest, expected) in [
        ("title = \"A\"\nowne = \"x\"", "checklists/a.toml:6:1: group[0].item[0].owne: unknown key `owne`"),
        ("title = \"A\"\nowne = \"x\"", "did you mean `owner`?"),
        ("", "`title` is missing"),
        ("title = \"A\"\ndue = \"strat\"", "did you mean `start`?"),
        ("title = \"A\"\ndue = \"130%\"", "`130%` is no moment of a release"),
        ("title = \"A\"\ncheck = \"manul\"", "did you mean `manual`?"),
        ("title = \"A\"\ncheck = { promq = { } }", "did you mean `promql`?"),
        ("title = \"A\"\ncheck = { promql = { query = \"up\", must = \"0.05\" } }", "`0.05` is no condition"),
        ("title = \"A\"\ncheck = { promql = { query = \"up[\", must = \"> 0\" } }", "not PromQL"),
        ("title = \"A\"\ncheck = { promql = { query = \"up\", must = \"> 0\", source = \"prim\" } }", "`prom`"),
        ("title = \"A\"\ncheck = { promql = { query = \"up\" } }", "`must` is missing"),
        ("title = \"A\"\ncheck = { http = { url = \"https://u:p@h\" } }", "credentials do not belong into a URL"),
        ("title = \"A\"\ncheck = { http = { url = \"https://h\", field = \"/a\" } }", "`must` is missing"),
        (
            "title = \"A\"\ncheck = { json = { document = \"a\", field = \"a.b\", must = \"> 1\" } }",
            "did you mean `/a/b`?",
        ),
        ("title = \"A\"\ncheck = { artifact = { same_as = \"stagin\" } }", "did you mean `staging`?"),
        ("title = \"A\"\ncheck = { rules = { } }", "the check asks for nothing"),
        ("title = \"A\"\ncheck = { certificate = { host = \"https://h\", left = \"14d\" } }", "is not a host's name"),
        ("title = \"A\"\ncheck = { command = { argv = [] } }", "`argv` is empty"),
        ("title = \"A\"\ncheck = { sarif = { report = \"r\", worst = \"eror\" } }", "`eror` is not a known value"),
        ("title = \"A\"\n[[group.item]]\nid = \"a\"\ntitle = \"B\"", "the item `a` is there twice"),
    ] {
        let lines = told(&[("checklists/a.toml", &item(rest))]);
        assert!(lines.iter().any(|line| line.contains(expected)), "{rest}: {lines:#?}");
        assert_eq!(lines.len(), 1, "one mistake is told once: {lines:#?}");
    }
}

#[test]
fn a_release_names_a_checklist_that_exists() {
    let release = "environment = \"prod\"\nchecklist = \"servce\"\n[[component]]\nservice = \"a\"\nversion = \"1\"";
    let files = [("services/a.toml", ""), ("releases/r.toml", release), ("checklists/service.toml", SERVICE)];
    let lines = told(&files);
    assert!(
        lines[0].starts_with("releases/r.toml:2:13: checklist: there is no checklist `servce`")
            && lines[0].contains("did you mean `service`?"),
        "{lines:#?}"
    );
    let shipped = release.replace("servce", "readiness");
    let list = checklist(&[("services/a.toml", ""), ("releases/r.toml", &shipped)], "readiness");
    assert!(list.items().count() > 0, "a shipped one can be named as it is");
}

#[test]
fn building_on_another_adds_and_tightens() {
    let own = r#"
extends = ["service"]
[[group]]
name = "Readiness"
[[group.item]]
id = "extra"
title = "One more"
[[group.item]]
id = "on-call"
check = "signed"
[[group.item]]
id = "errors"
mandatory = true
check = { promql = { query = "job:errors:ratio5m", must = "< 0.01", source = "prom" } }
[[group.item]]
id = "tests"
due = "start"
check = { junit = { report = "reports/junit.xml", at_least = 20 } }
"#;
    let list = checklist(&[("checklists/own.toml", own), ("checklists/service.toml", SERVICE)], "own");
    let ids: Vec<&str> = list.items().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["on-call", "plan", "extra", "errors", "tests"], "what is tightened stays in its place");
    assert_eq!(list.item("on-call").expect("item").check, Check::Manual { signed: true });
    assert_eq!(list.item("on-call").expect("item").owner.as_deref(), Some("release-manager"), "the rest stays");
    assert!(list.item("errors").expect("item").mandatory);
    assert_eq!(list.signoffs.len(), 1);
}

#[test]
fn a_mandatory_item_is_never_loosened() {
    for (rest, why) in [
        ("id = \"on-call\"\nmandatory = false", "advisory here"),
        ("id = \"on-call\"\ndue = \"done\"", "due later"),
        ("id = \"on-call\"\ntitle = \"Lunch was eaten\"", "another title there"),
        ("id = \"on-call\"\nowner = \"interns\"", "somebody else owns it there"),
        ("id = \"on-call\"\ncheck = { command = { argv = [\"true\"] } }", "a person must tick it there"),
        ("id = \"plan\"\ncheck = { command = { argv = [\"true\"] } }", "a person must sign it there"),
        ("id = \"plan\"\ncheck = \"manual\"", "a person must sign it there"),
        ("id = \"tests\"\ncheck = \"manual\"", "a check (junit) finds it out there"),
        ("id = \"tests\"\ncheck = { junit = { report = \"reports/junit.xml\" } }", "lower than there"),
        ("id = \"tests\"\ncheck = { junit = { report = \"others.xml\", at_least = 10 } }", "another than there"),
        ("id = \"tests\"\nevery = \"1h\"", "only every 1h"),
    ] {
        let own = format!("extends = [\"service\"]\n[[group]]\nname = \"G\"\n[[group.item]]\n{rest}\n");
        let lines = told(&[("checklists/own.toml", &own), ("checklists/service.toml", SERVICE)]);
        assert_eq!(lines.len(), 1, "{lines:#?}");
        let line = &lines[0];
        assert!(line.starts_with("checklists/own.toml:4:") && line.contains(why), "{rest}: {line}");
        assert!(line.contains("checklists/service.toml:"), "both places are named: {line}");
    }
    let signoff = "extends = [\"service\"]\n[[signoff]]\nid = \"release\"\nclasses = [\"normal\", \"emergency\"]\nby = { role = \"qa\" }\nexpires = \"12h\"\n";
    let lines = told(&[("checklists/own.toml", signoff), ("checklists/service.toml", SERVICE)]);
    assert!(lines[0].contains("other people may give it than there"), "{lines:#?}");
}

#[test]
fn checklists_that_build_on_each_other_are_told() {
    let lines = told(&[
        ("checklists/a.toml", "extends = [\"b\"]"),
        ("checklists/b.toml", "extends = [\"c\"]"),
        ("checklists/c.toml", "extends = [\"a\"]"),
    ]);
    assert!(lines.len() == 3 && lines[2].contains("build on each other: a → b → c → a"), "{lines:#?}");
    let lines = told(&[("checklists/a.toml", "extends = [\"redines\"]")]);
    assert!(lines[0].contains("did you mean `readiness`?"), "{lines:#?}");
    let list = checklist(&[("checklists/readiness.toml", "extends = [\"readiness\"]")], "readiness");
    assert!(list.items().count() > 0, "a file of a template's name builds on the template");
}

#[test]
fn two_ways_to_the_same_checklist_are_one() {
    let base = "[[group]]\nname = \"G\"\n[[group.item]]\nid = \"a\"\ntitle = \"A\"\n";
    let tighter = "extends = [\"base\"]\n[[group]]\nname = \"G\"\n[[group.item]]\nid = \"a\"\ncheck = \"signed\"\n";
    let files = [
        ("checklists/base.toml", base),
        ("checklists/left.toml", tighter),
        ("checklists/right.toml", "extends = [\"base\"]"),
        ("checklists/top.toml", "extends = [\"left\", \"right\"]"),
    ];
    let list = checklist(&files, "top");
    assert_eq!(list.items().count(), 1);
    assert_eq!(list.item("a").expect("item").check, Check::Manual { signed: true });
    let unrelated =
        [("checklists/x.toml", base), ("checklists/y.toml", base), ("checklists/z.toml", "extends = [\"x\", \"y\"]")];
    let lines = told(&unrelated);
    assert!(lines[0].contains("the item `a` is there twice; it is in ") && lines[0].contains("x.toml:3"), "{lines:#?}");
}

#[test]
fn a_catalog_that_only_lay_there_runs_no_command() {
    let list = item("title = \"A\"\ncheck = { command = { argv = [\"true\"] } }\n");
    for (found, name) in [("", "work/catalog"), ("catalog = \"checks\"", "work/checks")] {
        let name = format!("{name}/checklists/a.toml");
        let root = tree(&[("work/warroom.toml", found), (&name, &list)]);
        let mut options = options(root.path());
        options.working_dir = root.path().join("work");
        let report = load(&options).expect_err("refused").to_string();
        assert!(report.contains("may not name a command to run"), "{report}");
        options.config = Some(root.path().join("work/warroom.toml"));
        load(&options).unwrap_or_else(|report| panic!("given by --config: {report}"));
    }
}

#[test]
fn lines_of_allowed_signers_that_cannot_be_used_are_warnings() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9mBRQcTrGkdPHBQGP1AxIUfQZsNCGzKGRGMdHzVPPE";
    let text = format!("# people\njo {key}\nmira cert-authority {key}\n");
    let loaded = catalog(&[("allowed_signers", &text)]).unwrap_or_else(|report| panic!("{report}"));
    assert!(!loaded.catalog.signers.is_empty());
    let lines = loaded.warnings.lines();
    assert!(lines.len() == 1 && lines[0].contains("allowed_signers:3:1: this line is not used"), "{lines:#?}");
}

/// The checklists that come with warroom.
const SHIPPED: [&str; 8] = [
    "readiness",
    "observability",
    "security",
    "data-and-migrations",
    "dependencies-and-capacity",
    "communications",
    "post-deployment-validation",
    "post-rollback-validation",
];

#[test]
fn all_shipped_checklists_can_be_built_on_together() {
    let own = format!("extends = {SHIPPED:?}");
    let list = checklist(&[("checklists/all.toml", &own)], "all");
    assert_eq!(list.groups.len(), SHIPPED.len());
    for group in &list.groups {
        assert!(group.items.len() >= 4, "{}", group.name);
        let due: Vec<Due> = group.items.iter().map(|item| item.due).collect();
        let expected = match group.name.as_str() {
            "Post-deployment validation" => Some(Due::Done),
            "Post-rollback validation" => Some(Due::RolledBack),
            _ => None,
        };
        assert!(expected.is_none_or(|expected| due.iter().all(|due| *due == expected)), "{}: {due:?}", group.name);
        assert!(group.items.iter().all(|item| item.owner.is_some()), "{}: each item has an owner", group.name);
    }
    for item in list.items() {
        assert!(item.title.chars().count() <= 72, "too long for a line of the screen: {}", item.title);
        assert!(item.mandatory || item.weight == 1, "{} is advisory, and weighs as much as what is not", item.id);
        assert_eq!(list.items().filter(|other| other.title == item.title).count(), 1, "{}", item.title);
    }
}

#[test]
fn each_shipped_checklist_can_be_made_stricter_and_never_looser() {
    for name in SHIPPED {
        let first = checklist(&[("checklists/a.toml", &format!("extends = [{name:?}]"))], "a");
        let by_hand = |item: &&Item| item.mandatory && item.check == Check::Manual { signed: false };
        let item = first.items().find(by_hand).expect("one that a person ticks");
        let changed = |rest: &str| {
            let (group, id) = (&first.groups[0].name, &item.id);
            format!("extends = [{name:?}]\n[[group]]\nname = {group:?}\n[[group.item]]\nid = {id:?}\n{rest}\n")
        };
        let stricter = checklist(&[("checklists/a.toml", &changed("check = \"signed\""))], "a");
        assert_eq!(stricter.item(&item.id).expect("there").check, Check::Manual { signed: true }, "{name}");
        let looser = told(&[("checklists/a.toml", &changed("mandatory = false"))]);
        assert!(looser.len() == 1 && looser[0].contains("advisory here"), "{looser:#?}");
    }
}

#[test]
fn the_examples_of_the_documentation_load() {
    let page = include_str!("../../../docs/checklists.md");
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert_eq!(examples.len(), 2);
    let back = "title = \"Back\"\nbudget = \"5m\"\n[[step]]\nid = \"back\"\ndo = { rollout = { verb = \"back\" } }";
    let files = [("checklists/a.toml", examples[1]), ("runbooks/rollback-checkout.toml", back)];
    let kinds = checklist(&files, "a");
    for item in kinds.items() {
        assert_eq!(item.check.word(), item.id, "each kind has an example");
    }
    assert_eq!(kinds.items().count(), 14);
    let first = checklist(&[("checklists/a.toml", examples[0])], "a");
    assert_eq!(first.item("flag-off").expect("item").due, Due::Traffic(50));
    assert_eq!(first.item("rollback-criteria").expect("item").check, Check::Manual { signed: true });
}

const ROLES: &str = r#"
[principals.jo]
name = "Jo Ruiz"
also = ["jo@laptop"]
[principals.mira]
[groups]
oncall = ["mira", "jo@laptop"]
[roles.sre]
members = ["@oncall"]
may = ["sign", "waive"]
[roles.release-manager]
members = ["jo"]
may = ["tick", "decide"]
"#;

#[test]
fn roles_are_read_and_people_are_found_by_any_of_their_names() {
    let checklist = format!(
        "{}\n[[signoff]]\nid = \"s\"\nby = {{ any = [{{ role = \"sre\" }}, {{ role = \"release-manager\" }}] }}",
        item("title = \"A\"\nowner = \"sre\"")
    );
    let loaded = catalog(&[("roles.toml", ROLES), ("checklists/a.toml", &checklist)])
        .unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.catalog.roles.people("sre"), ["jo", "mira"]);
    let none = catalog(&[("checklists/a.toml", &checklist)]).unwrap_or_else(|report| panic!("{report}"));
    assert!(none.warnings.is_empty(), "without roles.toml owners are only words: {}", none.warnings);
}

#[test]
fn roles_that_nobody_declared_are_told_where_they_are_named() {
    let checklist = format!(
        "{}\n[[signoff]]\nid = \"s\"\nby = {{ any = [{{ role = \"sr\" }}, {{ role = \"release-manager\" }}] }}",
        item("title = \"A\"\nowner = \"release-manger\"")
    );
    let told = told(&[("roles.toml", ROLES), ("checklists/a.toml", &checklist)]);
    assert_eq!(
        told,
        [
            "checklists/a.toml:6:9: group[0].item[0].owner: there is no role `release-manger` (did you mean `release-manager`?)",
            "checklists/a.toml:9:24: signoff[0].by.any[0].role: there is no role `sr` (did you mean `sre`?)",
        ]
    );
}

#[test]
fn what_is_wrong_with_roles_is_told_with_its_place() {
    let wrong = r#"
[principals.jo]
also = ["mira"]
[principals.mira]
[groups]
all = ["@oncall"]
oncall = ["mira"]
[roles.sre]
members = ["@oncal"]
may = ["sing"]
"#;
    let told = told(&[("roles.toml", wrong)]).join("\n");
    for part in [
        "roles.toml:3:9: principals.jo.also[0]: `mira` is a name of `mira` too",
        "roles.toml:6:8: groups.all[0]: `@oncall` is a group, and a group lists people",
        "roles.toml:9:12: roles.sre.members[0]: there is no group `oncal` (did you mean `oncall`?)",
        "roles.toml:10:8: roles.sre.may[0]",
        "(did you mean `sign`?)",
    ] {
        assert!(told.contains(part), "{part} not in\n{told}");
    }
}

#[test]
fn what_only_looks_wrong_with_roles_is_a_warning() {
    let roles = format!("{ROLES}[roles.data]\nmembers = [\"mra\"]\n[roles.empty]\n");
    let own = "extends = [\"communications\"]";
    let loaded =
        catalog(&[("roles.toml", &roles), ("checklists/a.toml", own)]).unwrap_or_else(|report| panic!("{report}"));
    let told = loaded.warnings.lines().join("\n");
    for part in [
        "`mra` is neither in allowed_signers nor under [principals], so can sign nothing (did you mean `mira`?)",
        "nobody has the role `empty`",
        "there is no role `communications`, which owns items of the template `communications`",
    ] {
        assert!(told.contains(part), "{part} not in\n{told}");
    }
}

#[test]
fn an_owner_of_a_release_whom_roles_do_not_know_is_an_error_with_the_nearest_name() {
    let release = |owner: &str| {
        format!(
            "title = \"New\"\nowner = \"{owner}\"\nenvironment = \"prod\"\n[[component]]\nservice = \"checkout\"\nversion = \"1\"\n"
        )
    };
    let roles =
        "[principals.mira]\n[groups]\noncall = [\"mira\"]\n[roles.sre]\nmembers = [\"@oncall\"]\nmay = [\"sign\"]\n";
    let owner = |owner: &str| {
        let told = told(&[("roles.toml", roles), ("releases/new.toml", &release(owner))]);
        told.into_iter().filter(|line| line.contains("owner:")).collect::<Vec<_>>()
    };
    for known in ["mira", "oncall", "@oncall"] {
        assert!(owner(known).is_empty(), "{known}: {:#?}", owner(known));
    }
    let lines = owner("mirra");
    assert!(lines.len() == 1 && lines[0].contains("nobody called `mirra`"), "{lines:#?}");
    assert!(lines[0].contains("did you mean `mira`?"), "{lines:#?}");
}
