//! `-s auto`: the calibration before a run, and the line that says what came of it.

use anyhow::Result;
use framerace::calibrate::Calibration;
use framerace::strategy::Watch;

use crate::cli::Race;
use crate::stderr::Stderr;

/// Finds out what is to be found out, puts it into the race's plan, and says so. Why it was chosen.
///
/// # Errors
/// One line for the user.
pub fn settle(race: &mut Race, stderr: &Stderr) -> Result<Option<String>> {
    let Some(asked) = race.auto else { return Ok(None) };
    let plan = &race.plan;
    let choice = Calibration {
        workers: asked.workers,
        decode_threads: asked.decode_threads,
        output: race.video.as_ref().map(|(path, options)| (path.as_path(), options)),
        ..Calibration::new(&plan.input, &plan.chain, &plan.settings)
    }
    .choose(&Watch::default())?;
    if !race.output.quiet {
        stderr.line(&format!("auto: {}", choice.why));
    }
    race.plan.settings = choice.settings(&race.plan.settings);
    race.plan.strategies = vec![choice.strategy];
    Ok(Some(choice.why))
}
