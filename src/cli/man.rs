//! `warroom man`.

use clap::CommandFactory as _;

use super::{Arguments, Exit, output};

/// Prints the manual page, in roff: `warroom man | man -l -`.
#[must_use]
pub fn run() -> Exit {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Arguments::command()).render(&mut text) {
        Ok(()) => {
            output::print_generated(&text);
            Exit::Ok
        }
        Err(error) => {
            output::complain(&format!("the manual page cannot be written: {error}"));
            Exit::No
        }
    }
}
