//! Stories with as many services as one likes: patterns that are copied under names of their own.

use super::scenario::{Scenario, Service};

/// What a service is about.
const AREAS: [&str; 25] = [
    "accounts",
    "baskets",
    "billing",
    "catalogue",
    "consent",
    "coupons",
    "credit",
    "delivery",
    "fraud",
    "gifts",
    "identity",
    "inventory",
    "invoices",
    "loyalty",
    "media",
    "orders",
    "prices",
    "profiles",
    "ratings",
    "refunds",
    "reports",
    "returns",
    "stock",
    "tax",
    "tickets",
];

/// What it does.
const ROLES: [&str; 20] = [
    "api", "worker", "gateway", "store", "events", "sync", "index", "rules", "edge", "jobs", "cache", "export",
    "import", "mailer", "search", "stream", "audit", "batch", "router", "proxy",
];

/// Copies the patterns of `scenario` until there are `wanted` services, those that stand as they are included.
pub(crate) fn grow(scenario: &mut Scenario, wanted: usize) {
    let (patterns, mut services): (Vec<Service>, Vec<Service>) =
        scenario.services.drain(..).partition(|service| service.pattern > 0);
    let round = patterns.iter().flat_map(|pattern| std::iter::repeat_n(pattern, pattern.pattern));
    let copies = wanted.saturating_sub(services.len());
    services.extend(round.cycle().take(copies).enumerate().map(|(index, pattern)| copy(pattern, index)));
    scenario.services = services;
}

/// Copies are not alike: each has its own traffic, and those that move began at another minute.
fn copy(pattern: &Service, index: usize) -> Service {
    let mut service = pattern.clone();
    service.pattern = 0;
    service.name = name(index);
    let kind = i32::try_from(index % 7).unwrap_or(0);
    service.rate *= 1.0 + f64::from(kind) / 4.0;
    for version in service.versions.iter_mut().skip(1) {
        version.at.0 -= i64::from(kind) * 30_000;
    }
    service
}

/// `orders-api`, from the 501st on with a number.
fn name(index: usize) -> String {
    let area = AREAS.get(index % AREAS.len()).unwrap_or(&"service");
    let role = ROLES.get(index / AREAS.len() % ROLES.len()).unwrap_or(&"api");
    match index / (AREAS.len() * ROLES.len()) {
        0 => format!("{area}-{role}"),
        round => format!("{area}-{role}-{}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::scenario;

    #[test]
    fn as_many_services_as_asked_for_each_with_a_name_of_its_own() {
        for wanted in [200, 1_000] {
            let mut scenario = scenario::built_in("scale").expect("built in").expect("well-formed");
            grow(&mut scenario, wanted);
            let names: BTreeSet<&str> = scenario.services.iter().map(|service| service.name.as_str()).collect();
            assert_eq!((scenario.services.len(), names.len()), (wanted, wanted));
            let moving = scenario.services.iter().filter(|service| service.versions.len() > 1).count();
            assert!((wanted / 12..=wanted / 8).contains(&moving), "{moving} of {wanted}");
        }
    }
}
