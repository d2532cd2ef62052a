//! The fingerprint of an alert, so that it merges with the one that Alertmanager reports.

use crate::domain::labels::Labels;

/// FNV-1a of 64 bits, as <http://www.isthe.com/chongo/tech/comp/fnv/> gives its constants.
const OFFSET: u64 = 14_695_981_039_346_656_037;
const PRIME: u64 = 1_099_511_628_211;
/// Ends each name and each value. It cannot occur in UTF-8.
const SEPARATOR: u8 = 0xff;

/// The fingerprint of a label set as Alertmanager computes it (prometheus/common `model.LabelSet.Fingerprint`): FNV-1a over
/// the names and values in the order of the names; 16 hexadecimal digits.
///
/// Prometheus adds its external labels only when it sends an alert. Where it has some, the fingerprints differ.
#[must_use]
pub fn fingerprint(labels: &Labels) -> String {
    let texts = labels.iter().flat_map(|(name, value)| [name, value]);
    let bytes = texts.flat_map(|text| text.bytes().chain([SEPARATOR]));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_set_has_the_offset_as_its_fingerprint() {
        assert_eq!(fingerprint(&Labels::new()), "cbf29ce484222325");
    }
}
