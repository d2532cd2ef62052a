//! `config check`, `config show`, `config schema`, and what is written about them.

use serde_json::Value;
use warroom::{
    cli::{
        Exit,
        config::{Shape, check, schema, show},
    },
    config::{Options, load},
};

use super::{options, tree};

fn written(command: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<Exit>) -> (Exit, String) {
    let mut out = Vec::new();
    let exit = command(&mut out).expect("written");
    (exit, String::from_utf8(out).expect("text"))
}

fn both(options: &Options, json: bool) -> [(Exit, String); 2] {
    [written(|out| check(options, json, out)), written(|out| show(options, json, out))]
}

#[test]
fn check_and_show_say_what_was_read_and_end_with_0() {
    let root = tree(&[
        ("user/config.toml", "[look]\ntheme = \"mono\"\n"),
        (
            "user/catalog/services/checkout.toml",
            "[[slo]]\nname = \"a\"\nobjective = 99.9\nratio = { bad = \"b\", total = \"t\" }\n",
        ),
    ]);
    let [(checked, summary), (shown, values)] = both(&options(root.path()), false);
    assert_eq!((checked, shown), (Exit::Ok, Exit::Ok));
    assert!(summary.contains("0 sources, 0 environments, 1 service, 1 SLO, 0 releases"), "{summary}");
    let line = values.lines().find(|line| line.starts_with("look.theme")).expect("the theme");
    assert!(line.contains("\"mono\"") && line.ends_with("user/config.toml:2"), "{line}");
    let line = values.lines().find(|line| line.starts_with("look.zone")).expect("the zone");
    assert!(line.ends_with("# built-in"), "{line}");
    let [_, (_, values)] = both(&options(root.path()), true);
    let values: Value = serde_json::from_str(&values).expect("JSON");
    let theme =
        values["values"].as_array().expect("values").iter().find(|one| one["key"] == "look.theme").expect("theme");
    assert_eq!((&theme["value"], &theme["line"]), (&Value::from("mono"), &Value::from(2)));
    assert!(theme["origin"]["file"].as_str().expect("a file").ends_with("user/config.toml"));
}

#[test]
fn broken_files_end_with_2_and_json_has_line_column_and_key() {
    let root = tree(&[("user/config.toml", "[look]\ntheem = \"mono\"\n")]);
    for (exit, text) in both(&options(root.path()), false) {
        assert_eq!(exit.code(), 2);
        assert!(text.contains("did you mean `theme`?"), "{text}");
    }
    let [(_, text), _] = both(&options(root.path()), true);
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let one = &answer["diagnostics"][0];
    assert_eq!((&answer["ok"], &answer["errors"]), (&Value::from(false), &Value::from(1)));
    assert_eq!(
        (&one["line"], &one["column"], &one["key"]),
        (&Value::from(2), &Value::from(1), &Value::from("look.theem"))
    );
    assert_eq!((&one["nearest"], &one["severity"]), (&Value::from("theme"), &Value::from("error")));
}

const CHECKLIST: &str = "[[group]]\nname = \"Before\"\n[[group.item]]\nid = \"comms\"\ntitle = \"Told\"\n[[signoff]]\nid = \"go\"\n\
    title = \"Two of SRE\"\nby = { role = \"sre\", count = 2 }\n";

const BACK: &str = "title = \"Back\"\nbudget = \"10m\"\n[approvals]\nnormal = { role = \"dba\" }\n[[step]]\nid = \"back\"\ndo.rollout.verb = \"back\"\n";

const ROLES: &str =
    "[roles.sre]\nmembers = [\"mira\", \"jo\"]\nmay = [\"sign\"]\n[roles.dba]\nmembers = [\"jo\"]\nmay = [\"sign\"]\n";

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEqMPBIcIoNUDbH1vo12wMUoNNILFl1wyW8yNjuiBBHK";

/// What `config check` says of these people.
fn checked(signers: &str, roles: &str) -> String {
    let root = tree(&[
        ("user/config.toml", ""),
        ("user/catalog/checklists/service.toml", CHECKLIST),
        ("user/catalog/runbooks/back.toml", BACK),
        ("user/catalog/allowed_signers", signers),
        ("user/catalog/roles.toml", roles),
    ]);
    let (exit, text) = written(|out| check(&options(root.path()), false, out));
    assert_eq!(exit, Exit::Ok, "warnings end nothing: {text}");
    text
}

#[test]
fn check_warns_of_what_can_never_be_given_and_of_runbooks_that_do_not_do_what_they_are_for() {
    let nobody = checked("", ROLES);
    assert!(nobody.contains("the sign-off go and 1 more must be signed: nobody can"), "{nobody}");
    let line = |name: &str| format!("{name} namespaces=\"warroom.*\" {KEY}\n");
    let one = checked(&line("jo"), ROLES);
    assert!(one.contains("the sign-off go can never be given: 1 of sre, "), "mira has no key: {one}");
    assert!(one.contains("the approval of a normal change can never be given: 1 of dba, "), "{one}");
    let may = ROLES.replace("[\"sign\"]", "[\"sign\", \"approve\"]");
    let all = checked(&format!("{}{}", line("jo"), line("mira")), &may);
    assert!(!all.contains("can never be given"), "{all}");
    for words in ["runbooks/back.toml", "warning"] {
        assert!(all.contains(words), "no validation: {all}");
    }
}

#[test]
fn no_file_is_no_error_and_says_where_it_looked() {
    let root = tree(&[]);
    let [(exit, text), _] = both(&options(root.path()), false);
    assert_eq!(exit, Exit::Ok);
    assert!(text.contains("no configuration file") && text.contains("work/warroom.toml"), "{text}");
}

/// Every property of a schema, with whether it is documented.
fn properties(schema: &Value, path: &str, found: &mut Vec<(String, bool)>) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                if let (true, Some(all)) = (key == "properties", member.as_object()) {
                    for (name, property) in all {
                        let documented = property.get("description").is_some() || property.get("const").is_some();
                        found.push((format!("{path}.{name}"), documented));
                    }
                }
                properties(member, &format!("{path}.{key}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, path, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_every_schema_is_documented() {
    for shape in
        [Shape::Settings, Shape::Service, Shape::Slo, Shape::Release, Shape::Checklist, Shape::Calendar, Shape::Roles]
    {
        let mut out = Vec::new();
        schema(shape, &mut out).expect("written");
        let schema: Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let mut found = Vec::new();
        properties(&schema, "", &mut found);
        assert!(found.len() > 5, "{shape:?} has properties");
        // The alternatives of a secret, of a store, of a check and of a trigger are documented as a whole.
        let bare: Vec<&String> = found
            .iter()
            .filter(|(path, documented)| {
                !documented
                    && !path.contains("SecretRef")
                    && !path.contains("$defs.Auth")
                    && !path.contains("LedgerStore.oneOf")
                    && !path.contains("CheckValue.oneOf")
                    && !path.contains("WhenValue.oneOf")
            })
            .map(|(path, _)| path)
            .collect();
        assert!(bare.is_empty(), "{shape:?}: {bare:?}");
    }
}

#[test]
fn the_example_loads_and_has_every_setting() {
    let example = include_str!("../../../config.example.toml");
    let root = tree(&[("user/config.toml", example)]);
    let loaded = load(&options(root.path())).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.settings.sources.len(), 3);
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let mut out = Vec::new();
    schema(Shape::Settings, &mut out).expect("written");
    let schema: Value = serde_json::from_slice(&out).expect("JSON");
    let mut found = Vec::new();
    properties(&schema, "", &mut found);
    for (path, _) in found {
        let name = path.rsplit('.').next().expect("a name");
        let stands = example.contains(&format!("{name} ="))
            || example.contains(&format!("[{name}"))
            || example.contains(&format!(".{name}]"))
            || example.contains(&format!("  {name} "));
        assert!(stands, "`{name}` is not in config.example.toml");
    }
}

/// The key of a line, commented out or not.
fn key(line: &str) -> &str {
    line.trim_start_matches("# ").split(" = ").next().unwrap_or_default().trim()
}

#[test]
fn the_example_loads_with_each_of_its_commented_alternatives() {
    let lines: Vec<&str> = include_str!("../../../config.example.toml").lines().collect();
    // A line is an alternative when it is a key and a value behind a `# `.
    let alternative = |line: &str| {
        line.starts_with("# ") && line.contains(" = ") && !key(line).contains(' ') && key(line) != "catalog"
    };
    let mut tried = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| alternative(line)) {
        let start = lines[..at].iter().rposition(|line| line.starts_with('[')).expect("a table");
        let end = lines[at..].iter().position(|line| line.starts_with('[')).map_or(lines.len(), |rest| at + rest);
        let other_ways: &[&str] =
            if ["in_cluster", "url"].contains(&key(line)) { &["kubeconfig", "context"] } else { &[] };
        let text: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(index, other)| {
                let replaced = key(other) == key(line) || other_ways.contains(&key(other));
                *index == at || !(start..end).contains(index) || !replaced
            })
            .map(|(index, other)| if index == at { other.trim_start_matches("# ") } else { other })
            .collect();
        let root = tree(&[("user/config.toml", &text.join("\n"))]);
        load(&options(root.path())).unwrap_or_else(|report| panic!("{line}:\n{report}"));
        tried += 1;
    }
    assert!(tried > 8, "only {tried} alternatives were found");
}

#[test]
fn the_files_in_the_documentation_load() {
    let page = include_str!("../../../docs/configuration.md");
    let mut files = Vec::new();
    for block in page.split("```").skip(1).step_by(2) {
        let Some((language, text)) = block.split_once('\n') else { continue };
        if let (true, Some(name)) =
            (["toml", "yaml"].contains(&language), text.lines().next().and_then(|line| line.strip_prefix("# ")))
        {
            files.push((format!("user/{name}"), text));
        }
    }
    assert!(files.len() >= 7, "{files:?}");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let root = tree(&files);
    let loaded = load(&options(root.path())).unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let catalog = &loaded.catalog;
    assert_eq!((catalog.services.len(), catalog.slos.len(), catalog.releases.len()), (3, 5, 1));
}

#[test]
fn the_message_in_the_documentation_is_what_check_prints() {
    let page = include_str!("../../../docs/configuration.md");
    let text = format!(
        "{}intervall = \"15s\"\n",
        "\n".repeat(4) + "[[source]]\nname = \"p\"\nkind = \"prometheus\"\nurl = \"https://h\"\n"
    );
    let root = tree(&[("user/config.toml", &text)]);
    let report = load(&options(root.path())).expect_err("a wrong key");
    let told = report.diagnostics[0]
        .to_string()
        .replace(&root.path().join("user").display().to_string(), "/home/mira/.config/warroom");
    assert!(page.contains(told.trim_end()), "docs/configuration.md does not have\n{told}");
}
