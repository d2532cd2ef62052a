//! What is kept, what wins, and what is no document.

use proptest::prelude::*;

use super::*;
use crate::domain::join::example::at;

fn measure(slo: &str) -> Measure {
    Measure { slo: slo.to_owned(), source: "prom".into(), definition: Hash::of(b"bad of total") }
}

fn counted((bad, total): (u64, u64), from: i64, until: i64) -> Kept {
    Kept { counts: Counts::new(bad, total).expect("possible"), from: at(from), until: at(until) }
}

fn of<'a>(service: &'a str, version: &'a str) -> Of<'a> {
    Of { service, environment: "prod", version }
}

fn stored(profiles: &Profiles, version: &str) -> Option<Kept> {
    let known = profiles.before(of("checkout", "new"), Some(version), at(1_000_000), &measure("availability"));
    known.map(|known| known.counted)
}

#[test]
fn counts_over_the_longest_time_stay_and_of_equally_long_ones_the_newest() {
    let mut profiles = Profiles::default();
    for (bad, from, until) in [(1, 0, 3_600), (2, 0, 21_600), (3, 30_000, 33_600), (4, 10_000, 31_600)] {
        profiles.add(of("checkout", "1.41.7"), measure("availability"), counted((bad, 1_000), from, until));
    }
    assert_eq!(stored(&profiles, "1.41.7"), Some(counted((4, 1_000), 10_000, 31_600)));
}

#[test]
fn only_what_is_longer_or_an_hour_newer_and_holds_events_is_worth_a_write() {
    let mut profiles = Profiles::default();
    let (checkout, measure) = (of("checkout", "1.41.7"), measure("availability"));
    assert!(profiles.lack(checkout, &measure, &counted((0, 10), 0, 3_600)));
    assert!(!profiles.lack(checkout, &measure, &counted((0, 0), 0, 3_600)), "no event");
    assert!(!profiles.lack(checkout, &measure, &counted((0, 10), 0, 0)), "no time");
    profiles.add(checkout, measure.clone(), counted((0, 10), 0, 3_600));
    assert!(!profiles.lack(checkout, &measure, &counted((0, 10), 1_800, 5_400)));
    assert!(profiles.lack(checkout, &measure, &counted((0, 10), 3_600, 7_200)));
    assert!(profiles.lack(checkout, &measure, &counted((0, 10), 0, 3_601)));
    assert!(!profiles.lack(checkout, &measure, &counted((0, 10), 90_000, 91_000)));
}

#[test]
fn of_a_service_the_five_versions_stay_that_were_seen_last() {
    let mut profiles = Profiles::default();
    for (version, until) in [("1", 100), ("2", 90), ("3", 300), ("4", 400), ("5", 500), ("6", 600)] {
        profiles.add(of("checkout", version), measure("availability"), counted((0, 10), 0, until));
        profiles.add(of("cart", version), measure("availability"), counted((0, 10), 0, 50));
    }
    let kept: Vec<&str> =
        ["1", "2", "3", "4", "5", "6"].into_iter().filter(|version| stored(&profiles, version).is_some()).collect();
    assert_eq!(kept, ["1", "3", "4", "5", "6"]);
    assert_eq!(profiles.len(), 10);
}

#[test]
fn everything_together_is_bounded_and_the_oldest_goes_first() {
    let services: Vec<String> = (0..MOST + 3).map(|index| format!("service-{index}")).collect();
    let mut profiles = Profiles::default();
    let all = services.iter().zip(1..).map(|(service, until)| {
        let profile = Profile {
            seen: at(until),
            counted: BTreeMap::from([(measure("availability"), counted((0, 10), 0, until))]),
        };
        ((service.clone(), "prod".to_owned()), BTreeMap::from([("1".to_owned(), profile)]))
    });
    assert!(profiles.merge(Profiles(all.collect())));
    assert_eq!(profiles.len(), MOST);
    let known =
        |service| profiles.before(of(service, "new"), Some("1"), at(1_000_000), &measure("availability")).is_some();
    assert_eq!(["service-0", "service-2", "service-3"].map(known), [false, false, true]);
}

#[test]
fn the_version_before_is_the_one_that_is_named_or_the_last_that_was_seen_before_the_deploy() {
    let mut profiles = Profiles::default();
    for (version, until) in [("1.40.0", 100), ("1.41.7", 200), ("1.42.0", 300), ("1.39.0", 900)] {
        profiles.add(of("checkout", version), measure("availability"), counted((0, 10), 0, until));
    }
    let before = |named, began| {
        let known = profiles.before(of("checkout", "1.42.0"), named, at(began), &measure("availability"));
        known.map(|known| known.version)
    };
    assert_eq!(before(Some("1.40.0"), 250), Some("1.40.0"));
    assert_eq!(before(None, 250), Some("1.41.7"), "what ran later is not before");
    assert_eq!(before(None, 845), Some("1.39.0"), "the deploy was seen a little later than it began");
    assert_eq!((before(Some("1.41.7"), 130), before(Some("1.38.0"), 500)), (None, None));
    let other = Measure { definition: Hash::of(b"another definition"), ..measure("availability") };
    assert_eq!(profiles.before(of("checkout", "1.42.0"), None, at(250), &other), None);
}

#[test]
fn what_was_not_written_like_this_is_refused_in_words() {
    let mut profiles = Profiles::default();
    profiles.add(of("checkout", "1.41.7"), measure("availability"), counted((1, 10), 0, 100));
    let text = serde_json::to_string(&profiles).expect("text");
    assert!(
        text.starts_with(r#"{"version":1,"profiles":[{"service":"checkout","environment":"prod","version":"1.41.7""#)
    );
    let refused = |from: &str, to: &str| Profiles::read(&text.replace(from, to)).expect_err("refused").to_string();
    let newer = refused(r#"{"version":1,"#, r#"{"version":2,"something":0,"#);
    assert_eq!(newer, "it is of version 2, and this program understands 1: use the newer one");
    assert!(refused(r#""total":10"#, r#""total":0"#).contains("1 of 0: more bad events than events"));
    assert!(refused(r#""until":"20"#, r#""until":"19"#).contains("checkout 1.41.7: a time from"));
    for damaged in [refused("]}", ""), refused(r#""bad":1"#, r#""bad":-1"#), refused(r#""version":1,"#, "")] {
        assert!(damaged.starts_with("it is damaged: "), "{damaged}");
    }
}

prop_compose! {
    fn profile()(
        service in 0_usize..2, version in 0_usize..4, slo in 0_usize..2,
        bad in 0_u64..3, from in 0_i64..4, length in 1_i64..4,
    ) -> Profiles {
        let mut profiles = Profiles::default();
        let [service, version, slo] = [
            ["checkout", "cart", "", ""][service],
            ["1.40.0", "1.41.7", "1.42.0", "1.43.0"][version],
            ["availability", "latency", "", ""][slo],
        ];
        profiles.add(of(service, version), measure(slo), counted((bad, 10), from, from + length));
        profiles
    }
}

proptest! {
    #[test]
    fn any_order_of_merges_and_any_repetition_gives_the_same_document(
        (parts, shuffled) in prop::collection::vec(profile(), 0..12)
            .prop_flat_map(|parts| (Just(parts.clone()), Just(parts).prop_shuffle())),
        cut in 0_usize..12,
    ) {
        let merged = |parts: &[Profiles]| {
            let mut all = Profiles::default();
            for part in parts {
                all.merge(part.clone());
            }
            all
        };
        let whole = merged(&parts);
        prop_assert_eq!(&merged(&shuffled), &whole);
        let (one, other) = shuffled.split_at(cut.min(shuffled.len()));
        let mut halves = merged(other);
        halves.merge(merged(one));
        prop_assert_eq!(&halves, &whole);
        prop_assert!(!halves.merge(whole.clone()), "nothing is new");
        let text = serde_json::to_string(&whole).expect("text");
        prop_assert_eq!(Profiles::read(&text).expect("readable"), whole);
    }
}
