//! What is wrong with the policies of a catalog, with file and line, for `config check`.

use crate::{
    config::{
        Loaded,
        diagnostic::{Diagnostic, Severity},
        excerpt::Excerpt,
        origin::Origin,
    },
    policy::court::Court,
    runbook::steps::command::own_program,
};

/// Every policy that cannot be read, and what keeps them from being judged together.
pub(crate) fn faults(loaded: &Loaded) -> Vec<Diagnostic> {
    if loaded.catalog.policies.is_empty() {
        return Vec::new();
    }
    let told = Court::with_tests(own_program(), &loaded.catalog).check();
    told.iter().map(|why| fault(why, loaded)).collect()
}

/// regorus tells a place as `--> gate.rego:3:10`, the line below it, and then what is wrong: `error: …`.
fn fault(told: &str, loaded: &Loaded) -> Diagnostic {
    let directory = loaded.catalog_dir.clone().unwrap_or_default().join("policies");
    let problem = told.lines().rev().find_map(|line| line.trim().strip_prefix("error:"));
    let problem = problem.map_or_else(|| told.trim().replace('\n', " "), |problem| problem.trim().to_owned());
    let advice = "until it is mended, policies deny every release";
    let Some((name, line, column)) = told.lines().find_map(place) else {
        return Diagnostic::new(Severity::Error, Origin::File(directory), problem).advise(advice);
    };
    let file = directory.join(format!("{name}.rego"));
    let text = loaded.catalog.policies.get(name).and_then(|text| text.lines().nth(line.saturating_sub(1)));
    let text = text.unwrap_or_default().to_owned();
    let excerpt = Excerpt { line, column, text, marked: column.saturating_sub(1)..column };
    let diagnostic = Diagnostic::new(Severity::Error, Origin::File(file), problem).advise(advice);
    Diagnostic { excerpt: Some(excerpt), ..diagnostic }
}

/// Name, line and column of `--> gate.rego:3:10`.
fn place(line: &str) -> Option<(&str, usize, usize)> {
    let (name, rest) = line.trim().strip_prefix("-->")?.trim().split_once(".rego:")?;
    let (line, column) = rest.split_once(':')?;
    Some((name, line.trim().parse().ok()?, column.trim().parse().ok()?))
}
