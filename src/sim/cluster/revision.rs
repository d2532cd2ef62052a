//! A revision of a workload: what becomes a `ReplicaSet` and its pods.

use serde_json::Value;

use crate::sim::traffic::hash;

/// A pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// Its name.
    pub(crate) name: String,
    /// When it was made, in milliseconds.
    pub(crate) created: i64,
    /// From when it is ready.
    pub(crate) ready_at: i64,
}

/// A revision.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// Counts upwards; moves when the template is used again.
    pub(crate) number: u64,
    /// The hash of the template.
    pub(crate) hash: String,
    /// The name of its `ReplicaSet`.
    pub(crate) name: String,
    /// The pod template.
    pub(crate) template: Value,
    /// When it was made, in milliseconds.
    pub(crate) created: i64,
    /// Its pods.
    pub(crate) pods: Vec<Pod>,
    /// When the number of its pods changed last.
    pub(crate) changed: i64,
    /// When its pods go.
    pub(crate) scale_down_at: Option<i64>,
    /// Pods that were ever made: names are not used twice.
    made: u64,
}

impl Revision {
    /// A revision without pods.
    pub(crate) fn new(workload: &str, number: u64, hash: String, template: Value, created: i64) -> Self {
        let name = format!("{workload}-{hash}");
        Self { number, hash, name, template, created, pods: Vec::new(), changed: created, scale_down_at: None, made: 0 }
    }

    /// Adds or removes pods until there are `count`. The youngest go first.
    pub(crate) fn scale(&mut self, count: u32, now: i64, ready_after: i64) {
        let count = count as usize;
        if self.pods.len() == count {
            return;
        }
        self.changed = now;
        self.pods.truncate(count);
        while self.pods.len() < count {
            self.made += 1;
            let name = format!("{}-{}", self.name, letters(hash(self.made, self.name.as_bytes()), 5));
            // Pods start one after the other, a fifth of the time apart.
            let delay = ready_after + ready_after / 5 * i64::try_from(self.pods.len()).unwrap_or(0).min(10);
            self.pods.push(Pod { name, created: now, ready_at: now + delay });
        }
    }

    /// Pods that are ready.
    pub(crate) fn available(&self, now: i64) -> u32 {
        u32::try_from(self.pods.iter().filter(|pod| pod.ready_at <= now).count()).unwrap_or(u32::MAX)
    }

    /// Pods in all.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.pods.len()).unwrap_or(u32::MAX)
    }

    /// When the next pod becomes ready, after `now`.
    pub(crate) fn next_ready(&self, now: i64) -> Option<i64> {
        self.pods.iter().map(|pod| pod.ready_at).filter(|at| *at > now).min()
    }

    /// The tag of the first container's image.
    pub(crate) fn version(&self) -> String {
        let image = self.template.pointer("/spec/containers/0/image").and_then(Value::as_str).unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or(image);
        last.split_once(':').map_or(last, |(_, tag)| tag).to_owned()
    }
}

/// The hash of a template, written as Kubernetes writes such hashes.
pub(crate) fn template_hash(template: &Value) -> String {
    letters(hash(0, template.to_string().as_bytes()), 10)
}

/// `count` letters and digits without those that could make words.
pub(crate) fn letters(mut number: u64, count: usize) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut text = String::new();
    for _ in 0..count {
        let index = usize::try_from(number % ALPHABET.len() as u64).unwrap_or(0);
        text.push(ALPHABET.get(index).copied().map_or('x', char::from));
        number /= ALPHABET.len() as u64;
    }
    text
}

/// An identity in the form of a UUID.
pub(crate) fn uid(seed: u64, text: &str) -> String {
    let (a, b) = (hash(seed, text.as_bytes()), hash(seed ^ 0x5bd1_e995, text.as_bytes()));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}
