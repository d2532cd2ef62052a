//! What a shared screen does not show: people, hosts, addresses.

use std::borrow::Cow;

/// What stands for a person.
const SOMEBODY: &str = "somebody";
/// What stands for a host or an address.
const SOMEWHERE: &str = "a host";

/// `text` with every word replaced that names a person (`@jo`, `jo@example.com`) or a place in the network (a URL, an
/// address, a host with its domain or port). Versions, numbers and names of services stay.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    if !text.split(' ').any(|word| stand_in(word).is_some()) {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| match stand_in(word) {
        Some(other) => {
            let tail = word.trim_end_matches([',', ';', ')', ':', '.']).len();
            format!("{other}{}", word.get(tail..).unwrap_or_default())
        }
        None => word.to_owned(),
    });
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// What to show instead of `word`; `None` for one that may be seen.
fn stand_in(word: &str) -> Option<&'static str> {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
    if bare.contains("://") {
        return Some(SOMEWHERE);
    }
    if bare.contains('@') {
        return bare.chars().any(char::is_alphabetic).then_some(SOMEBODY);
    }
    let host = bare.split('/').next().unwrap_or_default();
    is_host(host).then_some(SOMEWHERE)
}

/// `10.0.0.1`, `fe80::1`, `prom.example`, `prom:9090`, `prom.example:9090`.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| port.len() >= 2 && port.bytes().all(|byte| byte.is_ascii_digit());
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if is_port(port) => (name, true),
        _ => (text, false),
    };
    if text.parse::<core::net::IpAddr>().is_ok() || name.parse::<core::net::IpAddr>().is_ok() {
        return true;
    }
    // The time 14:32 is no host.
    let named = name.chars().any(char::is_alphabetic);
    if port {
        return named;
    }
    // A domain ends with letters; `1.42.0`, `v1.2` and `a.` do not.
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.')
        && !name.contains("..")
        && last.len() >= 2
        && last.chars().all(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_places_are_hidden() {
        for (text, shown) in [
            ("canary 25 % @jo pipeline 5512", "canary 25 % somebody pipeline 5512"),
            ("acknowledged by jo.smith@example.com, now", "acknowledged by somebody, now"),
            ("https://prod-us.example:6443 answered 502 Bad Gateway", "a host answered 502 Bad Gateway"),
            ("no connection to prom.internal: refused", "no connection to a host: refused"),
            ("10.0.0.7:9090 and fe80::1 and db-1:5432", "a host and a host and a host"),
            ("registry.example/shop/checkout:1.42.0", "a host"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn versions_times_numbers_and_services_stay() {
        for text in [
            "checkout 1.42.0 burns 15.1x (1h), page at 14.4x",
            "search 2026.11.2 from v1.2 at 14:32:07Z",
            "mobile-bff: prod-us is STALE for 6m12s, its steps cannot be judged",
            "41.00 % of its requests are bad",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text} became {}", masked(text));
        }
    }
}
