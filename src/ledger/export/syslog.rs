//! RFC 5424 messages: one for each event, for collectors of logs.

use crate::domain::{
    clean::clean,
    ledger::{
        claim,
        event::{Event, Outcome},
        hash::Hash,
    },
};

/// Facility 13, log audit (RFC 5424 §6.2.1).
const FACILITY: u8 = 13;

/// The name of the structured data. 32473 is the number that RFC 5612 keeps for those who have none of their own.
const DATA: &str = "warroom@32473";

/// The message of `event`, without a line end. Its time and its numbers are those of the event, so that one that was sent twice is
/// recognised by its `id`.
#[must_use]
pub fn message(event: &Event, hash: Hash) -> String {
    // 5 is notice, 4 warning (RFC 5424 §6.2.1).
    let severity = if event.outcome == Outcome::Done { 5 } else { 4 };
    format!(
        "<{}>1 {} {} warroom - {} [{DATA}{}] \u{feff}{}",
        FACILITY * 8 + severity,
        event.ts.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        word(&event.host, 255),
        word(&event.action, 32),
        parameters(event, hash),
        cut(&clean(&words(event))),
    )
}

/// Who did what to what, and what was decided: `jo decision.take hold checkout-1.42`. Also for other forms.
pub(super) fn words(event: &Event) -> String {
    let decision = claim::behind(event);
    let against = claim::disagreement(event).map_or_else(String::new, |why| format!(" ({why})"));
    format!("{} {}{decision} {}{against}", event.actor.user, event.action, event.target)
}

/// `message` as TCP and TLS carry it: its length in bytes before it (RFC 6587 §3.4.1, RFC 5425 §4.3).
#[must_use]
pub fn counted(message: &str) -> Vec<u8> {
    format!("{} {message}", message.len()).into_bytes()
}

fn parameters(event: &Event, hash: Hash) -> String {
    let (seq, hash) = (event.seq.to_string(), hash.to_string());
    let outcome = serde_json::to_value(event.outcome).ok();
    let known = [
        ("seq", Some(seq.as_str())),
        ("id", Some(&event.id)),
        ("hash", Some(&hash)),
        ("user", Some(&event.actor.user)),
        // A claim: whether it is proved is for `warroom ledger verify`.
        ("claimed", event.actor.principal.as_deref()),
        ("nonce", event.signed.as_ref().and_then(|signed| signed.statement.get("nonce")?.as_str())),
        ("decision", claim::decision(event)),
        ("key", Some(&event.actor.key)),
        ("client", event.actor.ssh_client.as_deref()),
        ("action", Some(&event.action)),
        ("target", Some(&event.target)),
        ("release", event.release.as_deref()),
        ("outcome", outcome.as_ref().and_then(|outcome| outcome.as_str())),
    ];
    known.iter().filter_map(|(name, value)| Some(format!(" {name}=\"{}\"", escaped((*value)?)))).collect()
}

/// The value of a parameter: `"`, `\` and `]` are escaped (RFC 5424 §6.3.3), and what could act on a terminal is replaced.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for c in cut(&clean(value)).chars() {
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// At most the first 1,024 bytes, so that every message fits a datagram. The hash stands for the whole event.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(1_024)).unwrap_or(text)
}

/// A field of the header: visible ASCII, at most `most` of it, `-` when nothing is left.
fn word(text: &str, most: usize) -> String {
    let word: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::event::{Actor, Entry, Place, UNSIGNED};

    #[test]
    fn a_message_has_a_header_data_and_a_text_and_nothing_in_it_can_end_them_early() {
        let entry = Entry {
            actor: Actor { key: UNSIGNED.into(), user: "jo".into(), ..Actor::default() },
            action: "checklist.tick".into(),
            target: "a\"] \\b\n<13>1 \u{1b}[31m ü".into(),
            release: None,
            outcome: Outcome::Refused,
            data: serde_json::Map::new(),
            signed: None,
        };
        let ts = "2026-11-20T14:32:07.120Z".parse().expect("a time");
        let place = Place { seq: 7, id: "01".into(), ts, host: "bastion 2".into(), prev: Hash::NONE };
        let event = Event::new(entry, place);
        let told = message(&event, Hash::NONE);
        let head =
            "<108>1 2026-11-20T14:32:07.120Z bastion2 warroom - checklist.tick [warroom@32473 seq=\"7\" id=\"01\"";
        assert!(told.starts_with(head), "{told}");
        assert!(told.contains(r#"target="a\"\] \\b <13>1 �[31m ü" outcome="refused"] "#), "{told}");
        assert!(!told.contains(['\n', '\u{1b}']), "{told}");
        assert!(counted(&told).starts_with(format!("{} <108>1", told.len()).as_bytes()));
    }
}
