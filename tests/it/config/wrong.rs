//! Wrong files and what is said about them.

use warroom::config::{Options, load};

use super::{lines, options, tree};

/// What is said about this `user/config.toml`.
fn said(text: &str) -> Vec<String> {
    let root = tree(&[("user/config.toml", text)]);
    let report = load(&options(root.path())).expect_err(text);
    lines(&report, root.path()).into_iter().map(|line| line.replace("user/config.toml:", "")).collect()
}

/// A Prometheus source with one more line, which is line 5.
fn source(line: &str) -> String {
    format!("[[source]]\nname = \"p\"\nkind = \"prometheus\"\nurl = \"https://h\"\n{line}\n")
}

#[test]
fn a_wrong_value_gets_line_key_expectation_and_the_nearest_name() {
    for (text, expected) in [
        ("catalogue = \"x\"", "1:1: unknown key `catalogue` (did you mean `catalog`?)"),
        ("[look]\ncolor = \"16\"", "2:1: look.color: unknown key `color` in `look` (did you mean `colour`?)"),
        (
            "[look]\ncolour = 256",
            "2:10: look.colour: `colour` has the wrong type (expected `auto`, `truecolor`, `256`, `16` or `none`)",
        ),
        (
            "[look]\ncharset = \"asci\"",
            "2:11: look.charset: `asci` is not a known value of `charset` (did you mean `ascii`?)",
        ),
        (
            "[look]\nzone = \"Europe/Berln\"",
            "2:8: look.zone: `Europe/Berln` is not a time zone of the IANA database (did you mean `Europe/Berlin`?)",
        ),
        (
            "[log]\nlevel = \"verbose\"",
            "2:9: log.level: `verbose` is not a known value of `level` (expected `error`, `warn`, `info`, `debug` or `trace`)",
        ),
        (
            "[environments.prod]\nproduction = \"yes\"",
            "2:14: environments.prod.production: `production` has the wrong type (expected true or false)",
        ),
        (
            "[environments.prod]\ntelemetry = { env = 1 }",
            "2:21: environments.prod.telemetry.env: `env` has the wrong type (expected a text in quotes)",
        ),
        ("look = 1", "1:8: `look` has the wrong type (expected a table)"),
        ("[source]\nname = \"p\"", "1:1: `source` has the wrong type (expected [a table, …])"),
    ] {
        assert_eq!(said(text), [expected], "{text}");
    }
}

#[test]
fn a_wrong_line_of_a_source_is_told() {
    for (line, expected) in [
        (
            "interval = 15",
            "5:12: source[0].interval: `interval` has the wrong type (expected a duration such as 300ms, 15s, 5m, 1h30m or 30d)",
        ),
        ("interval = \"15\"", "5:12: source[0].interval: `15` is not a duration (did you mean `15s`?)"),
        (
            "interval = \"1.5h\"",
            "5:12: source[0].interval: `1.5h` is not a duration (expected a duration such as 300ms, 15s, 5m, 1h30m or 30d)",
        ),
        ("interval = \"1ms\"", "5:12: source[0].interval: `interval` is out of range (expected from 1s to 1d)"),
        ("timeout = \"1h\"", "5:11: source[0].timeout: `timeout` is out of range (expected from 10ms to 10m)"),
        ("max_body = 0", "5:12: source[0].max_body: `max_body` is out of range (expected at least 1024)"),
        ("max_body = \"1\"", "5:12: source[0].max_body: `max_body` has the wrong type (expected a whole number)"),
        ("slos = \"sloth\"", "5:8: source[0].slos: `slos` has the wrong type (expected [`sloth` or `pyrra`, …])"),
        ("slos = [\"slot\"]", "5:9: source[0].slos[0]: `slot` is not a known value of `slos` (did you mean `sloth`?)"),
        ("environment = \"prd\"", "5:15: source[0].environment: no environment is called `prd`"),
        (
            "namespaces = []",
            "5:1: source[0].namespaces: unknown key `namespaces` in `source[0]` (did you mean `name`?)",
        ),
        ("auth = {}", "5:8: source[0].auth: `auth` is empty (expected exactly one of `basic`, `bearer` or `mtls`)"),
        (
            "auth = { bearer = { env = \"A\", file = \"B\" } }",
            "5:19: source[0].auth.bearer: `bearer` has `env` and `file`, and only one may be there (expected exactly one of `env`, `file` or `command`)",
        ),
        ("auth = { mtls = { cert = \"c\" } }", "5:17: source[0].auth.mtls: `key` is missing (expected key = a path)"),
        ("headers = { \"a b\" = \"c\" }", "5:13: source[0].headers.\"a b\": `a b` is not a header name"),
        (
            "proxy = \"proxy:3128\"",
            "5:9: source[0].proxy: a URL with `proxy:` cannot be used here (did you mean `http://proxy:3128`?)",
        ),
    ] {
        assert_eq!(said(&source(line)), [expected], "{line}");
    }
}

#[test]
fn what_a_source_needs_depends_on_its_kind() {
    for (text, expected) in [
        (
            "name = \"p\"",
            "1:1: source[0]: `kind` is missing (expected kind = `prometheus`, `alertmanager` or `kubernetes`)",
        ),
        (
            "name = \"p\"\nkind = \"prometheus\"",
            "1:1: source[0]: `url` is missing (expected url = a URL such as https://prometheus.example.net)",
        ),
        (
            "name = \"p\"\nkind = \"promethus\"\nurl = \"https://h\"",
            "3:8: source[0].kind: `promethus` is not a known value of `kind` (did you mean `prometheus`?)",
        ),
        (
            "kind = \"kubernetes\"",
            "1:1: source[0]: `name` is missing (expected name = a name of letters, digits, ., _ and -)",
        ),
        (
            "name = \"p\"\nkind = \"alertmanager\"\nurls = []",
            "4:8: source[0].urls: `urls` is empty (expected at least one)",
        ),
        (
            "name = \"p\"\nkind = \"alertmanager\"\nurls = [\"h:9093\"]",
            "4:9: source[0].urls[0]: a URL with `h:` cannot be used here (did you mean `http://h:9093`?)",
        ),
        (
            "name = \"p\"\nkind = \"alertmanager\"\nurls = [\"https://h\"]\nmatchers = [\"team\"]",
            "5:13: source[0].matchers[0]: `team` has no =, !=, =~ or !~ (expected a matcher such as team=\"payments\", with =, !=, =~ or !~)",
        ),
        (
            "name = \"p\"\nkind = \"kubernetes\"\ncontext = \"c\"\nin_cluster = true",
            "4:11: source[0].context: a cluster is reached in one way, not by in_cluster and context (expected kubeconfig and context, or in_cluster = true, or url)",
        ),
        (
            "name = \"p\"\nkind = \"prometheus\"\nurl = \"https://h/api/v1/query\"",
            "4:7: source[0].url: a base URL ends before `/api/` (did you mean `https://h`?)",
        ),
    ] {
        assert_eq!(said(&format!("[[source]]\n{text}\n")), [expected], "{text}");
    }
}

#[test]
fn the_same_name_twice_is_told_at_the_second() {
    let text = format!("{}{}", source(""), source(""));
    assert_eq!(said(&text), ["7:8: source[1].name: two sources are called `p`"]);
}

#[test]
fn an_unknown_environment_names_those_that_there_are() {
    let text = format!("{}[environments.prod]\n[environments.staging]\n", source("environment = \"stagng\""));
    assert_eq!(
        said(&text),
        ["5:15: source[0].environment: no environment is called `stagng` (did you mean `staging`?)"]
    );
}

#[test]
fn everything_is_told_at_once_in_all_files() {
    let root = tree(&[
        ("etc/config.toml", "[look\ntheme = 1\n"),
        ("user/config.toml", "loook = 1\n[log]\nlevel = \"loud\"\ndirectory = 3\n"),
        ("user/catalog/services/a.toml", "owner = 5\n"),
        ("user/catalog/services/b.toml", "owner = \n"),
        ("user/catalog/services/c.toml", "depends_on = [\"a\", \"b\", \"nobody\"]\n"),
        ("user/catalog/slos/d.yaml", "a: [\n"),
    ]);
    let mut options: Options = options(root.path());
    options.variables.insert("WARROOM__LOG__LEVL".to_owned(), "info".to_owned());
    let report = load(&options).expect_err("a lot");
    let all = lines(&report, root.path());
    for place in [
        "etc/config.toml:1:",
        "user/config.toml:1:1:",
        "user/config.toml:3:9:",
        "user/config.toml:4:13:",
        "services/a.toml:1:9:",
        "services/b.toml:1:",
        "services/c.toml:1:25:",
        "slos/d.yaml:",
        "WARROOM__LOG__LEVL",
    ] {
        assert!(all.iter().any(|line| line.contains(place)), "{place} is missing in {all:#?}");
    }
    // What is broken is not also unknown.
    assert!(
        !all.iter().any(|line| line.contains("no service is called `a`") || line.contains("no service is called `b`")),
        "{all:#?}"
    );
    assert!(report.to_string().ends_with("errors\n"), "{report}");
}

#[test]
fn the_whole_message_has_excerpt_mark_expectation_and_help() {
    let root = tree(&[("user/config.toml", &source("interval = 15"))]);
    let text = load(&options(root.path())).expect_err("a number").to_string();
    let expected = "\
error: `interval` has the wrong type
  --> ROOT/user/config.toml:5:12  source[0].interval
  |
5 | interval = 15
  |            ^^
  = expected: a duration such as 300ms, 15s, 5m, 1h30m or 30d
  = found: the number 15
  = help: write it as text with a unit: \"15s\"

1 error
";
    assert_eq!(text.replace(&root.path().display().to_string(), "ROOT"), expected);
}

#[test]
fn escape_sequences_in_files_do_not_reach_the_terminal() {
    let root =
        tree(&[("user/config.toml", "\"\\u001b[31mred\" = 1\n\"\u{202e}x\" = 2\n[look]\ntheme = \"\u{1b}[2J\"\n")]);
    let report = load(&options(root.path())).expect_err("hostile");
    let text = format!("{report}{}", report.lines().join("\n"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
}
