//! `warroom policy test`: whether the policies of the catalog do what their tests say.

mod faults;

use serde_json::{Value, json};

pub(super) use self::faults::faults;

use super::{Common, Exit, load, output};
use crate::{
    policy::court::{Court, Tested},
    runbook::steps::command::own_program,
};

/// Arguments of `warroom policy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `warroom policy` can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Run the tests of the catalog's policies: the rules `test_…` of `policies/*.rego`.
    #[command(
        after_help = "Exit codes: 0 all passed, 1 one did not, 2 the policies or the configuration cannot be read."
    )]
    Test {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let Command::Test { json } = args.command;
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    if loaded.catalog.policies.is_empty() {
        output::complain("warroom: the catalog has no policies: write policies/NAME.rego (docs/policies.md)");
        return Exit::Usage;
    }
    match Court::with_tests(own_program(), &loaded.catalog).test() {
        Ok(tested) => told(&tested, json),
        Err(why) => {
            output::complain(&format!("warroom: the policies cannot be tested: {why}"));
            Exit::Usage
        }
    }
}

fn told(tested: &[Tested], as_json: bool) -> Exit {
    let failed = tested.iter().filter(|test| test.why.is_some()).count();
    if as_json {
        let tests: Vec<Value> = tested
            .iter()
            .map(|test| json!({ "rule": test.rule, "passed": test.why.is_none(), "why": test.why }))
            .collect();
        output::print(&output::json(
            &json!({ "version": 1, "passed": tested.len() - failed, "failed": failed, "tests": tests }),
        ));
    } else {
        for test in tested {
            match &test.why {
                None => output::print(&format!("ok      {}", test.rule)),
                Some(why) => output::print(&format!("FAILED  {}: {why}", test.rule)),
            }
        }
        output::print(&format!("{} passed, {failed} failed", tested.len() - failed));
    }
    if tested.is_empty() {
        output::complain("warroom: the policies have no tests: a rule `test_…` in a file NAME_test.rego is one");
    }
    if failed > 0 || tested.is_empty() { Exit::No } else { Exit::Ok }
}
