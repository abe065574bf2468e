//! `-s auto`: the calibration before a run, and the line that says what came of it.

use anyhow::Result;
use framerace::pipeline::Watch;
use framerace::tune::Calibration;

use crate::app::args::Race;
use crate::app::terminal::columns;
use crate::app::terminal::stderr::Stderr;

/// Finds out what is to be found out, puts it into the race's plan, and says so. Why it was chosen. `watch` may
/// stop it.
///
/// # Errors
/// One line for the user.
pub fn settle(race: &mut Race, watch: &Watch, stderr: &Stderr) -> Result<Option<String>> {
    let Some(asked) = race.auto else { return Ok(None) };
    let plan = &race.plan;
    let choice = Calibration {
        workers: asked.workers,
        decode_threads: asked.decode_threads,
        output: race.video.as_ref().map(|(path, options)| (path.as_path(), options)),
        ..Calibration::new(&plan.input, &plan.chain, &plan.settings)
    }
    .choose(watch)?;
    if !race.output.quiet {
        told(&choice.why, columns(stderr)).iter().for_each(|line| stderr.line(line));
    }
    race.plan.settings = choice.settings(&race.plan.settings);
    race.plan.strategies = vec![choice.strategy];
    Ok(Some(choice.why))
}

/// What is said of a choice: one line, or a line for each clause on a terminal of fewer columns.
pub fn told(why: &str, columns: Option<usize>) -> Vec<String> {
    let whole = vec![why];
    let fits = columns.is_none_or(|columns| "auto: ".len() + why.chars().count() < columns);
    let clauses = if fits { whole } else { why.split("; ").collect() };
    clauses.into_iter().map(|clause| format!("auto: {clause}")).collect()
}
