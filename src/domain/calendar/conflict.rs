//! Releases that are in each other's way: in one environment at one time, with a service in common, or with one that calls
//! another one's.

use std::collections::{BTreeSet, HashMap};

use super::super::catalog::{Catalog, ChangeWindow};

/// A release that is under way, or has a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving<'a> {
    /// Its identifier.
    pub release: &'a str,
    /// Where.
    pub environment: &'a str,
    /// What it changes.
    pub services: BTreeSet<&'a str>,
    /// Whether it is under way now.
    pub under_way: bool,
    /// When it may happen.
    pub window: Option<ChangeWindow>,
}

/// Another release in the way of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The other release.
    pub other: String,
    /// What they have to do with each other.
    pub clash: Clash,
    /// Whether both are under way now; otherwise their windows overlap.
    pub now: bool,
}

/// What two releases have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Both change this service.
    Shared(String),
    /// A service of one calls a service of the other.
    Calls {
        /// Who calls.
        caller: String,
        /// Who is called.
        called: String,
    },
    /// The environment is for one release at a time.
    OneAtATime,
}

/// All that move, found by environment and service: a thousand releases are not compared with a thousand.
#[derive(Clone, Debug, Default)]
pub struct Movements<'a> {
    all: Vec<Moving<'a>>,
    here: HashMap<&'a str, Vec<usize>>,
    changing: HashMap<(&'a str, &'a str), Vec<usize>>,
    calling: HashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Movements<'a> {
    /// These, with what `catalog` knows of who calls whom.
    #[must_use]
    pub fn new(all: Vec<Moving<'a>>, catalog: &'a Catalog) -> Self {
        let mut movements = Self::default();
        for (place, one) in all.iter().enumerate() {
            movements.here.entry(one.environment).or_default().push(place);
            for service in &one.services {
                movements.changing.entry((one.environment, service)).or_default().push(place);
                for called in catalog.services.get(*service).into_iter().flat_map(|service| &service.depends_on) {
                    movements.calling.entry((one.environment, called)).or_default().push(place);
                }
            }
        }
        Self { all, ..movements }
    }

    /// Those that may have something to do with `release`, in their order.
    fn near(&self, release: &Moving<'_>, catalog: &Catalog) -> BTreeSet<usize> {
        let environment = release.environment;
        let one_at_a_time = catalog.environments.get(environment).is_some_and(|environment| environment.one_at_a_time);
        if one_at_a_time {
            return self.here.get(environment).into_iter().flatten().copied().collect();
        }
        let mut near = BTreeSet::new();
        for service in &release.services {
            near.extend(self.changing.get(&(environment, service)).into_iter().flatten());
            near.extend(self.calling.get(&(environment, service)).into_iter().flatten());
            for called in catalog.services.get(*service).into_iter().flat_map(|service| &service.depends_on) {
                near.extend(self.changing.get(&(environment, called)).into_iter().flatten());
            }
        }
        near
    }
}

/// Who of `movements` is in the way of `release`.
#[must_use]
pub fn conflicts(release: &Moving<'_>, movements: &Movements<'_>, catalog: &Catalog) -> Vec<Conflict> {
    let near = movements.near(release, catalog).into_iter().filter_map(|place| movements.all.get(place));
    let mut found = Vec::new();
    for other in near.filter(|other| other.release != release.release) {
        let now = release.under_way && other.under_way;
        if !now && !overlap(release.window, other.window) {
            continue;
        }
        let Some(clash) = clash(release, other, catalog) else { continue };
        found.push(Conflict { other: other.release.to_owned(), clash, now });
    }
    found
}

fn overlap(one: Option<ChangeWindow>, other: Option<ChangeWindow>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.start < other.end && other.start < one.end)
}

/// The nearest that they have to do with each other.
fn clash(one: &Moving<'_>, other: &Moving<'_>, catalog: &Catalog) -> Option<Clash> {
    if let Some(shared) = one.services.intersection(&other.services).next() {
        return Some(Clash::Shared((*shared).to_owned()));
    }
    let calls = |caller: &str, called: &str| {
        catalog.services.get(caller).is_some_and(|service| service.depends_on.iter().any(|name| name == called))
    };
    for (mine, theirs) in one.services.iter().flat_map(|mine| other.services.iter().map(move |theirs| (*mine, *theirs)))
    {
        for (caller, called) in [(mine, theirs), (theirs, mine)] {
            if calls(caller, called) {
                return Some(Clash::Calls { caller: caller.to_owned(), called: called.to_owned() });
            }
        }
    }
    let one_at_a_time = catalog.environments.get(one.environment).is_some_and(|environment| environment.one_at_a_time);
    one_at_a_time.then_some(Clash::OneAtATime)
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::catalog::{Environment, Service},
        *,
    };

    fn moving<'a>(release: &'a str, service: &'a str) -> Moving<'a> {
        let services = BTreeSet::from([service]);
        Moving { release, environment: "prod", services, under_way: true, window: None }
    }

    fn catalog(one_at_a_time: bool) -> Catalog {
        let mut catalog = Catalog::default();
        let checkout = Service { depends_on: vec!["payments".to_owned()], ..Service::default() };
        catalog.services.insert("checkout".to_owned(), checkout);
        catalog.environments.insert("prod".to_owned(), Environment { one_at_a_time, ..Environment::default() });
        catalog
    }

    fn of(one: &Moving<'_>, other: Moving<'_>, catalog: &Catalog) -> Vec<Clash> {
        let movements = Movements::new(vec![one.clone(), other], catalog);
        conflicts(one, &movements, catalog).into_iter().map(|conflict| conflict.clash).collect()
    }

    #[test]
    fn releases_of_one_service_or_of_caller_and_called_are_in_each_others_way() {
        let (catalog, checkout) = (catalog(false), moving("a", "checkout"));
        assert_eq!(of(&checkout, moving("b", "checkout"), &catalog), [Clash::Shared("checkout".to_owned())]);
        let calls = Clash::Calls { caller: "checkout".to_owned(), called: "payments".to_owned() };
        assert_eq!(of(&checkout, moving("b", "payments"), &catalog).first(), Some(&calls));
        assert_eq!(of(&moving("b", "payments"), checkout.clone(), &catalog), [calls]);
        assert_eq!(of(&checkout, moving("b", "search"), &catalog), []);
    }

    #[test]
    fn an_environment_can_be_for_one_release_at_a_time() {
        let checkout = moving("a", "checkout");
        assert_eq!(of(&checkout, moving("b", "search"), &catalog(true)), [Clash::OneAtATime]);
        let elsewhere = Moving { environment: "staging", ..moving("b", "search") };
        assert_eq!(of(&checkout, elsewhere, &catalog(true)), []);
    }

    #[test]
    fn what_is_planned_is_in_the_way_when_the_windows_overlap() {
        let at = |hour: i64| chrono::DateTime::from_timestamp(hour * 3_600, 0).expect("in range");
        let planned = |release, from, until| Moving {
            under_way: false,
            window: Some(ChangeWindow { start: at(from), end: at(until) }),
            ..moving(release, "checkout")
        };
        let first = planned("a", 10, 12);
        let catalog = catalog(false);
        let movements = Movements::new(vec![planned("b", 11, 13), planned("c", 12, 14)], &catalog);
        let found = conflicts(&first, &movements, &catalog);
        let told: Vec<_> = found.iter().map(|conflict| (conflict.other.as_str(), conflict.now)).collect();
        assert_eq!(told, [("b", false)]);
    }
}
