//! What this process may take of the machine: less than all of it where a scheduler or a control group grants less. Read from
//! the environment, so that nobody has to be asked.

use std::fs::read_to_string;

use crate::host::cgroup::control_groups;
use crate::host::machine::Machine;

/// The part of the memory that is granted which is planned with: the kernel ends a process that takes all of it.
const SHARE: f64 = 0.9;

/// Cores and memory that are granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// Cores: at least one.
    pub cores: usize,
    /// Bytes to plan with, where there is a limit below that of the machine.
    pub memory: Option<u64>,
}

impl Allotment {
    /// That of this process.
    pub fn here() -> Self {
        let limit = |group: &String| read_to_string(format!("{group}/memory.max")).ok()?.trim().parse().ok();
        let group = control_groups().iter().filter_map(limit).min();
        Self::of(Machine::here().capacity(), group, |name| std::env::var(name).ok())
    }

    /// Of a machine that can keep so many processors busy, and a control group of so many bytes.
    fn of(capacity: f64, group: Option<u64>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name)?.trim().parse::<u64>().ok().filter(|number| *number > 0);
        let granted = number("SLURM_CPUS_PER_TASK").map_or(f64::INFINITY, |cores| cores as f64);
        let memory =
            number("SLURM_MEM_PER_NODE").map(|megabytes| megabytes.saturating_mul(1 << 20)).into_iter().chain(group);
        Self {
            cores: (capacity.min(granted) as usize).max(1),
            memory: memory.min().map(|bytes| (bytes as f64 * SHARE) as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(capacity: f64, group: Option<u64>, set: &[(&str, &str)]) -> (usize, Option<u64>) {
        let variable = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let Allotment { cores, memory } = Allotment::of(capacity, group, variable);
        (cores, memory.map(|memory| memory >> 20))
    }

    #[test]
    fn the_least_of_all_that_is_granted_counts() {
        assert_eq!(of(64.0, None, &[]), (64, None));
        assert_eq!(of(64.0, None, &[("SLURM_CPUS_PER_TASK", "2"), ("SLURM_MEM_PER_NODE", "1000")]), (2, Some(900)));
        assert_eq!(
            of(1.5, Some(100 << 20), &[("SLURM_CPUS_PER_TASK", "8"), ("SLURM_MEM_PER_NODE", "1000")]),
            (1, Some(90))
        );
        assert_eq!(of(0.2, None, &[("SLURM_CPUS_PER_TASK", "many"), ("SLURM_MEM_PER_NODE", "0")]), (1, None));
    }
}
