//! Breaking the glass: one signature instead of the approvals that a plan needs, and who looks at it afterwards.

use super::{approve, run::Args};
use crate::{
    cli::{output, refusal::Refusal},
    clock::Clock,
    config::Loaded,
    domain::{
        clean::clean,
        plan::Plan,
        run::approval::{self, Decision, NotApproved, People, standing},
        runbook::risk::Risk,
    },
    runbook::approve::{self as approving, Word},
};

/// Sees to it that somebody signed for running `plan` without its approvals: whoever did it before, or who runs it now.
pub(super) fn broken(plan: &Plan, args: &Args, loaded: &Loaded) -> Result<(), Refusal> {
    let needs = plan.needs.as_ref();
    if needs.is_none() && !(plan.risk == Risk::R4 && plan.target.production) {
        return Err(Refusal::usage("this plan needs nobody's approval: run it without --break-glass"));
    }
    let (hash, roles) = (plan.hash().map_err(Refusal::usage)?, &loaded.catalog.roles);
    let approvals = approve::approvals(loaded)?;
    let people = People { roles, author: None };
    match approval::admits(plan, hash, true, (&approvals, people), Clock::real().now()) {
        Ok(()) => return Ok(()),
        Err(NotApproved::GlassNotBroken(_)) => {}
        Err(other) => return Err(Refusal::no(other)),
    }
    let missing = needs.map_or_else(|| "somebody else".to_owned(), |needs| standing::words(&standing::all(needs)));
    output::complain(&clean(&format!("BREAKING THE GLASS: {} runs without the approval of {missing}", plan.phrase())));
    let word = Word {
        reason: args.reason.as_deref(),
        incident: args.incident.as_deref(),
        role: args.role.as_deref(),
        ..Word::new(Decision::BreakGlass)
    };
    let entries = approve::at_desk(loaded, async |desk| {
        let speaker = approving::speaker(&word, desk).await?;
        output::complain(&clean(&format!("  signed by  {}", speaker.words())));
        approving::break_glass(&word, &speaker, plan, &approvals, desk).await
    })?;
    for entry in entries {
        let event = approve::append(loaded, &entry)?;
        if event.signed.is_some() {
            output::complain(&approve::recorded(&event, &approval::code(hash)));
        }
    }
    Ok(())
}
