//! What pods say is wrong.

use std::collections::BTreeMap;

use super::objects::Pod;

/// States that are on the way to good, or good.
const FINE: [&str; 8] =
    ["", "Running", "Pending", "Succeeded", "Completed", "ContainerCreating", "PodInitializing", "Unknown"];

/// What is wrong with `pods`, in the words of `kubectl get pods`, with how many pods say so: `ImagePullBackOff (2 pods)`.
pub(super) fn trouble(pods: &[&Pod]) -> Vec<String> {
    let mut reasons = BTreeMap::<&str, u32>::new();
    for reason in pods.iter().filter_map(|pod| reason(pod)) {
        *reasons.entry(reason).or_default() += 1;
    }
    let words = reasons.into_iter().map(|(reason, pods)| match pods {
        1 => format!("{reason} (1 pod)"),
        _ => format!("{reason} ({pods} pods)"),
    });
    words.collect()
}

fn reason(pod: &Pod) -> Option<&str> {
    let status = &pod.status;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses);
    let mut reasons =
        containers.flat_map(|container| [&container.state.waiting.reason, &container.state.terminated.reason]);
    let container = reasons.find(|reason| !FINE.contains(&reason.as_str()));
    let whole = [&status.reason, &status.phase].into_iter().find(|reason| !FINE.contains(&reason.as_str()));
    container.or(whole).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_that_cannot_start_are_counted_by_their_reason() {
        let waiting = |reason: &str| json!({"status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": reason}}}]}});
        let pods: Vec<Pod> = [
            waiting("ImagePullBackOff"),
            waiting("ImagePullBackOff"),
            waiting("ContainerCreating"),
            json!({"status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}}),
            json!({"status": {"phase": "Failed", "reason": "Evicted"}}),
            json!(null),
        ]
        .into_iter()
        .map(|pod| serde_json::from_value(json!([pod])).map(|pods: [Option<Pod>; 1]| pods.into_iter().flatten().next()))
        .filter_map(|pod| pod.expect("lenient"))
        .collect();
        assert_eq!(trouble(&pods.iter().collect::<Vec<_>>()), ["Evicted (1 pod)", "ImagePullBackOff (2 pods)"]);
    }
}
