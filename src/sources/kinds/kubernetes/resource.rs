//! The resources that are read: all that warroom needs a right for.

/// A resource of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// The API group; empty for the core group.
    pub(super) group: &'static str,
    /// The version in the group.
    pub(super) version: &'static str,
    /// The plural, as in paths and in RBAC rules.
    pub(super) plural: &'static str,
}

const fn argo(plural: &'static str) -> Resource {
    Resource { group: "argoproj.io", version: "v1alpha1", plural }
}

const fn apps(plural: &'static str) -> Resource {
    Resource { group: "apps", version: "v1", plural }
}

/// Argo Rollouts.
pub(super) const ROLLOUTS: Resource = argo("rollouts");
/// What Argo Rollouts measures.
pub(super) const ANALYSIS_RUNS: Resource = argo("analysisruns");
/// What Argo Rollouts runs side by side.
pub(super) const EXPERIMENTS: Resource = argo("experiments");
/// Plain Deployments.
pub(super) const DEPLOYMENTS: Resource = apps("deployments");
/// Revisions of both.
pub(super) const REPLICA_SETS: Resource = apps("replicasets");
/// Pods.
pub(super) const PODS: Resource = Resource { group: "", version: "v1", plural: "pods" };

impl Resource {
    /// The path of the list, in one namespace or in all of them.
    pub(super) fn path(&self, scope: &Scope) -> String {
        let root = if self.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", self.group) };
        let Self { version, plural, .. } = self;
        match &scope.0 {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{version}/{plural}"),
        }
    }

    /// The name in RBAC rules and for people: `rollouts.argoproj.io`, `pods`.
    pub(super) fn name(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// One namespace, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::sources) struct Scope(pub(in crate::sources) Option<String>);

impl Scope {
    /// `in shop`, `in all namespaces`.
    pub(super) fn words(&self) -> String {
        match &self.0 {
            Some(namespace) => format!("in {namespace}"),
            None => "in all namespaces".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_found_where_the_api_server_has_it() {
        let shop = Scope(Some("shop".to_owned()));
        assert_eq!(ROLLOUTS.path(&shop), "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts");
        assert_eq!(DEPLOYMENTS.path(&Scope(None)), "/apis/apps/v1/deployments");
        assert_eq!(PODS.path(&shop), "/api/v1/namespaces/shop/pods");
    }
}
