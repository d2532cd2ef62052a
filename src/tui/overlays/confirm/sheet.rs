//! A plan as people read it before they confirm or approve it: what happens, steps, evidence, approvals.

use crate::{
    app::run::{Evidence, Known, Resolved},
    domain::{
        level::Level,
        plan::{Mode, Plan, Planned},
        run::approval::{self, People, Vote},
        runbook::{Part, action::Effect},
    },
    tui::{scene::Scene, strip::Strip, theme::Role},
};

/// Where the values stand.
pub(in crate::tui::overlays) const VALUE: usize = 12;

/// A label and a value.
pub(in crate::tui::overlays) fn say(scene: &Scene<'_>, label: &str, value: Strip) -> Strip {
    Strip::of(label, scene.look.dim()).at(VALUE).join(value)
}

/// The first of `lines`; where not all fit, the last one says how many more there are, and where.
fn counted(scene: &Scene<'_>, mut lines: Vec<Strip>, most: usize) -> Vec<Strip> {
    if lines.len() > most && most > 1 {
        let hidden = lines.len() + 1 - most;
        lines.truncate(most - 1);
        lines.push(Strip::of(format!("  +{hidden} more: F3"), scene.look.bold()));
    }
    lines.truncate(most);
    lines
}

/// What a plan looks like, in so many cells.
pub(in crate::tui::overlays) struct Sheet<'s, 'a> {
    /// What it is drawn in.
    pub(in crate::tui::overlays) scene: &'s Scene<'a>,
    /// The plan, and what speaks for it.
    pub(in crate::tui::overlays) resolved: &'s Resolved,
    /// How wide it is.
    pub(in crate::tui::overlays) cells: usize,
}

impl Sheet<'_, '_> {
    /// All of it and then `tail`, in at most `room` lines: what gives way first is least needed.
    pub(in crate::tui::overlays) fn page(&self, tail: Vec<Strip>, room: usize) -> Vec<Strip> {
        let mut lines = self.head();
        if room < 10 {
            // The title says the risk too.
            lines.pop();
        }
        let gap = usize::from(room > 18);
        let evidence = self.evidence();
        let left = room.saturating_sub(lines.len() + tail.len() + 2 * gap);
        let for_evidence = evidence.len().min((left / 2).max(left.saturating_sub(self.resolved.plan.steps.len() + 1)));
        // However little room there is: that there is a plan and what is known of it always stands there.
        let steps = self.steps(&self.resolved.plan, left.saturating_sub(for_evidence).max(1));
        let for_evidence = for_evidence.max(1);
        lines.resize(lines.len() + gap, Strip::new());
        lines.extend(steps);
        lines.resize(lines.len() + gap, Strip::new());
        lines.extend(counted(self.scene, evidence, for_evidence));
        lines.extend(tail);
        lines
    }

    /// What will happen, and by which runbook.
    fn head(&self) -> Vec<Strip> {
        let (look, resolved) = (self.scene.look, self.resolved);
        let plan = &resolved.plan;
        let mut lines = vec![say(self.scene, "happens", self.happens(plan))];
        if let Some(run) = &resolved.lease {
            let words = format!("TAKES OVER {run}, which acts on this now: it may do nothing more");
            lines.push(say(self.scene, "", look.status(Level::Bad, &words)));
        }
        let runbook = format!("{}  {}  plan {}", plan.runbook.name, plan.runbook.digest.short(), resolved.hash.short());
        lines.push(say(self.scene, "runbook", Strip::of(runbook, look.text())));
        let because = format!("{}: {}", plan.risk.word(), plan.because);
        lines.push(say(self.scene, "risk", Strip::of(because, look.text())));
        lines
    }

    /// `checkout 1.42.0 → 1.41.7 in prod: 4 writes, 1 of them for good`.
    fn happens(&self, plan: &Plan) -> Strip {
        let look = self.scene.look;
        let target = &plan.target;
        let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "?".to_owned());
        let what = match &target.to {
            Some(to) => format!("{} {} {} {to}", target.service, version(&target.from), look.glyphs.arrow),
            None => plan.runbook.title.clone(),
        };
        let (writes, good) = (plan.writes().count(), plan.for_good().count());
        let others = target.services.len().saturating_sub(1);
        let others = if others > 0 { format!(", {others} more service{}", plural(others)) } else { String::new() };
        let line = Strip::of(what, look.bold())
            .put(format!(" in {}{others}: {writes} write{}", target.environment, plural(writes)), look.text());
        let line = if good > 0 {
            line.put(", ", look.text()).join(look.status(Level::Watch, &format!("{good} cannot be undone")))
        } else {
            line.put(", all can be undone", look.text())
        };
        if plan.mode == Mode::Rehearsal { line.put("; REHEARSAL: nothing is changed", look.bold()) } else { line }
    }

    /// The steps with limit and undo; those that only look give way first.
    fn steps(&self, plan: &Plan, most: usize) -> Vec<Strip> {
        let look = self.scene.look;
        let heading = Strip::of("PLAN", look.style(Role::Title))
            .join(Strip::new())
            .right(Strip::of("kind          limit  undo", look.dim()), self.cells.saturating_sub(4));
        let Some(room) = most.checked_sub(1) else { return Vec::new() };
        if room == 0 {
            let words =
                format!("PLAN {} steps, {} of them writes: F3 shows them", plan.steps.len(), plan.writes().count());
            return vec![Strip::of(words, look.bold())];
        }
        let all: Vec<(usize, &Planned)> = plan.steps.iter().enumerate().collect();
        let shown: Vec<&(usize, &Planned)> = if all.len() <= room {
            all.iter().collect()
        } else {
            let writes: Vec<_> = all.iter().filter(|(_, step)| step.effect == Effect::Write).collect();
            writes.into_iter().take(room.saturating_sub(1)).collect()
        };
        let hidden = all.len() - shown.len();
        let mut lines = vec![heading];
        lines.extend(shown.into_iter().map(|(index, step)| self.step(*index, step)));
        if hidden > 0 && room > 0 {
            lines.push(Strip::of(format!("  +{hidden} more steps: F3"), look.bold()));
        }
        lines.truncate(most);
        lines
    }

    fn step(&self, index: usize, step: &Planned) -> Strip {
        let look = self.scene.look;
        let undo = match (step.effect, &step.undo) {
            (Effect::Read, _) => Strip::of("-   ", look.dim()),
            (Effect::Write, Some(_)) => Strip::of("yes ", look.text()),
            (Effect::Write, None) => Strip::of("NO  ", look.words(Level::Bad)),
        };
        let limit = step.timeout.times(u64::from(step.attempts.max(1))).to_string();
        let right = Strip::of(format!("{:<13} {limit:>5}  ", step.kind), look.text()).join(undo);
        let room = self.cells.saturating_sub(right.width() + 4);
        let part = match step.part {
            Part::Before => "before: ",
            Part::Steps => "",
            Part::Validation => "verify: ",
        };
        Strip::of(format!(" {:>2} ", index + 1), look.dim())
            .put(part, look.dim())
            .put(&step.title, if step.effect == Effect::Write { look.bold() } else { look.text() })
            .fitted(room, look.glyphs.ellipsis)
            .right(right, self.cells.saturating_sub(2))
    }

    /// What speaks for it beside what is not known; below each other where there is no room.
    fn evidence(&self) -> Vec<Strip> {
        let look = self.scene.look;
        let evidence = &self.resolved.evidence;
        let age = self.scene.since(evidence.at).age();
        let mut left = vec![
            Strip::of(
                format!("EVIDENCE {}, NOT KNOWN {}", evidence.known.len(), evidence.unknown.len()),
                look.style(Role::Title),
            )
            .put(format!(" frozen {}, {age} old", self.scene.clock(evidence.at)), look.dim()),
            self.board(evidence),
        ];
        left.extend(evidence.known.iter().map(|known| self.known(known)));
        let mut right = vec![Strip::of("NOT KNOWN", look.style(Role::Title))];
        if evidence.unknown.is_empty() {
            right.push(Strip::of("nothing that it rests on", look.text()));
        }
        right.extend(evidence.unknown.iter().map(|known| self.known(known)));
        if self.cells < 84 {
            left.extend(right);
            return left;
        }
        let half = self.cells / 2;
        let rows = left.len().max(right.len());
        (0..rows)
            .map(|row| {
                let part = |lines: &[Strip], cells: usize| {
                    lines.get(row).cloned().unwrap_or_default().fitted(cells, look.glyphs.ellipsis)
                };
                part(&left, half - 2).at(half).join(part(&right, half - 1))
            })
            .collect()
    }

    /// `board: ✗ page firing, rolling out, step 3 of 7, 25 % of traffic`.
    fn board(&self, evidence: &Evidence) -> Strip {
        let look = self.scene.look;
        match evidence.verdict {
            None => look.status(Level::Unknown, "no release: the board says nothing of it"),
            Some(level) => {
                let line = Strip::of(" ", look.text()).join(look.status(level, &evidence.headline));
                let line = line.put(format!("  {}", evidence.phase), look.text());
                if level <= Level::Run && self.resolved.plan.mode == Mode::Real {
                    return line.put("  nothing asks for it", look.bold());
                }
                line
            }
        }
    }

    fn known(&self, known: &Known) -> Strip {
        let look = self.scene.look;
        let line = Strip::of(" ", look.text()).join(look.status(known.level, &known.words));
        if known.from.is_empty() { line } else { line.put(format!("  {}", known.from), look.dim()) }
    }

    /// Who was asked to approve it, by which code, and what was said.
    pub(in crate::tui::overlays) fn approvals(&self) -> Vec<Strip> {
        let (look, model, resolved) = (self.scene.look, self.scene.model, self.resolved);
        let code = approval::code(resolved.hash);
        let Some(requested) = model.ledger.approvals.of(resolved.hash) else {
            let words = "nobody was asked yet: what you confirm first is the question to them";
            return vec![say(self.scene, "approval", look.status(Level::Wait, words))];
        };
        let words = format!("code {code}   they run: warroom runbook approve {code}");
        let mut lines = vec![say(self.scene, "approval", Strip::of(words, look.bold()))];
        let people = People { roles: &model.room.catalog.roles, author: None };
        let standing = approval::standing(requested, people, model.now);
        let vote = |vote: &Vote, level, word: &str| {
            let left =
                vote.expires.map(|until| format!(", {} left", self.scene.until(until).age())).unwrap_or_default();
            say(self.scene, "", look.status(level, &format!("{word} by {} ({}){left}", vote.principal, vote.role)))
        };
        lines.extend(standing.approvals.iter().map(|one| vote(one, Level::Ok, "approved")));
        lines.extend(standing.denials.iter().map(|one| vote(one, Level::Bad, "DENIED")));
        for (who, why) in &standing.not_counted {
            lines.push(say(self.scene, "", look.status(Level::Watch, &format!("{who} does not count: {why}"))));
        }
        lines
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
