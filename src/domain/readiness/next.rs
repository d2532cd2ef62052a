//! The next step of a release, and which items must hold before it.

use crate::domain::{
    checklist::Due,
    release::{Phase, Release},
    workload::{StepKind, StepState, Workload},
};

/// The next thing that a release would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Begin.
    Start,
    /// Get this share of traffic, in percent.
    Traffic(u8),
    /// Be called done.
    Done,
    /// Have its rollback called verified.
    RolledBack,
    /// Nothing: it is over.
    Nothing,
}

impl Next {
    /// The next step of `release`. Where that is not known, the one that waits for most.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        match release.phase {
            Phase::Planned | Phase::Readiness => Self::Start,
            Phase::RollingOut => {
                let workloads = release.components.iter().filter_map(|component| component.workload.as_ref());
                let shares = workloads.filter(|workload| workload.status.in_flight()).map(next_share);
                Self::Traffic(shares.max().unwrap_or(100))
            }
            Phase::Baking | Phase::Verifying | Phase::Failed | Phase::Unknown => Self::Done,
            Phase::RollingBack | Phase::RolledBack => Self::RolledBack,
            Phase::Done => Self::Nothing,
        }
    }

    /// Whether it waits for what is due then. What was due earlier is waited for as well.
    #[must_use]
    pub const fn waits_for(self, due: Due) -> bool {
        match (self, due) {
            (Self::Start | Self::Traffic(_) | Self::Done, Due::Start)
            | (Self::Done, Due::Traffic(_) | Due::Done)
            | (Self::RolledBack, Due::RolledBack) => true,
            (Self::Traffic(share), Due::Traffic(from)) => share >= from,
            _ => false,
        }
    }

    /// For people, after `before`: `it starts`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Start => "it starts".to_owned(),
            Self::Traffic(share) => format!("it gets {share} % of traffic"),
            Self::Done => "it is called done".to_owned(),
            Self::RolledBack => "its rollback is called verified".to_owned(),
            Self::Nothing => "nothing: it is over".to_owned(),
        }
    }
}

/// The share that the next step gives, in percent, rounded up; 100 where no step says.
fn next_share(workload: &Workload) -> u8 {
    let ahead =
        |step: &&crate::domain::workload::Step| step.kind == StepKind::SetWeight && step.state == StepState::Ahead;
    let units = workload.steps.iter().find(ahead).and_then(|step| last_number(&step.label));
    let percent = units.map(|units| units.saturating_mul(100).div_ceil(u64::from(workload.traffic.max.max(1))));
    percent.and_then(|percent| u8::try_from(percent).ok()).map_or(100, |percent| percent.min(100))
}

/// The number at the end of a label such as `setWeight: 20`.
fn last_number(label: &str) -> Option<u64> {
    let label = label.trim_end_matches(|c: char| c == '%' || c.is_whitespace());
    label.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        join::example::canary,
        workload::{Status, Step},
    };

    #[test]
    fn an_item_is_waited_for_from_the_moment_it_is_due() {
        use Due::{Done, RolledBack, Start, Traffic};
        for (next, waits) in [
            (Next::Start, [true, false, false, false, false]),
            (Next::Traffic(25), [true, true, false, false, false]),
            (Next::Traffic(49), [true, true, false, false, false]),
            (Next::Traffic(50), [true, true, true, false, false]),
            (Next::Done, [true, true, true, true, false]),
            (Next::RolledBack, [false, false, false, false, true]),
            (Next::Nothing, [false; 5]),
        ] {
            let due = [Start, Traffic(10), Traffic(50), Done, RolledBack];
            assert_eq!(due.map(|due| next.waits_for(due)), waits, "{next:?}");
        }
    }

    #[test]
    fn the_next_share_of_traffic_is_read_from_the_steps_ahead() {
        let mut workload = canary(5, Status::PausedManual);
        assert_eq!(next_share(&workload), 100);
        let step = |label: &str, state| Step { label: label.to_owned(), kind: StepKind::SetWeight, state };
        workload.steps = vec![step("setWeight: 5", StepState::Done), step("setWeight: 25", StepState::Ahead)];
        assert_eq!(next_share(&workload), 25);
        workload.traffic.max = 1000;
        assert_eq!(next_share(&workload), 3);
        for (label, share) in [("setWeight: ?", 100), ("", 100), ("weight é7 %", 1), ("99999999999999999999999", 100)]
        {
            workload.steps = vec![step(label, StepState::Ahead)];
            assert_eq!(next_share(&workload), share, "{label}");
        }
    }
}
