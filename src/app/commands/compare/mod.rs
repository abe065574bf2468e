//! `compare`: runs every strategy on the same work, shows the result, and says whether it can be trusted.

pub mod args;
mod report;

use std::sync::Arc;

use anyhow::{Result, bail};
use framerace::host::environment::Before;
use framerace::host::libraries;
use framerace::lab::compare::compare;
use framerace::lab::report::{Report, StrategyReport};
use framerace::lab::sweep;
use framerace::pipeline::Watch;
use framerace::source::{Input, resolve};

use self::args::CompareOptions;
use self::report::report;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::GateTripped;
use crate::app::results::outcome::{check_complete, end_on_interrupt, is_lost, or_interrupted, show};
use crate::app::results::target::Files;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

impl Command for CompareOptions {
    fn needs_opencv(&self) -> bool {
        self.work.needs_opencv()
    }

    fn shows_library_logs(&self) -> bool {
        self.work.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.work.console.color.clone()
    }

    fn execute(mut self: Box<Self>, stderr: &Stderr) -> Result<()> {
        // Checked before anything runs: a file that cannot be written must not cost a whole comparison.
        let files = Files::open(&self.work.files)?;
        let watch = Arc::new(Watch::default());
        if self.work.settings.open.is_live(&self.work.input) {
            end_on_interrupt(&watch)?;
        }
        let Compared { report, lost, not_at_full_speed } = self.compare(&watch, stderr)?;
        let work = &self.work;
        show(work, files, &report, stderr)?;
        if let Some(why) = not_at_full_speed.filter(|_| !lost) {
            bail!("{why}; what was measured until then is above");
        }
        check_complete(work, lost, watch.is_ended())?;
        check_trust(&report, work.settings.strict)
    }

    fn measure(mut self: Box<Self>, watch: &Arc<Watch>, stderr: &Stderr) -> Result<Report> {
        Ok(self.compare(watch, stderr)?.report)
    }
}

/// What was measured, and what was not.
struct Compared {
    report: Report,
    /// Whether the input was lost and did not come back.
    lost: bool,
    /// Why there was no comparison at full speed, where there should have been one.
    not_at_full_speed: Option<String>,
}

impl CompareOptions {
    fn compare(&mut self, watch: &Watch, stderr: &Stderr) -> Result<Compared> {
        libraries::prepare(self.work.opencv_threads, self.work.console.verbose)?;
        if let Some(args) = self.if_file.take() {
            // What is behind an address decides how it is compared.
            let input = resolve(self.work.input.clone(), &self.work.settings.open, &watch.ended());
            if matches!(input, Input::Remote(_)) {
                *self = args.of(input)?;
            }
        }
        let (work, plan) = (&self.work, &self.plan);
        let before = Before::now();
        let comparison = with_bar(stderr, work.console.progress(), watch, |on_step| match &self.sweep {
            Some(sweep) => sweep::run(sweep, plan, watch, on_step),
            None => compare(plan, watch, on_step),
        });
        let comparison = comparison.map_err(|error| or_interrupted(error, watch))?;
        let lost = comparison.lost;
        let (report, not_at_full_speed) = report(self, comparison, before.since(), watch, stderr)?;
        let lost = lost || is_lost(&report);
        Ok(Compared { report, lost, not_at_full_speed })
    }
}

/// Fails if the strategies were not compared fairly, or did not make the same frames.
fn check_trust(report: &Report, strict: bool) -> Result<()> {
    if strict
        && report.strategies.len() > 1
        && let Some(why) = unfair(report)
    {
        bail!(GateTripped(format!("not comparable (--strict): {why}")));
    }
    let differ = |strategy: &&StrategyReport| strategy.same_pixels == Some(false);
    let different: Vec<_> = report.strategies.iter().filter(differ).map(|strategy| strategy.name()).collect();
    if !different.is_empty() {
        // No bug of a strategy if a damaged file is decoded by several threads: then each reading differs.
        bail!(
            "not the frames of sequential: {}; those are not ranked. Is the input the same every time it is read?",
            different.join(", ")
        );
    }
    Ok(())
}

fn unfair(report: &Report) -> Option<String> {
    if let Some(first) = report.disturbances.first() {
        return Some(format!("{} runs were disturbed; {first}", report.disturbances.len()));
    }
    report.fairness.as_ref()?.unfair.first().cloned()
}
