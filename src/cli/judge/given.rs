//! What is to be judged, as it was given: `12/10000`, or a file of samples.

use std::{
    fs,
    io::{self, Read as _},
};

use crate::{cli::refusal::Refusal, domain::canary::counts::Counts};

/// At most so many samples are read: the exact intervals sort them all.
const MOST_SAMPLES: usize = 1_000_000;

/// One side.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// Bad events of all events.
    Counts(Counts),
    /// Values of a gauge.
    Samples(Vec<f64>),
}

/// Reads one side.
pub(super) fn read(text: &str) -> Result<Given, Refusal> {
    if let Some(counts) = counts(text) {
        return counts.map(Given::Counts).map_err(|why| Refusal::usage(format!("{text}: {why}")));
    }
    let content = if text == "-" {
        let mut content = String::new();
        io::stdin().read_to_string(&mut content).map(|_| content)
    } else {
        fs::read_to_string(text)
    };
    let content = content.map_err(|error| {
        Refusal::usage(format!(
            "{text} is neither BAD/TOTAL, such as 9/500, nor a file of samples that can be read: {error}"
        ))
    })?;
    samples(&content).map(Given::Samples).map_err(|why| Refusal::usage(format!("{text}: {why}")))
}

/// `BAD/TOTAL`, where both look like numbers.
fn counts(text: &str) -> Option<Result<Counts, String>> {
    let (bad, total) = text.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if !is_number(bad) || !is_number(total) {
        return None;
    }
    let (Ok(bad), Ok(total)) = (bad.parse(), total.parse()) else {
        return Some(Err("numbers are too large".to_owned()));
    };
    Some(Counts::new(bad, total).map_err(|why| why.to_string()))
}

/// One number on each line.
fn samples(content: &str) -> Result<Vec<f64>, String> {
    let mut samples = Vec::new();
    for (number, line) in content.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.parse::<f64>() {
            Ok(value) if value.is_finite() => samples.push(value),
            _ => {
                return Err(format!(
                    "line {}: `{}` is not a number",
                    number + 1,
                    line.chars().take(40).collect::<String>()
                ));
            }
        }
        if samples.len() > MOST_SAMPLES {
            return Err(format!("more than {MOST_SAMPLES} samples"));
        }
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_counts_and_everything_else_is_a_path() {
        assert_eq!(counts("12/10000"), Some(Ok(Counts::new(12, 10_000).expect("possible"))));
        assert_eq!(counts("9/5"), Some(Err("9 of 5: more bad events than events".to_owned())));
        assert!(matches!(counts("99999999999999999999/1"), Some(Err(_))));
        for path in ["cpu.txt", "./9/500.txt", "-9/500", "/9", "9/", "1.5/3"] {
            assert_eq!(counts(path), None, "{path}");
        }
    }

    #[test]
    fn samples_are_numbers_line_by_line_and_anything_else_is_told_with_its_line() {
        assert_eq!(samples("# cpu\n0.5\n\n 1e-3 \n"), Ok(vec![0.5, 0.001]));
        assert_eq!(samples("0.5\nNaN\n"), Err("line 2: `NaN` is not a number".to_owned()));
    }
}
