//! Saved answers, for `sources decode` and for tests.

use serde_json::Value;

use crate::domain::{
    clean::clean,
    source::{ErrorKind, SourceError},
};

/// The value of a saved answer, in JSON or YAML.
///
/// # Errors
/// [`ErrorKind::Decode`], with the place of the first mistake.
pub fn value(text: &str) -> Result<Value, SourceError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let decode = |what: String| SourceError::new(ErrorKind::Decode, what);
    match (text.chars().next(), serde_json::from_str(text)) {
        (_, Ok(value)) => Ok(value),
        (None, _) => Err(decode("the file is empty".to_owned())),
        (Some('<'), _) => Err(decode("this is HTML or XML, not an answer of the API".to_owned())
            .advise("a login page or a proxy's error page was saved instead")),
        (Some('{' | '[' | '"'), Err(error)) if error.is_eof() => {
            Err(decode(format!("the JSON ends in the middle: {error}")).advise("the file was cut off"))
        }
        (Some('{' | '[' | '"'), Err(error)) => Err(decode(format!("not JSON: {}", clean(&error.to_string())))),
        (Some(_), _) => serde_saphyr::from_str(text)
            .map_err(|error| decode(format!("neither JSON nor YAML: {}", clean(&error.to_string())))),
    }
}
