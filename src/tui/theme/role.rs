//! What a piece of the screen means: widgets name roles, themes give them colours.

use serde::Deserialize;

/// A semantic role. The names in theme files are those of the `serde` attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Role {
    /// The ground of the whole screen, painted only when the theme says so.
    #[serde(rename = "bg")]
    Ground,
    /// The ground of panes.
    #[serde(rename = "surface")]
    Surface,
    /// The ground of what lies over the screen.
    #[serde(rename = "overlay")]
    Overlay,
    /// Frames and rules.
    #[serde(rename = "border")]
    Border,
    /// The frame of the pane that has the keys.
    #[serde(rename = "border.focus")]
    BorderFocus,
    /// Titles of panes and columns.
    #[serde(rename = "title")]
    Title,
    /// Ordinary text.
    #[serde(rename = "text")]
    Text,
    /// Text that matters less. Never a status or an age alone.
    #[serde(rename = "text.dim")]
    TextDim,
    /// Text on a filled ground.
    #[serde(rename = "text.inverse")]
    TextInverse,
    /// The ground of the selected row.
    #[serde(rename = "selection.bg")]
    SelectionGround,
    /// The text of the selected row.
    #[serde(rename = "selection.fg")]
    SelectionText,
    /// What stands out without being a status: the current tab, the program's name.
    #[serde(rename = "accent")]
    Accent,
    /// Addresses.
    #[serde(rename = "link")]
    Link,
    /// Names of keys.
    #[serde(rename = "key")]
    Key,
    /// As it should be, and fresh.
    #[serde(rename = "status.ok")]
    Ok,
    /// Worth an eye.
    #[serde(rename = "status.warn")]
    Warn,
    /// Wrong, and known to be.
    #[serde(rename = "status.bad")]
    Bad,
    /// Under way.
    #[serde(rename = "status.run")]
    Run,
    /// Waiting or paused.
    #[serde(rename = "status.wait")]
    Wait,
    /// Not known, or too old.
    #[serde(rename = "status.unknown")]
    Unknown,
    /// The name of a production environment.
    #[serde(rename = "env.prod")]
    EnvProd,
    /// The name of an environment before production.
    #[serde(rename = "env.stage")]
    EnvStage,
    /// The name of any other environment.
    #[serde(rename = "env.dev")]
    EnvDev,
    /// The first series of a chart: the new version, or the whole service.
    #[serde(rename = "chart.1")]
    Chart1,
    /// The second series: the old version.
    #[serde(rename = "chart.2")]
    Chart2,
    /// The third series.
    #[serde(rename = "chart.3")]
    Chart3,
    /// The fourth series.
    #[serde(rename = "chart.4")]
    Chart4,
    /// The line that a value should stay under.
    #[serde(rename = "chart.limit")]
    ChartLimit,
    /// Deployment events.
    #[serde(rename = "chart.marker")]
    ChartMarker,
    /// Where nothing was measured.
    #[serde(rename = "chart.nodata")]
    ChartNoData,
    /// Added.
    #[serde(rename = "diff.add")]
    DiffAdd,
    /// Taken away.
    #[serde(rename = "diff.del")]
    DiffDel,
    /// The ground of what must not be overlooked.
    #[serde(rename = "danger.bg")]
    DangerGround,
    /// The text of what must not be overlooked.
    #[serde(rename = "danger.fg")]
    DangerText,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::Ground,
        Self::Surface,
        Self::Overlay,
        Self::Border,
        Self::BorderFocus,
        Self::Title,
        Self::Text,
        Self::TextDim,
        Self::TextInverse,
        Self::SelectionGround,
        Self::SelectionText,
        Self::Accent,
        Self::Link,
        Self::Key,
        Self::Ok,
        Self::Warn,
        Self::Bad,
        Self::Run,
        Self::Wait,
        Self::Unknown,
        Self::EnvProd,
        Self::EnvStage,
        Self::EnvDev,
        Self::Chart1,
        Self::Chart2,
        Self::Chart3,
        Self::Chart4,
        Self::ChartLimit,
        Self::ChartMarker,
        Self::ChartNoData,
        Self::DiffAdd,
        Self::DiffDel,
        Self::DangerGround,
        Self::DangerText,
    ];
}
