//! What a person can tell a run to do, and the dialog before that is recorded.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        act::{EXPIRES, Field, Phase},
        keymap::label,
        ledger::Unattended,
        model::{List, Model, Screen, Setup},
        rows,
        write::recordable,
    },
    domain::{
        run::{
            Attempt, Known, Outcome, Run, RunId, Stop,
            act::{Act, Resume},
        },
        runbook::risk::Risk,
        time::{Span, Timestamp},
    },
};

/// What a run is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// It stops after its step.
    Stop,
    /// Its step is ended at once.
    Kill,
    /// The step that failed is tried again.
    Retry,
    /// The step that failed is left as it is.
    Skip,
    /// What was done is taken back.
    Undo,
    /// It ends here.
    End,
    /// Somebody works on it again, after its worker ended.
    Recover,
    /// A person says how a step went: one that a person does, or one whose outcome nobody knows.
    Resolve,
}

/// What a person says about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was done.
    Done,
    /// It was not done.
    NotDone,
}

/// A run that is about to be told something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which dialog of this console.
    pub act: u64,
    /// What it is told.
    pub deed: Deed,
    /// The run.
    pub run: RunId,
    /// What the run does, for people. Text from outside.
    pub title: String,
    /// Its environment.
    pub environment: String,
    /// Whether that is production.
    pub production: bool,
    /// How much is asked for.
    pub risk: Risk,
    /// What the run knew: an event about it since then voids this.
    pub upto: u64,
    /// The step that it is about: identifier and title.
    pub step: Option<(String, String)>,
    /// Whether something must be written down.
    pub evidence: bool,
    /// What is said of the step, for [`Deed::Resolve`].
    pub answer: Answer,
    /// The reason, or what was seen.
    pub words: String,
    /// What was typed of the phrase.
    pub phrase: String,
    /// What has the keys.
    pub focus: Field,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the last key was pressed in it.
    pub touched: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Why it was not recorded when it was confirmed last.
    pub problem: Option<String>,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Stop, Self::Kill, Self::Retry, Self::Skip, Self::Undo, Self::End, Self::Resolve, Self::Recover];

    /// The word that a person types and reads.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Undo => "undo",
            Self::End => "end",
            Self::Resolve => "resolve",
            Self::Recover => "recover",
        }
    }

    /// Whether it means the same when the run went on since it was asked for.
    #[must_use]
    pub const fn is_told_anyway(self) -> bool {
        matches!(self, Self::Stop | Self::Kill)
    }

    /// What it does, in a line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Stop => "the step that runs is finished; then the run waits for a person",
            Self::Kill => "the step that runs is ended at once; what it did so far may not be known",
            Self::Retry => "the step is tried again",
            Self::Skip => "the step is left as it is, and the next one is taken",
            Self::Undo => "what was done is taken back, the last first",
            Self::End => "the run ends here; nothing more is done, and nothing is taken back",
            Self::Recover => {
                "another worker takes it up where it was; what was under way is found out first, and nothing is done twice"
            }
            Self::Resolve => "how the step went is recorded as you say, and the run goes on from there",
        }
    }
}

impl Answer {
    /// The choices, the first one preselected.
    pub const WORDS: [&'static str; 2] = ["it was done", "it was not done"];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Done => Self::NotDone,
            Self::NotDone => Self::Done,
        }
    }

    /// Its place among the choices.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Done => 0,
            Self::NotDone => 1,
        }
    }
}

/// The run that is looked at, if it may be told `deed` now.
///
/// # Errors
/// Why not, in words.
pub fn deed_place(model: &Model, deed: Deed) -> Result<&Run, String> {
    if model.ui.frozen.is_some() {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Freeze);
        return Err(format!("the screen is FROZEN and shows what was: {key} goes on first"));
    }
    recordable(model)?;
    let run = match &model.ui.screen {
        Screen::Run(id) => model.ledger.runs.run(id),
        Screen::Runs => rows::selected(model, List::Runs, &rows::runs(model)),
        _ => None,
    };
    let run = run.ok_or("open a run first: :runs lists them")?;
    if deed == Deed::Recover {
        return unattended(model, run).map(|_| run);
    }
    let act = act_of(run, deed, Answer::Done, "", model.now)?;
    model.ledger.runs.admits(&run.id, &act).map_err(|why| why.to_string())?;
    if let (Deed::Stop, Some(_)) = (deed, run.stop) {
        return Err("it was told to stop already".to_owned());
    }
    Ok(run)
}

/// Why nobody works on `run`, so that it can be taken up.
///
/// # Errors
/// That somebody does, or that it is over.
pub(super) fn unattended(model: &Model, run: &Run) -> Result<Unattended, String> {
    if run.is_over() {
        return Err("the run is over".to_owned());
    }
    let why = model.ledger.unattended.get(&run.id).copied();
    why.ok_or_else(|| "its worker lives: there is nothing to recover".to_owned())
}

/// How much `deed` asks for. What lets production be changed again asks for what the run asked for.
#[must_use]
pub fn deed_risk(run: &Run, deed: Deed) -> Risk {
    let grave = run.is_real() && run.plan.target.production;
    match deed {
        Deed::Stop | Deed::End => Risk::R1,
        Deed::Resolve if manual(run).is_some() => Risk::R1,
        _ if grave => Risk::R2,
        _ => Risk::R1,
    }
}

/// The open attempt at a step that a person does.
fn manual(run: &Run) -> Option<(&Attempt, bool)> {
    let open = run.open()?;
    run.plan.asks(&open.step, open.undo).map(|asks| (open, asks.evidence))
}

/// The attempt that a person can say something about: one of theirs, or one whose outcome nobody knows.
fn unresolved(run: &Run, now: Timestamp) -> Option<&Attempt> {
    let last = run.attempts.last()?;
    if let Some(result) = &last.result {
        return (result.outcome == Outcome::Unknown).then_some(last);
    }
    let step = run.plan.step(&last.step)?;
    (manual(run).is_some() || now > last.deadline + step.grace.delta()).then_some(last)
}

/// The act that says `deed`.
pub(super) fn act_of(run: &Run, deed: Deed, answer: Answer, words: &str, now: Timestamp) -> Result<Act, String> {
    let reason = Some(words.trim().to_owned()).filter(|words| !words.is_empty());
    let resume = |how| Act::Resume { how, reason: reason.clone() };
    Ok(match deed {
        Deed::Stop => Act::Stop { how: Stop::AfterStep, reason },
        Deed::Kill => Act::Stop { how: Stop::Now, reason },
        Deed::Retry => resume(Resume::Retry),
        Deed::Skip => resume(Resume::Skip),
        Deed::Undo => resume(Resume::Undo),
        Deed::End => resume(Resume::End),
        Deed::Recover => return Err("a worker says that, and no person".to_owned()),
        Deed::Resolve => {
            let attempt = unresolved(run, now).ok_or(
                "nothing waits for a person's word: no step is open, and the outcome of the last one is known",
            )?;
            Act::Result {
                epoch: run.epoch,
                step: attempt.step.clone(),
                undo: attempt.undo,
                number: attempt.number,
                outcome: if answer == Answer::Done { Outcome::Succeeded } else { Outcome::Failed },
                words: words.trim().to_owned(),
                took: Span::between(attempt.at, now),
                known: Known::Person,
                output: None,
            }
        }
    })
}

impl Order {
    /// The dialog for telling `run` to do `deed`, opened at `now`.
    #[must_use]
    pub fn new(act: u64, deed: Deed, run: &Run, now: Timestamp) -> Self {
        let last = run.attempts.last();
        let step = last.and_then(|last| run.plan.step(&last.step)).map(|step| (step.id.clone(), step.title.clone()));
        let evidence = deed == Deed::Resolve && manual(run).is_none_or(|(_, evidence)| evidence);
        let mut order = Self {
            act,
            deed,
            run: run.id.clone(),
            title: run.plan.runbook.title.clone(),
            environment: run.plan.target.environment.clone(),
            production: run.plan.target.production,
            risk: deed_risk(run, deed),
            upto: run.upto,
            step: step.filter(|_| deed != Deed::End && deed != Deed::Undo),
            evidence,
            answer: Answer::Done,
            words: String::new(),
            phrase: String::new(),
            focus: Field::Nothing,
            opened: now,
            touched: now,
            phase: Phase::Open,
            problem: None,
        };
        order.focus = order.fields().first().copied().unwrap_or(Field::Nothing);
        order
    }

    /// The fields that can be filled in, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.deed == Deed::Resolve {
            fields.push(Field::What);
        }
        if self.is_grave() {
            fields.push(Field::Phrase);
        }
        fields.push(Field::Words);
        fields
    }

    /// Whether WRITE mode, a reason and a typed phrase are asked for.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.risk >= Risk::R2
    }

    /// What must be typed: what is done, to what, where.
    #[must_use]
    pub fn wanted_phrase(&self) -> String {
        format!("{} {} {}", self.deed.word(), self.run, self.environment)
    }

    /// What is still missing, in words; `None` when nothing is.
    #[must_use]
    pub fn missing(&self, model: &Model) -> Option<String> {
        if self.is_grave() && model.write.is_none() {
            let prefix = label(model.setup.keymap.prefix);
            return Some(format!("this needs WRITE mode: Esc, then {prefix} e takes it"));
        }
        if self.is_grave() && self.phrase != self.wanted_phrase() {
            return Some(format!("type exactly: {}", self.wanted_phrase()));
        }
        let needs_words = self.is_grave() || self.evidence || self.deed == Deed::End;
        if needs_words && self.words.trim().chars().count() < 3 {
            return Some(format!("type {}", self.words_label()));
        }
        None
    }

    /// What the words are called.
    #[must_use]
    pub const fn words_label(&self) -> &'static str {
        match self.deed {
            Deed::Resolve => "what you saw",
            _ => "the reason",
        }
    }

    /// Why it cannot be told this any more; `None` when it can.
    #[must_use]
    pub fn changed(&self, model: &Model) -> Option<String> {
        let Some(run) = model.ledger.runs.run(&self.run) else { return Some("the run is gone".to_owned()) };
        if run.is_over() {
            return Some("the run is over".to_owned());
        }
        if self.deed == Deed::Recover {
            return unattended(model, run).err();
        }
        (run.upto != self.upto && !self.deed.is_told_anyway()).then(|| "the run went on meanwhile".to_owned())
    }

    /// When nobody will have touched it for too long.
    #[must_use]
    pub fn end(&self, setup: &Setup) -> Timestamp {
        self.touched + setup.patience(EXPIRES).delta()
    }

    /// Whether keys can still change it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Prefixed(_))
    }
}
