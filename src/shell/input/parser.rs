//! From bytes to keys. What is not a key is swallowed: a late answer of the terminal must never operate the console.

use std::time::{Duration, Instant};

use vte::{Params, Perform};

use crate::app::key::{Key, KeyCode};

/// How long a sequence or a character may stay unfinished.
const UNFINISHED: Duration = Duration::from_millis(100);
/// How long a paste may pause.
const PASTE_PAUSE: Duration = Duration::from_secs(2);
/// The end of a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";
/// The longest paste that is kept, in bytes.
const LONGEST_PASTE: usize = 1 << 20;
/// After so many bytes the parser's memory of an endless string is thrown away.
const LONGEST_STRING: usize = 1 << 16;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Pressed a key.
    Key(Key),
    /// Pasted.
    Paste(String),
    /// Went to this window, or to another one.
    Focus(bool),
    /// Turned the wheel of the mouse: down, or up.
    Wheel {
        /// Down.
        down: bool,
    },
}

/// Turns bytes into keys and pastes.
pub struct Parser {
    machine: vte::Parser,
    state: State,
    last: Option<Instant>,
    escape: Duration,
    /// Bytes of the unfinished sequence, and the one that began it.
    length: usize,
    introducer: u8,
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parser").field("state", &self.state).finish_non_exhaustive()
    }
}

/// What is unfinished.
#[derive(Debug, Default)]
enum State {
    /// Nothing.
    #[default]
    Ground,
    /// ESC came, and nothing after it.
    Escape,
    /// A sequence.
    Sequence,
    /// A character of several bytes; with Alt or not.
    Character { alt: bool },
    /// After `ESC O`: one letter comes.
    SingleShift,
    /// After `ESC [ [`, of the Linux console: one letter comes.
    Console,
    /// So many bytes of a mouse report come.
    Mouse(u8),
    /// A bracketed paste.
    Paste(Vec<u8>),
}

impl Parser {
    /// A parser for which ESC is the key Esc after `escape`.
    #[must_use]
    pub fn new(escape: Duration) -> Self {
        Self { machine: vte::Parser::new(), state: State::Ground, last: None, escape, length: 0, introducer: 0 }
    }

    /// When [`Parser::expire`] has something to do; `None` when nothing is unfinished.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let patience = match self.state {
            State::Ground => return None,
            State::Escape => self.escape,
            State::Paste(_) => PASTE_PAUSE,
            _ => UNFINISHED,
        };
        self.last.map(|last| last + patience)
    }

    /// Gives up on what stayed unfinished for too long: ESC was the key, a paste is what came of it, the rest is nothing.
    pub fn expire(&mut self, now: Instant, typed: &mut Vec<Typed>) {
        if self.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        match self.reset() {
            State::Escape => typed.push(Typed::Key(Key::plain(KeyCode::Esc))),
            State::Paste(bytes) => typed.push(paste(&bytes)),
            _ => {}
        }
    }

    /// Takes bytes that were read at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Instant, typed: &mut Vec<Typed>) {
        for byte in bytes {
            self.take(*byte, typed);
        }
        if !bytes.is_empty() {
            self.last = Some(now);
        }
    }

    fn reset(&mut self) -> State {
        self.machine = vte::Parser::new();
        self.length = 0;
        std::mem::take(&mut self.state)
    }

    fn take(&mut self, byte: u8, typed: &mut Vec<Typed>) {
        match &mut self.state {
            State::Paste(bytes) => {
                bytes.push(byte);
                if bytes.ends_with(PASTE_END) {
                    bytes.truncate(bytes.len() - PASTE_END.len());
                    typed.push(paste(bytes));
                    self.reset();
                } else if bytes.len() > LONGEST_PASTE {
                    // The tail is kept, to find the end in.
                    let tail = bytes.len() - PASTE_END.len();
                    bytes.drain(LONGEST_PASTE - PASTE_END.len()..tail);
                }
            }
            State::SingleShift => {
                if !matches!(byte, b'0'..=b'9' | b';') {
                    self.reset();
                    typed.extend(single_shift(byte).map(|code| Typed::Key(Key::plain(code))));
                }
            }
            State::Console => {
                self.reset();
                if let b'A'..=b'E' = byte {
                    typed.push(Typed::Key(Key::plain(KeyCode::F(byte - b'A' + 1))));
                }
            }
            State::Mouse(left) => {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.reset();
                }
            }
            State::Escape => self.after_escape(byte, typed),
            State::Ground | State::Sequence | State::Character { .. } => self.advance(byte, typed),
        }
    }

    /// ESC and then this: Alt with a key, a second Esc, or the beginning of a sequence.
    fn after_escape(&mut self, byte: u8, typed: &mut Vec<Typed>) {
        match byte {
            0x1b => typed.push(Typed::Key(Key::plain(KeyCode::Esc))),
            0x00..=0x1f | 0x7f => {
                self.reset();
                typed.extend(control(byte).map(|key| Typed::Key(Key { alt: true, ..key })));
            }
            0x80.. => {
                self.reset();
                self.state = State::Character { alt: true };
                self.advance(byte, typed);
            }
            b'O' => {
                self.reset();
                self.state = State::SingleShift;
            }
            _ => {
                self.introducer = byte;
                self.advance(byte, typed);
            }
        }
    }

    fn advance(&mut self, byte: u8, typed: &mut Vec<Typed>) {
        let sequence = matches!(self.state, State::Escape | State::Sequence);
        let alt = matches!(self.state, State::Character { alt: true });
        let mut keys = Keys { sequence, alt, typed, next: None };
        self.machine.advance(&mut keys, &[byte]);
        let next = keys.next;
        self.state = match (next, std::mem::take(&mut self.state)) {
            // A string ended by ESC: the backslash of its end is still to come, and ESC was not a key.
            (Some(_), State::Sequence) if byte == 0x1b => State::Sequence,
            // What cuts off half a character makes it known, and begins something all the same.
            (_, State::Ground | State::Character { .. }) if byte == 0x1b => State::Escape,
            (Some(_), State::Character { .. }) if byte >= 0xc0 => State::Character { alt: false },
            (Some(next), _) => next,
            (None, State::Ground) if byte >= 0x80 => State::Character { alt: false },
            (None, State::Escape | State::Sequence) => State::Sequence,
            (None, same) => same,
        };
        self.length = if matches!(self.state, State::Sequence) { self.length + 1 } else { 0 };
        if self.length > LONGEST_STRING {
            self.machine = vte::Parser::new();
            self.machine.advance(&mut Nothing, &[0x1b, self.introducer]);
            self.length = 0;
        }
    }
}

/// Swallows.
struct Nothing;

impl Perform for Nothing {}

/// Hears what the machine makes of one byte.
struct Keys<'a> {
    /// Inside of an escape sequence: controls in there mean nothing.
    sequence: bool,
    alt: bool,
    typed: &'a mut Vec<Typed>,
    /// The state after this byte, where it finished something.
    next: Option<State>,
}

impl Keys<'_> {
    fn focus(&mut self, here: bool) {
        self.typed.push(Typed::Focus(here));
    }

    fn press(&mut self, key: Key) {
        self.typed.push(Typed::Key(key));
        self.next = Some(State::Ground);
    }
}

impl Perform for Keys<'_> {
    fn print(&mut self, c: char) {
        self.next = Some(State::Ground);
        match c {
            char::REPLACEMENT_CHARACTER => {}
            '\u{7f}' => self.press(Key::plain(KeyCode::Backspace)),
            c => self.press(Key { code: KeyCode::Char(c), ctrl: false, alt: self.alt }),
        }
    }

    fn execute(&mut self, byte: u8) {
        if self.sequence {
            // CAN and SUB end a sequence, all others are part of the noise.
            if matches!(byte, 0x18 | 0x1a) {
                self.next = Some(State::Ground);
            }
            return;
        }
        self.next = Some(State::Ground);
        if let Some(key) = control(byte) {
            self.press(key);
        }
    }

    fn unhook(&mut self) {
        self.next = Some(State::Ground);
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.next = Some(State::Ground);
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        self.next = Some(State::Ground);
        if ignore || !intermediates.is_empty() {
            // Of what the mouse reports (SGR) only the wheel means something: it moves, and can do no harm.
            let button = params.iter().next().and_then(|parts| parts.first());
            if let (false, b"<", 'M', Some(button @ (64 | 65))) = (ignore, intermediates, action, button) {
                self.typed.push(Typed::Wheel { down: *button == 65 });
            }
            return;
        }
        let mut numbers = params.iter().map(|parts| parts.first().copied().unwrap_or(0));
        let (first, second) = (numbers.next().unwrap_or(0), numbers.next());
        match (action, first) {
            ('~', 200) => self.next = Some(State::Paste(Vec::new())),
            ('[', _) => self.next = Some(State::Console),
            ('I', 0) if second.is_none() => self.focus(true),
            ('O', 0) if second.is_none() => self.focus(false),
            ('M', 0) if second.is_none() => self.next = Some(State::Mouse(3)),
            _ => {
                if let Some(code) = control_sequence(action, first) {
                    let held = second.unwrap_or(1).saturating_sub(1);
                    self.press(Key { code, ctrl: held & 4 != 0, alt: held & 2 != 0 });
                }
            }
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.next = Some(State::Ground);
        // `ESC \` ends strings, and is nobody's Alt.
        if intermediates.is_empty() && byte != b'\\' {
            self.press(Key { code: KeyCode::Char(char::from(byte)), ctrl: false, alt: true });
        }
    }
}

/// The key of `CSI … action`. Answers of the terminal (`R`, `c`, `n`, `t`, `y`), and keys that
/// nobody asked for (`u`) are none.
const fn control_sequence(action: char, first: u16) -> Option<KeyCode> {
    Some(match (action, first) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', 1 | 7) => KeyCode::Home,
        ('F', _) | ('~', 4 | 8) => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('P', _) | ('~', 11) => KeyCode::F(1),
        ('Q', _) | ('~', 12) => KeyCode::F(2),
        ('S', _) | ('~', 14) => KeyCode::F(4),
        ('~', 3) => KeyCode::Delete,
        ('~', 5) => KeyCode::PageUp,
        ('~', 6) => KeyCode::PageDown,
        ('~', 13) => KeyCode::F(3),
        ('~', 15) => KeyCode::F(5),
        ('~', 17) => KeyCode::F(6),
        ('~', 18) => KeyCode::F(7),
        ('~', 19) => KeyCode::F(8),
        ('~', 20) => KeyCode::F(9),
        ('~', 21) => KeyCode::F(10),
        ('~', 23) => KeyCode::F(11),
        ('~', 24) => KeyCode::F(12),
        _ => return None,
    })
}

/// The key of `ESC O letter`.
const fn single_shift(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// The key of a control byte.
const fn control(byte: u8) -> Option<Key> {
    Some(match byte {
        0x0d | 0x0a => Key::plain(KeyCode::Enter),
        0x09 => Key::plain(KeyCode::Tab),
        0x08 | 0x7f => Key::plain(KeyCode::Backspace),
        0x01..=0x1a => Key::ctrl((byte - 1 + b'a') as char),
        _ => return None,
    })
}

fn paste(bytes: &[u8]) -> Typed {
    Typed::Paste(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESCAPE: Duration = Duration::from_millis(40);

    /// What `parts` are taken for, each `gap` after the one before.
    fn typed(parts: &[&[u8]], gap: Duration) -> Vec<Typed> {
        let mut parser = Parser::new(ESCAPE);
        let mut now = Instant::now();
        let mut typed = Vec::new();
        for part in parts {
            parser.expire(now, &mut typed);
            parser.feed(part, now, &mut typed);
            now += gap;
        }
        parser.expire(now + Duration::from_secs(5), &mut typed);
        typed
    }

    fn at_once(bytes: &[u8]) -> Vec<Typed> {
        typed(&[bytes], Duration::ZERO)
    }

    fn key(code: KeyCode) -> Typed {
        Typed::Key(Key::plain(code))
    }

    fn char(c: char) -> Typed {
        Typed::Key(Key::char(c))
    }

    #[test]
    fn of_the_mouse_only_the_wheel_is_heard() {
        assert_eq!(
            at_once(b"\x1b[<65;10;5M\x1b[<64;10;5M"),
            [Typed::Wheel { down: true }, Typed::Wheel { down: false }]
        );
        let clicks = b"\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<35;1;1M\x1b[<65;10;5mj";
        assert_eq!(at_once(clicks), [char('j')], "clicks, moves and releases are swallowed");
    }

    #[test]
    fn keys_arrive_in_the_ways_terminals_send_them() {
        for (bytes, code) in [
            (&b"\x1b[A"[..], KeyCode::Up),
            (b"\x1bOA", KeyCode::Up),
            (b"\x1b[H", KeyCode::Home),
            (b"\x1b[1~", KeyCode::Home),
            (b"\x1b[5~", KeyCode::PageUp),
            (b"\x1b[Z", KeyCode::BackTab),
            (b"\x1bOP", KeyCode::F(1)),
            (b"\x1b[11~", KeyCode::F(1)),
            (b"\x1b[[A", KeyCode::F(1)),
            (b"\x1b[17~", KeyCode::F(6)),
            (b"\x1b[24~", KeyCode::F(12)),
            (b"\r", KeyCode::Enter),
            (b"\t", KeyCode::Tab),
            (b"\x7f", KeyCode::Backspace),
            (b"\x1b[3~", KeyCode::Delete),
        ] {
            assert_eq!(at_once(bytes), [key(code)], "{bytes:?}");
            let apart: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(typed(&apart, Duration::from_millis(5)), [key(code)], "{bytes:?} byte by byte");
        }
    }

    #[test]
    fn modifiers_are_told() {
        assert_eq!(at_once(b"\x03"), [Typed::Key(Key::ctrl('c'))]);
        let held = |ctrl, alt| Typed::Key(Key { code: KeyCode::Up, ctrl, alt });
        assert_eq!(at_once(b"\x1b[1;5A\x1b[1;3A\x1b[1;2A"), [held(true, false), held(false, true), held(false, false)]);
        assert_eq!(at_once(b"\x1bx"), [Typed::Key(Key { code: KeyCode::Char('x'), ctrl: false, alt: true })]);
        assert_eq!(at_once("\x1bé".as_bytes()), [Typed::Key(Key { code: KeyCode::Char('é'), ctrl: false, alt: true })]);
    }

    #[test]
    fn escape_alone_is_esc_after_its_time() {
        assert_eq!(at_once(b"\x1b"), [key(KeyCode::Esc)]);
        assert_eq!(typed(&[b"\x1b", b"j"], Duration::from_millis(60)), [key(KeyCode::Esc), char('j')]);
        assert_eq!(at_once(b"\x1b\x1b"), [key(KeyCode::Esc), key(KeyCode::Esc)]);
    }

    #[test]
    fn answers_of_the_terminal_are_never_keys() {
        for bytes in [
            &b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07"[..],
            b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
            b"\x1b[?62;22c",
            b"\x1b[>0;276;0c",
            b"\x1b[12;40R",
            b"\x1b[0n",
            b"\x1b[?2026;2$y",
            b"\x1b[?997;1n",
            b"\x1bP>|XTerm(380)\x1b\\",
            b"\x1bP1+r524742=38\x1b\\",
            b"\x1b_Gi=31;OK\x1b\\",
            b"\x1b^quit q q\x1b\\",
            b"\x1bXquit q q\x1b\\",
            b"\x1b[<0;10;10M",
            b"\x1b[M !!",
            b"\x1b[113;1u",
            b"\x1b[8;24;80t",
            b"\x1b[1;\r\x18",
        ] {
            assert_eq!(at_once(&[bytes, b"j"].concat()), [char('j')], "{:?}", String::from_utf8_lossy(bytes));
            let apart: Vec<&[u8]> = bytes.chunks(1).chain([&b"j"[..]]).collect();
            assert_eq!(typed(&apart, Duration::from_millis(10)), [char('j')], "{bytes:?} byte by byte");
        }
    }

    #[test]
    fn the_terminal_tells_whether_it_has_the_focus() {
        assert_eq!(at_once(b"\x1b[O\x1b[Ij"), [Typed::Focus(false), Typed::Focus(true), char('j')]);
        assert_eq!(at_once(b"\x1b[1I\x1b[1;2O\x1b[?1Ij"), [char('j')], "what only looks like it");
    }

    #[test]
    fn what_stays_unfinished_swallows_nothing_after_its_time() {
        let later = Duration::from_millis(150);
        for cut in [&b"\x1b[1;"[..], b"\xe2\x9c", b"\x1b]11;rgb", b"\x1bP1+r", b"\x1bO", b"\x1b[["] {
            assert_eq!(typed(&[cut, b"j"], later), [char('j')], "{cut:?}");
        }
        assert_eq!(at_once(b"\xe2\x9cj"), [char('j')]);
        assert_eq!(typed(&[b"\xe2", b"\x9c", b"\x93"], Duration::from_millis(10)), [char('✓')]);
    }

    #[test]
    fn a_sequence_that_cuts_off_a_character_ends_in_time_too() {
        for unfinished in [&b"\xc9\x1b[0"[..], b"\xe2\x9c\x1b]0;title", b"\xf0\x1bP", b"\xda\xe4\x1b$"] {
            assert_eq!(typed(&[unfinished, b"j"], Duration::from_secs(1)), [char('j')], "{unfinished:?}");
        }
    }

    #[test]
    fn a_paste_is_one_thing_whatever_is_in_it() {
        let bytes = b"\x1b[200~q x\x1b[A:q!\r\x03\x1b[201~j";
        assert_eq!(at_once(bytes), [Typed::Paste("q x\x1b[A:q!\r\x03".to_owned()), char('j')]);
        let apart: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(typed(&apart, Duration::from_millis(30)).len(), 2);
        assert_eq!(at_once(b"\x1b[200~never ended"), [Typed::Paste("never ended".to_owned())]);
    }

    #[test]
    fn an_endless_string_is_swallowed_in_bounded_memory() {
        let mut bytes = b"\x1b]52;c;".to_vec();
        bytes.extend(std::iter::repeat_n(b'q', 3 * LONGEST_STRING));
        bytes.extend(b"\x07j");
        assert_eq!(at_once(&bytes), [char('j')]);
        let mut pasted = b"\x1b[200~".to_vec();
        pasted.extend(std::iter::repeat_n(b'q', LONGEST_PASTE + 100));
        pasted.extend(b"\x1b[201~j");
        let typed = at_once(&pasted);
        assert_eq!(typed.len(), 2);
        assert_eq!(typed.last(), Some(&char('j')));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            at_once(&bytes);
        }

        #[test]
        fn how_bytes_are_cut_changes_nothing(
            text in "[a-z✓é]{0,20}", cut in 0_usize..20,
        ) {
            let bytes = text.as_bytes();
            let (before, after) = bytes.split_at(cut.min(bytes.len()));
            proptest::prop_assert_eq!(typed(&[before, after], Duration::from_millis(1)), at_once(bytes));
        }
    }
}
