//! The answer as a report of tests: one for each reason. What is not known is an error, what is in the way a failure.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::{
    Gate,
    text::{line, word},
};
use crate::{
    cli::Exit,
    domain::{clean::clean, verdict::reason::Effect},
};

/// The report.
pub(super) fn write(gate: &Gate<'_>) -> String {
    let mut cases = String::new();
    let (mut failures, mut errors, mut tests) = (0, 0, 1);
    let mut case = |name: &str, wrong: Option<(bool, &str, &str)>| {
        let _ = write!(cases, "  <testcase classname=\"warroom gate\" name=\"{}\"", text(name));
        match wrong {
            None => cases.push_str("/>\n"),
            Some((unknown, kind, message)) => {
                let tag = if unknown { "error" } else { "failure" };
                let _ = write!(
                    cases,
                    ">\n    <{tag} type=\"{}\" message=\"{}\"/>\n  </testcase>\n",
                    text(kind),
                    text(message)
                );
                if unknown { errors += 1 } else { failures += 1 }
            }
        }
    };
    let headline = gate.headline();
    let exit = gate.exit();
    case("may it go on", (exit != Exit::Ok).then_some((exit == Exit::Unknown, "answer", headline.as_str())));
    for reason in gate.verdict.iter().flat_map(|verdict| &verdict.reasons) {
        tests += 1;
        let message = line(gate, reason);
        let wrong = (reason.effect != Effect::Supports).then_some((
            reason.effect == Effect::Unknown,
            word(reason.effect),
            message.as_str(),
        ));
        case(&reason.id, wrong);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" timestamp=\"{}\">\n{cases}</testsuite>",
        text(&format!("warroom gate {}", gate.release.id)),
        gate.model.now.format("%Y-%m-%dT%H:%M:%S"),
    )
}

/// Text from outside, as an attribute's value.
fn text(from_outside: &str) -> String {
    escape(clean(from_outside).into_owned()).into_owned()
}
