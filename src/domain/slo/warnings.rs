//! What a reader should know before trusting a status.

use super::{
    evidence::Evidence,
    firing::{FEWEST_BAD_EVENTS, can_fire, events_to_fire, highest_burn},
    pairs::PairRule,
    reading::DataState,
    status::{Budget, BudgetBasis, Burn, PairSeverity},
    words::{events, percent, times},
};

/// All of them, the most surprising first.
pub(super) fn warnings(evidence: &Evidence<'_>, rules: &[PairRule], burns: &[Burn], budget: &Budget) -> Vec<String> {
    let share = evidence.slo.objective.budget();
    let mut warnings: Vec<String> = rules.iter().filter_map(|rule| cannot_fire(rule, share)).collect();
    warnings.extend(rules.iter().filter_map(|rule| low_traffic(rule, burns, share)));
    warnings.extend(uncovered(burns));
    warnings.extend(of_budget(budget));
    if rules.is_empty() && evidence.key.version.is_none() {
        warnings.push("no window pair fits so short a period: nothing fires".to_owned());
    }
    for note in evidence.questions.iter().flat_map(|question| question.notes) {
        if !warnings.contains(note) {
            warnings.push(note.clone());
        }
    }
    warnings
}

const fn word(severity: PairSeverity) -> &'static str {
    match severity {
        PairSeverity::Page => "page",
        PairSeverity::Ticket => "ticket",
    }
}

fn cannot_fire(rule: &PairRule, share: f64) -> Option<String> {
    (!can_fire(rule.factor, share)).then(|| {
        let PairRule { severity, long, short, factor } = rule;
        let (factor, most) = (times(*factor), times(highest_burn(share)));
        format!("{} {factor} over {long} and {short} cannot fire: burn is at most {most}", word(*severity))
    })
}

fn low_traffic(rule: &PairRule, burns: &[Burn], share: f64) -> Option<String> {
    let long = burns.iter().find(|burn| burn.window == rule.long)?;
    let enough = events_to_fire(rule, long, share).filter(|enough| *enough < FEWEST_BAD_EVENTS)?;
    if !can_fire(rule.factor, share) {
        return None;
    }
    let (called, window) = (word(rule.severity), rule.long);
    let any = if enough < 1.0 { format!(": any single error {called}s") } else { String::new() };
    let (enough, fewest) = (events(enough), events(FEWEST_BAD_EVENTS));
    Some(format!(
        "low traffic: {enough} errors over {window} fire the {called}{any}; held back here until there are {fewest}"
    ))
}

/// `1h window 12 % covered, 6h 2 %`.
fn uncovered(burns: &[Burn]) -> Option<String> {
    let parts: Vec<String> = burns
        .iter()
        .filter_map(|burn| match burn.state {
            DataState::Warming { coverage } => Some((burn.window, percent(coverage))),
            _ => None,
        })
        .enumerate()
        .map(|(index, (window, share))| match index {
            0 => format!("{window} window {share} covered"),
            _ => format!("{window} {share}"),
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn of_budget(budget: &Budget) -> Option<String> {
    match (&budget.state, budget.basis) {
        (DataState::Conflict { why }, _) => Some(why.clone()),
        (_, BudgetBasis::Time) => Some("budget is time-weighted: a quiet hour weighs as much as a busy one".to_owned()),
        _ => None,
    }
}
