//! Which shard a process is to do: given, or told by the engine that runs the array, in one of the variables that engines use.
//! Knows nothing of plans.

/// The variables in which engines tell the index: Slurm, Kubernetes, AWS Batch, Google Batch, Cloud Run, PBS.
pub const INDEX_VARIABLES: &[&str] = &[
    "SLURM_ARRAY_TASK_ID",
    "JOB_COMPLETION_INDEX",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "BATCH_TASK_INDEX",
    "CLOUD_RUN_TASK_INDEX",
    "PBS_ARRAY_INDEX",
];

/// The shard, from 0, of a plan of so many. `given` is what the user says; `base` is the index of the first shard.
///
/// # Errors
/// One line that says what was found.
pub fn shard_index(
    given: Option<u64>,
    base: u64,
    shards: usize,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<usize, String> {
    let (index, whence) = match given {
        Some(index) => (index, "--shard".to_owned()),
        None => told(variable)?,
    };
    let shard = index.checked_sub(base).and_then(|shard| usize::try_from(shard).ok());
    shard.filter(|shard| *shard < shards).ok_or_else(|| {
        let last = base + shards as u64 - 1;
        let hint = if base == 0 && index == shards as u64 { "; --shard-base 1 counts from 1" } else { "" };
        format!("{whence} says {index}, and the plan has shards {base} to {last}{hint}")
    })
}

fn told(variable: impl Fn(&str) -> Option<String>) -> Result<(u64, String), String> {
    let found: Vec<_> = INDEX_VARIABLES
        .iter()
        .filter_map(|name| Some((*name, variable(name).filter(|value| !value.is_empty())?)))
        .collect();
    match &found[..] {
        [(name, value)] => {
            let index =
                value.trim().parse().map_err(|_| format!("{name} is '{value}', which is no index of a shard"))?;
            Ok((index, (*name).to_owned()))
        }
        [] => Err(format!("no shard: give --shard, or set one of {}", INDEX_VARIABLES.join(", "))),
        several => {
            let set: Vec<_> = several.iter().map(|(name, value)| format!("{name}={value}")).collect();
            Err(format!("two engines tell the shard ({}); give --shard, or unset all but one", set.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(set: &[(&str, &str)], base: u64) -> Result<usize, String> {
        let of = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        shard_index(None, base, 8, of)
    }

    #[test]
    fn every_engine_tells_it() {
        for name in INDEX_VARIABLES {
            assert_eq!(told(&[(name, "7"), ("SLURM_ARRAY_TASK_COUNT", "2")], 0), Ok(7), "{name}");
            assert_eq!(told(&[(name, "8")], 1), Ok(7), "{name}");
        }
        assert_eq!(shard_index(Some(3), 0, 8, |_| Some("5".into())), Ok(3), "what is given counts");
    }

    #[test]
    fn what_is_not_clear_is_refused_and_said() {
        let none = told(&[], 0).expect_err("none");
        assert!(INDEX_VARIABLES.iter().all(|name| none.contains(name)), "{none}");
        let two = told(&[("SLURM_ARRAY_TASK_ID", "1"), ("PBS_ARRAY_INDEX", "2")], 0).expect_err("two");
        assert!(two.contains("SLURM_ARRAY_TASK_ID=1, PBS_ARRAY_INDEX=2"), "{two}");
        for (value, base) in
            [("8", 0), ("0", 1), ("9", 1), ("-1", 0), ("x", 0), ("1.5", 0), ("99999999999999999999", 0)]
        {
            let refused = told(&[("BATCH_TASK_INDEX", value)], base).expect_err(value);
            assert!(refused.contains("BATCH_TASK_INDEX") && refused.contains(value), "{refused}");
        }
        assert!(told(&[("BATCH_TASK_INDEX", "8")], 0).is_err_and(|why| why.ends_with("--shard-base 1 counts from 1")));
        assert!(told(&[("BATCH_TASK_INDEX", "")], 0).is_err_and(|why| why.starts_with("no shard")));
    }
}
