//! Whole lists, page by page.

use serde::Deserialize;

use super::{
    connection::Connection,
    decode::lenient,
    failure::refused,
    resource::{Resource, Scope},
};
use crate::{
    domain::source::{ErrorKind, SourceError},
    sources::http::quote,
};

/// Objects in one answer.
const PAGE: &str = "500";
/// A list of more pages than this is a server that goes round in circles.
const MOST_PAGES: u32 = 2_000;
/// How often a list is begun again because the server has forgotten its beginning.
const MOST_RESTARTS: u32 = 2;

/// A whole list.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// What is in it.
    pub(super) items: Vec<T>,
    /// The version that a watch continues from.
    pub(super) resource_version: String,
    /// What it took.
    pub(super) cost: Cost,
}

/// What answers took, and what they said of themselves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// Requests.
    pub(super) requests: u32,
    /// Bytes of bodies, unpacked.
    pub(super) bytes: u64,
    /// The server's clock minus ours, by the newest answer.
    pub(super) skew_millis: Option<i64>,
}

impl Cost {
    /// Adds what another answer took.
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.skew_millis = other.skew_millis.or(self.skew_millis);
    }
}

#[derive(Deserialize)]
#[serde(default, bound = "T: Deserialize<'de> + Default")]
struct Page<T> {
    #[serde(deserialize_with = "lenient::text")]
    kind: String,
    #[serde(deserialize_with = "lenient::part")]
    metadata: PageMeta,
    #[serde(deserialize_with = "lenient::list")]
    items: Vec<T>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { kind: String::new(), metadata: PageMeta::default(), items: Vec::new() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageMeta {
    #[serde(deserialize_with = "lenient::text")]
    resource_version: String,
    #[serde(deserialize_with = "lenient::text", rename = "continue")]
    next: String,
}

/// Reads all of `resource` in `scope` that `selector` selects (empty selects all).
///
/// # Errors
/// Whatever keeps one of the pages from arriving whole; then there is no list.
pub(super) async fn list<T: for<'de> Deserialize<'de> + Default>(
    connection: &Connection,
    resource: &Resource,
    scope: &Scope,
    selector: &str,
) -> Result<Listed<T>, SourceError> {
    let mut cost = Cost::default();
    for _ in 0..=MOST_RESTARTS {
        if let Some(listed) = pages(connection, resource, scope, selector, &mut cost).await? {
            return Ok(listed);
        }
    }
    Err(SourceError::new(ErrorKind::Status, format!("{}: the list ran out (410) again and again", resource.name()))
        .advise("the API server forgets lists faster than they can be read: set namespaces of this source"))
}

/// One walk over the pages; `None` when the server has forgotten the list meanwhile.
async fn pages<T: for<'de> Deserialize<'de> + Default>(
    connection: &Connection,
    resource: &Resource,
    scope: &Scope,
    selector: &str,
    cost: &mut Cost,
) -> Result<Option<Listed<T>>, SourceError> {
    let path = resource.path(scope);
    let mut items = Vec::new();
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let mut query = vec![("limit", PAGE)];
        query.extend((!selector.is_empty()).then_some(("labelSelector", selector)));
        query.extend((!next.is_empty()).then_some(("continue", next.as_str())));
        let response = connection.get(&path, &query).await?;
        cost.add(Cost { requests: 1, bytes: response.body.len() as u64, skew_millis: response.skew_millis });
        if response.status == 410 {
            return Ok(None);
        }
        if !(200..300).contains(&response.status) {
            return Err(refused(response, "list", &resource.name(), scope));
        }
        let page: Page<T> = response.json()?;
        if !page.kind.ends_with("List") {
            let what = format!("{path}: a {} instead of a list", quote(&format!("{:?}", page.kind)));
            return Err(
                SourceError::new(ErrorKind::Decode, what).advise("is this the address of a Kubernetes API server?")
            );
        }
        items.extend(page.items);
        let PageMeta { resource_version, next: following } = page.metadata;
        if following.is_empty() {
            return Ok(Some(Listed { items, resource_version, cost: *cost }));
        }
        if following == next {
            break;
        }
        next = following;
    }
    Err(SourceError::new(ErrorKind::Decode, format!("{path}: the list has no end: its pages go round in circles")))
}
