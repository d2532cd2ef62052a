//! What a key or a command can ask for.

use super::{model::Pane, write::Write};

/// Something that a person can ask for, under a name that stays the same for ever: for the keymap, for `:` and for the record.
///
/// Only [`Action::Write`] stands for what changes anything outside the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Down one line.
    CursorDown,
    /// Up one line.
    CursorUp,
    /// To the first line.
    CursorFirst,
    /// To the last line.
    CursorLast,
    /// Down one page.
    CursorPageDown,
    /// Up one page.
    CursorPageUp,
    /// Open the war room of the selected release.
    ReleaseOpen,
    /// Open the details of the selected line.
    DetailOpen,
    /// One level back. Never quits.
    Back,
    /// The next pane.
    PaneNext,
    /// The previous pane.
    PanePrevious,
    /// This pane.
    Pane(Pane),
    /// The focused pane on the whole screen, or all of them again.
    PaneZoom,
    /// All panes again.
    PaneAll,
    /// Type a filter.
    FilterEdit,
    /// The next line that the filter leaves.
    FilterNext,
    /// The previous line that the filter leaves.
    FilterPrevious,
    /// The next order of the board.
    SortNext,
    /// The other direction.
    SortReverse,
    /// A shorter time on charts.
    ChartShorter,
    /// A longer time on charts.
    ChartLonger,
    /// The previous metric on the chart.
    MetricPrevious,
    /// The next metric on the chart.
    MetricNext,
    /// Deployment markers on or off.
    Markers,
    /// Copy the query behind the selected number, or the selected line.
    Copy,
    /// Show the pane as plain text, to be selected with the mouse.
    Plain,
    /// Write the pane into a file.
    Export,
    /// Ask all sources now.
    Poll,
    /// Stand still; data go on.
    Freeze,
    /// UTC or the chosen zone.
    Zone,
    /// The next theme.
    ThemeNext,
    /// The board.
    Board,
    /// The sources.
    Sources,
    /// The checklist of the release.
    Checklist,
    /// The ledger.
    Ledger,
    /// The runbooks.
    Runbooks,
    /// The runs.
    Runs,
    /// Keys of where you are.
    Help,
    /// Any command by name.
    Palette,
    /// Esc, and at the second time within a second, leave.
    Interrupt,
    /// Paint everything again.
    Repaint,
    /// To the shell, until `fg`.
    Suspend,
    /// What waits for approval.
    Approvals,
    /// The calendar.
    Calendar,
    /// Leave.
    Quit,
    /// What changes something, behind the chord prefix.
    Write(Write),
}

impl Action {
    /// Every action, in the order of the help.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::CursorDown,
            Self::CursorUp,
            Self::CursorFirst,
            Self::CursorLast,
            Self::CursorPageDown,
            Self::CursorPageUp,
            Self::ReleaseOpen,
            Self::DetailOpen,
            Self::Back,
            Self::PaneNext,
            Self::PanePrevious,
        ];
        all.extend(Pane::ALL.map(Self::Pane));
        all.extend([
            Self::PaneZoom,
            Self::PaneAll,
            Self::FilterEdit,
            Self::FilterNext,
            Self::FilterPrevious,
            Self::SortNext,
            Self::SortReverse,
            Self::ChartShorter,
            Self::ChartLonger,
            Self::MetricPrevious,
            Self::MetricNext,
            Self::Markers,
            Self::Copy,
            Self::Plain,
            Self::Export,
            Self::Poll,
            Self::Freeze,
            Self::Zone,
            Self::ThemeNext,
            Self::Board,
            Self::Sources,
            Self::Checklist,
            Self::Ledger,
            Self::Runbooks,
            Self::Runs,
            Self::Help,
            Self::Palette,
            Self::Interrupt,
            Self::Repaint,
            Self::Suspend,
            Self::Approvals,
            Self::Calendar,
            Self::Quit,
        ]);
        all.extend(Write::ALL.map(Self::Write));
        all
    }

    /// The name that never changes: `pane.next`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CursorDown => "cursor.down",
            Self::CursorUp => "cursor.up",
            Self::CursorFirst => "cursor.first",
            Self::CursorLast => "cursor.last",
            Self::CursorPageDown => "cursor.page-down",
            Self::CursorPageUp => "cursor.page-up",
            Self::ReleaseOpen => "release.open",
            Self::DetailOpen => "detail.open",
            Self::Back => "back",
            Self::PaneNext => "pane.next",
            Self::PanePrevious => "pane.previous",
            Self::Pane(Pane::Steps) => "pane.steps",
            Self::Pane(Pane::Chart) => "pane.chart",
            Self::Pane(Pane::Slo) => "pane.slo",
            Self::Pane(Pane::Alerts) => "pane.alerts",
            Self::Pane(Pane::Checks) => "pane.checks",
            Self::Pane(Pane::Triggers) => "pane.triggers",
            Self::Pane(Pane::Timeline) => "pane.timeline",
            Self::Pane(Pane::Sources) => "pane.sources",
            Self::PaneZoom => "pane.zoom",
            Self::PaneAll => "pane.all",
            Self::FilterEdit => "filter.edit",
            Self::FilterNext => "filter.next",
            Self::FilterPrevious => "filter.previous",
            Self::SortNext => "sort.next",
            Self::SortReverse => "sort.reverse",
            Self::ChartShorter => "chart.shorter",
            Self::ChartLonger => "chart.longer",
            Self::MetricPrevious => "metric.previous",
            Self::MetricNext => "metric.next",
            Self::Markers => "markers.toggle",
            Self::Copy => "copy",
            Self::Plain => "plain",
            Self::Export => "export",
            Self::Poll => "poll",
            Self::Freeze => "freeze",
            Self::Zone => "zone",
            Self::ThemeNext => "theme.next",
            Self::Board => "board",
            Self::Sources => "sources",
            Self::Checklist => "checklist",
            Self::Ledger => "ledger",
            Self::Runbooks => "runbooks",
            Self::Runs => "runs",
            Self::Help => "help",
            Self::Palette => "palette",
            Self::Interrupt => "interrupt",
            Self::Repaint => "repaint",
            Self::Suspend => "suspend",
            Self::Approvals => "approvals",
            Self::Calendar => "calendar",
            Self::Quit => "quit",
            Self::Write(write) => write.name(),
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::CursorDown => "down one line",
            Self::CursorUp => "up one line",
            Self::CursorFirst => "to the first line",
            Self::CursorLast => "to the last line",
            Self::CursorPageDown => "down one page",
            Self::CursorPageUp => "up one page",
            Self::ReleaseOpen => "open the release",
            Self::DetailOpen => "open the details of the line",
            Self::Back => "one level back; never quits",
            Self::PaneNext => "next pane",
            Self::PanePrevious => "previous pane",
            Self::Pane(Pane::Steps) => "pane 1: steps, traffic, versions",
            Self::Pane(Pane::Chart) => "pane 2: chart with deployment markers",
            Self::Pane(Pane::Slo) => "pane 3: SLO burn and budget",
            Self::Pane(Pane::Alerts) => "pane 4: alerts",
            Self::Pane(Pane::Checks) => "pane 5: checklist",
            Self::Pane(Pane::Triggers) => "pane 6: canary beside stable",
            Self::Pane(Pane::Timeline) => "pane 7: timeline",
            Self::Pane(Pane::Sources) => "pane 8: sources",
            Self::PaneZoom => "the pane on the whole screen, or all panes again",
            Self::PaneAll => "all panes again",
            Self::FilterEdit => "filter the list; ! in front turns it round",
            Self::FilterNext => "next line that the filter leaves",
            Self::FilterPrevious => "previous line that the filter leaves",
            Self::SortNext => "sort by the next column: urgency, name, burn, age",
            Self::SortReverse => "turn the order round",
            Self::ChartShorter => "shorter time on the chart",
            Self::ChartLonger => "longer time on the chart",
            Self::MetricPrevious => "previous metric on the chart",
            Self::MetricNext => "next metric on the chart",
            Self::Markers => "deployment markers on or off",
            Self::Copy => "copy the query behind the line, or the line",
            Self::Plain => "show the pane as plain text, for the mouse",
            Self::Export => "write the pane to a file; `:export json` or `csv` for other formats",
            Self::Poll => "ask all sources now",
            Self::Freeze => "freeze the screen; data go on behind it",
            Self::Zone => "times in UTC or in the chosen zone",
            Self::ThemeNext => "next theme",
            Self::Board => "the board: every release",
            Self::Sources => "the sources: every connection",
            Self::Checklist => "the checklist and sign-offs of the release",
            Self::Ledger => "the ledger: what people said and did",
            Self::Runbooks => "the runbooks: what is staged to go back",
            Self::Runs => "the runs of runbooks, live ones first",
            Self::Help => "the keys of where you are",
            Self::Palette => "any command by name",
            Self::Interrupt => "like Esc; twice within a second, quit",
            Self::Repaint => "paint everything again",
            Self::Suspend => "to the shell; `fg` comes back",
            Self::Approvals => "what waits for approval",
            Self::Calendar => "the calendar: freezes and change windows",
            Self::Quit => "quit",
            Self::Write(write) => write.help(),
        }
    }

    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|action| action.name() == name)
    }
}
