//! What the terminal can do, as far as the environment says.

use std::{
    env,
    io::{self, IsTerminal},
};

use super::{Finding, State};
use crate::{
    shell::{paint, terminal},
    tui::theme::Depth,
};

const AREA: &str = "terminal";

/// What the process stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about the process, and all combinations happen")]
pub struct Surroundings {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `NO_COLOR` is there and not empty.
    pub no_color: bool,
    /// The first of `LC_ALL`, `LC_CTYPE`, `LANG` that says something.
    pub locale: Option<String>,
    /// Standard input is a terminal.
    pub stdin_terminal: bool,
    /// Standard output is a terminal.
    pub stdout_terminal: bool,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Inside of tmux.
    pub tmux: bool,
    /// Over SSH.
    pub ssh: bool,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let said = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            term: said("TERM"),
            colorterm: said("COLORTERM"),
            no_color: said("NO_COLOR").is_some(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said),
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            size: terminal::size(),
            tmux: said("TMUX").is_some(),
            ssh: said("SSH_CONNECTION").is_some() || said("SSH_TTY").is_some(),
        }
    }

    /// What of it helps and what hinders.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        vec![self.term(), self.streams(), self.room(), self.colours(), self.characters(), self.way()]
    }

    fn term(&self) -> Finding {
        match self.term.as_deref() {
            Some("dumb") => Finding::new(AREA, "TERM", State::Note, "dumb: the console cannot draw here")
                .advise("use `warroom status`, or a terminal that knows cursor movement"),
            Some(term) => Finding::new(AREA, "TERM", State::Ok, term),
            None => {
                Finding::new(AREA, "TERM", State::Note, "not set").advise("set TERM, for example to xterm-256color")
            }
        }
    }

    fn streams(&self) -> Finding {
        let word = |terminal| if terminal { "a terminal" } else { "redirected" };
        let found = format!("input is {}, output is {}", word(self.stdin_terminal), word(self.stdout_terminal));
        if self.stdin_terminal && self.stdout_terminal {
            return Finding::new(AREA, "streams", State::Ok, found);
        }
        Finding::new(AREA, "streams", State::Note, found)
            .advise("the console needs both; `warroom status` needs neither")
    }

    fn room(&self) -> Finding {
        let (columns, rows) = self.size;
        let found = format!("{columns} columns, {rows} rows");
        if columns < 80 || rows < 24 {
            return Finding::new(AREA, "size", State::Note, found).advise("80x24 shows every screen whole");
        }
        Finding::new(AREA, "size", State::Ok, found)
    }

    /// Whether the environment promises colours of 24 bits.
    pub(super) fn has_true_colour(&self) -> bool {
        paint::deepest(self.term.as_deref().unwrap_or_default(), self.colorterm.as_deref().unwrap_or_default())
            == Depth::TrueColour
    }

    fn colours(&self) -> Finding {
        let term = self.term.as_deref().unwrap_or_default();
        let said = self.colorterm.as_deref().map_or_else(|| "not set".to_owned(), str::to_owned);
        let depth = paint::deepest(term, self.colorterm.as_deref().unwrap_or_default());
        let found = match depth {
            _ if self.no_color => "none, NO_COLOR is set: glyphs and words say everything",
            Depth::TrueColour => "24 bits",
            Depth::Indexed256 => "256",
            _ => "16: enough for the default theme",
        };
        let finding = Finding::new(AREA, "colours", State::Ok, format!("{found} (COLORTERM: {said})"));
        if self.ssh && self.colorterm.is_none() && !self.no_color && depth != Depth::TrueColour {
            return finding.advise("COLORTERM does not cross SSH: `--color truecolor` where the terminal has 24 bits");
        }
        finding
    }

    fn characters(&self) -> Finding {
        let locale = self.locale.as_deref().unwrap_or("no locale set");
        let folded = locale.to_ascii_lowercase();
        if folded.contains("utf-8") || folded.contains("utf8") {
            return Finding::new(AREA, "characters", State::Ok, format!("UTF-8 ({locale})"));
        }
        Finding::new(AREA, "characters", State::Note, format!("not UTF-8 ({locale}): drawn in ASCII"))
            .advise("set LANG=C.UTF-8 for lines and blocks")
    }

    fn way(&self) -> Finding {
        let found = match (self.tmux, self.ssh) {
            (false, false) => "local",
            (true, false) => "in tmux",
            (false, true) => "over SSH",
            (true, true) => "in tmux, over SSH",
        };
        Finding::new(AREA, "way", State::Ok, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(surroundings: &Surroundings, what: &str) -> (State, String) {
        let findings = surroundings.findings();
        let finding = findings.iter().find(|finding| finding.what == what).expect(what);
        (finding.state, finding.found.clone())
    }

    #[test]
    fn a_good_terminal_has_nothing_to_note() {
        let good = Surroundings {
            term: Some("xterm-256color".into()),
            colorterm: Some("truecolor".into()),
            locale: Some("C.UTF-8".into()),
            stdin_terminal: true,
            stdout_terminal: true,
            size: (120, 40),
            ..Surroundings::default()
        };
        assert!(good.findings().iter().all(|finding| finding.state == State::Ok), "{:?}", good.findings());
        assert!(state_of(&good, "colours").1.starts_with("24 bits"));
    }

    #[test]
    fn what_hinders_is_noted_and_says_what_to_do() {
        let bare = Surroundings { term: Some("dumb".into()), size: (40, 10), ..Surroundings::default() };
        for what in ["TERM", "streams", "size", "characters"] {
            assert_eq!(state_of(&bare, what).0, State::Note, "{what}");
        }
        assert!(bare.findings().iter().filter(|one| one.state == State::Note).all(|one| !one.advice.is_empty()));
    }
}
