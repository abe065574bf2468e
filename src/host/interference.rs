//! What other programs, and other virtual machines on the same hardware, took of the machine during a run.

use std::time::{Duration, Instant};

use procfs::{CurrentSI, KernelStats};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cgroup::stopped_by_quota;

/// How the kernel says all processors spent their time until one moment, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessorTimes {
    all: f64,
    idle: f64,
    stolen: f64,
    stopped: f64,
    at: Option<Instant>,
}

/// What others took of the machine during a run. The kernel counts in ticks of mostly 10 ms, so in a run of a second a
/// share below about a hundredth cannot be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interference {
    /// Share of all processors' time that other programs were at work, 0 to 1.
    pub others: f64,
    /// Share of all processors' time that the hypervisor gave to somebody else although there was work, 0 to 1.
    pub stolen: f64,
    /// Share of the run's time that a control group stopped the program for, because its quota was used up, 0 to 1.
    #[serde(default)]
    pub stopped: f64,
}

impl ProcessorTimes {
    /// Reads the counters; zeros where the kernel does not show them.
    pub fn now() -> Self {
        let Ok(stats) = KernelStats::current() else { return Self::default() };
        let cpu = stats.total;
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        // Time for guests is a part of user time.
        let optional = [cpu.iowait, cpu.irq, cpu.softirq, cpu.steal].into_iter().flatten().sum::<u64>();
        Self {
            all: seconds(cpu.user + cpu.nice + cpu.system + cpu.idle + optional),
            idle: seconds(cpu.idle + cpu.iowait.unwrap_or(0)),
            stolen: seconds(cpu.steal.unwrap_or(0)),
            stopped: stopped_by_quota(),
            at: Some(Instant::now()),
        }
    }

    /// What others took since an earlier moment, while this process tree used `own` CPU time.
    pub fn since(&self, earlier: &Self, own: Duration) -> Interference {
        let all = self.all - earlier.all;
        if all <= 0.0 {
            return Interference::default();
        }
        let stolen = self.stolen - earlier.stolen;
        let busy = all - (self.idle - earlier.idle) - stolen;
        let share = |seconds: f64| (seconds / all).clamp(0.0, 1.0);
        let wall = self.at.zip(earlier.at).map_or(0.0, |(now, then)| now.saturating_duration_since(then).as_secs_f64());
        let stopped = if wall > 0.0 { ((self.stopped - earlier.stopped) / wall).clamp(0.0, 1.0) } else { 0.0 };
        Interference { others: share(busy - own.as_secs_f64()), stolen: share(stolen), stopped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_ours_nor_idle_is_the_others() {
        let at = |all, idle, stolen| ProcessorTimes { all, idle, stolen, ..ProcessorTimes::default() };
        let report = at(120.0, 62.0, 4.0).since(&at(100.0, 50.0, 2.0), Duration::from_secs(4));
        assert_eq!(report, Interference { others: 0.1, stolen: 0.1, stopped: 0.0 });
        assert_eq!(at(100.0, 50.0, 0.0).since(&at(100.0, 50.0, 0.0), Duration::ZERO), Interference::default());
    }
}
