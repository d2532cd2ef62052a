//! Which layer wins, and where each value came from.

use std::path::PathBuf;

use warroom::{
    config::{
        Options, Override, load,
        origin::Origin,
        settings::{Charset, Colour, LogLevel},
    },
    domain::time::Span,
};

use super::{lines, options, tree};

const PROM: &str = "[[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"https://a.example.net\"\n";

#[test]
fn no_file_at_all_is_a_first_run_and_no_error() {
    let root = tree(&[]);
    let loaded = load(&options(root.path())).unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.first_run());
    let places: Vec<PathBuf> =
        ["etc/config.toml", "user/config.toml", "work/warroom.toml"].map(|name| root.path().join(name)).to_vec();
    assert_eq!(loaded.places, places);
    assert_eq!(loaded.settings.look.theme, "default");
}

#[test]
fn later_layers_win_key_by_key_and_each_value_remembers_its_own() {
    let root = tree(&[
        (
            "etc/config.toml",
            "[look]\ntheme = \"system\"\nzone = \"Europe/Berlin\"\n[log]\nlevel = \"warn\"\n[environments.prod]\nproduction = true\n",
        ),
        (
            "user/config.toml",
            "[look]\ntheme = \"user\"\ncolour = \"16\"\n[environments.prod]\ntelemetry = { env = \"p\" }\n",
        ),
        ("work/warroom.toml", "[look]\ncolour = \"256\"\n[environments.staging]\n"),
    ]);
    let mut options = options(root.path());
    options.variables.insert("WARROOM__LOG__LEVEL".to_owned(), "debug".to_owned());
    options.variables.insert("WARROOM__ENVIRONMENTS__STAGING__PRODUCTION".to_owned(), "true".to_owned());
    options.overrides.push(Override::value("--ascii", &["look", "charset"], "ascii"));
    let loaded = load(&options).unwrap_or_else(|report| panic!("{report}"));
    let settings = &loaded.settings;
    assert_eq!(
        (settings.look.theme.as_str(), settings.look.colour, settings.look.charset, settings.log.level),
        ("user", Colour::Palette256, Charset::Ascii, LogLevel::Debug)
    );
    let prod = &settings.environments["prod"];
    assert!(prod.production && prod.telemetry["env"] == "p", "tables are merged: {prod:?}");
    assert!(settings.environments["staging"].production);
    let from = |key: &str| loaded.provenance.of(key);
    let file = |name: &str| Origin::File(root.path().join(name));
    assert_eq!((from("look.theme").origin, from("look.theme").line), (file("user/config.toml"), Some(2)));
    assert_eq!((from("look.zone").origin, from("look.zone").line), (file("etc/config.toml"), Some(3)));
    assert_eq!(from("look.colour").origin, file("work/warroom.toml"));
    assert_eq!(from("look.charset").origin, Origin::Flag("--ascii".to_owned()));
    assert_eq!(from("log.level").origin, Origin::Variable("WARROOM__LOG__LEVEL".to_owned()));
    assert_eq!(from("log.directory").origin, Origin::BuiltIn);
    assert!(!loaded.first_run());
}

#[test]
fn a_layer_with_sources_replaces_all_sources_before_it() {
    let root = tree(&[
        ("etc/config.toml", PROM),
        ("user/config.toml", "[[source]]\nname = \"mine\"\nkind = \"kubernetes\"\ninterval = \"20s\"\n"),
    ]);
    let mut options = options(root.path());
    let names = |options: &Options| {
        let loaded = load(options).unwrap_or_else(|report| panic!("{report}"));
        loaded.settings.sources.iter().map(|source| source.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&options), ["mine"]);
    let loaded = load(&options).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.settings.sources[0].interval, Some(Span::from_secs(20)));
    assert_eq!(loaded.provenance.of("source[0].name").line, Some(2));
    options.variables.insert(
        "WARROOM__SOURCE".to_owned(),
        "[{ name = \"v\", kind = \"prometheus\", url = \"http://127.0.0.1:9090\" }]".to_owned(),
    );
    assert_eq!(names(&options), ["v"]);
    options.overrides.push(Override::prometheus("http://127.0.0.1:9091", true));
    options.overrides.push(Override::context("arn:aws:eks:eu-1:123:cluster/shop"));
    assert_eq!(names(&options), ["prometheus", "arn-aws-eks-eu-1-123-cluster-shop"]);
}

#[test]
fn a_given_file_takes_the_place_of_the_found_one_and_has_to_exist() {
    let root = tree(&[
        ("work/warroom.toml", "[look]\ntheme = \"found\"\n"),
        ("work/mine/other.toml", "catalog = \"things\"\n[look]\ntheme = \"given\"\n[log]\ndirectory = \"~/log\"\n"),
        ("work/mine/things/services/a.toml", ""),
    ]);
    let mut options = options(root.path());
    options.config = Some("mine/other.toml".into());
    let loaded = load(&options).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.settings.look.theme, "given");
    assert_eq!(loaded.settings.catalog, Some(root.path().join("work/mine/things")), "relative to the file");
    assert_eq!(loaded.settings.log.directory, Some(root.path().join("home/log")), "~ is the home");
    assert!(loaded.catalog.services.contains_key("a"));
    options.config = Some("mine/no.toml".into());
    let report = load(&options).expect_err("no such file");
    assert_eq!(lines(&report, root.path()), ["work/mine/no.toml: no such file"]);
}

#[test]
fn the_catalog_is_beside_the_last_file_that_has_one() {
    let root = tree(&[
        ("etc/config.toml", ""),
        ("etc/catalog/services/system.toml", ""),
        ("user/config.toml", ""),
        ("user/catalog/services/user.toml", ""),
        ("work/warroom.toml", ""),
    ]);
    let loaded = load(&options(root.path())).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.catalog_dir, Some(root.path().join("user/catalog")));
    assert!(loaded.catalog.services.contains_key("user"));
}

#[test]
fn a_configured_catalog_that_is_not_there_is_an_error() {
    let root = tree(&[("user/config.toml", "catalog = \"nowhere\"\n")]);
    let report = load(&options(root.path())).expect_err("no catalog");
    let text = report.to_string();
    assert!(text.contains("nowhere is not a directory") && text.contains("user/config.toml"), "{text}");
}

#[test]
fn a_wrong_variable_is_named_with_the_right_one() {
    for (name, value, parts) in [
        (
            "WARROOM__LOOK__THEM",
            "x",
            &["WARROOM__LOOK__THEM names no setting", "did you mean `WARROOM__LOOK__THEME`?"][..],
        ),
        ("WARROOM__LOK__THEME", "x", &["did you mean `WARROOM__LOOK__THEME`?"]),
        ("WARROOM__LOOK__COLOUR", "blue", &["environment variable WARROOM__LOOK__COLOUR", "`blue`", "`truecolor`"]),
        ("WARROOM__ENVIRONMENTS__PROD__PRODUCTION", "yes", &["true or false"]),
        ("WARROOM__SOURCE__0__URL", "x", &["WARROOM__SOURCE='[{ … }]'"]),
        ("WARROOM__SOURCE", "[{ name = \"p\" ]", &["`source` has the wrong type"]),
    ] {
        let root = tree(&[]);
        let mut options = options(root.path());
        options.variables.insert(name.to_owned(), value.to_owned());
        let text = load(&options).expect_err(name).to_string();
        for part in parts {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}

#[test]
fn a_file_found_in_the_working_directory_may_not_name_a_command() {
    let text = format!("{PROM}auth = {{ bearer = {{ command = [\"sh\", \"-c\", \"curl evil\"] }} }}\n");
    let root = tree(&[("work/warroom.toml", &text)]);
    let mut options = options(root.path());
    let report = load(&options).expect_err("a command");
    let told = report.to_string();
    assert!(told.contains("may not name a command to run") && told.contains("--config"), "{told}");
    assert!(told.contains("warroom.toml:5:"), "{told}");
    // The same file is fine when somebody chose it, and so are the two fixed places.
    options.config = Some("warroom.toml".into());
    assert!(load(&options).is_ok());
    for place in ["etc/config.toml", "user/config.toml"] {
        let root = tree(&[(place, &text)]);
        assert!(load(&super::options(root.path())).is_ok(), "{place}");
    }
}
