//! What the stories of the demo promise, judged by the ordinary connectors and the ordinary rules.

use std::{sync::Arc, time::Duration};

use warroom::{
    clock::Clock,
    domain::{
        canary::{
            analysis::{Analysis, Standing},
            needed::Needed,
            profile::Profiles,
            rules::Verdict,
        },
        demand::Demand,
        level::Level,
        picture::Picture,
        slo::status::{Firing, Pair, PairSeverity, SloStatus},
        time::{Span, Timestamp},
    },
    sim::{self, Options},
    sources::{connection, connector::Context, schedule},
};

/// What is known of a story after `seconds` of it.
async fn picture(scenario: &str, seconds: u64) -> Picture {
    picture_of(scenario, None, seconds).await
}

/// The same with so many services.
async fn picture_of(scenario: &str, services: Option<usize>, seconds: u64) -> Picture {
    let start = Timestamp::from_timestamp_millis(1_763_650_000_123).expect("in range");
    let clock = Clock::running_from(start + Span::from_secs(seconds).delta(), 1.0);
    let options = Options { scenario: scenario.to_owned(), services, start: Some(start), ..Options::new(clock) };
    let running = sim::start(&options).expect("starts");
    let own = running.settings().clone();
    let catalog = Arc::new(own.catalog);
    let connections = connection::build(&own.settings.sources, &Context::new(clock, false));
    let demand = Demand { catalog, ..Demand::default() };
    schedule::picture(&connections, clock, &demand, Profiles::default(), Span::from_secs(60)).await
}

fn availability(picture: &Picture) -> &SloStatus {
    let of_service = |slo: &&SloStatus| slo.key.slo == "availability" && slo.key.version.is_none();
    picture.slos.iter().filter(of_service).find(|slo| slo.key.service == "checkout").expect("an SLO")
}

fn page(slo: &SloStatus) -> &Pair {
    slo.pairs.iter().find(|pair| pair.severity == PairSeverity::Page).expect("a page")
}

fn rate(slo: &SloStatus, window: Span) -> f64 {
    slo.burn(window).and_then(|burn| burn.rate).expect("measured")
}

const SHORT: Span = Span::from_mins(5);
const LONG: Span = Span::from_hours(1);
/// When the canary gets 25 % of the traffic.
const FAULT: u64 = 40;

#[tokio::test]
async fn the_page_of_the_slow_canary_is_half_an_hour_away() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let before = picture("slow-canary", FAULT - 5).await;
    assert!(rate(availability(&before), SHORT) < 1.0, "healthy at 5 %");

    // The short window is full of it: 25 % of the traffic, of which 10 %, against a budget of 0.1 %.
    let seen = picture("slow-canary", FAULT + 300).await;
    let slo = availability(&seen);
    let (short, long) = (rate(slo, SHORT), rate(slo, LONG));
    assert!((short - 25.0).abs() < 1.0, "{short}");
    let pair = page(slo);
    assert!((pair.factor - 14.4).abs() < 1e-9 && pair.long == LONG && pair.short == SHORT, "{pair:?}");
    assert_eq!((pair.short_over, pair.long_over, &pair.firing), (Some(true), Some(false), &Firing::No), "{pair:?}");
    assert!(pair.note.ends_with("rising"), "{}", pair.note);
    // What an hour still has room for, at the speed at which the short window fills it.
    let away = (pair.factor - long) / short * LONG.secs();
    let seconds = Duration::from_secs_f64(away).as_secs();
    assert!((25.0..35.0).contains(&(away / 60.0)), "{away} s");

    let last = picture("slow-canary", FAULT + 300 + seconds - 40).await;
    assert_eq!(page(availability(&last)).firing, Firing::No, "{:?}", page(availability(&last)));
    let first = picture("slow-canary", FAULT + 300 + seconds + 40).await;
    assert_eq!(page(availability(&first)).firing, Firing::Yes, "{:?}", page(availability(&first)));
    let release = first.release("checkout-1.43").expect("declared");
    assert_eq!(release.level, Level::Bad);
    assert!(release.reasons.iter().any(|reason| reason.short == "page burn"), "{:?}", release.reasons);
}

fn analysis<'a>(picture: &'a Picture, service: &str, slo: &str) -> &'a Analysis {
    let found = picture.analyses.iter().find(|one| one.service == service && one.slo == slo);
    found.unwrap_or_else(|| panic!("no analysis of {service} {slo}: {:#?}", picture.analyses))
}

#[tokio::test]
async fn the_slow_canary_passes_then_is_inconclusive_and_fails_minutes_before_the_page() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let before = picture("slow-canary", FAULT - 5).await;
    let healthy = analysis(&before, "checkout", "availability");
    assert_eq!(healthy.standing, Standing::Judged(Verdict::Pass), "{healthy:#?}");
    assert_eq!((healthy.canary.as_str(), healthy.baseline.as_str()), ("1.43.0", "1.42.0"));
    let mut failed = None;
    let mut open = Vec::new();
    for seconds in (FAULT..FAULT + 180).step_by(15) {
        let seen = picture("slow-canary", seconds).await;
        let one = analysis(&seen, "checkout", "availability").clone();
        match one.standing {
            Standing::Judged(Verdict::Fail) => {
                failed = Some((seconds, one, seen));
                break;
            }
            Standing::Judged(Verdict::Inconclusive) => open.push(one),
            _ => {}
        }
    }
    assert!(!open.is_empty(), "it is inconclusive first");
    for one in open {
        assert!(matches!(one.needed, Some(Needed::About(more)) if more > 100), "{one:#?}");
        assert!(one.why().contains("more requests"), "{}", one.why());
    }
    let (seconds, one, seen) = failed.expect("within three minutes");
    assert!((FAULT + 30..FAULT + 120).contains(&seconds), "after {seconds} s");
    let window = one.leading().expect("a window");
    assert!(window.query.contains("increase(http_requests_total"), "{}", window.query);
    assert!(window.comparison.is_some_and(|compared| compared.p < 1e-6 && compared.difference > 0.005), "{one:#?}");
    let release = seen.release("checkout-1.43").expect("declared");
    assert!(release.reasons.iter().any(|reason| reason.short == "canary FAIL"), "{:?}", release.reasons);
    assert_eq!(page(availability(&seen)).firing, Firing::No, "the page is far away");
    let latency = analysis(&seen, "checkout", "latency");
    assert_eq!(latency.standing, Standing::Judged(Verdict::Pass), "{latency:#?}");
}

#[tokio::test]
async fn canaries_of_many_services_are_asked_about_in_a_few_requests() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seen = picture_of("scale", Some(60), 20).await;
    let services: std::collections::BTreeSet<&str> = seen.analyses.iter().map(|one| one.service.as_str()).collect();
    assert!(services.len() >= 4, "{services:?}");
}

#[tokio::test]
async fn the_story_of_many_services_has_as_many_as_asked_for_and_one_slo_for_each() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seen = picture_of("scale", Some(60), 20).await;
    let of_services: Vec<&SloStatus> = seen.slos.iter().filter(|slo| slo.key.version.is_none()).collect();
    assert_eq!(of_services.len(), 60);
    assert!(of_services.iter().all(|slo| slo.state.is_ok()), "{of_services:#?}");
    let search = of_services.iter().find(|slo| slo.key.service == "search").expect("there");
    assert_eq!(search.level, Level::Watch, "it burns at rest: {search:#?}");
    let level = |wanted: &str| {
        let found = seen.releases.iter().find(|release| release.name.starts_with(wanted));
        found.unwrap_or_else(|| panic!("{wanted}: {:?}", seen.releases)).level
    };
    assert_eq!((level("checkout-1.42"), level("payments 7.3.1")), (Level::Bad, Level::Watch));
    assert_eq!(seen.releases.len(), 2 + 4, "two of each round of twenty are on the way");
}

#[test]
fn a_story_with_services_of_its_own_takes_no_other_number() {
    let options = Options { services: Some(100), ..Options::new(Clock::real()) };
    let error = sim::start(&options).err().expect("refused");
    assert!(error.to_string().contains("--services"), "{error}");
}
