//! The kind `junit`: a report without failures and errors. An empty one proves nothing.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::found::Found;

/// What was counted in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    tests: u32,
    skipped: u32,
    failed: u32,
    /// The most failures and errors that an attribute claims: some reporters write suites without their cases.
    claimed: u32,
    /// The first that failed.
    first: Option<String>,
}

/// What a `JUnit` report says, which must have at least so many tests that ran.
#[must_use]
pub fn judge(text: &str, at_least: u32) -> Found {
    let counts = match count(text) {
        Ok(counts) => counts,
        Err(why) => return Found::unknown(format!("not a JUnit report: {why}")),
    };
    let ran = counts.tests.saturating_sub(counts.skipped);
    let failed = counts.failed.max(counts.claimed);
    let skipped = if counts.skipped > 0 { format!(", {} skipped", counts.skipped) } else { String::new() };
    if failed > 0 {
        let first = counts.first.map(|name| format!(": {name}")).unwrap_or_default();
        return Found::fail(format!("{failed} of {ran} tests failed{skipped}{first}"));
    }
    if ran < at_least.max(1) {
        return Found::unknown(format!("{ran} tests ran{skipped}, and at least {} must", at_least.max(1)));
    }
    Found::pass(format!("{ran} tests passed{skipped}"))
}

fn count(text: &str) -> Result<Counts, String> {
    let mut reader = Reader::from_str(text);
    let (mut counts, mut open, mut root) = (Counts::default(), Vec::<String>::new(), false);
    // The test that is being read: its name, and whether it failed or was skipped.
    let mut case = Test::default();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                root |= begin(&start, open.is_empty(), &mut case, &mut counts)?;
                open.push(start.local_name().as_ref().to_owned());
            }
            Event::Empty(start) => {
                root |= begin(&start, open.is_empty(), &mut case, &mut counts)?;
                if start.local_name().as_ref() == "testcase" {
                    case.end(&mut counts);
                }
            }
            Event::End(end) => {
                open.pop();
                if end.local_name().as_ref() == "testcase" {
                    case.end(&mut counts);
                }
            }
            Event::Eof if !open.is_empty() => return Err("it ends in the middle".to_owned()),
            Event::Eof if !root => return Err("there is no <testsuites> and no <testsuite>".to_owned()),
            Event::Eof => return Ok(counts),
            _ => {}
        }
    }
}

/// A test that is being read.
#[derive(Default)]
struct Test {
    name: String,
    failed: bool,
    skipped: bool,
}

impl Test {
    fn end(&mut self, counts: &mut Counts) {
        let test = std::mem::take(self);
        counts.tests = counts.tests.saturating_add(1);
        if test.failed {
            counts.failed = counts.failed.saturating_add(1);
            counts.first.get_or_insert(test.name);
        } else if test.skipped {
            counts.skipped = counts.skipped.saturating_add(1);
        }
    }
}

/// Takes in one element; whether it is the root of a report.
fn begin(start: &BytesStart<'_>, outermost: bool, test: &mut Test, counts: &mut Counts) -> Result<bool, String> {
    let name = start.local_name();
    match name.as_ref() {
        "testsuites" | "testsuite" => {
            let claimed = number(start, "failures")?.saturating_add(number(start, "errors")?);
            counts.claimed = counts.claimed.max(claimed);
            return Ok(outermost);
        }
        "testcase" => {
            let (class, name) = (attribute(start, "classname")?, attribute(start, "name")?.unwrap_or_default());
            *test =
                Test { name: class.map_or_else(|| name.clone(), |class| format!("{class}.{name}")), ..Test::default() };
        }
        "failure" | "error" => test.failed = true,
        "skipped" => test.skipped = true,
        _ => {}
    }
    Ok(false)
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let found = start.try_get_attribute(name).map_err(|error| error.to_string())?;
    Ok(found.map(|attribute| {
        let raw = attribute.value.as_ref();
        quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned)
    }))
}

fn number(start: &BytesStart<'_>, name: &str) -> Result<u32, String> {
    let Some(text) = attribute(start, name)? else { return Ok(0) };
    text.trim().parse().map_err(|_| format!("{name}=\"{text}\" is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    #[test]
    fn a_report_is_counted_by_its_tests() {
        let good = "<testsuites><testsuite name='a' failures='0'><testcase name='x'/><testcase name='y'><skipped/></testcase></testsuite></testsuites>";
        assert_eq!(judge(good, 1), Found::pass("1 tests passed, 1 skipped"));
        assert_eq!(judge(good, 2).finding, Finding::Unknown, "what was skipped proves nothing");
        let bad = "<testsuite><testcase classname='Pay' name='a&lt;b'><failure message='no'/></testcase><testcase name='y'/></testsuite>";
        assert_eq!(judge(bad, 1), Found::fail("1 of 2 tests failed: Pay.a<b"));
        assert_eq!(judge("<testsuite errors='2'/>", 1).finding, Finding::Fail, "a suite without its cases");
    }

    #[test]
    fn what_is_no_whole_report_is_unknown() {
        for text in [
            "",
            "<html><body>login</body></html>",
            "<testsuites><testsuite><testcase name='x'/>",
            "<testsuite/>",
            "<testsuite failures='x'><testcase/></testsuite>",
            "<testsuite><testcase></testsuite>",
            "{}",
            "<!DOCTYPE x [<!ENTITY a \"&a;&a;\">]><testsuite>&a;</testsuite>",
        ] {
            assert_eq!(judge(text, 1).finding, Finding::Unknown, "{text}");
        }
        assert_eq!(judge(&"<a>".repeat(100_000), 1).finding, Finding::Unknown);
    }
}
