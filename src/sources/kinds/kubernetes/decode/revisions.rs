//! `ReplicaSet`s as revisions: health, tags and deadlines as the official plugin tells them (`GetReplicaSetInfo`).

use super::{
    lenient,
    objects::{Pod, PodTemplate, ReplicaSet, Rollout},
    ownership::Owned,
    pods::trouble,
};
use crate::domain::workload::{Revision, TaggedImage, Template};

/// The label by which Argo Rollouts tells its templates apart.
pub(super) const ROLLOUTS_HASH: &str = "rollouts-pod-template-hash";
/// The label by which Deployments tell theirs apart.
pub(super) const DEPLOYMENT_HASH: &str = "pod-template-hash";
/// The annotation that numbers everything of a Rollout.
pub(super) const ROLLOUT_REVISION: &str = "rollout.argoproj.io/revision";
/// The annotation that numbers everything of a Deployment.
pub(super) const DEPLOYMENT_REVISION: &str = "deployment.kubernetes.io/revision";

/// How a kind of owner marks its `ReplicaSet`s.
pub(super) struct Marks {
    /// The label with the hash of the template.
    pub(super) hash: &'static str,
    /// The annotation with the number.
    pub(super) revision: &'static str,
}

/// The marks of Argo Rollouts.
pub(super) const OF_ROLLOUT: Marks = Marks { hash: ROLLOUTS_HASH, revision: ROLLOUT_REVISION };
/// The marks of Deployments.
pub(super) const OF_DEPLOYMENT: Marks = Marks { hash: DEPLOYMENT_HASH, revision: DEPLOYMENT_REVISION };

/// One revision, without tags.
pub(super) fn revision(set: &ReplicaSet, marks: &Marks, pods: &Owned<'_, Pod>) -> Revision {
    let annotations = &set.metadata.annotations;
    let deadline = annotations.get("argo-rollouts.argoproj.io/scale-down-deadline");
    Revision {
        number: annotations.get(marks.revision).and_then(|number| number.parse().ok()),
        name: set.metadata.name.clone(),
        template: template(&set.spec.template, set.metadata.labels.get(marks.hash).map(String::as_str)),
        tags: Vec::new(),
        health: health(set).to_owned(),
        desired: lenient::as_count(Some(set.spec.replicas.unwrap_or(1))),
        current: set.status.replicas,
        available: set.status.available_replicas,
        created_at: set.metadata.creation_timestamp,
        scale_down_at: deadline.and_then(|text| lenient::instant(text)),
        trouble: trouble(&pods.of(set)),
    }
}

/// Puts the newest first, as the plugin does.
pub(super) fn sort(revisions: &mut [Revision]) {
    revisions.sort_by(|one, other| other.number.cmp(&one.number).then_with(|| one.name.cmp(&other.name)));
}

/// What identifies a template.
pub(super) fn template(template: &PodTemplate, hash: Option<&str>) -> Template {
    let images = template.spec.containers.iter().map(|container| &container.image);
    Template {
        hash: hash.filter(|hash| !hash.is_empty()).map(str::to_owned),
        images: images.filter(|image| !image.is_empty()).cloned().collect(),
        labels: template.metadata.labels.clone(),
        annotations: template.metadata.annotations.clone(),
    }
}

fn health(set: &ReplicaSet) -> &'static str {
    let status = &set.status;
    if set.metadata.generation.unwrap_or(0) > status.observed_generation.unwrap_or(0) {
        return "Progressing";
    }
    let failure = status.conditions.iter().find(|condition| condition.kind == "ReplicaFailure");
    if failure.is_some_and(|condition| condition.status == "True") {
        return "ReplicaFailure";
    }
    match set.spec.replicas {
        Some(wanted) if i64::from(status.available_replicas) < wanted => "Progressing",
        Some(0) => "ScaledDown",
        _ => "Healthy",
    }
}

/// The part that a template of this hash plays in `rollout`.
pub(super) fn tags(rollout: &Rollout, hash: Option<&str>) -> Vec<String> {
    let status = &rollout.status;
    let is = |of: &str| hash.is_some_and(|hash| !hash.is_empty() && hash == of);
    let mut tags = Vec::new();
    if let Some(canary) = &rollout.spec.strategy.canary {
        let stable_is_ping = status.canary.stable_ping_pong == "ping";
        let part = if is(&status.stable_rs) {
            Some(("stable", stable_is_ping))
        } else if is(&status.current_pod_hash) {
            Some(("canary", !stable_is_ping))
        } else {
            None
        };
        if let Some((tag, ping)) = part {
            tags.push(tag);
            if canary.ping_pong.is_some() {
                tags.push(if ping { "ping" } else { "pong" });
            }
        }
    }
    if rollout.spec.strategy.blue_green.is_some() {
        if is(&status.stable_rs) {
            tags.push("stable");
        }
        if is(&status.blue_green.active_selector) {
            tags.push("active");
        } else if is(&status.blue_green.preview_selector) {
            tags.push("preview");
        }
    }
    tags.into_iter().map(str::to_owned).collect()
}

/// Images of templates that run, each once, with all its tags.
#[derive(Default)]
pub(super) struct Images(Vec<TaggedImage>);

impl Images {
    /// Adds the images of one template. Tags of an image that is there already are merged and sorted, as the plugin does.
    pub(super) fn add(&mut self, template: &Template, tags: &[String]) {
        for image in &template.images {
            match self.0.iter_mut().find(|known| known.image == *image) {
                None => self.0.push(TaggedImage { image: image.clone(), tags: tags.to_vec() }),
                Some(known) => {
                    known.tags.extend_from_slice(tags);
                    known.tags.sort();
                    known.tags.dedup();
                }
            }
        }
    }

    /// All of them, by name.
    pub(super) fn sorted(mut self) -> Vec<TaggedImage> {
        self.0.sort_by(|one, other| one.image.cmp(&other.image));
        self.0
    }
}
