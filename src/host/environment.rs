//! What is around a comparison: what the machine grants to this program, and who else is at work meanwhile. It
//! is read before the first run and after the last one.
//!
//! It knows no strategy and no frame; whether what it found makes figures unfair is for the report to say.

use std::fs::{read_dir, read_to_string};
use std::time::Instant;

use procfs::{CpuInfo, Current, LoadAverage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::machine::{Machine, available_memory};
use crate::host::programs::{Program, Programs};

/// What was around a comparison. What a kernel does not tell is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Processors of the machine that are switched on.
    pub cores_online: usize,
    /// Processors this program may run on (its affinity).
    pub cores_allowed: usize,
    /// Processors a control group grants, if it limits them.
    pub cpu_quota: Option<f64>,
    /// What chooses the processors' frequency; several, with commas between, where they differ.
    pub governor: Option<String>,
    /// Programs that were ready to run in the minute before the first run, on average.
    pub load_before: Option<f64>,
    /// Memory that was free before the first run, in bytes.
    pub free_memory: u64,
    /// Times a processor was slowed down because it was too hot, during the runs.
    pub overheated: Option<u64>,
    /// Other programs that took at least a hundredth of the machine during the runs, the busiest first.
    pub programs: Vec<Program>,
}

/// The machine before the first run.
#[derive(Debug)]
pub struct Before {
    at: Instant,
    load: Option<f64>,
    free_memory: u64,
    overheated: Option<u64>,
    programs: Programs,
}

impl Before {
    /// Reads the state of the machine now.
    pub fn now() -> Self {
        Self {
            load: LoadAverage::current().ok().map(|load| f64::from(load.one)),
            free_memory: available_memory(),
            overheated: overheated(),
            programs: Programs::now(),
            at: Instant::now(),
        }
    }

    /// What was around from then until now.
    pub fn since(&self) -> Environment {
        let cores_online = CpuInfo::current().map_or(0, |info| info.num_cores());
        let all = self.at.elapsed().as_secs_f64() * cores_online.max(1) as f64;
        Environment {
            cores_online,
            cores_allowed: rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count() as usize),
            cpu_quota: Machine::here().cpu_quota,
            governor: governor(),
            load_before: self.load,
            free_memory: self.free_memory,
            overheated: overheated().zip(self.overheated).map(|(now, then)| now.saturating_sub(then)),
            programs: Programs::now().since(&self.programs, all),
        }
    }
}

const PROCESSORS: &str = "/sys/devices/system/cpu";

/// What each processor says in this file of its own.
fn of_each_processor(file: &str) -> Vec<String> {
    let folders = read_dir(PROCESSORS).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter_map(|folder| read_to_string(folder.join(file)).ok()).map(|text| text.trim().to_owned()).collect()
}

fn governor() -> Option<String> {
    let mut governors = of_each_processor("cpufreq/scaling_governor");
    governors.sort();
    governors.dedup();
    (!governors.is_empty()).then(|| governors.join(", "))
}

fn overheated() -> Option<u64> {
    let counts = of_each_processor("thermal_throttle/core_throttle_count");
    counts.iter().filter_map(|count| count.parse::<u64>().ok()).reduce(|sum, count| sum + count)
}
