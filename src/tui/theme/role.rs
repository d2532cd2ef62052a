//! What a piece of the screen means: widgets name roles, themes give them colours.

/// Writes the roles down once: variant, name in theme files, documentation.
macro_rules! roles {
    ($($(#[$documentation:meta])* $role:ident = $name:literal,)+) => {
        /// A semantic role.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $($(#[$documentation])* $role,)+
        }

        impl Role {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$role,)+];

            /// The name in theme files: `status.ok`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)+
                }
            }
        }
    };
}

roles! {
    /// The ground of the whole screen, painted only when the theme says so.
    Ground = "bg",
    /// The ground of panes.
    Surface = "surface",
    /// The ground of what lies over the screen.
    Overlay = "overlay",
    /// Frames and rules.
    Border = "border",
    /// The frame of the pane that has the keys.
    BorderFocus = "border.focus",
    /// Titles of panes and columns.
    Title = "title",
    /// Ordinary text.
    Text = "text",
    /// Text that matters less. Never a status or an age alone.
    TextDim = "text.dim",
    /// Text on a filled ground.
    TextInverse = "text.inverse",
    /// The ground of the selected row.
    SelectionGround = "selection.bg",
    /// The text of the selected row.
    SelectionText = "selection.fg",
    /// What stands out without being a status: the current tab, the program's name.
    Accent = "accent",
    /// Addresses.
    Link = "link",
    /// Names of keys.
    Key = "key",
    /// As it should be, and fresh.
    Ok = "status.ok",
    /// Worth an eye.
    Warn = "status.warn",
    /// Wrong, and known to be.
    Bad = "status.bad",
    /// Under way.
    Run = "status.run",
    /// Waiting or paused.
    Wait = "status.wait",
    /// Not known, or too old.
    Unknown = "status.unknown",
    /// The name of a production environment.
    EnvProd = "env.prod",
    /// The name of an environment before production.
    EnvStage = "env.stage",
    /// The name of any other environment.
    EnvDev = "env.dev",
    /// The first series of a chart: the new version, or the whole service.
    Chart1 = "chart.1",
    /// The second series: the old version.
    Chart2 = "chart.2",
    /// The third series.
    Chart3 = "chart.3",
    /// The fourth series.
    Chart4 = "chart.4",
    /// The line that a value should stay under.
    ChartLimit = "chart.limit",
    /// Deployment events.
    ChartMarker = "chart.marker",
    /// Where nothing was measured.
    ChartNoData = "chart.nodata",
    /// Added.
    DiffAdd = "diff.add",
    /// Taken away.
    DiffDel = "diff.del",
    /// The ground of what must not be overlooked.
    DangerGround = "danger.bg",
    /// The text of what must not be overlooked.
    DangerText = "danger.fg",
}

impl Role {
    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Whether it is a ground: a colour alone is what lies behind the text then, and not the text itself.
    #[must_use]
    pub const fn is_ground(self) -> bool {
        matches!(self, Self::Ground | Self::Surface | Self::Overlay | Self::SelectionGround | Self::DangerGround)
    }
}
