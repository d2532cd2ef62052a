//! The whole state of the console: what is known, and what is looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use super::setup::{Mode, Setup};
use super::{
    act::Dialog,
    announcement::Announced,
    breaker::Breaker,
    frozen::Frozen,
    ledger::Ledger,
    policies::Policies,
    run::{Approving, Attempted, Confirmation, Order, Output},
    update,
    wall::Wall,
    write_mode::WriteMode,
};
use crate::domain::{
    calendar::agenda::Agenda,
    canary::deploy::Deploy,
    chart::ChartRequest,
    checklist::state::Evidence,
    picture::Picture,
    policy,
    readiness::standing::Standing,
    release::ReleaseId,
    room::Room,
    run::RunId,
    slo::definition::SloId,
    time::{Span, Timestamp},
    trigger::watch::Watch,
    verdict::{Verdict, calendar::Held},
};

/// The console's state. Drawing takes it by reference; only `update` changes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The time of the newest message.
    pub now: Timestamp,
    /// What does not change while it runs.
    pub setup: Setup,
    /// All that is known.
    pub room: Room,
    /// The same, joined, as of the newest message that changed it.
    pub picture: Picture,
    /// What people said, as the ledger has it.
    #[serde(default)]
    pub ledger: Ledger,
    /// The last evidence of automatic items, by release and item.
    #[serde(default)]
    pub evidence: BTreeMap<ReleaseId, BTreeMap<String, Evidence>>,
    /// What the step of a run wrote that is looked at.
    #[serde(default)]
    pub output: Option<Output>,
    /// How releases stand against their checklists. Follows from the rest.
    #[serde(skip)]
    pub readiness: BTreeMap<ReleaseId, Standing>,
    /// The verdict on every release that is going somewhere. Follows from the rest.
    #[serde(default)]
    pub verdicts: BTreeMap<ReleaseId, Verdict>,
    /// What each entry of the calendar holds, by its name. Follows from the verdicts.
    #[serde(default)]
    pub held: BTreeMap<String, Vec<Held>>,
    /// What the verdicts remember from one picture to the next.
    #[serde(default)]
    pub watch: Watch,
    /// What the circuit breaker does, and how it stands.
    #[serde(default)]
    pub breaker: Breaker,
    /// What policies decided, and what they are being asked.
    #[serde(default)]
    pub policies: Policies,
    /// What the calendar means for the days around now. Follows from the catalog.
    #[serde(skip)]
    pub agenda: Agenda,
    /// What is wrong with files on disk; the last good ones are in use.
    pub config_problems: Vec<String>,
    /// WRITE mode, while somebody has it.
    pub write: Option<WriteMode>,
    /// What is looked at.
    pub ui: Ui,
    /// What connectors were last told to look at.
    pub wanted: Wanted,
    /// When it is looked next for what versions did, to be kept; `None` before the first second.
    #[serde(default)]
    pub profiles_due: Option<Timestamp>,
}

impl Model {
    /// A console that has heard nothing yet.
    #[must_use]
    pub fn new(setup: Setup, room: Room, at: Timestamp) -> Self {
        let screen = if room.sources.is_empty() { Screen::FirstRun } else { Screen::Board };
        let theme = setup.themes.first().cloned().unwrap_or_default();
        let picture = room.picture(at);
        let local_time = setup.zone_chosen;
        let mut model = Self {
            now: at,
            setup,
            room,
            picture,
            ledger: Ledger::default(),
            evidence: BTreeMap::new(),
            output: None,
            readiness: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            held: BTreeMap::new(),
            watch: Watch::default(),
            breaker: Breaker::default(),
            policies: Policies::default(),
            agenda: Agenda::default(),
            config_problems: Vec::new(),
            write: None,
            ui: Ui { ages_at: Some(at), local_time, ..Ui::new(screen, theme) },
            wanted: Wanted::default(),
            profiles_due: None,
        };
        // Connectors are started with this.
        model.wanted = update::wanted(&model);
        model
    }

    /// Whether policies are asked about releases.
    #[must_use]
    pub fn has_policies(&self) -> bool {
        self.setup.policy_server.is_some() || policy::are_in(&self.room.catalog)
    }

    /// The picture on the screen: the frozen one, or the newest.
    #[must_use]
    pub fn shown(&self) -> &Picture {
        self.ui.frozen.as_ref().map_or(&self.picture, |frozen| &frozen.picture)
    }

    /// What people said, on the screen: at the moment that it is frozen at, or as of the newest event.
    #[must_use]
    pub fn shown_ledger(&self) -> &Ledger {
        self.ui.frozen.as_ref().map_or(&self.ledger, |frozen| &frozen.ledger)
    }

    /// The verdicts, on the screen.
    #[must_use]
    pub fn shown_verdicts(&self) -> &BTreeMap<ReleaseId, Verdict> {
        self.ui.frozen.as_ref().map_or(&self.verdicts, |frozen| &frozen.verdicts)
    }

    /// What each entry of the calendar holds, on the screen.
    #[must_use]
    pub fn shown_held(&self) -> &BTreeMap<String, Vec<Held>> {
        self.ui.frozen.as_ref().map_or(&self.held, |frozen| &frozen.held)
    }

    /// How releases stand against their checklists, on the screen.
    #[must_use]
    pub fn shown_readiness(&self) -> &BTreeMap<ReleaseId, Standing> {
        self.ui.frozen.as_ref().map_or(&self.readiness, |frozen| &frozen.readiness)
    }
}

/// The part of a [`Demand`](crate::domain::demand::Demand) that follows from what is seen and looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Services and environments with a release in flight.
    pub in_flight: BTreeSet<(String, String)>,
    /// Services and environments where a new version runs beside the one before, and since when.
    #[serde(default)]
    pub canaries: BTreeSet<(String, String, Timestamp)>,
    /// Deploys that are judged by what was before them.
    #[serde(default)]
    pub deploys: BTreeSet<Deploy>,
    /// Deploys of services that have business metrics.
    #[serde(default)]
    pub business: BTreeSet<Deploy>,
    /// SLOs that burn too fast, or may.
    pub burning: BTreeSet<SloId>,
    /// Charts that are looked at.
    pub charts: Vec<ChartRequest>,
    /// Releases whose checklists are looked at.
    #[serde(default)]
    pub checked: BTreeSet<ReleaseId>,
}

/// Below this many columns or rows there is one line on the screen, and nothing can be changed.
pub const SMALLEST: (u16, u16) = (40, 10);

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own that somebody turns")]
pub struct Ui {
    /// The screen.
    pub screen: Screen,
    /// Screens that Esc goes back to.
    pub back: Vec<Screen>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The selected thing of each list, by identity: it follows the thing when the list is sorted anew.
    pub selected: BTreeMap<List, String>,
    /// The pane of the release screen that has the keys.
    pub pane: Pane,
    /// Whether that pane has the whole screen.
    pub zoomed: bool,
    /// The filter of each list; a leading `!` turns it round. Lists without one are not in here.
    pub filters: BTreeMap<List, String>,
    /// Only this environment.
    pub environment: Option<String>,
    /// How the board is sorted.
    pub sort: Sort,
    /// The other way round.
    pub sort_reversed: bool,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// What the screen is frozen at.
    pub frozen: Option<Box<Frozen>>,
    /// How charts are drawn.
    pub chart: ChartView,
    /// The name of the theme.
    pub theme: String,
    /// Show times in the chosen zone instead of UTC.
    pub local_time: bool,
    /// One line that goes away by itself.
    pub notice: Option<Notice>,
    /// When the chord prefix was pressed, until the key that follows it.
    pub chord: Option<Timestamp>,
    /// When Ctrl-C was last pressed: twice within a second quits.
    pub interrupted_at: Option<Timestamp>,
    /// Whose output is followed.
    #[serde(default)]
    pub tail: Option<Attempted>,
    /// How many dialogs were opened: each has a number, which answers from outside name.
    #[serde(default)]
    pub acts: u64,
    /// Commands that were given, newest first.
    pub history: Vec<String>,
    /// What the terminal was told beside the picture.
    pub announced: Announced,
    /// What changed of which release a moment ago.
    #[serde(default)]
    pub changed: BTreeMap<ReleaseId, Changed>,
    /// The wall, where this console hangs on one: then nothing else of this is operated.
    #[serde(default)]
    pub wall: Option<Wall>,
    /// The terminal is at the end of a slow link: what changes by itself is drawn less often.
    pub low_bandwidth: bool,
    /// The time that ages are told for: it moves in steps, so that not every second draws all of them. The newest message's
    /// time when `None`.
    pub ages_at: Option<Timestamp>,
}

impl Ui {
    /// The state of a console that was just started.
    #[must_use]
    pub fn new(screen: Screen, theme: String) -> Self {
        Self {
            screen,
            back: Vec::new(),
            size: (80, 24),
            selected: BTreeMap::new(),
            pane: Pane::Steps,
            zoomed: false,
            filters: BTreeMap::new(),
            environment: None,
            sort: Sort::default(),
            sort_reversed: false,
            overlay: None,
            frozen: None,
            chart: ChartView { range: Span::from_mins(30), metric: 0, markers: true },
            theme,
            local_time: false,
            notice: None,
            chord: None,
            interrupted_at: None,
            tail: None,
            acts: 0,
            history: Vec::new(),
            announced: Announced::default(),
            changed: BTreeMap::new(),
            wall: None,
            low_bandwidth: false,
            ages_at: None,
        }
    }

    /// The filter of `list`, empty when it has none.
    #[must_use]
    pub fn filter(&self, list: List) -> &str {
        self.filters.get(&list).map_or("", String::as_str)
    }

    /// The list that has the keys; `None` where there is none (the chart, the first-run screen).
    #[must_use]
    pub const fn list(&self) -> Option<List> {
        match self.screen {
            Screen::FirstRun => None,
            Screen::Board => Some(List::Releases),
            Screen::Release(_) => self.pane.list(),
            Screen::Sources => Some(List::Sources),
            Screen::Checklist(_) => Some(List::Checks),
            Screen::Ledger => Some(List::Ledger),
            Screen::Runbooks(_) => Some(List::Runbooks),
            Screen::Runs => Some(List::Runs),
            Screen::Run(_) => Some(List::RunSteps),
            Screen::Approvals => Some(List::Approvals),
            Screen::Calendar => Some(List::Calendar),
        }
    }
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// Nothing is configured.
    FirstRun,
    /// Every release, a line each.
    Board,
    /// The war room of one release.
    Release(ReleaseId),
    /// Every connection.
    Sources,
    /// The checklist and the sign-offs of one release.
    Checklist(ReleaseId),
    /// What people said and did, as it was recorded.
    Ledger,
    /// Staged procedures; those for this release first.
    Runbooks(Option<ReleaseId>),
    /// Runs of them, live ones first.
    Runs,
    /// One run.
    Run(RunId),
    /// Plans that wait for the approval of somebody else.
    Approvals,
    /// Freezes, change windows and dates to know of.
    Calendar,
}

/// A list with a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Releases on the board, by identifier.
    Releases,
    /// Components and their steps.
    Components,
    /// SLOs of a release.
    Slos,
    /// Alerts of a release.
    Alerts,
    /// Canaries of a release, by SLO.
    Analyses,
    /// Events of a release.
    Timeline,
    /// Sources.
    Sources,
    /// Items and sign-offs of a release.
    Checks,
    /// Events of the ledger.
    Ledger,
    /// Runbooks, by name.
    Runbooks,
    /// Runs, by identifier.
    Runs,
    /// Steps of a run.
    RunSteps,
    /// Plans that wait for approval, by their hash.
    Approvals,
    /// Dates of the calendar, by entry and beginning.
    Calendar,
}

/// A pane of the release screen, numbered 1 to 8 as on the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pane {
    /// 1: components, steps, traffic, versions.
    Steps,
    /// 2: the chart.
    Chart,
    /// 3: SLO burn.
    Slo,
    /// 4: alerts and incidents.
    Alerts,
    /// 5: checklist.
    Checks,
    /// 6: canaries beside what they shall replace, and triggers.
    Triggers,
    /// 7: timeline.
    Timeline,
    /// 8: sources.
    Sources,
}

impl Pane {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Steps,
        Self::Chart,
        Self::Slo,
        Self::Alerts,
        Self::Checks,
        Self::Triggers,
        Self::Timeline,
        Self::Sources,
    ];

    /// 1 to 8.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|pane| *pane == self).map_or(0, |index| index + 1)
    }

    /// The list in it; `None` for the chart.
    #[must_use]
    pub const fn list(self) -> Option<List> {
        match self {
            Self::Steps => Some(List::Components),
            Self::Slo => Some(List::Slos),
            Self::Alerts => Some(List::Alerts),
            Self::Timeline => Some(List::Timeline),
            Self::Sources => Some(List::Sources),
            Self::Checks => Some(List::Checks),
            Self::Triggers => Some(List::Analyses),
            Self::Chart => None,
        }
    }

    /// The word in the frame and on the tab.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Steps => "Steps",
            Self::Chart => "Chart",
            Self::Slo => "SLO",
            Self::Alerts => "Alerts",
            Self::Checks => "Checks",
            Self::Triggers => "Canary",
            Self::Timeline => "Timeline",
            Self::Sources => "Sources",
        }
    }
}

/// How the board is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What needs a human first.
    #[default]
    Urgency,
    /// By name.
    Name,
    /// By worst burn.
    Burn,
    /// By age of the release.
    Age,
}

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlay {
    /// Keys of where you are.
    Help {
        /// Lines scrolled.
        scroll: u16,
        /// What lies below it, and comes back when it closes.
        over: Option<Box<Self>>,
    },
    /// `:` and the palette: a command by name, with completion.
    Command(CommandLine),
    /// `/`: the filter is being typed; the list is filtered already.
    Filter {
        /// The list.
        list: List,
        /// What the filter was before, for Esc.
        before: String,
    },
    /// The chord for WRITE mode: a reason is asked for.
    EnableWrites {
        /// What was typed.
        reason: String,
        /// The environment that it would be for.
        environment: String,
        /// When it was opened: it takes keys a little later.
        opened: Timestamp,
    },
    /// Something is about to be recorded.
    Act(Box<Dialog>),
    /// A plan is about to be run.
    Confirm(Box<Confirmation>),
    /// A run is about to be told something.
    Order(Box<Order>),
    /// A plan of somebody else is about to be approved or denied.
    Approve(Box<Approving>),
    /// All about the selected thing: labels, query, links.
    Detail {
        /// The list it is selected in.
        list: List,
        /// Lines scrolled.
        scroll: u16,
    },
}

/// A command that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    /// What stands there.
    pub input: String,
    /// The chosen completion.
    pub selected: usize,
    /// What was typed before older commands were fetched with Up, and the place in the history of the one that stands there.
    pub recalled: Option<(String, usize)>,
    /// Why it was not run, until it is changed.
    pub problem: Option<String>,
}

impl CommandLine {
    /// A line with this text, and the first completion chosen.
    #[must_use]
    pub fn of(input: impl Into<String>) -> Self {
        Self { input: input.into(), ..Self::default() }
    }
}

/// When something of a release was last seen to change. The screen marks it for [`Changed::MARKED`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Its level, or the words for it.
    pub state: Option<Timestamp>,
    /// Its phase, or the version, step or traffic of a component.
    pub progress: Option<Timestamp>,
}

impl Changed {
    /// How long a change is marked.
    pub const MARKED: Span = Span::from_secs(10);

    /// Whether a change at `at` is still marked at `now`.
    #[must_use]
    pub fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
        Span::between(at, now) < Self::MARKED
    }
}

/// How charts are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartView {
    /// How far back.
    pub range: Span,
    /// Which of the metrics that there are.
    pub metric: usize,
    /// Whether deployment markers are drawn.
    pub markers: bool,
}

/// A line that goes away by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// Until when.
    pub until: Timestamp,
}
