//! What would put an object back to what a repository says.

use super::objects::Meta;
use crate::domain::workload::Manager;

/// The manager, by the marks that each of them leaves.
///
/// `app.kubernetes.io/instance` alone proves nothing, as Helm and people set it too: it names an Argo CD application only
/// where Argo CD left another mark.
pub(in crate::sources::kinds::kubernetes) fn manager(meta: &Meta) -> Option<Manager> {
    let annotation = |name: &str| filled(meta.annotations.get(name));
    let label = |name: &str| filled(meta.labels.get(name));
    let tracked = annotation("argocd.argoproj.io/tracking-id").map(|id| id.split(':').next().unwrap_or(id));
    let marked = meta.annotations.keys().chain(meta.labels.keys()).any(|key| key.starts_with("argocd.argoproj.io/"));
    let instance = || label("app.kubernetes.io/instance").filter(|_| marked);
    let argo_cd = tracked.or_else(|| label("argocd.argoproj.io/instance")).or_else(instance);
    let flux = || label("kustomize.toolkit.fluxcd.io/name").or_else(|| label("helm.toolkit.fluxcd.io/name"));
    let named = |system: &str, name: &str| Manager { system: system.to_owned(), name: name.to_owned() };
    argo_cd
        .map(|name| named("Argo CD", name))
        .or_else(|| flux().map(|name| named("Flux", name)))
        .or_else(|| annotation("meta.helm.sh/release-name").map(|name| named("Helm", name)))
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_manager_is_known_by_its_own_mark() {
        for (metadata, expected) in [
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:argoproj.io/Rollout:shop/checkout"}}),
                Some(("Argo CD", "shop")),
            ),
            (json!({"labels": {"argocd.argoproj.io/instance": "shop"}}), Some(("Argo CD", "shop"))),
            (json!({"labels": {"app.kubernetes.io/instance": "shop"}}), None),
            (
                json!({"labels": {"app.kubernetes.io/instance": "shop"},
                    "annotations": {"argocd.argoproj.io/sync-wave": "1"}}),
                Some(("Argo CD", "shop")),
            ),
            (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}), Some(("Flux", "apps"))),
            (
                json!({"labels": {"helm.toolkit.fluxcd.io/name": "checkout"},
                    "annotations": {"meta.helm.sh/release-name": "checkout"}}),
                Some(("Flux", "checkout")),
            ),
            (json!({"annotations": {"meta.helm.sh/release-name": "checkout"}}), Some(("Helm", "checkout"))),
            (json!({"labels": null, "annotations": []}), None),
        ] {
            let found = manager(&serde_json::from_value(metadata.clone()).expect("lenient"));
            let found = found.as_ref().map(|manager| (manager.system.as_str(), manager.name.as_str()));
            assert_eq!(found, expected, "{metadata}");
        }
    }
}
