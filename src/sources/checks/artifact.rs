//! The kind `artifact`: what goes to this environment is byte for byte what was released to another one. Pure.

use super::{Subject, found::Found};

/// Whether each artifact of the release is the one that a release of the same version took to the environment `other`.
#[must_use]
pub fn judge(subject: Subject<'_>, other: &str) -> Found {
    let there: Vec<_> = subject
        .catalog
        .releases
        .values()
        .filter(|release| release.environment == other)
        .flat_map(|release| &release.components)
        .collect();
    let (mut same, mut untold) = (0_usize, None);
    for component in &subject.release.components {
        let what = format!("{} {}", component.service, component.version);
        let Some(artifact) = &component.artifact else {
            untold.get_or_insert(format!("{what} names no artifact here"));
            continue;
        };
        let known: Vec<&String> = there
            .iter()
            .filter(|one| one.service == component.service && one.version == component.version)
            .filter_map(|one| one.artifact.as_ref())
            .collect();
        if let Some(different) = known.iter().find(|one| **one != artifact) {
            return Found::fail(format!("{what} is {artifact} here, and {different} in {other}"));
        }
        if known.is_empty() {
            untold.get_or_insert(format!("no release took {what} with an artifact to {other}"));
        } else {
            same += 1;
        }
    }
    match untold {
        Some(why) => Found::unknown(why),
        None if same == 0 => Found::unknown("the release has no components"),
        None => Found::pass(format!("{same} artifacts are the same in {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        catalog::{Catalog, ComponentFile, ReleaseFile},
        checklist::state::Finding,
    };

    fn release(environment: &str, artifact: Option<&str>) -> ReleaseFile {
        let component = ComponentFile {
            service: "shop".to_owned(),
            version: "1.2".to_owned(),
            artifact: artifact.map(str::to_owned),
            after: Vec::new(),
        };
        ReleaseFile { environment: environment.to_owned(), components: vec![component], ..ReleaseFile::default() }
    }

    #[test]
    fn the_same_version_with_another_digest_is_found_out() {
        let judged = |here: Option<&str>, there: Option<&str>| {
            let release = release("prod", here);
            let releases = [("s".to_owned(), self::release("staging", there))].into();
            let catalog = Catalog { releases, ..Catalog::default() };
            judge(Subject { catalog: &catalog, release: &release }, "staging").finding
        };
        assert_eq!(judged(Some("sha256:a"), Some("sha256:a")), Finding::Pass);
        assert_eq!(judged(Some("sha256:a"), Some("sha256:b")), Finding::Fail);
        assert_eq!(judged(Some("sha256:a"), None), Finding::Unknown);
        assert_eq!(judged(None, Some("sha256:a")), Finding::Unknown);
    }
}
