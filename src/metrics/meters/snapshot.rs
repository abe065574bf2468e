//! The figures of a run at one moment while it goes on. The difference of two snapshots has the form of a run, so that
//! whatever judges finished runs can also judge the last seconds of one.

use std::sync::Arc;
use std::time::Instant;

use super::Meters;
use crate::host::usage::Resources;
use crate::metrics::latency::Recorder;
use crate::metrics::ledger::LedgerReport;
use crate::metrics::queue::{Fill, QueueMeter};
use crate::metrics::run::{Run, RunSetup};
use crate::metrics::stage::StageMeter;
use crate::metrics::steady_rate::SteadyRate;
use crate::metrics::totals::Totals;

/// The figures of a run at one moment: sums since it began.
#[derive(Debug)]
pub struct Snapshot {
    at: Instant,
    used: Resources,
    setup: RunSetup,
    /// Where every frame went so far; frames in flight are only captured yet.
    pub ledger: LedgerReport,
    stages: Vec<(Arc<StageMeter>, Totals)>,
    queues: Vec<(Arc<QueueMeter>, Fill)>,
    latency: Recorder,
}

impl Meters {
    /// The figures now. Every thread is asked to add its sums after its current frame, so a snapshot holds what threads had
    /// done at the snapshot before, and the first one holds little.
    pub fn snapshot(&self) -> Snapshot {
        let at = Instant::now();
        // One after the other: within one expression all these locks would be held until its end.
        let used = Resources::now(&self.workers.lock());
        let setup = self.told.lock().setup;
        let ledger = self.ledger.report();
        let stages = self.stages.lock().iter().map(|stage| (Arc::clone(stage), stage.so_far())).collect();
        let queues = self.queues.lock().iter().map(|queue| (Arc::clone(queue), queue.so_far(at))).collect();
        let latency = self.delivered.lock().latency.clone();
        Snapshot { at, used, setup, ledger, stages, queues, latency }
    }
}

impl Snapshot {
    /// What happened since an earlier snapshot of the same run, in the form of a run: its rates, shares and latencies. It has
    /// no hash and no percentiles of service times, and frames in flight are missing in its ledger. `strategy` and
    /// `workers` say what runs.
    pub fn since(&self, earlier: &Self, strategy: &str, workers: usize) -> Run {
        let wall = self.at.saturating_duration_since(earlier.at);
        let used = self.used.since(&earlier.used);
        let ledger = self.ledger.since(&earlier.ledger);
        let latency = self.latency.since(&earlier.latency);
        // A stage that has just begun had done nothing before.
        let before = |at: usize| earlier.stages.get(at).map(|(_, totals)| totals.sums());
        let stages = self.stages.iter().enumerate().map(|(at, (stage, totals))| {
            stage.report_of(&totals.since(&before(at).unwrap_or_else(|| Totals::new(stage.parts.len()))), wall)
        });
        let empty = |at: usize| earlier.queues.get(at).map_or_else(Fill::default, |(_, fill)| *fill);
        let queues = self.queues.iter().enumerate();
        Run {
            strategy: strategy.to_owned(),
            workers,
            setup: self.setup,
            wall_s: wall.as_secs_f64(),
            steady_rate: SteadyRate { frames: ledger.new_frames(), seconds: wall.as_secs_f64(), ..Default::default() },
            ledger,
            cpu_s: used.cpu.as_secs_f64(),
            system_s: used.system.as_secs_f64(),
            minor_faults: used.minor_faults,
            context_switches: used.context_switches,
            latency_ms: latency.percentiles(),
            stages: stages.collect(),
            queues: queues.map(|(at, (queue, fill))| queue.report_of(&fill.since(&empty(at)))).collect(),
            ..Run::default()
        }
    }
}
