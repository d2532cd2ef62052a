//! The order of services that call each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    catalog::{Catalog, ReleaseFile},
    runbook::Order,
};

/// `services` in `order`, and what has to be said when some call each other in a circle: they stay in the order of the list.
pub(super) fn ordered(
    services: &[String],
    order: Order,
    catalog: &Catalog,
    release: Option<&ReleaseFile>,
) -> (Vec<String>, Option<String>) {
    let before: BTreeMap<&str, BTreeSet<String>> =
        services.iter().map(|service| (service.as_str(), goes_first(service, services, catalog, release))).collect();
    let (mut left, mut done, mut circle) = (services.to_vec(), Vec::new(), None);
    while !left.is_empty() {
        let free = |service: &String| {
            before.get(service.as_str()).is_none_or(|first| !left.iter().any(|other| first.contains(other)))
        };
        let next = left.iter().position(free).unwrap_or_else(|| {
            let words = left.join(", ");
            circle.get_or_insert_with(|| {
                format!(
                    "{words} depend on each other in a circle: they are taken in the order in which they are listed"
                )
            });
            0
        });
        done.push(left.remove(next));
    }
    if order == Order::Reverse {
        done.reverse();
    }
    (done, circle)
}

/// Which of `services` come before `service` when it goes out: what it calls, also through others, and what its release says.
fn goes_first(
    service: &str,
    services: &[String],
    catalog: &Catalog,
    release: Option<&ReleaseFile>,
) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![service.to_owned()]);
    while let Some(next) = open.pop() {
        let called = catalog.services.get(&next).map(|file| file.depends_on.as_slice()).unwrap_or_default();
        let components = release.map(|release| release.components.as_slice()).unwrap_or_default();
        let after = components.iter().filter(|component| component.service == next).flat_map(|one| &one.after);
        for name in called.iter().chain(after) {
            if reached.insert(name.clone()) {
                open.push(name.clone());
            }
        }
    }
    reached.into_iter().filter(|name| name != service && services.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::Service;

    fn catalog(calls: &[(&str, &[&str])]) -> Catalog {
        let service = |calls: &[&str]| Service {
            depends_on: calls.iter().map(|&name| name.to_owned()).collect(),
            ..Service::default()
        };
        let services = calls.iter().map(|(name, calls)| ((*name).to_owned(), service(calls))).collect();
        Catalog { services, ..Catalog::default() }
    }

    fn names(list: &str) -> Vec<String> {
        list.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn who_is_called_goes_out_first_and_comes_back_last_also_through_others() {
        let catalog = catalog(&[("web", &["gateway"]), ("gateway", &["checkout"]), ("checkout", &["payments"])]);
        let services = names("web payments checkout");
        let (out, circle) = ordered(&services, Order::Forward, &catalog, None);
        assert_eq!((out, circle), (names("payments checkout web"), None));
        assert_eq!(ordered(&services, Order::Reverse, &catalog, None).0, names("web checkout payments"));
    }

    #[test]
    fn a_circle_is_told_and_keeps_the_order_of_the_list() {
        let catalog = catalog(&[("a", &["b"]), ("b", &["a"]), ("c", &["a"])]);
        let (order, circle) = ordered(&names("c b a"), Order::Forward, &catalog, None);
        assert_eq!(order, names("c b a"));
        assert!(circle.expect("told").contains("in a circle"));
    }
}
