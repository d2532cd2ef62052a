//! Gauges of services.

use warroom::{
    config::load,
    domain::canary::gauge_metric::{GaugeMetric, Worse},
};

use super::{options, tree};

const CONFIG: &str = "[environments.prod]\nproduction = true\n";

fn read(service: &str) -> Result<Vec<GaugeMetric>, Vec<String>> {
    let root = tree(&[("user/config.toml", CONFIG), ("user/catalog/services/checkout.toml", service)]);
    load(&options(root.path())).map(|loaded| loaded.catalog.gauges.clone()).map_err(|report| report.lines())
}

#[test]
fn a_gauge_needs_a_name_and_a_selector_and_the_rest_is_usual() {
    let text = "[[gauge]]\nname = \"memory\"\nvalue = \"process_resident_memory_bytes\"\n\
                [[gauge]]\nname = \"hits\"\nvalue = 'cache_hits{tier=\"1\"}'\nworse = \"lower\"\nmargin = 25\n";
    let gauges = read(text).unwrap_or_else(|lines| panic!("{lines:#?}"));
    let told: Vec<_> =
        gauges.iter().map(|one| (one.name.as_str(), one.service.as_str(), one.worse, one.margin)).collect();
    assert_eq!(told, [("memory", "checkout", Worse::Higher, 0.1), ("hits", "checkout", Worse::Lower, 0.25)]);
}

#[test]
fn what_is_wrong_with_a_gauge_is_told() {
    const MEMORY: &str = "[[gauge]]\nname = \"memory\"\nvalue = \"bytes\"\n";
    for (more, expected) in [
        ("worse = \"bigger\"\n", "bigger"),
        ("margin = 0\n", "margin"),
        ("margin = -5\n", "margin"),
        ("source = \"nowhere\"\n", "no source is called `nowhere`"),
        ("unit = \"bytes\"\n", "unit"),
        (MEMORY, "there are two gauges `memory`"),
        ("[[gauge]]\nname = \"cpu\"\nvalue = \"rate(cpu[5m])\"\n", "an expression is not a selector"),
        ("[[gauge]]\nname = \"cpu\"\n", "value"),
    ] {
        let lines = read(&format!("{MEMORY}{more}")).expect_err(more);
        assert!(lines.iter().any(|line| line.contains(expected)), "{more}: {lines:#?}");
    }
}
