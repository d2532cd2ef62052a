//! Parameters filled into what is more than one text: checks, JSON, words for people.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::parameter::{Place, fill, named};
use crate::domain::checklist::{
    check::{Check, Location},
    predicate::Predicate,
};

type Values = BTreeMap<String, String>;

/// `text` for people with every `${name}` that has a value replaced by it. One without a value stays as it is written.
#[must_use]
pub fn words(text: &str, values: &Values) -> String {
    named(text).into_iter().fold(text.to_owned(), |text, name| match values.get(name) {
        Some(value) => text.replace(&format!("${{{name}}}"), value),
        None => text,
    })
}

/// JSON in which every text that is nothing but `${name}` is the parameter's value.
///
/// # Errors
/// The first `${name}` that has no value, or does not stand alone.
pub fn json(value: &Value, values: &Values) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, values, Place::Whole)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| json(item, values)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| Ok::<_, String>((key.clone(), json(value, values)?));
            Value::Object(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

/// A check with its parameters: in queries, URLs, names of objects, arguments, and texts that are compared with.
///
/// # Errors
/// The first `${name}` that has no value, or may not stand where it does.
pub fn check(check: &Check, values: &Values) -> Result<Check, String> {
    let mut filled = check.clone();
    match &mut filled {
        Check::Promql { query, must, .. } => {
            *query = fill(query, values, Place::Query)?;
            predicate(must, values)?;
        }
        Check::Http { url, field, .. } => {
            *url = address(url, values)?;
            if let Some((_, must)) = field {
                predicate(must, values)?;
            }
        }
        Check::Kubernetes { namespace, name, must, .. } => {
            *name = fill(name, values, Place::Whole)?;
            if let Some(namespace) = namespace {
                *namespace = fill(namespace, values, Place::Whole)?;
            }
            predicate(must, values)?;
        }
        Check::Json { document, must, .. } => {
            place(document, values)?;
            predicate(must, values)?;
        }
        Check::Junit { report, .. } | Check::Sarif { report, .. } => place(report, values)?,
        Check::Certificate { host, .. } => *host = fill(host, values, Place::Whole)?,
        Check::Alerts { labels } => {
            for value in labels.values_mut() {
                *value = fill(value, values, Place::Whole)?;
            }
        }
        Check::Command { argv, field, .. } => {
            for argument in argv.iter_mut().skip(1) {
                *argument = fill(argument, values, Place::Whole)?;
            }
            if let Some((_, must)) = field {
                predicate(must, values)?;
            }
        }
        _ => {}
    }
    Ok(filled)
}

/// What a value must be, with its parameter.
///
/// # Errors
/// As [`check`].
pub fn predicate(must: &mut Predicate, values: &Values) -> Result<(), String> {
    if let Predicate::Text { text, .. } = must {
        *text = fill(text, values, Place::Whole)?;
    }
    Ok(())
}

fn place(location: &mut Location, values: &Values) -> Result<(), String> {
    if let Location::Url(url) = location {
        *url = address(url, values)?;
    }
    Ok(())
}

fn address(url: &Url, values: &Values) -> Result<Url, String> {
    let filled = fill(&pattern(url), values, Place::Url)?;
    Url::parse(&filled).map_err(|error| format!("{filled} is not a URL: {error}"))
}

/// A URL as it was written with its parameters: when it was read, braces in its path became percent codes.
pub(super) fn pattern(url: &Url) -> String {
    let mut pattern = String::new();
    let mut rest = url.as_str();
    while let Some((before, behind)) = rest.split_once("$%7B") {
        let Some((name, after)) = behind.split_once("%7D") else { break };
        pattern.extend([before, "${", name, "}"]);
        rest = after;
    }
    pattern.push_str(rest);
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values() -> Values {
        [("flag", "new/price"), ("to", "1.41.7")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn a_check_asks_about_the_value_and_nothing_more() {
        let url: Url = "https://flags.example.net/api/${flag}?now=${to}".parse().expect("a URL");
        let must: Predicate = "== \"${to}\"".parse().expect("a condition");
        let look = Check::Http { url, status: 200, field: Some(("/on".into(), must)), within: None };
        let Ok(Check::Http { url, field, .. }) = check(&look, &values()) else { panic!("not filled") };
        assert_eq!(url.as_str(), "https://flags.example.net/api/new%2Fprice?now=1.41.7");
        assert_eq!(field.map(|(_, must)| must.to_string()).as_deref(), Some("== \"1.41.7\""));
        let unknown = Check::Promql { source: None, query: "up{v=\"${x}\"}".into(), must: "> 0".parse().expect("it") };
        assert!(check(&unknown, &values()).is_err_and(|why| why.contains("${x} has no value")));
    }

    #[test]
    fn json_and_words_are_filled_each_in_its_way() {
        let body = json!({ "on": false, "flags": ["${flag}"] });
        assert_eq!(super::json(&body, &values()), Ok(json!({ "on": false, "flags": ["new/price"] })));
        assert!(super::json(&json!("x-${flag}"), &values()).is_err());
        assert_eq!(words("turn ${flag} off ${later}", &values()), "turn new/price off ${later}");
    }
}
