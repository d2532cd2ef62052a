//! `runbooks/*.toml`: what is taken, and what is said about what is not.

use warroom::domain::{
    runbook::{
        Failing, Runbook,
        action::{Action, Body, Value, Verb},
        parameter::Kind,
    },
    secret::SecretRef,
    time::Span,
};

use super::{catalog, told};

const FLAG: &str = r#"
title = "Turn a flag off"
services = ["checkout"]
environments = ["prod"]
owner = "sre"
reviewers = ["mira"]
budget = "10m"
rto = "15m"
risk = "R2"
[approvals]
normal = { role = "sre", count = 2 }
[[parameter]]
name = "flag"
kind = "choice"
values = ["new-price", "one-click"]
[[before]]
id = "known"
do = { check = { http = { url = "https://flags.example.net/${flag}", field = "/key", must = '== "${flag}"' } } }
[[step]]
id = "off"
title = "Turn ${flag} off"
idempotent = true
attempts = 3
failing = "go-on"
timeout = "10s"
[step.do.http]
method = "PUT"
url = "https://flags.example.net/${flag}?by=${service}"
headers = { Authorization = { env = "FLAGS_TOKEN" }, X-Service = "${service}" }
body = { json = { on = false, flag = "${flag}", count = 3 } }
idempotency_header = "Idempotency-Key"
status = [200, 204]
[step.undo.command]
argv = ["bin/flag", "on", "${flag}"]
environment = { TOKEN = { command = ["pass", "flags"] } }
[[validation]]
id = "errors"
timeout = "5m"
do = { wait_metric = { query = 'job:errors:ratio1m{service="${service}"}', must = "< 0.01", source = "prom" } }
"#;

fn runbook(files: &[(&str, &str)], name: &str) -> Runbook {
    let loaded = catalog(files).unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.catalog.runbooks[name].clone()
}

#[test]
fn a_runbook_is_read_as_it_is_written() {
    let book = runbook(&[("runbooks/flag-off.toml", FLAG)], "flag-off");
    assert_eq!((book.budget, book.rehearse), (Span::from_mins(10), Span::from_days(30)));
    assert_eq!(book.parameters[0].kind, Kind::Choice(vec!["new-price".into(), "one-click".into()]));
    assert_eq!(book.approvals.len(), 1);
    assert!(book.commit.is_none(), "the catalog lies in no repository");
    let step = &book.steps[0];
    assert_eq!((step.attempts, step.timeout, step.failing), (3, Span::from_secs(10), Failing::GoOn));
    assert!(step.idempotent && !step.cancellable);
    let Action::Http(request) = &step.action else { panic!("{:?}", step.action) };
    assert_eq!((request.method.as_str(), request.status.as_slice()), ("PUT", &[200, 204][..]));
    assert_eq!(request.headers["Authorization"], Value::Secret(SecretRef::Env("FLAGS_TOKEN".into())));
    assert_eq!(request.headers["X-Service"], Value::Text("${service}".into()));
    let body = serde_json::json!({ "on": false, "flag": "${flag}", "count": 3 });
    assert_eq!(request.body, Some(Body::Json(body)));
    let Some(Action::Command(command)) = &step.undo else { panic!("{:?}", step.undo) };
    assert_eq!(command.exit, [0]);
    let secret = SecretRef::Command(vec!["pass".into(), "flags".into()]);
    assert_eq!(command.environment["TOKEN"], Value::Secret(secret));
    assert_eq!(book.before[0].id, "known");
    let Action::WaitMetric(wait) = &book.validation[0].action else { panic!("a wait") };
    assert_eq!((wait.hold, wait.every), (Span::from_mins(2), Span::from_secs(10)));
}

#[test]
fn every_kind_is_read_from_the_page_that_teaches_it() {
    let page = include_str!("../../../docs/runbooks.md");
    let mut kinds = std::collections::BTreeSet::new();
    for text in page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let whole = if text.contains("title = ") && text.contains("budget = ") {
            text.to_owned()
        } else {
            format!("title = \"A part\"\nbudget = \"1h\"\n{text}")
        };
        let files = [("runbooks/page.toml", whole.as_str()), ("runbooks/flag-off.toml", FLAG)];
        let book = runbook(&files, "page");
        kinds.extend(book.all().map(|(_, step)| step.action.word()));
    }
    let all = ["check", "command", "http", "kubernetes", "manual", "notify", "rollout", "runbook", "wait_metric"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all, "each kind has an example");
}

/// A runbook of one step that does this.
fn does(action: &str) -> String {
    format!("title = \"T\"\nbudget = \"5m\"\n[[step]]\nid = \"a\"\n{action}")
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_would_be_right() {
    let http =
        |rest: &str| format!("do = {{ http = {{ method = \"PUT\", url = \"https://x.example.net/a\", {rest} }} }}");
    for (action, key, words) in [
        ("do = { htpp = {} }", "step[0].do.htpp", "did you mean `http`?"),
        ("do = { rollout = { verb = \"abrt\" } }", "step[0].do.rollout.verb", "did you mean `abort`?"),
        ("do = { rollout = { verb = \"abort\", to = \"1.2\" } }", "step[0].do.rollout.to", "goes back to no version"),
        ("do = { rollout = { verb = \"back\", service = \"chekout\" } }", "service", "did you mean `checkout`?"),
        ("do = { command = { argv = [] } }", "step[0].do.command.argv", "is empty"),
        ("do = { command = { argv = [\"${service}\"] } }", "argv[0]", "it is the program that is run"),
        ("do = { command = { argv = [\"a\", \"--x=${service}\"] } }", "argv[1]", "must stand alone"),
        ("do = { command = { argv = [\"a\"], pass = [\"A B\"] } }", "pass[0]", "not the name of a variable"),
        ("do = { wait_metric = { query = \"up\", must = \"> 0\" } }", "step[0]", "`timeout` is missing"),
        (
            "do = { wait_metric = { query = \"up{v='${to}'}\", must = \"> 0\" } }\ntimeout = \"5m\"",
            "query",
            "outside of double quotes",
        ),
        (
            "do = { wait_metric = { query = \"up\", must = \"> 0\", source = \"pron\" } }\ntimeout = \"5m\"",
            "source",
            "did you mean `prom`?",
        ),
        ("do = { manual = { instruction = \"x\", who = \"srr\" } }\ntimeout = \"5m\"", "who", "did you mean `sre`?"),
        ("do = { manual = { instruction = \"${x}\" } }\ntimeout = \"5m\"", "instruction", "there is no parameter `x`"),
        ("do = { check = \"manual\" }", "step[0].do.check", "only a person can tell"),
        ("do = { check = { alerts = {} } }\nundo = { rollout = { verb = \"back\" } }", "undo", "nothing to take back"),
        ("do = { rollout = { verb = \"back\" } }\nundo = { check = { alerts = {} } }", "undo", "takes nothing back"),
        ("do = { runbook = { name = \"flagoff\" } }", "step[0].do.runbook.name", "did you mean `flag-off`?"),
        ("do = { runbook = { name = \"flag-off\" } }", "step[0].do.runbook", "needs the parameter `flag`"),
        ("do = { runbook = { name = \"flag-off\", with = { flag = \"x\" } } }", "with.flag", "not let in as `x`"),
        (
            "do = { runbook = { name = \"flag-off\", with = { flag = \"one-click\", flog = \"x\" } } }",
            "with.flog",
            "has no parameter",
        ),
        (
            "do = { runbook = { name = \"flag-off\", with = { flag = \"one-click\" } } }\nattempts = 2",
            "attempts",
            "have their own",
        ),
        (
            "do = { kubernetes = { kind = \"v1/Secret\", name = \"a\", patch = { a = 1 } } }",
            "kind",
            "its content would stand in the plan",
        ),
        ("do = { kubernetes = { kind = \"Deployment\", name = \"a\", patch = {} } }", "patch", "changes nothing"),
        (&http("field = \"/a~2\", must = \"exists\""), "field", "not a JSON Pointer"),
        (&http("field = \"/a\""), "step[0].do.http", "`must` is missing"),
        (&http("body = { json = { share = 0.5 } }"), "share", "cannot be recorded exactly"),
        (&http("body = { text = \"${service}\" }"), "body.text", "sent as it is"),
        (&format!("{}\nattempts = 2", http("status = [200]")), "attempts", "is tried once"),
        ("do = { http = { method = \"GET\", url = \"https://${to}/x\" } }", "url", "would choose the host"),
        ("do = { http = { method = \"GET\", url = \"https://a:b@c.example.net\" } }", "url", "credentials"),
    ] {
        let text = does(action);
        let lines = told(&[("runbooks/a.toml", &text), ("runbooks/flag-off.toml", FLAG)]);
        let good =
            lines.iter().any(|line| line.starts_with("runbooks/a.toml:") && line.contains(key) && line.contains(words));
        assert!(good, "{action}: {lines:#?}");
    }
}

#[test]
fn the_head_and_the_parameters_are_held_against_the_rest_of_the_catalog() {
    let step = "[[step]]\nid = \"a\"\ndo = { rollout = { verb = \"back\" } }\n";
    for (head, place, words) in [
        ("services = [\"chekout\"]", "services[0]", "did you mean `checkout`?"),
        ("environments = [\"prd\"]", "environments[0]", "did you mean `prod`?"),
        ("owner = \"srre\"", "owner", "did you mean `sre`?"),
        ("approvals = { normal = { role = \"srre\" } }", "approvals.normal.role", "there is no role `srre`"),
        ("approvals = { standart = { role = \"sre\" } }", "approvals.standart", "did you mean `standard`?"),
        ("risk = \"high\"", "risk", "`R0`"),
        ("parameter = [{ name = \"to\" }]", "parameter[0].name", "is given by the target"),
        ("parameter = [{ name = \"a\" }, { name = \"a\" }]", "parameter[1].name", "there twice"),
        ("parameter = [{ name = \"a\", kind = \"choice\" }]", "parameter[0].kind", "a choice of nothing"),
        ("parameter = [{ name = \"a\", min = 1 }]", "parameter[0].min", "only a number has `min`"),
        ("parameter = [{ name = \"a\", kind = \"number\", max = 3, default = \"4\" }]", "default", "`4` is not let in"),
    ] {
        let text = format!("title = \"T\"\nbudget = \"5m\"\n{head}\n{step}");
        let lines = told(&[("runbooks/a.toml", &text)]);
        let good = lines.len() == 1 && lines[0].contains(place) && lines[0].contains(words);
        assert!(good, "{head}: {lines:#?}");
    }
    let lines = told(&[("runbooks/a.toml", "purpose = \"x\"")]);
    for missing in ["`title` is missing", "`budget` is missing", "`step` is missing"] {
        assert!(lines.iter().any(|line| line.contains(missing)), "{lines:#?}");
    }
    let text = format!("title = \"T\"\nbudget = \"5m\"\n{step}{step}");
    let lines = told(&[("runbooks/a.toml", &text)]);
    assert!(lines[0].contains("the step `a` is there twice"), "{lines:#?}");
}

#[test]
fn an_approval_that_nobody_may_give_is_a_warning() {
    let text = does(
        "do = { rollout = { verb = \"back\" } }\n[approvals]\nnormal = { any = [{ role = \"sre\" }, { role = \"dba\" }] }",
    );
    let warnings = catalog(&[("runbooks/a.toml", &text)]).unwrap_or_else(|report| panic!("{report}")).warnings.lines();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("approvals.normal.any[1].role: the role `dba` may approve nothing"), "{warnings:#?}");
}

#[test]
fn what_must_hold_before_and_afterwards_only_looks() {
    let text = does(
        "do = { rollout = { verb = \"back\" } }\n[[before]]\nid = \"b\"\ndo = { rollout = { verb = \"back\" } }\n[[validation]]\nid = \"v\"\ndo = { notify = { url = \"https://x.example.net\" } }",
    );
    let lines = told(&[("runbooks/a.toml", &text)]);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[0].contains("before[0].do: a precondition only looks, and `rollout` may change something"),
        "{lines:#?}"
    );
    assert!(lines[1].contains("validation[0].do: a validation only looks"), "{lines:#?}");
}

#[test]
fn a_secret_that_stands_in_the_file_is_refused_and_never_repeated() {
    let canary = "hunter2-canary";
    for place in [
        "headers = { Authorization = \"Bearer hunter2-canary\" }",
        "headers = { X-Api-Key = \"hunter2-canary\" }",
        "body = { json = { login = { password = \"hunter2-canary\" } } }",
    ] {
        let text = does(&format!("[step.do.http]\nmethod = \"PUT\"\nurl = \"https://x.example.net\"\n{place}"));
        let report = catalog(&[("runbooks/a.toml", text.as_str())]).expect_err("taken");
        assert_eq!(report.errors(), 1, "{report}");
        assert!(!report.to_string().contains(canary), "{report}");
        assert!(!serde_json::to_string(&report).expect("JSON").contains(canary));
    }
    let text = does("do = { command = { argv = [\"a\"], environment = { DB_PASSWORD = \"hunter2-canary\" } } }");
    let report = catalog(&[("runbooks/a.toml", text.as_str())]).expect_err("taken").to_string();
    assert!(report.contains("a secret never stands in the file") && !report.contains(canary), "{report}");
}

#[test]
fn the_version_of_a_runbook_is_its_content_and_that_of_what_it_nests() {
    let outer = does("do = { runbook = { name = \"flag-off\", with = { flag = \"one-click\" } } }");
    let digest = |flag: &str, outer: &str| {
        runbook(&[("runbooks/flag-off.toml", flag), ("runbooks/outer.toml", outer)], "outer").digest
    };
    let first = digest(FLAG, &outer);
    assert_eq!(first, digest(&format!("# a comment\n{FLAG}"), &outer), "comments and places do not count");
    assert_ne!(first, digest(&FLAG.replace("\"PUT\"", "\"POST\""), &outer), "what it nests counts");
    assert_ne!(first, digest(FLAG, &outer.replace("one-click", "new-price")));
    let nested = runbook(&[("runbooks/flag-off.toml", FLAG), ("runbooks/outer.toml", &outer)], "outer");
    assert_eq!(nested.steps[0].timeout, Span::from_mins(10), "it may take what the other promises");
}

#[test]
fn runbooks_that_contain_each_other_are_told_with_the_whole_round() {
    let of = |name: &str| does(&format!("do = {{ runbook = {{ name = \"{name}\" }} }}"));
    let (a, b) = (of("b"), of("a"));
    let lines = told(&[("runbooks/a.toml", &a), ("runbooks/b.toml", &b)]);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("these runbooks contain each other: a → b → a"), "{lines:#?}");
}

#[test]
fn a_checklist_names_a_runbook_that_is_there() {
    let item = |name: &str| {
        format!(
            "[[group]]\nname = \"G\"\n[[group.item]]\nid = \"a\"\ntitle = \"T\"\ncheck = {{ rehearsal = {{ runbook = \"{name}\", within = \"30d\" }} }}"
        )
    };
    let (good, bad) = (item("flag-off"), item("flag-of"));
    assert!(catalog(&[("checklists/c.toml", &good), ("runbooks/flag-off.toml", FLAG)]).is_ok());
    let lines = told(&[("checklists/c.toml", &bad), ("runbooks/flag-off.toml", FLAG)]);
    assert!(lines[0].contains("there is no runbook `flag-of` (did you mean `flag-off`?)"), "{lines:#?}");
}

#[test]
fn every_verb_is_a_word_of_the_file() {
    for (word, verb) in [
        ("back", Verb::Back),
        ("abort", Verb::Abort),
        ("undo", Verb::Undo),
        ("pause", Verb::Pause),
        ("resume", Verb::Resume),
        ("retry", Verb::Retry),
    ] {
        let text = does(&format!("do = {{ rollout = {{ verb = \"{word}\" }} }}"));
        let book = runbook(&[("runbooks/a.toml", &text)], "a");
        assert!(matches!(&book.steps[0].action, Action::Rollout(rollout) if rollout.verb == verb));
    }
}
