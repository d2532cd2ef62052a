//! Whether enough different people have signed. A person counts once, with however many names and keys, and once in all
//! groups that are needed together.

use crate::domain::checklist::Requirement;

/// How many ways to fulfil a requirement are looked at, and how many groups each may have.
const MOST: usize = 256;

/// An approval, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer<'a> {
    /// The person.
    pub person: &'a str,
    /// The fingerprint of the key: one key is one person, whatever names it may sign for.
    pub key: &'a str,
    /// The role in which it was given.
    pub role: &'a str,
    /// Whether it is surely another person than the release's owner.
    pub other_than_author: bool,
}

/// How far a requirement is fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Whether it is.
    pub met: bool,
    /// The approvals that count for the way that lacks least, by their place in the list.
    pub counted: Vec<usize>,
    /// Who is missing on that way. Empty and not met: the requirement asks for nobody, or has more than 256 ways or groups.
    pub missing: Vec<Missing>,
}

/// People who must still sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The role that they need.
    pub role: String,
    /// How many, from 1.
    pub count: u32,
    /// Whether the release's owner does not count.
    pub not_author: bool,
}

impl Missing {
    /// In words: `2 of sre, not the owner`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { role, count, not_author } = self;
        format!("{count} of {role}{}", if *not_author { ", not the owner" } else { "" })
    }
}

#[derive(Clone, Copy)]
struct Group<'a> {
    role: &'a str,
    count: u32,
    not_author: bool,
}

/// How far `signers` fulfil `requirement`.
#[must_use]
pub fn reach(requirement: &Requirement, signers: &[Signer<'_>]) -> Quorum {
    let people = people(signers);
    let ways = ways(requirement).unwrap_or_default();
    let quorums = ways.iter().filter(|way| !way.is_empty()).map(|way| fill(way, signers, &people));
    let lacking = |quorum: &Quorum| quorum.missing.iter().map(|missing| u64::from(missing.count)).sum::<u64>();
    quorums.min_by_key(lacking).unwrap_or(Quorum { met: false, counted: Vec::new(), missing: Vec::new() })
}

/// Every way to fulfil it: groups that are needed together. `None` when there are too many.
fn ways(requirement: &Requirement) -> Option<Vec<Vec<Group<'_>>>> {
    match requirement {
        Requirement::Role { role, count, not_author } => {
            // Nobody is not enough: a count of 0 is read as 1.
            Some(vec![vec![Group { role, count: (*count).max(1), not_author: *not_author }]])
        }
        Requirement::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(ways(part)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
        Requirement::All(parts) => parts.iter().try_fold(vec![Vec::new()], |before, part| {
            let more = ways(part)?;
            if before.len() * more.len() > MOST {
                return None;
            }
            let joined = before.iter().flat_map(|way| more.iter().map(move |more| [way.as_slice(), more].concat()));
            let joined: Vec<Vec<Group<'_>>> = joined.collect();
            joined.iter().all(|way| way.len() <= MOST).then_some(joined)
        }),
    }
}

/// The signers of each person: those with one name or one key belong together, also through a third.
fn people(signers: &[Signer<'_>]) -> Vec<Vec<usize>> {
    let mut people: Vec<Vec<usize>> = Vec::new();
    for (index, signer) in signers.iter().enumerate() {
        let same = |other: &usize| {
            signers.get(*other).is_some_and(|other| other.person == signer.person || other.key == signer.key)
        };
        let (mine, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|person| person.iter().any(same));
        people = others;
        people.push(mine.into_iter().flatten().chain([index]).collect());
    }
    people
}

/// Puts each person in at most one group, so that as few as possible are missing (augmenting paths in a bipartite graph).
fn fill(way: &[Group<'_>], signers: &[Signer<'_>], people: &[Vec<usize>]) -> Quorum {
    let fitting = |group: &Group<'_>, person: &[usize]| {
        person.iter().copied().find(|index| signers.get(*index).is_some_and(|signer| fits(group, signer)))
    };
    let mut seats = Seats {
        fits: way.iter().map(|group| people.iter().map(|person| fitting(group, person)).collect()).collect(),
        taken: vec![None; people.len()],
    };
    let mut missing = Vec::new();
    for (index, group) in way.iter().enumerate() {
        let mut lacking = group.count;
        while lacking > 0 && seats.seat(index, &mut vec![false; people.len()]) {
            lacking -= 1;
        }
        if lacking > 0 {
            missing.push(Missing { role: group.role.to_owned(), count: lacking, not_author: group.not_author });
        }
    }
    Quorum { met: missing.is_empty(), counted: seats.counted(), missing }
}

fn fits(group: &Group<'_>, signer: &Signer<'_>) -> bool {
    signer.role == group.role && (!group.not_author || signer.other_than_author)
}

struct Seats {
    /// By group and person: the approval with which the person fits.
    fits: Vec<Vec<Option<usize>>>,
    /// By person: the group.
    taken: Vec<Option<usize>>,
}

impl Seats {
    /// Finds one more person for `group`, moving others to another group where that helps.
    fn seat(&mut self, group: usize, seen: &mut [bool]) -> bool {
        for person in 0..self.taken.len() {
            let fits = self.fits.get(group).and_then(|people| people.get(person)).is_some_and(Option::is_some);
            let Some(seen_person) = seen.get_mut(person).filter(|seen| fits && !**seen) else { continue };
            *seen_person = true;
            let before = self.taken.get(person).copied().flatten();
            if before.is_none_or(|before| before != group && self.seat(before, seen)) {
                if let Some(place) = self.taken.get_mut(person) {
                    *place = Some(group);
                }
                return true;
            }
        }
        false
    }

    fn counted(&self) -> Vec<usize> {
        let seated = self.taken.iter().enumerate().filter_map(|(person, group)| Some((person, (*group)?)));
        seated.filter_map(|(person, group)| *self.fits.get(group)?.get(person)?).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn role(role: &str, count: u32) -> Requirement {
        Requirement::Role { role: role.into(), count, not_author: false }
    }

    fn signer(text: &str) -> Signer<'_> {
        let mut parts = text.split('/');
        let mut next = || parts.next().expect("person/key/role");
        Signer { person: next(), key: next(), role: next(), other_than_author: !text.starts_with("author") }
    }

    fn met(requirement: &Requirement, signers: &[&str]) -> bool {
        reach(requirement, &signers.iter().map(|text| signer(text)).collect::<Vec<_>>()).met
    }

    #[test]
    fn a_person_counts_once() {
        let both = Requirement::All(vec![role("sre", 1), role("product", 1)]);
        let either = Requirement::Any(vec![role("sre", 2), both.clone()]);
        let not_author = Requirement::Role { role: "sre".into(), count: 1, not_author: true };
        for (requirement, signers, wanted) in [
            (&role("sre", 1), vec![], false),
            (&role("sre", 1), vec!["jo/k1/sre"], true),
            (&role("sre", 2), vec!["jo/k1/sre", "jo/k2/sre"], false),
            (&role("sre", 2), vec!["jo/k1/sre", "mira/k1/sre"], false),
            (&role("sre", 2), vec!["jo/k1/sre", "mira/k2/sre"], true),
            // One person under three names and two keys.
            (&role("sre", 2), vec!["a/k1/sre", "b/k2/sre", "a/k2/sre"], false),
            (&both, vec!["jo/k1/sre", "jo/k1/product"], false),
            (&both, vec!["jo/k1/sre", "jo/k1/product", "ana/k3/product"], true),
            (&both, vec!["jo/k1/product", "jo/k1/sre", "mira/k3/sre"], true),
            (&either, vec!["jo/k1/sre", "mira/k3/sre"], true),
            (&either, vec!["jo/k1/product", "ana/k3/product"], false),
            (&not_author, vec!["author/k1/sre"], false),
            (&Requirement::All(vec![role("sre", 1), role("sre", 1)]), vec!["jo/k1/sre"], false),
            (&Requirement::All(vec![]), vec!["jo/k1/sre"], false),
            (&Requirement::Any(vec![]), vec!["jo/k1/sre"], false),
            (&role("sre", 0), vec![], false),
            (&role("sre", u32::MAX), vec!["jo/k1/sre"], false),
        ] {
            assert_eq!(met(requirement, &signers), wanted, "{requirement:?} by {signers:?}");
        }
    }

    #[test]
    fn who_is_missing_is_told_by_the_shortest_way() {
        let requirement =
            Requirement::Any(vec![role("board", 3), Requirement::All(vec![role("sre", 2), role("product", 1)])]);
        let quorum = reach(&requirement, &[signer("jo/k1/sre"), signer("ana/k2/product")]);
        assert_eq!(quorum.missing, [Missing { role: "sre".into(), count: 1, not_author: false }]);
        assert_eq!(quorum.counted.len(), 2);
    }

    #[test]
    fn a_requirement_with_too_many_ways_is_never_met() {
        let pair = Requirement::Any(vec![role("sre", 1), role("product", 1)]);
        let bomb = Requirement::All(vec![pair; 64]);
        assert!(!met(&bomb, &["jo/k1/sre"]));
        assert!(!met(&Requirement::All(vec![role("sre", 1); 300]), &["jo/k1/sre"]));
    }

    /// The same rule, by trying every assignment of people to groups.
    fn by_trying(groups: &[(usize, u32)], people: &[Vec<usize>]) -> bool {
        let Some((person, rest)) = people.split_first() else { return groups.iter().all(|(_, count)| *count == 0) };
        by_trying(groups, rest)
            || (0..groups.len()).any(|index| {
                let (role, count) = groups[index];
                let mut left = groups.to_vec();
                left[index].1 = count.saturating_sub(1);
                count > 0 && person.contains(&role) && by_trying(&left, rest)
            })
    }

    proptest! {
        #[test]
        fn groups_are_filled_whenever_they_can_be(
            groups in proptest::collection::vec((0_usize..3, 1_u32..3), 1..4),
            people in proptest::collection::vec(proptest::collection::vec(0_usize..3, 0..3), 0..5),
        ) {
            const ROLES: [&str; 3] = ["sre", "product", "security"];
            const NAMES: [&str; 5] = ["jo", "mira", "ana", "lin", "kim"];
            let requirement = Requirement::All(groups.iter().map(|(name, count)| role(ROLES[*name], *count)).collect());
            let signers: Vec<Signer<'_>> = people.iter().zip(NAMES).flat_map(|(roles, name)| {
                roles.iter().map(move |role| Signer { person: name, key: name, role: ROLES[*role], other_than_author: true })
            }).collect();
            prop_assert_eq!(reach(&requirement, &signers).met, by_trying(&groups, &people));
        }
    }
}
