//! The machine a result was made on, and the OpenCV.

use std::fs::read_to_string;
use std::thread::available_parallelism;

use procfs::process::Process;
use procfs::{CpuInfo, Current, Meminfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::cgroup::{control_groups, cpu_groups};

/// What a result depends on beside framerace itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Processors this process may run on.
    pub cores: usize,
    /// Processors a control group grants, if it limits them: 1.5 is one and a half.
    pub cpu_quota: Option<f64>,
    /// Memory of the machine, in bytes.
    pub memory: u64,
    /// Operating system, kernel release and architecture.
    pub kernel: String,
}

/// What OpenCV is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenCvFacts {
    /// Its version.
    pub version: String,
    /// What its own parallel loops run on.
    pub parallel: String,
    /// Threads those loops may use.
    pub threads: i32,
    /// What it was built with; none in results from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<OpenCvBuild>,
}

/// What an OpenCV was built with: of two that have the same version one may be twice as fast, and make other pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenCvBuild {
    /// The version of Intel's IPP, where it is used.
    pub ipp: Option<String>,
    /// Libraries that do some of its work, with their versions (its HAL), where there are any.
    pub hal: Option<String>,
    /// Instruction sets that it has code for, as it lists them: those with `*` are chosen at run time, those with `?` this
    /// processor has not.
    pub instructions: String,
}

impl OpenCvFacts {
    /// Its version and that of IPP where it is used: `5.0.0 (IPP 2026.1.0)`.
    pub fn name(&self) -> String {
        let ipp = self.build.as_ref().and_then(|build| build.ipp.as_ref());
        ipp.map_or_else(|| self.version.clone(), |ipp| format!("{} (IPP {ipp})", self.version))
    }

    /// Its build in words: `IPP 2026.1.0, HAL ipp (ver 0.0.1), code up to AVX2`; none where that was not kept.
    pub fn build_words(&self) -> Option<String> {
        let build = self.build.as_ref()?;
        let ipp = build.ipp.as_ref().map_or("no IPP".into(), |version| format!("IPP {version}"));
        let hal = build.hal.as_ref().map_or("no HAL".into(), |names| format!("HAL {names}"));
        let code = build.best_instructions().map_or(String::new(), |best| format!(", code up to {best}"));
        Some(format!("{ipp}, {hal}{code}"))
    }
}

impl OpenCvBuild {
    /// The last of the instruction sets that this processor has, too.
    pub fn best_instructions(&self) -> Option<&str> {
        let best = self.instructions.split_whitespace().rfind(|set| !set.ends_with('?'))?;
        Some(best.trim_start_matches('*'))
    }
}

impl Machine {
    /// Reads the facts of this machine.
    pub fn here() -> Self {
        let uname = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        let cpu = CpuInfo::current().ok().and_then(|info| info.model_name(0).map(str::to_owned));
        Self {
            cpu: cpu.unwrap_or_else(|| "unknown".into()),
            cores: available_parallelism().map_or(1, usize::from),
            cpu_quota: cpu_quota(),
            memory: Meminfo::current().map_or(0, |memory| memory.mem_total),
            kernel: format!("{} {} {}", text(uname.sysname()), text(uname.release()), text(uname.machine())),
        }
    }

    /// How many processors this process can keep busy: its cores, or less under a quota.
    pub fn capacity(&self) -> f64 {
        self.cpu_quota.unwrap_or(f64::INFINITY).min(self.cores as f64)
    }
}

/// Threads that this process has now; 0 where the kernel does not tell.
pub(crate) fn threads() -> i64 {
    Process::myself().and_then(|process| process.stat()).map_or(0, |stat| stat.num_threads)
}

/// Memory that a process has in RAM, shared or not, in bytes; 0 once it is gone.
pub(crate) fn resident_memory(pid: u32) -> u64 {
    let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
    let pages = process.and_then(|process| process.statm().ok()).map_or(0, |statm| statm.resident);
    pages * procfs::page_size()
}

/// The same, summed over a process and all its descendants.
pub(crate) fn resident_memory_of_tree(pid: u32) -> u64 {
    tree(pid).into_iter().map(resident_memory).sum()
}

/// A process and all its descendants.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
    let tasks = process.and_then(|process| process.tasks().ok()).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| task.children().ok()).flatten();
    std::iter::once(pid).chain(children.flat_map(tree)).collect()
}

/// Memory that can be had without swapping and within the limits of control groups, in bytes.
pub fn available_memory() -> u64 {
    let free = Meminfo::current().ok().and_then(|memory| memory.mem_available);
    let left = |group: &str| {
        let number = |file: &str| read_to_string(format!("{group}/{file}")).ok()?.trim().parse::<u64>().ok();
        Some(number("memory.max")?.saturating_sub(number("memory.current")?))
    };
    let granted = control_groups().iter().filter_map(|group| left(group)).min();
    free.into_iter().chain(granted).min().unwrap_or(u64::MAX)
}

/// The tightest quota of this process's control groups.
fn cpu_quota() -> Option<f64> {
    let read = |group: &str, file: &str| read_to_string(format!("{group}/{file}")).ok();
    let limit = |group: &String| {
        // Version 2 has one file, version 1 two.
        let text = read(group, "cpu.max").or_else(|| {
            let (quota, period) = (read(group, "cpu.cfs_quota_us")?, read(group, "cpu.cfs_period_us")?);
            Some(format!("{} {}", quota.trim(), period.trim()))
        })?;
        quota(&text)
    };
    cpu_groups().iter().filter_map(limit).reduce(f64::min)
}

/// Reads `150000 100000` as 1.5, and `max 100000` or `-1 100000` as no limit.
fn quota(cpu_max: &str) -> Option<f64> {
    let (quota, period) = cpu_max.trim().split_once(' ')?;
    let processors = quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?;
    // Version 1 says -1 for no limit.
    (processors > 0.0).then_some(processors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_read_as_processors() {
        assert_eq!(quota("150000 100000\n"), Some(1.5));
        assert_eq!(quota("max 100000\n"), None);
        assert_eq!(quota("-1 100000\n"), None);
    }
}
