//! What a tick or a signature is about: this content, to this place, held against this checklist. When any of it
//! changes, what was said was said about something else.

use serde::Serialize;

use crate::domain::{
    catalog::{ChangeClass, ReleaseFile},
    ledger::{
        canonical::{self, CannotWrite},
        hash::Hash,
    },
    release::Release,
};

/// What is ticked and signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject<'a> {
    release: &'a str,
    environment: &'a str,
    class: ChangeClass,
    components: Vec<Part<'a>>,
    checklist: Hash,
}

/// One service of it. In the order of their names, so that the order of a file does not matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Part<'a> {
    service: &'a str,
    version: Option<&'a str>,
    artifact: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// Of a declared release: what its file says shall go out, not what is seen of it.
    #[must_use]
    pub fn declared(release: &'a str, file: &'a ReleaseFile, checklist: Hash) -> Self {
        let part = |component: &'a crate::domain::catalog::ComponentFile| Part {
            service: &component.service,
            version: Some(&component.version),
            artifact: component.artifact.as_deref(),
        };
        let components = file.components.iter().map(part).collect();
        Self::new(release, &file.environment, file.class, components, checklist)
    }

    /// Of a release; of an ad hoc one by the versions that are seen.
    #[must_use]
    pub fn of(release: &'a Release, checklist: Hash) -> Self {
        if let Some(file) = &release.file {
            return Self::declared(&release.id, file, checklist);
        }
        let part = |component: &'a crate::domain::release::Component| Part {
            service: &component.service,
            version: component.version.as_deref(),
            artifact: None,
        };
        let components = release.components.iter().map(part).collect();
        Self::new(&release.id, &release.environment, release.class, components, checklist)
    }

    fn new(
        release: &'a str,
        environment: &'a str,
        class: ChangeClass,
        mut components: Vec<Part<'a>>,
        checklist: Hash,
    ) -> Self {
        components.sort_unstable();
        components.dedup();
        Self { release, environment, class, components, checklist }
    }

    /// SHA-256 of its canonical JSON: `{checklist, class, components: [{artifact, service, version}], environment, release}`,
    /// `null` for what is not said.
    ///
    /// # Errors
    /// When it cannot be written as canonical JSON.
    pub fn hash(&self) -> Result<Hash, CannotWrite> {
        canonical::to_bytes(self).map(|bytes| Hash::of(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::ComponentFile;

    fn component(service: &str, version: &str) -> ComponentFile {
        ComponentFile { service: service.into(), version: version.into(), ..ComponentFile::default() }
    }

    fn hash(change: impl FnOnce(&mut ReleaseFile)) -> Hash {
        let mut file = ReleaseFile {
            environment: "prod".into(),
            components: vec![component("payments", "7.3.1"), component("checkout", "1.42.0")],
            ..ReleaseFile::default()
        };
        change(&mut file);
        Subject::declared("checkout-1.42", &file, Hash::of(b"checklist")).hash().expect("canonical")
    }

    #[test]
    fn a_subject_is_another_when_what_goes_out_is_another() {
        let before = hash(|_| ());
        assert_ne!(hash(|file| file.components[1].version = "1.42.1".into()), before);
        assert_ne!(hash(|file| file.components[1].artifact = Some("sha256:9c1f".into())), before);
        assert_ne!(hash(|file| file.class = ChangeClass::Emergency), before);
        assert_ne!(hash(|file| file.environment = "staging".into()), before);
        assert_ne!(hash(|file| file.components.push(component("cart", "1"))), before);
        assert_eq!(hash(|file| file.title = Some("New pricing".into())), before, "words are no content");
        assert_eq!(hash(|file| file.components.reverse()), before, "nor is the order of a file");
        let other = Subject::declared("checkout-1.42", &ReleaseFile::default(), Hash::of(b"another")).hash();
        assert_ne!(other.expect("canonical"), before);
    }
}
