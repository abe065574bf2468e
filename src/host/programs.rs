//! Other programs and the CPU time they took: who they are by name, from the kernel's list of processes.

use std::collections::HashMap;

use procfs::process::{Stat, all_processes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// At most so many programs are named.
const NAMED: usize = 3;
/// Programs that take a smaller share of the machine are not named.
const WORTH_NAMING: f64 = 0.01;

/// Another program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    /// Its name, without its path and arguments.
    pub name: String,
    /// Share of all processors' time that it took, 0 to 1.
    pub share: f64,
}

/// The CPU seconds of every process so far.
#[derive(Debug)]
pub(super) struct Programs(HashMap<Id, (String, f64)>);

/// Process number and start time. Numbers are used again; together with the start time one is unique.
type Id = (i32, u64);

impl Programs {
    /// Reads the CPU time of all processes but this process and its children.
    pub(super) fn now() -> Self {
        let own = i32::try_from(std::process::id()).unwrap_or(-1);
        let other = |stat: &Stat| stat.pid != own && stat.ppid != own;
        let stats = all_processes().into_iter().flatten().filter_map(|process| process.ok()?.stat().ok());
        let ticks = procfs::ticks_per_second() as f64;
        let seconds = |stat: &Stat| (stat.utime + stat.stime) as f64 / ticks;
        Self(
            stats.filter(other).map(|stat| ((stat.pid, stat.starttime), (stat.comm.clone(), seconds(&stat)))).collect(),
        )
    }

    /// The programs that took most since an earlier reading, while all processors together had `all` seconds. Processes of
    /// one name are one program; those that have ended meanwhile are not seen.
    pub(super) fn since(&self, earlier: &Self, all: f64) -> Vec<Program> {
        let mut programs: HashMap<&str, f64> = HashMap::new();
        for (id, (name, seconds)) in &self.0 {
            let before = earlier.0.get(id).map_or(0.0, |(_, seconds)| *seconds);
            *programs.entry(name).or_default() += seconds - before;
        }
        let share = |seconds: f64| if all > 0.0 { (seconds / all).clamp(0.0, 1.0) } else { 0.0 };
        let mut programs: Vec<_> =
            programs.into_iter().map(|(name, s)| Program { name: name.to_owned(), share: share(s) }).collect();
        programs.retain(|program| program.share >= WORTH_NAMING);
        programs.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
        programs.truncate(NAMED);
        programs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(seconds: &[(i32, &str, f64)]) -> Programs {
        Programs(seconds.iter().map(|(pid, name, s)| ((*pid, 0), ((*name).to_owned(), *s))).collect())
    }

    #[test]
    fn the_busiest_programs_are_named_and_those_of_one_name_are_one() {
        let before = programs(&[(1, "shell", 5.0), (2, "compiler", 1.0)]);
        let after = programs(&[(1, "shell", 5.01), (2, "compiler", 2.0), (3, "compiler", 1.0), (4, "player", 0.5)]);
        let named: Vec<_> = after.since(&before, 10.0).into_iter().map(|p| (p.name, p.share)).collect();
        assert_eq!(named, [("compiler".to_owned(), 0.2), ("player".to_owned(), 0.05)]);
    }

    #[test]
    fn this_process_is_no_other_program() {
        let own = i32::try_from(std::process::id()).expect("a number");
        let now = Programs::now();
        assert!(!now.0.is_empty() && now.0.keys().all(|(pid, _)| *pid != own));
    }
}
