//! The control groups this process is in, and how often they stopped it because its share of the CPU was used up.

use std::fs::read_to_string;

use procfs::ProcessCGroup;
use procfs::process::Process;

/// The folders of the groups that grant CPU time, from the process's own up to the root: of version 2, and of the
/// controller `cpu` of version 1.
pub fn cpu_groups() -> Vec<String> {
    let first = own_groups().filter(|own| own.controllers.iter().any(|controller| controller == "cpu"));
    let first = first.flat_map(|own| upwards("/sys/fs/cgroup/cpu", &own.pathname));
    control_groups().into_iter().chain(first).collect()
}

/// The folders of the groups of version 2, from the process's own up to the root.
pub fn control_groups() -> Vec<String> {
    let own = own_groups().find(|own| own.hierarchy == 0);
    own.map_or_else(Vec::new, |own| upwards("/sys/fs/cgroup", &own.pathname))
}

fn own_groups() -> impl Iterator<Item = ProcessCGroup> {
    Process::myself().and_then(|process| process.cgroups()).into_iter().flat_map(|groups| groups.0)
}

fn upwards(root: &str, own: &str) -> Vec<String> {
    let own = own.trim_start_matches('/');
    let parents = own.match_indices('/').map(|(at, _)| &own[..at]);
    let mut groups: Vec<_> = [own].into_iter().chain(parents).chain([""]).collect();
    groups.dedup();
    groups.into_iter().map(|group| format!("{root}/{group}")).collect()
}

/// Seconds that the groups have stopped the process since they were made, because their quota was used up.
pub fn stopped_by_quota() -> f64 {
    let stopped = |group: &String| seconds_stopped(&read_to_string(format!("{group}/cpu.stat")).ok()?);
    cpu_groups().iter().filter_map(stopped).fold(0.0, f64::max)
}

/// Reads a group's `cpu.stat`: version 2 tells microseconds, version 1 nanoseconds.
fn seconds_stopped(cpu_stat: &str) -> Option<f64> {
    let units = [("throttled_usec ", 1e-6), ("throttled_time ", 1e-9)];
    let number = |line: &str| {
        let told = |(name, unit): &(&str, f64)| Some(line.strip_prefix(name)?.trim().parse::<f64>().ok()? * unit);
        units.iter().find_map(told)
    };
    cpu_stat.lines().find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_tell_how_long_a_group_was_stopped() {
        assert_eq!(seconds_stopped("nr_throttled 3\nthrottled_usec 1500000\n"), Some(1.5));
        assert_eq!(seconds_stopped("nr_periods 9\nnr_throttled 3\nthrottled_time 2500000000\n"), Some(2.5));
        assert_eq!(seconds_stopped("usage_usec 5\n"), None);
    }

    #[test]
    fn groups_go_up_to_the_root() {
        assert_eq!(upwards("/g", "/a/b"), ["/g/a/b", "/g/a", "/g/"]);
        assert_eq!(upwards("/g", "/"), ["/g/"]);
    }
}
