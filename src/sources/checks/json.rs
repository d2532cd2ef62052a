//! The kind `json`: a value of a JSON document.

use serde_json::Value;

use super::found::{self, Found};
use crate::domain::checklist::predicate::Predicate;

/// What the value at `pointer` of the document `text` says.
#[must_use]
pub fn judge(text: &str, pointer: &str, must: &Predicate) -> Found {
    match serde_json::from_str::<Value>(text) {
        Ok(document) => found::field(&document, pointer, must),
        Err(error) => Found::unknown(format!("not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    #[test]
    fn a_value_is_told_with_what_it_must_be() {
        let judge = |text: &str, must: &str| judge(text, "/lines", &must.parse().expect(must));
        assert_eq!(judge("{\"lines\":81.5}", ">= 80"), Found::pass("/lines is 81.5 (must be >= 80)"));
        assert_eq!(judge("{\"lines\":79}", ">= 80"), Found::fail("/lines is 79 (must be >= 80)"));
        for text in ["{\"lines\":null}", "{}", "", "{\"lines\":", "{\"lines\":\"NaN\"}", "[]", "{\"lines\":1e999}"] {
            assert_eq!(judge(text, ">= 80").finding, Finding::Unknown, "{text}");
        }
        let evil = judge("{\"lines\":\"\\u001b]0;x\\u0007\"}", "exists");
        assert!(!evil.words.chars().any(char::is_control), "{:?}", evil.words);
        let long = judge(&format!("{{\"lines\":\"{}\"}}", "x".repeat(10_000)), "exists");
        assert!(long.words.chars().count() <= 301);
        assert_eq!(super::judge(&"[".repeat(100_000), "", &"exists".parse().expect("x")).finding, Finding::Unknown);
    }
}
