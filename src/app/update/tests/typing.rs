//! Text lines: the palette, commands, their completion and history, help over them.

use super::*;

#[test]
fn every_action_and_command_can_be_reached_by_name() {
    let mut model = console();
    let mut found = std::collections::BTreeSet::new();
    for screen in [Screen::FirstRun, Screen::Board, Screen::Release("cart".to_owned()), Screen::Sources] {
        model.ui.screen = screen;
        let everything = command::candidates(&model, "").into_iter().map(|candidate| candidate.line);
        found.extend(everything);
    }
    for action in Action::all() {
        assert!(found.contains(action.name()), "{}", action.name());
    }
    for command in command::COMMANDS {
        assert!(found.contains(command.name), "{}", command.name);
    }
}

#[test]
fn every_candidate_that_is_complete_is_understood() {
    let mut model = console();
    for screen in [Screen::Board, Screen::Release("cart".to_owned())] {
        model.ui.screen = screen;
        for typed in ["", "e", "so", "release ", "theme ", "sort ", "range ", "export ", "poll ", "env ", "chart"] {
            let candidates = command::candidates(&model, typed);
            assert!(!candidates.is_empty(), "{typed:?}");
            for candidate in candidates.iter().filter(|candidate| candidate.complete && candidate.here) {
                assert!(command::parse(&model, &candidate.line).is_ok(), "{}", candidate.line);
            }
        }
    }
}

#[test]
fn a_release_is_opened_by_a_part_of_its_name() {
    let mut model = console();
    run(&mut model, "release sear");
    assert_eq!(model.ui.screen, Screen::Release("search".to_owned()));
    run(&mut model, "board");
    run(&mut model, "chout");
    assert_eq!(model.ui.screen, Screen::Release("checkout".to_owned()), "fuzzily, without naming the command");
    run(&mut model, "release nothing-like-it");
    assert_eq!(command_line(&model).problem.as_deref(), Some("no release `nothing-like-it`"));
}

fn command_line(model: &Model) -> &CommandLine {
    let Some(Overlay::Command(line)) = &model.ui.overlay else { panic!("{:?}", model.ui.overlay) };
    line
}

#[test]
fn a_command_that_cannot_be_run_stays_to_be_put_right() {
    let mut model = console();
    run(&mut model, "env stagng");
    let line = command_line(&model);
    assert_eq!(line.input, "env stagng");
    assert_eq!(line.problem.as_deref(), Some("no environment `stagng`: there are prod, stage"));
    hit(&mut model, KeyCode::Backspace);
    assert_eq!(command_line(&model).problem, None, "it is being put right");
    hit(&mut model, KeyCode::Esc);
    for (typed, told) in [
        ("bord ", "no command `bord`: did you mean `board`?"),
        ("xyzzy plugh", "no command `xyzzy`: an empty line lists all of them"),
        ("theme nothing-like-it", "no theme `nothing-like-it`: there are default, mono"),
        ("board now", "`board` takes no argument"),
    ] {
        assert_eq!(command::parse(&model, typed).expect_err(typed), told);
    }
}

#[test]
fn the_palette_has_every_command_with_its_key_and_says_where_it_works() {
    let model = console();
    let all = command::candidates(&model, "");
    for action in Action::all() {
        let line =
            all.iter().find(|candidate| candidate.line == action.name()).unwrap_or_else(|| panic!("{}", action.name()));
        assert_eq!(line.keys, model.setup.keymap.key_of(action), "{}", action.name());
    }
    let zoom = all.iter().find(|candidate| candidate.line == "pane.zoom").expect("listed");
    assert!(!zoom.here && zoom.help.ends_with("(on the release screen)"), "{}", zoom.help);
    assert_eq!(command::parse(&model, "pane.zoom"), Err("`pane.zoom` works on the release screen".to_owned()));
}

#[test]
fn up_fetches_older_commands_that_begin_alike_and_down_comes_back() {
    let mut model = console();
    for line in ["sort name", "env all", "sort burn"] {
        run(&mut model, line);
    }
    let mut seen = Vec::new();
    press(&mut model, ":so");
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down] {
        hit(&mut model, code);
        seen.push(command_line(&model).input.clone());
    }
    assert_eq!(seen, ["sort burn", "sort name", "sort name", "sort burn", "so"]);
    hit(&mut model, KeyCode::Up);
    hit(&mut model, KeyCode::Up);
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.sort, Sort::Name);
    press(&mut model, ":");
    hit(&mut model, KeyCode::Down);
    hit(&mut model, KeyCode::Down);
    assert_eq!(command_line(&model).selected, 2, "Down chooses a completion");
    hit(&mut model, KeyCode::Up);
    assert_eq!(command_line(&model).selected, 1, "and so does Up below the first");
}

#[test]
fn help_gives_back_what_lay_below_it() {
    let mut model = console();
    hit(&mut model, KeyCode::Enter);
    press(&mut model, "8");
    hit(&mut model, KeyCode::Enter);
    let detail = model.ui.overlay.clone();
    assert!(matches!(detail, Some(Overlay::Detail { .. })));
    press(&mut model, "?");
    assert!(matches!(model.ui.overlay, Some(Overlay::Help { .. })));
    hit(&mut model, KeyCode::Esc);
    assert_eq!(model.ui.overlay, detail);
    hit(&mut model, KeyCode::Esc);
    press(&mut model, ":sor");
    hit(&mut model, KeyCode::F(1));
    press(&mut model, "?");
    assert_eq!(command_line(&model).input, "sor");
}

#[test]
fn tab_completes_and_history_comes_first() {
    let mut model = console();
    press(&mut model, ":them");
    hit(&mut model, KeyCode::Tab);
    hit(&mut model, KeyCode::Enter);
    let lines = |model: &Model| {
        let candidates = command::candidates(model, "");
        candidates.into_iter().map(|candidate| candidate.line).collect::<Vec<_>>()
    };
    model.ui.overlay = None;
    run(&mut model, "theme mono");
    assert_eq!(model.ui.theme, "mono");
    run(&mut model, "sort name");
    assert_eq!(lines(&model).get(..2), Some(&["sort name".to_owned(), "theme mono".to_owned()][..]));
}

#[test]
fn a_command_that_wants_an_argument_waits_for_it() {
    let mut model = console();
    run(&mut model, "range");
    assert!(matches!(&model.ui.overlay, Some(Overlay::Command(line)) if line.input == "range "));
    press(&mut model, "45m");
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.chart.range, Span::from_mins(45));
}

#[test]
fn a_paste_goes_where_text_is_typed_and_nowhere_else() {
    let mut model = console();
    let before = model.ui.clone();
    let effects = update(&mut model, at(0), Msg::Paste("q x r R y Y dd :q! 123\r".to_owned()));
    assert_eq!(effects, []);
    assert_eq!(Ui { notice: None, ..model.ui.clone() }, before);
    press(&mut model, "/");
    update(&mut model, at(0), Msg::Paste("che\u{1b}ck\r\n".to_owned()));
    assert_eq!(model.ui.filter(List::Releases), "che\u{fffd}ck");
}
