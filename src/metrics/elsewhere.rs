//! What another process has measured of a run, on its way to this one: the run, and the sums that percentiles over several
//! inputs are made of.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latency::Recorder;
use super::meters::Meters;
use super::run::Run;
use super::stage::StageMeter;
use super::totals::{Tally, Totals};

/// Values in nanoseconds, and how often each was recorded.
type Counts = Vec<(u64, u64)>;

/// A run that another process has measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunElsewhere {
    run: Run,
    latency: Counts,
    stages: Vec<StageElsewhere>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StageElsewhere {
    name: String,
    workers: usize,
    parts: Vec<(String, Tally, Counts)>,
    whole: Tally,
    detailed: (u64, Duration),
    service: Counts,
}

impl RunElsewhere {
    /// What these meters have measured of a run that is over, to be sent to another process.
    pub fn of(meters: &Meters, run: Run) -> Self {
        let stages = meters.stages().iter().map(|stage| stage.to_elsewhere()).collect();
        Self { run, latency: meters.latency().counts(), stages }
    }
}

impl Meters {
    /// Another process has measured the run in place of these meters.
    pub fn absorb_elsewhere(&self, measured: RunElsewhere) {
        let RunElsewhere { run, latency, stages } = measured;
        for stage in stages {
            self.add_stage(StageMeter::from_elsewhere(stage));
        }
        self.set_elsewhere(run, &Recorder::of_counts(&latency));
    }
}

impl StageMeter {
    fn to_elsewhere(&self) -> StageElsewhere {
        let totals = self.totals.lock();
        let parts = self.parts.iter().zip(&totals.parts);
        StageElsewhere {
            name: self.name().to_owned(),
            workers: self.workers(),
            parts: parts.map(|(name, (tally, service))| (name.clone(), *tally, service.counts())).collect(),
            whole: totals.whole,
            detailed: totals.detailed,
            service: totals.service.counts(),
        }
    }

    fn from_elsewhere(stage: StageElsewhere) -> Arc<Self> {
        let StageElsewhere { name, workers, parts, whole, detailed, service } = stage;
        let names = parts.iter().map(|(name, ..)| name.clone()).collect();
        let meter = Self::new(&name, workers, names, true);
        let parts = parts.into_iter().map(|(_, tally, service)| (tally, Recorder::of_counts(&service))).collect();
        *meter.totals.lock() = Totals { whole, detailed, service: Recorder::of_counts(&service), parts };
        meter
    }
}
