//! `warroom --wall` and `warroom demo --wall`: what the wall is asked to show.

use clap::ValueEnum;

use crate::{
    app::wall::{Page, Wall},
    domain::time::{Span, Timestamp},
};

/// A page that goes before anybody has read it is no page.
const SHORTEST: Span = Span::from_secs(5);

/// Flags of the wall.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Wall")]
pub struct Args {
    /// Show a shared screen: large, read-only, private, reconnecting for ever. Ctrl-C twice leaves.
    #[arg(long)]
    pub wall: bool,
    /// Go to the next page after so long, such as 20s. A release that is BAD stays on. Without it the first page stays.
    #[arg(long, value_name = "DURATION", requires = "wall", value_parser = stay)]
    pub rotate: Option<Span>,
    /// The pages: board, release:worst, release:ID, slo. All of them when left out, release:worst first.
    #[arg(long, value_name = "PAGE,PAGE", requires = "wall", value_delimiter = ',')]
    pub pages: Vec<Page>,
    /// Let the state take all the room.
    #[arg(long, requires = "wall")]
    pub big: bool,
    /// Hide people, hosts and texts from outside. The wall does; `--privacy=off` is for a room without guests.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        requires = "wall",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "on"
    )]
    pub privacy: Option<Privacy>,
}

/// Whether people, hosts and texts from outside are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Privacy {
    /// They are.
    On,
    /// They are shown.
    Off,
}

fn stay(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error: crate::domain::time::NotASpan| error.to_string())?;
    if span < SHORTEST {
        return Err(format!("nobody reads a page in {span}: write {SHORTEST} or more"));
    }
    Ok(span)
}

impl Args {
    /// The wall that comes up at `at`; `None` where none was asked for.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> Option<Wall> {
        let wall = Wall::new(self.pages.clone(), self.rotate, at);
        self.wall.then_some(Wall { big: self.big, privacy: self.privacy != Some(Privacy::Off), ..wall })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Arguments;

    fn wall(line: &[&str]) -> Option<Wall> {
        let words = ["warroom"].iter().chain(line);
        Arguments::try_parse_from(words).expect("arguments").wall.wall(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_wall_is_private_and_still_unless_told_otherwise() {
        assert_eq!(wall(&[]), None);
        let plain = wall(&["--wall"]).expect("a wall");
        assert!(plain.privacy && !plain.rotates() && *plain.page() == Page::Worst);
        assert!(wall(&["--wall", "--privacy"]).expect("a wall").privacy);
        assert!(!wall(&["--wall", "--privacy=off"]).expect("a wall").privacy);
        let turning = wall(&["--wall", "--rotate", "20s", "--pages", "board,slo", "--big"]).expect("a wall");
        assert!(turning.rotates() && turning.big && turning.pages == [Page::Board, Page::Slo]);
    }

    #[test]
    fn flags_of_the_wall_without_a_wall_and_pages_that_nobody_could_read_are_refused() {
        for (line, told) in [
            (["--rotate", "20s"].as_slice(), "--wall"),
            (&["--wall", "--rotate", "1s"], "5s or more"),
            (&["--wall", "--pages", "map"], "release:worst"),
        ] {
            let error = Arguments::try_parse_from(["warroom"].iter().chain(line)).expect_err("refused").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
