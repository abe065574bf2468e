//! The summary of a finished run: the figures of all its meters, as one [`Run`].

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::Meters;
use crate::host::usage::Resources;
use crate::metrics::overhead::{Samples, share};
use crate::metrics::run::Run;
use crate::metrics::timeline::timeline;
use crate::metrics::trace::Trace;
use crate::metrics::trace::tracks::trace;

impl Meters {
    /// The summary. `strategy` and `workers` say what ran, `hash` is the sink's hash of all pixels. To be called once: traced
    /// spans are moved into it.
    pub fn run(&self, strategy: &str, workers: usize, hash: Option<String>) -> Run {
        if let Some(run) = self.elsewhere.lock().clone() {
            return Run { strategy: strategy.to_owned(), ..run };
        }
        let begin = self.begin.get().copied().unwrap_or_else(|| self.moment());
        let end = self.end.lock().unwrap_or(begin);
        let wall = end.at.saturating_duration_since(begin.at);
        let used = end.used.since(&begin.used);
        let stages: Vec<_> = self.stages.lock().iter().map(|stage| stage.report(wall)).collect();
        let queues: Vec<_> = self.queues.lock().iter().map(|queue| queue.report()).collect();
        let waited = self.queues.lock().iter().map(|queue| queue.waited()).collect();
        let ledger = self.ledger.report();
        let samples = Samples::at(&self.stages.lock(), queues.len(), ledger.captured);
        let meter = self.profiling.cost.of(samples) + Duration::from_nanos(self.sampling.load(Relaxed));
        let meter = if self.on { meter } else { Duration::ZERO };
        let (latency_ms, latencies, timeline) = {
            let delivered = self.delivered.lock();
            let timeline = self.on.then(|| timeline(wall, &delivered.frames, waited)).flatten();
            (delivered.latency.percentiles(), delivered.latency.distribution(), timeline)
        };
        let arrivals = *self.arrivals.lock();
        let steady_rate = self.steady.lock().rate(ledger.new_frames(), wall);
        let told = self.told.lock().clone();
        Run {
            strategy: strategy.to_owned(),
            workers,
            startup_s: (begin.at - self.created).as_secs_f64(),
            wall_s: wall.as_secs_f64(),
            arrivals: arrivals.map_or(0, |[(_, first), (_, last)]| last - first),
            arrivals_s: arrivals
                .map_or(0.0, |[(first, _), (last, _)]| last.saturating_duration_since(first).as_secs_f64()),
            steady_rate,
            ledger,
            cpu_s: used.cpu.as_secs_f64(),
            system_s: used.system.as_secs_f64(),
            minor_faults: used.minor_faults,
            steady_faults: self.steady_faults(&end.used),
            context_switches: used.context_switches,
            interference: end.processors.since(&begin.processors, used.cpu),
            memory_at_start: self.memory_at_start,
            peak_memory: self.peak_memory.load(Relaxed),
            peak_resident: self.peak_resident.load(Relaxed),
            latency_ms,
            latencies,
            timeline,
            hash,
            stages,
            queues,
            buffers: self.buffers.report(),
            losses: self.losses.report(),
            clocks_too_expensive: self.profiling.too_expensive.get().copied(),
            meter_share: share(meter, used.cpu),
            trace: self.trace(begin.at),
            ..told
        }
    }

    /// Page faults per frame from the end of the warm-up until `end`; none if too few frames followed.
    fn steady_faults(&self, end: &Resources) -> Option<f64> {
        let (frames, at) = self.warm.get()?;
        let since = self.ledger.delivered().saturating_sub(*frames);
        // Over a few frames, one page more or less would change the figure.
        (since >= self.warm_up).then(|| end.since(at).minor_faults as f64 / since as f64)
    }

    /// The trace of a run that began then; none if no frames were to be traced.
    fn trace(&self, begin: Instant) -> Option<Trace> {
        let stages: Vec<_> = self.stages.lock().iter().map(|stage| stage.take_logs()).collect();
        let depths = self.queues.lock().iter().map(|queue| queue.take_changes()).collect();
        (self.traced > 0).then(|| trace(self.traced, begin, &stages, depths))
    }
}
