//! What moves workloads: steps, pauses, pods that become ready, aborts, switches.

use super::workload::{AnalysisRun, MEASURE_EVERY, MEASUREMENTS, SCALE_DOWN_DELAY, Workload};
use crate::sim::scenario::{Step, Strategy};

impl Workload {
    /// Moves everything that is due at `now`. `quality` measures the error ratio of a version.
    pub(crate) fn reconcile(&mut self, now: i64, quality: &dyn Fn(&str) -> f64) {
        match self.strategy {
            Strategy::Canary => self.reconcile_canary(now, quality),
            Strategy::BlueGreen => self.reconcile_blue_green(now),
            Strategy::Deployment => self.reconcile_deployment(now),
        }
        for revision in &mut self.revisions {
            if revision.scale_down_at.is_some_and(|at| at <= now) {
                revision.scale(0, now, 0);
                revision.scale_down_at = None;
            }
        }
    }

    /// When something will be due by itself, after `now`.
    pub(crate) fn next_event(&self, now: i64) -> Option<i64> {
        let pods = self.revisions.iter().filter_map(|revision| revision.next_ready(now));
        let downs = self.revisions.iter().filter_map(|revision| revision.scale_down_at);
        let pause = self.pause.zip(self.pause_length()).map(|(since, length)| since + length);
        let measure = self
            .running_analysis()
            .map(|run| run.started + MEASURE_EVERY * (i64::try_from(run.values.len()).unwrap_or(0) + 1));
        pods.chain(downs).chain(pause).chain(measure).filter(|at| *at > now).min()
    }

    /// The analysis of the present step, while it runs.
    pub(crate) fn running_analysis(&self) -> Option<&AnalysisRun> {
        self.analyses.last().filter(|run| run.success.is_none() && self.in_flight() && self.aborted.is_none())
    }

    /// How long the present pause lasts; `None` waits for a person.
    fn pause_length(&self) -> Option<i64> {
        match self.strategy {
            Strategy::Canary => match self.steps().get(self.step) {
                Some(Step::Pause(Some(span))) => Some(span.delta().num_milliseconds()),
                _ => None,
            },
            Strategy::BlueGreen => {
                let seconds = self.spec.pointer("/strategy/blueGreen/autoPromotionSeconds")?.as_i64()?;
                Some(seconds * 1_000)
            }
            Strategy::Deployment => None,
        }
    }

    fn scale(&mut self, hash: &str, count: u32, now: i64) {
        let ready_after = self.ready_after;
        if let Some(revision) = self.revision_mut(hash) {
            revision.scale(count, now, ready_after);
        }
    }

    fn available(&self, hash: &str, now: i64) -> u32 {
        self.revision(hash).map_or(0, |revision| revision.available(now))
    }

    fn reconcile_canary(&mut self, now: i64, quality: &dyn Fn(&str) -> f64) {
        let count = self.replicas();
        let (stable, current) = (self.stable.clone(), self.current.clone());
        if !self.in_flight() {
            self.scale(&stable, count, now);
            return;
        }
        if self.aborted.is_some() {
            self.scale(&stable, count, now);
            return;
        }
        if self.paused_by_person() {
            return;
        }
        let steps = self.steps();
        // Each round goes one step on; a step that has to wait ends the loop.
        for _ in 0..=steps.len() {
            if self.promote_full {
                self.step = steps.len();
            }
            let Some(step) = steps.get(self.step) else {
                self.finish_canary(now);
                return;
            };
            let done = match step {
                Step::Weight(weight) => self.reach_weight(*weight, now),
                Step::Pause(length) => match self.pause {
                    None => {
                        self.pause = Some(now);
                        self.notice(now, "RolloutPaused", "Rollout is paused (CanaryPauseStep)".to_owned());
                        false
                    }
                    Some(since) => length.is_some_and(|length| since + length.delta().num_milliseconds() <= now),
                },
                Step::Analysis(_) => self.measure(now, quality),
            };
            if !done || self.aborted.is_some() {
                return;
            }
            if self.pause.take().is_some() {
                self.notice(now, "RolloutResumed", "Rollout is resumed".to_owned());
            }
            let text = format!("Rollout step {}/{} completed ({step})", self.step + 1, steps.len());
            self.notice(now, "RolloutStepCompleted", text);
            self.step += 1;
        }
        let _ = current;
    }

    /// Brings pods, then the traffic, to `weight` percent; says whether it is there.
    fn reach_weight(&mut self, weight: u32, now: i64) -> bool {
        let count = self.replicas();
        let (stable, current) = (self.stable.clone(), self.current.clone());
        let canaries = (count * weight).div_ceil(100);
        self.scale(&current, canaries, now);
        if self.available(&current, now) < canaries {
            return false;
        }
        if !self.router {
            self.scale(&stable, count - canaries.min(count), now);
        }
        if self.weight != weight {
            self.notice(
                now,
                "TrafficWeightUpdated",
                format!("Traffic weight updated from {} to {weight}", self.weight),
            );
            self.weight = weight;
            self.weight_since = now;
        }
        true
    }

    fn finish_canary(&mut self, now: i64) {
        if !self.reach_weight(100, now) {
            return;
        }
        self.finish(now);
    }

    /// The new version is the stable one; the old one's pods go after a while.
    fn finish(&mut self, now: i64) {
        let old = std::mem::replace(&mut self.stable, self.current.clone());
        if let Some(revision) = self.revision_mut(&old) {
            revision.scale_down_at = Some(now + SCALE_DOWN_DELAY);
        }
        self.pause = None;
        self.promote_full = false;
        self.finished = now;
        let number = self.revision(&self.current).map_or(0, |revision| revision.number);
        self.notice(
            now,
            "RolloutCompleted",
            format!("Rollout completed update to revision {number} ({}): Completed all canary steps", self.current),
        );
    }

    /// Measures as often as the template wants; says whether it is done. A failure aborts.
    fn measure(&mut self, now: i64, quality: &dyn Fn(&str) -> f64) -> bool {
        let (step, hash) = (self.step, self.current.clone());
        let Some(revision) = self.revision(&hash) else { return false };
        let (number, version) = (revision.number, revision.version());
        if !self.analyses.iter().any(|run| run.step == step && run.hash == hash && run.started >= self.started) {
            let name = format!("{}-{hash}-{number}-{step}", self.name);
            self.analyses.push(AnalysisRun {
                name,

                step,
                hash: hash.clone(),
                started: now,
                values: Vec::new(),
                success: None,
            });
        }
        let Some(run) = self.analyses.last_mut() else { return false };
        let due = (now - run.started) / MEASURE_EVERY;
        while i64::try_from(run.values.len()).is_ok_and(|done| done < due.min(MEASUREMENTS)) {
            run.values.push((now, quality(&version)));
        }
        let failed = run.values.iter().any(|(_, value)| *value > 0.01);
        let complete = i64::try_from(run.values.len()).is_ok_and(|done| done >= MEASUREMENTS);
        if failed {
            run.success = Some(false);
            let name = run.name.clone();
            self.notice(
                now,
                "AnalysisRunFailed",
                format!("Step Analysis Run '{name}' Status New: 'Failed' Previous: 'Running'"),
            );
            self.abort(now);
        } else if complete {
            run.success = Some(true);
        }
        complete && !failed
    }

    fn reconcile_blue_green(&mut self, now: i64) {
        let count = self.replicas();
        let (stable, current) = (self.stable.clone(), self.current.clone());
        self.scale(&stable, count, now);
        if !self.in_flight() || self.aborted.is_some() || self.paused_by_person() {
            return;
        }
        self.scale(&current, count, now);
        if self.available(&current, now) < count {
            return;
        }
        let automatic = self
            .spec
            .pointer("/strategy/blueGreen/autoPromotionEnabled")
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(true);
        let timed = self.pause_length();
        let switch = match self.pause {
            _ if self.promote_full => true,
            None if automatic && timed.is_none() => true,
            None => {
                self.pause = Some(now);
                self.notice(now, "RolloutPaused", "Rollout is paused (BlueGreenPause)".to_owned());
                false
            }
            Some(since) => timed.is_some_and(|length| since + length <= now),
        };
        if switch {
            self.weight_since = now;
            self.notice(
                now,
                "SwitchService",
                format!("Switched selector for service '{}' from '{stable}' to '{current}'", self.name),
            );
            self.finish(now);
        }
    }

    fn reconcile_deployment(&mut self, now: i64) {
        let count = self.replicas();
        let (stable, current) = (self.stable.clone(), self.current.clone());
        if !self.in_flight() {
            self.scale(&current, count, now);
            return;
        }
        if self.paused_by_person() {
            return;
        }
        // 25 % more than wanted may be there, none may lack.
        let surge = count.div_ceil(4);
        let ready = self.available(&current, now);
        let old = count.saturating_sub(ready);
        self.scale(&stable, old, now);
        self.scale(&current, count.min(ready + surge).min((count + surge).saturating_sub(old)), now);
        if self.available(&current, now) >= count {
            self.scale(&stable, 0, now);
            self.stable = current;
            self.finished = now;
        }
    }

    /// Back to the stable version: no traffic for the new one, its pods go after a while.
    pub(crate) fn abort(&mut self, now: i64) {
        if !self.in_flight() || self.aborted.is_some() {
            return;
        }
        self.aborted = Some(now);
        self.pause = None;
        if self.weight != 0 {
            self.weight = 0;
            self.weight_since = now;
        }
        let current = self.current.clone();
        if let Some(revision) = self.revision_mut(&current) {
            revision.scale_down_at = Some(now + SCALE_DOWN_DELAY);
        }
        let number = self.revision(&current).map_or(0, |revision| revision.number);
        self.notice(now, "RolloutAborted", format!("Rollout aborted update to revision {number}"));
    }

    /// Begins again after an abort.
    pub(crate) fn retry(&mut self, now: i64) {
        if self.aborted.take().is_none() {
            return;
        }
        self.step = 0;
        self.started = now;
        let current = self.current.clone();
        if let Some(revision) = self.revision_mut(&current) {
            revision.scale_down_at = None;
        }
        self.notice(now, "RolloutRetry", "Rollout is retried".to_owned());
    }

    /// Goes on past the present pause.
    pub(crate) fn promote(&mut self, now: i64) {
        if self.pause.take().is_none() {
            return;
        }
        self.notice(now, "RolloutResumed", "Rollout is resumed".to_owned());
        match self.strategy {
            Strategy::Canary => {
                let total = self.steps().len();
                self.step = (self.step + 1).min(total);
            }
            Strategy::BlueGreen => self.promote_full = true,
            Strategy::Deployment => {}
        }
    }
}
