//! Copying through the terminal (OSC 52), which works over SSH too.

/// The longest text that terminals take, encoded.
pub const LONGEST: usize = 74_994;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What lies between us and the terminal, and wants its own wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// As the environment variables `TMUX` and `TERM` say.
    #[must_use]
    pub fn of(tmux: Option<&str>, term: Option<&str>) -> Self {
        if tmux.is_some_and(|tmux| !tmux.is_empty()) {
            Self::Tmux
        } else if term.is_some_and(|term| term.starts_with("screen")) {
            Self::Screen
        } else {
            Self::Nothing
        }
    }
}

/// The bytes that ask the terminal to keep `text`; `None` where it is too long for terminals.
#[must_use]
pub fn sequence(text: &str, between: Between) -> Option<String> {
    let encoded = base64(text.as_bytes());
    if encoded.len() > LONGEST {
        return None;
    }
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    Some(match between {
        Between::Nothing => sequence,
        // Sent both ways: tmux takes the plain one when `set-clipboard` is on, and passes the wrapped one on when
        // `allow-passthrough` is.
        Between::Tmux => format!("{sequence}\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        Between::Screen => screen(&sequence),
    })
}

/// GNU screen passes strings of at most 768 bytes on.
fn screen(sequence: &str) -> String {
    let bytes: Vec<char> = sequence.chars().collect();
    bytes.chunks(700).flat_map(|chunk| "\x1bP".chars().chain(chunk.iter().copied()).chain("\x1b\\".chars())).collect()
}

fn base64(bytes: &[u8]) -> String {
    let digit = |group: u32, place: u32| {
        let index = usize::try_from(group >> place & 63).unwrap_or(0);
        ALPHABET.get(index).copied().map_or('=', char::from)
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let filled = place <= chunk.len();
            text.push(if filled { digit(group, 18 - 6 * u32::try_from(place).unwrap_or(0)) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_as_rfc_4648_says() {
        for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfb]), "//77");
    }

    #[test]
    fn the_sequence_is_wrapped_for_what_lies_between() {
        assert_eq!(sequence("foo", Between::Nothing).as_deref(), Some("\x1b]52;c;Zm9v\x07"));
        let tmux = sequence("foo", Between::of(Some("/tmp/tmux-1000/default,1,0"), Some("screen-256color")));
        assert_eq!(tmux.as_deref(), Some("\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\"));
        let screen = sequence(&"x".repeat(3_000), Between::of(None, Some("screen"))).expect("short enough");
        assert!(screen.split("\x1b\\").all(|part| part.len() <= 768));
    }

    #[test]
    fn what_terminals_would_cut_is_not_sent() {
        assert!(sequence(&"x".repeat(56_244), Between::Nothing).is_some());
        assert!(sequence(&"x".repeat(56_247), Between::Nothing).is_none());
    }
}
