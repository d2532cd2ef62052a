//! Which key does what where: one table, read in both directions, so that help, footers and palette cannot be wrong.
//!
//! Single keys only look. What changes something comes behind the chord prefix Ctrl-X; Ctrl-S, Ctrl-Q, Ctrl-A, Ctrl-B, Ctrl-K,
//! Ctrl-D and Ctrl-U belong to terminals, multiplexers and habits.

mod chosen;
mod label;

use std::borrow::Cow;

pub use chosen::{Choice, Problem};
pub use label::{label, parse};

use super::{
    act::Kind,
    action::Action,
    key::{Key, KeyCode},
    model::{Model, Overlay, Pane, Screen},
    run::Deed,
    write::Write,
};

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The first-run screen.
    FirstRun,
    /// The board.
    Board,
    /// The war room of a release.
    Release,
    /// The sources.
    Sources,
    /// The checklist of a release.
    Checklist,
    /// The ledger.
    Ledger,
    /// The runbooks.
    Runbooks,
    /// The runs.
    Runs,
    /// One run.
    Run,
    /// Plans that wait for approval.
    Approvals,
    /// The calendar.
    Calendar,
    /// Help or details lie over the screen.
    Reading,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::FirstRun,
        Self::Board,
        Self::Release,
        Self::Sources,
        Self::Checklist,
        Self::Ledger,
        Self::Runbooks,
        Self::Runs,
        Self::Run,
        Self::Approvals,
        Self::Calendar,
        Self::Reading,
    ];

    /// The scope of a screen, whatever lies over it.
    #[must_use]
    pub const fn of_screen(screen: &Screen) -> Self {
        match screen {
            Screen::FirstRun => Self::FirstRun,
            Screen::Board => Self::Board,
            Screen::Release(_) => Self::Release,
            Screen::Sources => Self::Sources,
            Screen::Checklist(_) => Self::Checklist,
            Screen::Ledger => Self::Ledger,
            Screen::Runbooks(_) => Self::Runbooks,
            Screen::Runs => Self::Runs,
            Screen::Run(_) => Self::Run,
            Screen::Approvals => Self::Approvals,
            Screen::Calendar => Self::Calendar,
        }
    }

    /// Where the next key goes; `None` where text is typed.
    #[must_use]
    pub const fn of(model: &Model) -> Option<Self> {
        match model.ui.overlay {
            Some(
                Overlay::Command { .. }
                | Overlay::Filter { .. }
                | Overlay::EnableWrites { .. }
                | Overlay::Act(_)
                | Overlay::Confirm(_)
                | Overlay::Order(_)
                | Overlay::Approve(_),
            ) => None,
            Some(Overlay::Help { .. } | Overlay::Detail { .. }) => Some(Self::Reading),
            None => Some(Self::of_screen(&model.ui.screen)),
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstRun => "First run",
            Self::Board => "Board",
            Self::Release => "Release",
            Self::Sources => "Sources",
            Self::Checklist => "Checklist",
            Self::Ledger => "Ledger",
            Self::Runbooks => "Runbooks",
            Self::Runs => "Runs",
            Self::Run => "Run",
            Self::Approvals => "Approvals",
            Self::Calendar => "Calendar",
            Self::Reading => "Details",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Keys, the one that is shown first.
    pub keys: Cow<'static, [Key]>,
    /// Keys behind the prefix.
    pub chords: Cow<'static, [Key]>,
    /// Where.
    pub scopes: &'static [Scope],
    /// The word in the footer, for the few that stand there.
    pub hint: Option<&'static str>,
}

const fn char(c: char) -> Key {
    Key::char(c)
}

const fn plain(code: KeyCode) -> Key {
    Key::plain(code)
}

const EVERYWHERE: &[Scope] = &Scope::ALL;
const LISTS: &[Scope] = &[
    Scope::Board,
    Scope::Release,
    Scope::Sources,
    Scope::Checklist,
    Scope::Ledger,
    Scope::Runbooks,
    Scope::Runs,
    Scope::Run,
    Scope::Approvals,
    Scope::Calendar,
];
const MOVING: &[Scope] = &[
    Scope::Board,
    Scope::Release,
    Scope::Sources,
    Scope::Checklist,
    Scope::Ledger,
    Scope::Runbooks,
    Scope::Runs,
    Scope::Run,
    Scope::Approvals,
    Scope::Calendar,
    Scope::Reading,
];
const SCREENS: &[Scope] = &[
    Scope::FirstRun,
    Scope::Board,
    Scope::Release,
    Scope::Sources,
    Scope::Checklist,
    Scope::Ledger,
    Scope::Runbooks,
    Scope::Runs,
    Scope::Run,
    Scope::Approvals,
    Scope::Calendar,
];
const BOARD: &[Scope] = &[Scope::Board];
const RELEASE: &[Scope] = &[Scope::Release];
const RELEASES: &[Scope] = &[Scope::Board, Scope::Release];
const STAGED: &[Scope] = &[Scope::Board, Scope::Release, Scope::Checklist, Scope::Runbooks];
const RUNS: &[Scope] = &[Scope::Runs, Scope::Run];
const DETAILED: &[Scope] = &[
    Scope::Release,
    Scope::Sources,
    Scope::Checklist,
    Scope::Ledger,
    Scope::Runbooks,
    Scope::Runs,
    Scope::Run,
    Scope::Approvals,
    Scope::Calendar,
];
const APPROVALS: &[Scope] = &[Scope::Approvals];
const READY: &[Scope] = &[Scope::Board, Scope::Release, Scope::Checklist];
const CHECKED: &[Scope] = &[Scope::Release, Scope::Checklist];
const PASSED: &[Scope] = &[Scope::Release, Scope::Checklist, Scope::Calendar];

const fn bind(action: Action, keys: &'static [Key], scopes: &'static [Scope], hint: Option<&'static str>) -> Binding {
    Binding { action, keys: Cow::Borrowed(keys), chords: Cow::Borrowed(&[]), scopes, hint }
}

const fn write(write: Write, keys: &'static [Key], scopes: &'static [Scope]) -> Binding {
    let action = Action::Write(write);
    Binding { action, keys: Cow::Borrowed(&[]), chords: Cow::Borrowed(keys), scopes, hint: None }
}

/// What begins a chord, unless somebody chose another key.
const PREFIX: Key = Key::ctrl('x');

/// The table. Footers show the lines that have a hint, in this order.
pub const BINDINGS: &[Binding] = &[
    bind(Action::PaneNext, &[plain(KeyCode::Tab), char('l'), plain(KeyCode::Right)], RELEASE, Some("pane")),
    bind(Action::PaneZoom, &[char('+')], RELEASE, Some("zoom")),
    bind(Action::ReleaseOpen, &[plain(KeyCode::Enter)], BOARD, Some("open")),
    bind(Action::DetailOpen, &[plain(KeyCode::Enter)], DETAILED, Some("detail")),
    bind(Action::FilterEdit, &[char('/')], LISTS, Some("filter")),
    bind(Action::SortNext, &[char('s')], BOARD, Some("sort")),
    bind(Action::Back, &[plain(KeyCode::Esc)], EVERYWHERE, Some("back")),
    bind(Action::Copy, &[char('y')], MOVING, Some("copy")),
    bind(Action::Help, &[char('?'), plain(KeyCode::F(1))], EVERYWHERE, Some("help")),
    bind(Action::Palette, &[char(':')], SCREENS, Some("command")),
    bind(Action::Quit, &[char('q')], EVERYWHERE, Some("quit")),
    bind(Action::CursorDown, &[char('j'), plain(KeyCode::Down)], MOVING, None),
    bind(Action::CursorUp, &[char('k'), plain(KeyCode::Up)], MOVING, None),
    bind(Action::CursorFirst, &[char('g'), plain(KeyCode::Home)], MOVING, None),
    bind(Action::CursorLast, &[char('G'), plain(KeyCode::End)], MOVING, None),
    bind(Action::CursorPageDown, &[plain(KeyCode::PageDown)], MOVING, None),
    bind(Action::CursorPageUp, &[plain(KeyCode::PageUp)], MOVING, None),
    bind(Action::PanePrevious, &[plain(KeyCode::BackTab), char('h'), plain(KeyCode::Left)], RELEASE, None),
    bind(Action::Pane(Pane::Steps), &[char('1')], RELEASE, None),
    bind(Action::Pane(Pane::Chart), &[char('2')], RELEASE, None),
    bind(Action::Pane(Pane::Slo), &[char('3')], RELEASE, None),
    bind(Action::Pane(Pane::Alerts), &[char('4')], RELEASE, None),
    bind(Action::Pane(Pane::Checks), &[char('5')], RELEASE, None),
    bind(Action::Pane(Pane::Triggers), &[char('6')], RELEASE, None),
    bind(Action::Pane(Pane::Timeline), &[char('7')], RELEASE, None),
    bind(Action::Pane(Pane::Sources), &[char('8')], RELEASE, None),
    bind(Action::PaneAll, &[char('0')], RELEASE, None),
    bind(Action::FilterNext, &[char('n')], LISTS, None),
    bind(Action::FilterPrevious, &[char('N')], LISTS, None),
    bind(Action::SortReverse, &[char('S')], BOARD, None),
    bind(Action::ChartShorter, &[char('[')], RELEASE, None),
    bind(Action::ChartLonger, &[char(']')], RELEASE, None),
    bind(Action::MetricPrevious, &[char('{')], RELEASE, None),
    bind(Action::MetricNext, &[char('}')], RELEASE, None),
    bind(Action::Markers, &[char('m')], RELEASE, None),
    bind(Action::Plain, &[char('Y')], MOVING, None),
    bind(Action::Export, &[char('e')], LISTS, None),
    bind(Action::Poll, &[char('R')], SCREENS, None),
    bind(Action::Freeze, &[char('p')], LISTS, None),
    bind(Action::Zone, &[char('z')], SCREENS, None),
    bind(Action::ThemeNext, &[char('t')], SCREENS, None),
    bind(Action::Approvals, &[char('a')], LISTS, None),
    bind(Action::Calendar, &[char('d')], LISTS, None),
    bind(Action::Interrupt, &[Key::ctrl('c')], EVERYWHERE, None),
    bind(Action::Repaint, &[Key::ctrl('l')], EVERYWHERE, None),
    bind(Action::Suspend, &[Key::ctrl('z')], EVERYWHERE, None),
    bind(Action::Board, &[], SCREENS, None),
    bind(Action::Sources, &[], SCREENS, None),
    bind(Action::Checklist, &[char('c')], READY, None),
    bind(Action::Ledger, &[char('L')], SCREENS, None),
    bind(Action::Runbooks, &[char('b')], SCREENS, None),
    bind(Action::Runs, &[char('r')], SCREENS, None),
    write(Write::Enable, &[char('e')], LISTS),
    write(Write::Rollback, &[char('r')], STAGED),
    write(Write::Hold, &[char('h')], RELEASES),
    write(Write::Continue, &[char('c')], RELEASES),
    write(Write::Acknowledge, &[char('a')], RELEASES),
    write(Write::Act(Kind::Tick), &[char('t')], CHECKED),
    write(Write::Act(Kind::Note), &[char('n')], CHECKED),
    write(Write::Act(Kind::Request), &[char('p')], CHECKED),
    write(Write::Act(Kind::Sign), &[char('g')], CHECKED),
    write(Write::Act(Kind::Waive), &[char('w')], PASSED),
    write(Write::Act(Kind::Decide), &[char('d')], CHECKED),
    write(Write::Act(Kind::Review), &[char('v')], CHECKED),
    write(Write::Approve, &[char('g')], APPROVALS),
    write(Write::Run(Deed::Stop), &[char('s')], RUNS),
    write(Write::Run(Deed::Kill), &[char('k')], RUNS),
    write(Write::Run(Deed::Retry), &[char('r')], RUNS),
    write(Write::Run(Deed::Skip), &[char('n')], RUNS),
    write(Write::Run(Deed::Undo), &[char('u')], RUNS),
    write(Write::Run(Deed::End), &[char('f')], RUNS),
    write(Write::Run(Deed::Resolve), &[char('d')], RUNS),
    write(Write::Run(Deed::Recover), &[char('t')], RUNS),
];

/// Keys where text is typed (`:` and `/`), for the help.
pub const TEXT_KEYS: &[(&str, &str)] = &[
    ("Enter", "run the chosen command, keep the filter"),
    ("Tab", "complete to the chosen command"),
    ("Up, Down", "choose a command; Up from the first one fetches older ones"),
    ("Ctrl-U", "empty the line"),
    ("Ctrl-W", "remove the last word"),
    ("F1", "help; what was typed stays"),
    ("Esc", "as it was before"),
];

/// The keys in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// What begins a chord.
    pub prefix: Key,
    /// Every action, with its keys.
    pub bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { prefix: PREFIX, bindings: BINDINGS.to_vec() }
    }
}

impl Keymap {
    /// The lines that hold in `scope`, in the order of the table.
    pub fn bindings(&self, scope: Scope) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.scopes.contains(&scope))
    }

    /// The lines for the footer of `scope`, the most useful first.
    pub fn hints(&self, scope: Scope) -> impl Iterator<Item = (&Binding, &'static str)> {
        self.bindings(scope).filter_map(|binding| binding.hint.map(|hint| (binding, hint)))
    }

    /// What `key` does in `scope`.
    #[must_use]
    pub fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        self.bindings(scope).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
    }

    /// What `key` does in `scope` right after the prefix.
    #[must_use]
    pub fn chord(&self, scope: Scope, key: Key) -> Option<Action> {
        self.bindings(scope).find(|binding| binding.chords.contains(&key)).map(|binding| binding.action)
    }

    /// The first key of `action`, for people; empty where it has none.
    #[must_use]
    pub fn key_of(&self, action: Action) -> String {
        let line = self.bindings.iter().find(|binding| binding.action == action);
        line.map(|binding| self.key_label(binding)).unwrap_or_default()
    }

    /// All keys of a line for people: `j or Down`, `Ctrl-X r`.
    #[must_use]
    pub fn keys_label(&self, binding: &Binding) -> String {
        self.labels(binding).collect::<Vec<_>>().join(" or ")
    }

    /// The key of a line that is shown where there is room for one; empty where it has none.
    #[must_use]
    pub fn key_label(&self, binding: &Binding) -> String {
        self.labels(binding).next().unwrap_or_default()
    }

    fn labels(&self, binding: &Binding) -> impl Iterator<Item = String> {
        let chord = |key: &Key| format!("{} {}", label(self.prefix), label(*key));
        binding.keys.iter().map(|key| label(*key)).chain(binding.chords.iter().map(chord))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        let keymap = Keymap::default();
        for scope in Scope::ALL {
            let (mut seen, mut chords) = (BTreeMap::new(), BTreeMap::new());
            for binding in keymap.bindings(scope) {
                for key in &*binding.keys {
                    assert_eq!(seen.insert(*key, binding.action), None, "{} on {scope:?}", label(*key));
                }
                for key in &*binding.chords {
                    assert_eq!(chords.insert(*key, binding.action), None, "{} on {scope:?}", label(*key));
                }
            }
        }
    }

    #[test]
    fn every_action_has_one_line_in_the_table_and_its_own_name() {
        let mut names = BTreeMap::new();
        for action in Action::all() {
            let lines = BINDINGS.iter().filter(|binding| binding.action == action).count();
            assert_eq!(lines, 1, "{}", action.name());
            assert_eq!(names.insert(action.name(), action), None, "{}", action.name());
            assert_eq!(Action::named(action.name()), Some(action));
            assert!(!action.help().is_empty());
        }
        assert_eq!(BINDINGS.len(), names.len());
    }

    #[test]
    fn keys_that_belong_to_terminals_and_habits_are_free() {
        let taken = ['s', 'q', 'a', 'b', 'k', 'd', 'u', 'x'].map(Key::ctrl);
        for binding in BINDINGS {
            assert!(binding.keys.iter().all(|key| !taken.contains(key)), "{}", binding.action.name());
        }
    }

    #[test]
    fn nothing_that_writes_is_on_a_key_alone() {
        for binding in BINDINGS {
            let writes = matches!(binding.action, Action::Write(_));
            assert_eq!(writes, !binding.chords.is_empty(), "{}", binding.action.name());
            assert!(!writes || binding.keys.is_empty(), "{}", binding.action.name());
        }
    }

    #[test]
    fn each_screen_can_be_left_quit_and_asked_for_help() {
        for scope in Scope::ALL {
            for wanted in [Action::Back, Action::Quit, Action::Help, Action::Interrupt] {
                assert!(
                    Keymap::default().bindings(scope).any(|binding| binding.action == wanted),
                    "{scope:?} {}",
                    wanted.name()
                );
            }
        }
    }

    #[test]
    fn keys_are_written_as_people_read_them() {
        assert_eq!(label(Key::ctrl('l')), "Ctrl-L");
        assert_eq!(label(Key::plain(KeyCode::PageDown)), "PgDn");
        assert_eq!(label(Key::char('G')), "G");
        let keymap = Keymap::default();
        assert_eq!(keymap.key_of(Action::Help), "?");
        assert_eq!(keymap.key_of(Action::Write(Write::Rollback)), "Ctrl-X r");
        assert_eq!(keymap.action(Scope::Board, Key::plain(KeyCode::Enter)), Some(Action::ReleaseOpen));
        assert_eq!(keymap.action(Scope::Release, Key::plain(KeyCode::Enter)), Some(Action::DetailOpen));
    }
}
