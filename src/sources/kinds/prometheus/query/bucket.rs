//! Which bucket of a classic histogram stands for a threshold.

/// The boundaries that a histogram really has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boundaries {
    /// Each boundary with the ways it is written (`1` and, since Prometheus 3, `1.0`) and the number of series that have it,
    /// lowest first.
    known: Vec<(f64, Vec<String>, f64)>,
}

/// What stands for a threshold.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The threshold is a boundary, or the next lower one is taken.
    Buckets {
        /// The ways the boundaries are written, for a matcher.
        spellings: Vec<String>,
        /// What a reader should know; empty where the threshold is a boundary of all series.
        note: String,
    },
    /// Nothing does.
    None {
        /// Why, in words.
        why: String,
    },
}

/// How many boundaries below the threshold are asked for where not all series have the same ones.
const CANDIDATES: usize = 3;

impl Boundaries {
    /// From the values of the label `le` and the number of series of each.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = (String, f64)>) -> Self {
        let mut known: Vec<(f64, Vec<String>, f64)> = Vec::new();
        for (text, series) in values {
            let Ok(boundary) = text.parse::<f64>() else { continue };
            match known.iter_mut().find(|(number, ..)| number.total_cmp(&boundary).is_eq()) {
                Some((_, spellings, count)) => {
                    spellings.push(text);
                    *count += series;
                }
                None if boundary.is_nan() => {}
                None => known.push((boundary, vec![text], series)),
            }
        }
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { known }
    }

    /// What stands for `threshold`, in the histogram's unit: the boundary that equals it, else the next lower one, so that slow
    /// events are never counted as fast.
    #[must_use]
    pub fn choose(&self, threshold: f64) -> Choice {
        if self.known.is_empty() {
            return Choice::None {
                why: "no classic buckets: the histogram has no series with the label le".to_owned(),
            };
        }
        // 0.3 may be written 0.30000000000000004.
        let limit = threshold * (1.0 + 1e-9);
        let below: Vec<_> = self.known.iter().rev().filter(|(boundary, ..)| *boundary <= limit).collect();
        let Some((highest, ..)) = below.first() else {
            let lowest = self.known.first().map_or(f64::NAN, |(boundary, ..)| *boundary);
            return Choice::None { why: format!("no bucket at or below {threshold}: the lowest is {lowest}") };
        };
        let series = |count: f64| self.known.last().is_some_and(|(.., all)| count < *all);
        let uneven = below.first().is_some_and(|(.., count)| series(*count));
        let taken = below.iter().take(if uneven { CANDIDATES } else { 1 });
        let exact = *highest >= threshold * (1.0 - 1e-9);
        let note = match (exact, uneven) {
            (true, false) => String::new(),
            (false, false) => format!("no bucket at {threshold}: events over {highest} count as slow"),
            (_, true) => format!(
                "not every series has a bucket at {threshold}: where it is missing, events over the next lower one count as slow"
            ),
        };
        Choice::Buckets { spellings: taken.flat_map(|(_, spellings, _)| spellings.clone()).collect(), note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(&str, f64)]) -> Boundaries {
        Boundaries::new(values.iter().map(|(text, series)| ((*text).to_owned(), *series)))
    }

    fn chosen(boundaries: &Boundaries, threshold: f64) -> (Vec<String>, String) {
        match boundaries.choose(threshold) {
            Choice::Buckets { spellings, note } => (spellings, note),
            Choice::None { why } => panic!("{why}"),
        }
    }

    #[test]
    fn both_spellings_of_a_boundary_are_the_same_boundary() {
        // Prometheus 3 writes 1.0 where older ones wrote 1; during a migration both are there.
        let boundaries = of(&[("+Inf", 4.0), ("1", 2.0), ("1.0", 2.0), ("0.5", 4.0)]);
        assert_eq!(chosen(&boundaries, 1.0), (vec!["1".to_owned(), "1.0".to_owned()], String::new()));
    }

    #[test]
    fn a_threshold_between_two_boundaries_takes_the_lower_one_and_says_so() {
        let (spellings, note) = chosen(&of(&[("0.25", 4.0), ("0.5", 4.0), ("+Inf", 4.0)]), 0.3);
        assert_eq!(spellings, ["0.25"]);
        assert_eq!(note, "no bucket at 0.3: events over 0.25 count as slow");
    }

    #[test]
    fn where_series_differ_the_lower_boundaries_are_asked_for_too() {
        let (spellings, note) = chosen(&of(&[("0.1", 4.0), ("0.25", 2.0), ("0.3", 2.0), ("+Inf", 4.0)]), 0.3);
        assert_eq!(spellings, ["0.3", "0.25", "0.1"]);
        assert!(note.contains("not every series"), "{note}");
    }

    #[test]
    fn without_a_boundary_there_is_no_answer() {
        for (boundaries, words) in [
            (of(&[]), "no classic buckets"),
            (of(&[("fast", 1.0)]), "no classic buckets"),
            (of(&[("1", 1.0), ("+Inf", 1.0)]), "the lowest is 1"),
        ] {
            let Choice::None { why } = boundaries.choose(0.3) else { panic!("something was chosen") };
            assert!(why.contains(words), "{why}");
        }
    }
}
