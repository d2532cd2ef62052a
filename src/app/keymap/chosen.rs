//! Keys that somebody chose instead of the built-in ones, and what can be wrong with them.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Binding, Keymap, Scope, label, parse};
use crate::app::{action::Action, key::Key};

/// What somebody chose.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// What begins a chord.
    pub prefix: &'a str,
    /// Keys of actions, by the action's name, instead of those that it has.
    pub actions: &'a BTreeMap<String, Vec<String>>,
}

/// What is wrong with a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the action; `None` for the prefix.
    pub action: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// Keys that are no one's to choose: they leave, paint and suspend, whatever happens.
const KEPT: [Action; 4] = [Action::Interrupt, Action::Repaint, Action::Suspend, Action::Back];

impl Keymap {
    /// The built-in keys with those that were chosen.
    ///
    /// # Errors
    /// Everything that is wrong with the choice: names and keys that do not exist, keys that mean two things, and writes on a
    /// key alone.
    pub fn chosen(keys: Choice<'_>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut keymap = Self::default();
        match parse(keys.prefix).filter(|key| key.ctrl || key.alt) {
            Some(prefix) => keymap.prefix = prefix,
            None => problems.push(Problem {
                action: None,
                problem: format!("`{}` cannot begin a chord", keys.prefix),
                advice: "write Ctrl- or Alt- and a letter, such as Ctrl-X or Alt-w".to_owned(),
            }),
        }
        for (name, texts) in keys.actions {
            if let Err(problem) = keymap.choose(name, texts) {
                problems.push(Problem { action: Some(name.clone()), ..problem });
            }
        }
        if problems.is_empty() {
            keymap.collisions(keys, &mut problems);
        }
        if problems.is_empty() { Ok(keymap) } else { Err(problems) }
    }

    fn choose(&mut self, name: &str, texts: &[String]) -> Result<(), Problem> {
        let wrong = |problem: String, advice: String| Problem { action: None, problem, advice };
        let action = Action::named(name).ok_or_else(|| {
            wrong(format!("no action is called `{name}`"), "docs/keys.md and ? in the console name them".to_owned())
        })?;
        if KEPT.contains(&action) {
            return Err(wrong(
                format!("the keys of `{name}` are the way out and stay"),
                "take the line out".to_owned(),
            ));
        }
        let prefix = label(self.prefix);
        let (mut bare, mut chords) = (Vec::new(), Vec::new());
        for text in texts {
            let (chord, key) = match text.split_once(' ') {
                Some((before, key)) if parse(before) == Some(self.prefix) => (true, key),
                _ => (false, text.as_str()),
            };
            let key = parse(key).ok_or_else(|| {
                wrong(
                    format!("`{text}` is not a key"),
                    format!("write keys as docs/keys.md does: j, Ctrl-F, Alt-x, F2, PgDn, or {prefix} r"),
                )
            })?;
            if chord { chords.push(key) } else { bare.push(key) }
        }
        match (matches!(action, Action::Write(_)), bare.first(), chords.first()) {
            (true, Some(key), _) => Err(wrong(
                format!("`{name}` changes something: it cannot be on the key {} alone", label(*key)),
                format!("put it behind the prefix: \"{prefix} {}\"", label(*key)),
            )),
            (false, _, Some(key)) => Err(wrong(
                format!("`{name}` only looks: it is not behind {prefix}"),
                format!("write the key alone: \"{}\"", label(*key)),
            )),
            _ => {
                if let Some(binding) = self.bindings.iter_mut().find(|binding| binding.action == action) {
                    (binding.keys, binding.chords) = (Cow::Owned(bare), Cow::Owned(chords));
                }
                Ok(())
            }
        }
    }

    /// Keys that mean two things on one screen.
    fn collisions(&self, keys: Choice<'_>, problems: &mut Vec<Problem>) {
        for scope in Scope::ALL {
            let mut seen: BTreeMap<(bool, Key), &Binding> = BTreeMap::new();
            for binding in self.bindings(scope) {
                let bare = binding.keys.iter().map(|key| (false, *key));
                for press in bare.chain(binding.chords.iter().map(|key| (true, *key))) {
                    if press == (false, self.prefix) {
                        problems.push(collision(keys, binding, None, &self.press(press), scope));
                    }
                    if let Some(other) = seen.insert(press, binding) {
                        problems.push(collision(keys, binding, Some(other), &self.press(press), scope));
                    }
                }
            }
        }
        problems.dedup_by(|one, other| one.action == other.action);
    }

    fn press(&self, (chord, key): (bool, Key)) -> String {
        if chord { format!("{} {}", label(self.prefix), label(key)) } else { label(key) }
    }
}

fn collision(keys: Choice<'_>, one: &Binding, other: Option<&Binding>, press: &str, scope: Scope) -> Problem {
    let chosen = [Some(one), other].into_iter().flatten().map(|binding| binding.action.name());
    let action = chosen.clone().find(|name| keys.actions.contains_key(*name));
    let names = [Some(one.action.name()), other.map_or(Some("the prefix"), |other| Some(other.action.name()))];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    let place = scope.title().to_lowercase();
    let advice = match other.map(|other| other.action.name()) {
        Some(name) => format!("choose another key, or give `{name}` another one too"),
        None => "choose another key, or another prefix".to_owned(),
    };
    let problem = format!("{press} would mean {} on the {place} screen", names.join(" and "));
    Problem { action: action.map(str::to_owned), problem, advice }
}

#[cfg(test)]
mod tests {
    use super::{super::BINDINGS, *};

    fn chosen(prefix: &str, actions: &[(&str, &[&str])]) -> Result<Keymap, Vec<Problem>> {
        let list = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let actions = actions.iter().map(|(name, keys)| ((*name).to_owned(), list(keys))).collect();
        Keymap::chosen(Choice { prefix, actions: &actions })
    }

    fn problem(prefix: &str, actions: &[(&str, &[&str])]) -> String {
        let problems = chosen(prefix, actions).expect_err("a problem");
        let told: Vec<String> = problems
            .iter()
            .map(|one| format!("{}: {}; {}", one.action.as_deref().unwrap_or("prefix"), one.problem, one.advice))
            .collect();
        told.join("\n")
    }

    #[test]
    fn every_label_is_read_as_the_key_that_it_is_of() {
        let keys = BINDINGS.iter().flat_map(|binding| binding.keys.iter().chain(&*binding.chords));
        for key in keys {
            assert_eq!(parse(&label(*key)), Some(*key), "{}", label(*key));
        }
        for none in ["", "Ctrl-", "Ctrl-I", "Ctrl-?", "Hyper-x", "F13", "jj"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn chosen_keys_replace_the_built_in_ones_and_are_what_is_shown() {
        let keymap = chosen("Ctrl-G", &[("theme.next", &["T", "F2"]), ("rollback.plan", &["Ctrl-G b"])]).expect("good");
        assert_eq!(keymap.action(Scope::Board, Key::char('T')), Some(Action::ThemeNext));
        assert_eq!(keymap.action(Scope::Board, Key::char('t')), None);
        assert_eq!(keymap.key_of(Action::ThemeNext), "T");
        assert_eq!(keymap.key_of(Action::Write(crate::app::write::Write::Rollback)), "Ctrl-G b");
    }

    #[test]
    fn what_is_wrong_says_what_to_do() {
        for (actions, told) in [
            (("theme.nxt", "T"), "theme.nxt: no action is called `theme.nxt`; docs/keys.md"),
            (("theme.next", "Hyper-t"), "theme.next: `Hyper-t` is not a key; write keys as"),
            (("theme.next", "j"), "theme.next: j would mean "),
            (("theme.next", "Ctrl-X"), "theme.next: Ctrl-X would mean theme.next and the prefix"),
            (
                ("rollback.plan", "r"),
                "rollback.plan: `rollback.plan` changes something: it cannot be on the key r alone; put it behind the prefix: \"Ctrl-X r\"",
            ),
            (("rollback.plan", "Ctrl-X h"), "rollback.plan: Ctrl-X h would mean "),
            (("copy", "Ctrl-X y"), "copy: `copy` only looks"),
            (("interrupt", "x"), "interrupt: the keys of `interrupt` are the way out and stay"),
        ] {
            let (name, key) = actions;
            let problem = problem("Ctrl-X", &[(name, &[key])]);
            assert!(problem.starts_with(told), "{problem}");
        }
        assert!(problem("x", &[]).starts_with("prefix: `x` cannot begin a chord"));
        assert!(chosen("Ctrl-X", &[("theme.next", &["j"]), ("cursor.down", &["Down"])]).is_ok(), "both were changed");
    }
}
