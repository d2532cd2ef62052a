//! What tmux lets through. Asked of tmux itself: it is the terminal that the console talks to.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Finding, State, Surroundings};

const AREA: &str = "tmux";
/// How long tmux may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// ESC reaches the console so much later than it was pressed.
const LATE_MILLIS: u32 = 100;
/// What is asked, in the order of [`Settings`].
const FORMAT: &str = "#{version}\t#{client_termname}\t#{client_termfeatures}\t#{set-clipboard}\t#{allow-passthrough}\t\
                      #{focus-events}\t#{escape-time}";

/// What tmux said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settings {
    version: String,
    outer: String,
    features: Vec<String>,
    clipboard: String,
    passthrough: bool,
    focus: bool,
    escape_millis: u32,
}

/// What is to be said of tmux; nothing outside of it.
pub(super) fn findings(surroundings: &Surroundings) -> Vec<Finding> {
    if !surroundings.tmux {
        return Vec::new();
    }
    match answer().as_deref().map(Settings::read) {
        Some(settings) => settings.findings(surroundings),
        None => vec![
            Finding::new(AREA, "settings", State::Note, "tmux does not answer")
                .advise("run `tmux display-message -p ok` to see why; copying needs `set -s set-clipboard on` in tmux"),
        ],
    }
}

/// What `tmux display-message` prints; `None` when there is no tmux, or none that answers in time.
fn answer() -> Option<String> {
    let mut child = Command::new("tmux")
        .args(["display-message", "-p", FORMAT])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let until = Instant::now() + PATIENCE;
    // One line fits into the pipe: it can end before anybody reads.
    while child.try_wait().ok()?.is_none() {
        if Instant::now() >= until {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Settings {
    fn read(line: &str) -> Self {
        let mut parts = line.trim_end().split('\t').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let on = |value: &str| !matches!(value, "" | "0" | "off");
        Self {
            version: next(),
            outer: next(),
            features: next().split(',').filter(|feature| !feature.is_empty()).map(str::to_owned).collect(),
            clipboard: next(),
            passthrough: on(&next()),
            focus: on(&next()),
            escape_millis: next().parse().unwrap_or(0),
        }
    }

    fn findings(&self, surroundings: &Surroundings) -> Vec<Finding> {
        let version = if self.outer.is_empty() {
            format!("{}, nobody is attached", self.version)
        } else {
            format!("{}, shown in {}", self.version, self.outer)
        };
        let focus =
            if self.focus { "passed on" } else { "not passed on: WRITE mode does not end when you look elsewhere" };
        vec![
            Finding::new(AREA, "version", State::Ok, version),
            self.colours(surroundings),
            self.clipboard(),
            self.synchronised(),
            Finding::new(AREA, "focus events", State::Ok, focus),
            self.escape(),
        ]
    }

    fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|one| one == feature)
    }

    fn colours(&self, surroundings: &Surroundings) -> Finding {
        let wanted = surroundings.has_true_colour();
        let (state, found) = match (self.has("RGB"), self.has("256")) {
            (true, _) => (State::Ok, "24 bits reach the terminal"),
            (false, true) if wanted => (State::Note, "24 bits are turned into 256 by tmux"),
            (false, true) => (State::Ok, "256 reach the terminal"),
            _ if self.outer.is_empty() => (State::Ok, "not known: nobody is attached"),
            _ => (State::Ok, "as the terminal outside has them"),
        };
        let finding = Finding::new(AREA, "colours", state, found);
        if state == State::Note {
            return finding
                .advise(format!("set -as terminal-features ',{}:RGB' in tmux, and attach again", self.outer));
        }
        finding
    }

    fn clipboard(&self) -> Finding {
        let passed = if self.passthrough { "on" } else { "off" };
        let found = format!("set-clipboard {}, allow-passthrough {passed}", self.clipboard);
        if self.clipboard == "on" || self.passthrough {
            return Finding::new(AREA, "clipboard", State::Ok, format!("{found}: copies are passed on"));
        }
        Finding::new(AREA, "clipboard", State::Note, format!("{found}: tmux keeps copies back"))
            .advise("set -s set-clipboard on; then `warroom` can copy with y")
    }

    fn synchronised(&self) -> Finding {
        let found = if self.has("sync") {
            "tmux draws in whole frames outside"
        } else {
            "the terminal outside is not known to have it: a frame may be seen half drawn"
        };
        Finding::new(AREA, "synchronised output", State::Ok, found)
    }

    fn escape(&self) -> Finding {
        let found = format!("ESC arrives up to {} ms late (escape-time)", self.escape_millis);
        if self.escape_millis <= LATE_MILLIS {
            return Finding::new(AREA, "ESC", State::Ok, found);
        }
        Finding::new(AREA, "ESC", State::Note, found).advise("set -s escape-time 20 in tmux")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(line: &str, colorterm: Option<&str>, what: &str) -> (State, String, String) {
        let surroundings = Surroundings { colorterm: colorterm.map(str::to_owned), ..Surroundings::default() };
        let findings = Settings::read(line).findings(&surroundings);
        let finding = findings.into_iter().find(|finding| finding.what == what).expect(what);
        (finding.state, finding.found, finding.advice)
    }

    #[test]
    fn a_tmux_that_passes_everything_on_has_nothing_to_note() {
        let good = "3.5a\txterm-256color\t256,RGB,clipboard,focus,sync,title\ton\toff\t1\t20\n";
        for what in ["version", "colours", "clipboard", "synchronised output", "focus events", "ESC"] {
            assert_eq!(state_of(good, Some("truecolor"), what).0, State::Ok, "{what}");
        }
    }

    #[test]
    fn what_tmux_keeps_back_is_noted_with_the_line_that_lets_it_through() {
        let plain = "3.3a\txterm-256color\t256,clipboard\texternal\t0\t0\t500\n";
        assert_eq!(state_of(plain, None, "clipboard").2, "set -s set-clipboard on; then `warroom` can copy with y");
        assert!(state_of(plain, Some("truecolor"), "colours").2.contains("',xterm-256color:RGB'"));
        assert_eq!(state_of(plain, None, "colours").0, State::Ok, "nobody asked for more");
        assert!(state_of(plain, None, "ESC").1.contains("500 ms"));
    }

    #[test]
    fn passing_through_does_for_copies() {
        let passing = "3.4\tfoot\t256\toff\tall\t0\t0\n";
        assert_eq!(state_of(passing, None, "clipboard").0, State::Ok);
    }
}
