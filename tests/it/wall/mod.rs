//! The wall: what it shows, when it turns the page, and what it never does.

mod operated;
mod pictures;
mod promises;

use warroom::{
    app::{
        model::{Model, Screen},
        msg::Msg,
        update::update,
        wall::{Page, Wall},
    },
    domain::{picture::Picture, time::Span},
};

use crate::sample;

/// A wall that shows `page` of `picture`.
pub(crate) fn wall(page: Page, picture: Picture) -> Model {
    turning(vec![page], None, picture)
}

/// A wall with these pages.
fn turning(pages: Vec<Page>, rotate: Option<Span>, picture: Picture) -> Model {
    let mut model = sample::model(Screen::Board, picture);
    model.ui.wall = Some(Wall::new(pages, rotate, sample::now()));
    after(&mut model, 0);
    model
}

/// The same after so many seconds.
fn after(model: &mut Model, secs: u64) {
    let at = model.now + Span::from_secs(secs).delta();
    // A size, because a tick would look into the room, which is empty here.
    let (columns, rows) = model.ui.size;
    update(model, at, Msg::Resize(columns, rows));
}

fn shown(model: &Model) -> &Page {
    model.ui.wall.as_ref().expect("a wall").page()
}
