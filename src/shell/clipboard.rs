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
    /// One of the two, at the other end of an SSH connection: `TERM` comes with it, and nothing else does.
    TmuxOrScreen,
}

impl Between {
    /// As the environment variables `TMUX`, `STY` and `TERM` say.
    #[must_use]
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        if given("TMUX") || (term.starts_with("tmux") && !given("STY")) {
            Self::Tmux
        } else if given("STY") {
            Self::Screen
        } else if term.starts_with("screen") {
            Self::TmuxOrScreen
        } else {
            Self::Nothing
        }
    }

    /// What it wants to pass a copy on, for the notice.
    const fn wish(self) -> &'static str {
        match self {
            Self::Nothing | Self::Screen => "",
            Self::Tmux => "; tmux passes it on with `set -g set-clipboard on`",
            Self::TmuxOrScreen => "; a tmux there passes it on with `set -g set-clipboard on`",
        }
    }
}

/// `sequence`, a string without a backslash at its end, wrapped so that it reaches the terminal itself.
#[must_use]
pub fn passed(sequence: &str, between: Between) -> String {
    match between {
        Between::Nothing => sequence.to_owned(),
        // Sent both ways: tmux takes the plain one when `set-clipboard` is on, and passes the wrapped one on when
        // `allow-passthrough` is.
        Between::Tmux => format!("{sequence}\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        Between::Screen => screen(sequence),
        Between::TmuxOrScreen => format!("{sequence}{}", screen(sequence)),
    }
}

/// The bytes that ask the terminal to keep `text`; `None` where it is too long for terminals.
#[must_use]
pub fn sequence(text: &str, between: Between) -> Option<String> {
    let encoded = base64(text.as_bytes());
    (encoded.len() <= LONGEST).then(|| passed(&format!("\x1b]52;c;{encoded}\x07"), between))
}

/// What happened to a copy, in words. Terminals do not say whether they took it, so it does not either.
#[must_use]
pub fn told(what: &str, text: &str, between: Between) -> String {
    let size = text.len();
    if size.div_ceil(3) * 4 > LONGEST {
        return format!(
            "{what} is too long to copy: {size} bytes, and terminals take {}; e writes a file",
            LONGEST / 4 * 3
        );
    }
    format!("sent {what} to the clipboard: {size} bytes{}", between.wish())
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
        let tmux = sequence("foo", Between::Tmux);
        assert_eq!(tmux.as_deref(), Some("\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\"));
        let screen = sequence(&"x".repeat(3_000), Between::Screen).expect("short enough");
        assert!(screen.split("\x1b\\").all(|part| part.len() <= 768));
        let either = sequence("foo", Between::TmuxOrScreen);
        assert_eq!(either.as_deref(), Some("\x1b]52;c;Zm9v\x07\x1bP\x1b]52;c;Zm9v\x07\x1b\\"));
    }

    #[test]
    fn what_lies_between_is_seen_from_here_and_over_ssh() {
        let of = |variables: &[(&str, &str)]| {
            Between::of(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("TERM", "xterm-256color")]), Between::Nothing);
        assert_eq!(of(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux-1000/default,1,0")]), Between::Tmux);
        assert_eq!(of(&[("TERM", "tmux-256color")]), Between::Tmux, "over SSH");
        assert_eq!(of(&[("TERM", "screen"), ("STY", "1.pts-0.host")]), Between::Screen);
        assert_eq!(of(&[("TERM", "screen-256color"), ("TMUX", "")]), Between::TmuxOrScreen, "over SSH");
    }

    #[test]
    fn a_copy_is_told_in_words_with_its_size_and_its_limit() {
        assert_eq!(told("the line", "grün", Between::Nothing), "sent the line to the clipboard: 5 bytes");
        assert!(told("the line", "x", Between::Tmux).ends_with("set-clipboard on`"));
        let long = told("the query of checkout", &"x".repeat(60_000), Between::Nothing);
        assert!(long.contains("60000 bytes") && long.contains("56244"), "{long}");
    }

    #[test]
    fn what_terminals_would_cut_is_not_sent() {
        assert!(sequence(&"x".repeat(56_244), Between::Nothing).is_some());
        assert!(sequence(&"x".repeat(56_247), Between::Nothing).is_none());
    }
}
