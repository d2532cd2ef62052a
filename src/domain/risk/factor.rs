//! The factors of a risk: what each is called, how much it can weigh, what it was found to weigh.

use serde::{Deserialize, Serialize};

/// What a factor is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// How much is changed.
    Size,
    /// How much of what is changed is tested.
    Coverage,
    /// The services that are changed, and how critical they are.
    Services,
    /// How many services call them.
    Dependants,
    /// Whether a schema is changed.
    SchemaChange,
    /// Whether it touches personal data.
    PersonalData,
    /// How busy those are who would be called.
    OnCall,
    /// What went wrong lately with the same services.
    Incidents,
    /// How long ago the way back was rehearsed.
    Rehearsal,
    /// How it may fail, as its people see it.
    FailureModes,
}

impl Name {
    /// Every factor, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Size,
        Self::Coverage,
        Self::Services,
        Self::Dependants,
        Self::SchemaChange,
        Self::PersonalData,
        Self::OnCall,
        Self::Incidents,
        Self::Rehearsal,
        Self::FailureModes,
    ];

    /// The words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Size => "size of change",
            Self::Coverage => "test coverage",
            Self::Services => "services",
            Self::Dependants => "dependants",
            Self::SchemaChange => "schema change",
            Self::PersonalData => "personal data",
            Self::OnCall => "on-call load",
            Self::Incidents => "recent incidents",
            Self::Rehearsal => "rehearsal",
            Self::FailureModes => "failure modes",
        }
    }

    /// How many points it has at its worst. All of them together are 100.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Size | Self::Services => 15,
            Self::PersonalData | Self::OnCall => 5,
            Self::Coverage
            | Self::Dependants
            | Self::SchemaChange
            | Self::Incidents
            | Self::Rehearsal
            | Self::FailureModes => 10,
        }
    }
}

/// What a factor was found to weigh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Which.
    pub name: Name,
    /// Its points by what is known.
    pub least: u8,
    /// Its points with what is not known at its worst. The same as `least` where all is known.
    pub most: u8,
    /// What was found, in words. May hold text from outside.
    pub evidence: String,
    /// Who says so: a file of the catalog, `ledger`, `alerts`; empty where nobody does.
    pub source: String,
}

/// What one source says about a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) points: u8,
    pub(super) evidence: String,
    pub(super) source: String,
}

impl Factor {
    /// Whether it is not known, or not wholly.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.least < self.most
    }

    /// `10 of 15`, `4 to 10 of 10`, `? of 10`.
    #[must_use]
    pub fn points(&self) -> String {
        let weight = self.name.weight();
        match (self.least, self.most) {
            (least, most) if least == most => format!("{least} of {weight}"),
            (0, most) if most == weight => format!("? of {weight}"),
            (least, most) => format!("{least} to {most} of {weight}"),
        }
    }

    /// Nobody knows: anything from nothing to its weight.
    pub(super) fn unknown(name: Name, why: impl Into<String>) -> Self {
        Self { name, least: 0, most: name.weight(), evidence: why.into(), source: String::new() }
    }

    /// Of several readings the worst; unknown for the reason `why` where there is none.
    pub(super) fn worst(name: Name, readings: impl IntoIterator<Item = Reading>, why: &str) -> Self {
        let worst = readings.into_iter().max_by_key(|reading| reading.points);
        worst.map_or_else(|| Self::unknown(name, why), |reading| Self::read(name, reading))
    }

    /// As one source says.
    pub(super) fn read(name: Name, Reading { points, evidence, source }: Reading) -> Self {
        let points = points.min(name.weight());
        Self { name, least: points, most: points, evidence, source }
    }

    /// With more that could be there, for the reason `why`.
    pub(super) fn at_least(self, why: &str) -> Self {
        let most = self.name.weight();
        self.up_to(most, why)
    }

    /// With more that could be there, up to `most` points, for the reason `why`.
    pub(super) fn up_to(self, most: u8, why: &str) -> Self {
        if most <= self.least {
            return self;
        }
        Self { most: most.max(self.most), evidence: format!("{}; {why}", self.evidence), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_a_hundred_together() {
        assert_eq!(Name::ALL.iter().map(|name| u32::from(name.weight())).sum::<u32>(), 100);
    }

    #[test]
    fn points_that_nobody_knows_are_no_number() {
        let factor = Factor::unknown(Name::Coverage, "nobody said");
        assert_eq!(factor.points(), "? of 10");
        let reading = Reading { points: 4, evidence: "1 incident".to_owned(), source: "ledger".to_owned() };
        let known = Factor::read(Name::Incidents, reading);
        assert_eq!(known.points(), "4 of 10");
        assert_eq!(known.at_least("others are not known").points(), "4 to 10 of 10");
    }
}
