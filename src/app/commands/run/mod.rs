//! `run`: runs one strategy over one input, which `-s auto` chooses by measuring before, and shows what it did.

pub mod args;
mod output;

use std::sync::Arc;

use anyhow::Result;
use framerace::host::environment::{Before, Environment};
use framerace::host::libraries;
use framerace::lab::report::{Circumstances, Report, SettingsReport, counted, summarize};
use framerace::pipeline::Watch;
use framerace::sink::video::written;
use framerace::sink::window::check_display;
use framerace::source::{Input, resolve};
use framerace::text::plain;
use framerace::tune::Calibration;

use self::args::{Output, RunOptions};
use self::output::Measured;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::interrupt::{on_interrupt, on_interrupts};
use crate::app::results::circumstances::circumstances;
use crate::app::results::outcome::{check_complete, end_on_interrupt, is_lost, or_interrupted, show, test_predictions};
use crate::app::results::target::{Files, print_painted, terminal_width};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{choice_lines, columns};
use crate::app::tui::{self, Pipeline};

impl Command for RunOptions {
    fn needs_opencv(&self) -> bool {
        matches!(self.output, Output::Window) || self.work.needs_opencv()
    }

    fn shows_library_logs(&self) -> bool {
        // On the whole screen they would be written over the drawing.
        self.work.console.verbose && !matches!(self.output, Output::Screen)
    }

    fn color(&self) -> ColorArgs {
        self.work.console.color.clone()
    }

    fn execute(mut self: Box<Self>, stderr: &Stderr) -> Result<()> {
        if matches!(self.output, Output::Window) {
            check_display()?;
        }
        // Checked before anything runs: a file that cannot be written must not cost a whole run.
        let files = Files::open(&self.work.files)?;
        let watch = Arc::new(Watch::default());
        self.handle_interrupts(&watch)?;
        let (report, window_closed) = self.run(&watch, stderr)?;
        // Closing the window is the usual end of a run, and no interruption.
        let interrupted = watch.is_ended() && !window_closed;
        let speaks = !self.work.console.quiet && !files.to_stdout();
        show(&self.work, files, &report, stderr)?;
        if speaks {
            self.say_what_was_written(&report)?;
        }
        check_complete(&self.work, is_lost(&report), interrupted)
    }

    fn measure(mut self: Box<Self>, watch: &Arc<Watch>, stderr: &Stderr) -> Result<Report> {
        Ok(self.run(watch, stderr)?.0)
    }
}

impl RunOptions {
    /// Runs, and returns the report and whether the user closed the window.
    fn run(&mut self, watch: &Watch, stderr: &Stderr) -> Result<(Report, bool)> {
        libraries::prepare(self.work.opencv_threads, self.work.console.verbose)?;
        // The screen opens its input itself, so that keys work meanwhile.
        let if_file = self.if_file.take().filter(|_| !matches!(self.output, Output::Screen));
        if let Some(args) = if_file {
            // What is behind an address decides how it is run.
            let input = resolve(self.work.input.clone(), &self.work.settings.open, &watch.ended());
            if matches!(input, Input::Remote(_)) {
                *self = args.of(input)?;
            }
        }
        let choice = choose(self, watch, stderr).map_err(|error| or_interrupted(error, watch))?;
        let before = Before::now();
        let measured = self.send_frames(watch, stderr).map_err(|error| or_interrupted(error, watch))?;
        let window_closed = measured.window_closed;
        Ok((self.report(measured, before.since(), choice, watch, stderr)?, window_closed))
    }

    /// Decides what an interruption does: a run that does not end by itself is ended in good order, a file is abandoned.
    fn handle_interrupts(&self, watch: &Arc<Watch>) -> Result<()> {
        let interrupted = Arc::clone(watch);
        match self.output {
            Output::Screen => on_interrupts(move || interrupted.end(), tui::restore),
            Output::Window => end_on_interrupt(watch),
            _ if self.work.settings.open.is_live(&self.work.input) => end_on_interrupt(watch),
            Output::File { .. } => on_interrupt(move || interrupted.stop()),
            Output::Discard => Ok(()),
        }
    }

    /// Ends a run that wrote a file with what is in it.
    fn say_what_was_written(&self, report: &Report) -> Result<()> {
        let Output::File { path, .. } = &self.output else { return Ok(()) };
        // What went through a pipe cannot be looked at.
        if !path.is_file() {
            return Ok(());
        }
        let frames = counted(report.strategies.first().map_or(0, |strategy| strategy.frames), "frame");
        let what = format!("wrote {}: {frames}, {}", plain(&path.to_string_lossy()), written(path)?);
        print_painted(&terminal_width().sentence(&what), &self.work.console.color)
    }

    /// Runs the strategy, with the frames going where they should.
    fn send_frames(&mut self, watch: &Watch, stderr: &Stderr) -> Result<Measured> {
        match &self.output {
            Output::Discard => output::discard(self, watch, stderr),
            Output::File { path, video } => output::convert_to(self, path, video, watch, stderr),
            Output::Window => output::show_in_window(self, watch),
            Output::Screen => self.run_on_screen(watch),
        }
    }

    /// Shows the pipeline as it runs until the user quits. The result is that of the last run; the options become what that
    /// run did.
    fn run_on_screen(&mut self, watch: &Watch) -> Result<Measured> {
        let Self { work, strategy, .. } = self;
        let (input, chain, settings) = (work.input.clone(), work.chain.clone(), work.settings.clone());
        let pipeline = Pipeline { input, chain, strategy: *strategy, settings };
        let (last, source, run) = tui::run(&pipeline, watch, work.console.color.use_color())?;
        (*strategy, work.chain, work.settings) = (last.strategy, last.chain, last.settings);
        Ok(Measured::new(source, run))
    }

    /// The report of the run. `choice` is the reason for the strategy, if it was chosen by `-s auto`.
    fn report(
        &self,
        measured: Measured,
        environment: Environment,
        choice: Option<String>,
        watch: &Watch,
        stderr: &Stderr,
    ) -> Result<Report> {
        let Measured { source, run, preloaded, .. } = measured;
        let one_round = circumstances(&self.work, &[self.strategy], source, environment)?;
        let settings = SettingsReport { auto: choice, writer: run.writer.clone(), ..one_round.settings };
        let mut report = summarize(&[vec![run.clone()]], Circumstances { settings, ..one_round });
        test_predictions(&self.work, &[(self.strategy, run)], preloaded.as_ref(), &mut report, watch, stderr)?;
        Ok(report)
    }
}

/// Chooses what is not given, writes it into the options, and prints the reason, which is returned. Does nothing, and
/// returns none, if a strategy was given. Fails when the input cannot be read, or `watch` is told to stop.
fn choose(options: &mut RunOptions, watch: &Watch, stderr: &Stderr) -> Result<Option<String>> {
    let Some(given) = options.auto else { return Ok(None) };
    let work = &mut options.work;
    let output = match &options.output {
        Output::File { path, video } => Some((path.as_path(), video)),
        _ => None,
    };
    let calibration = Calibration {
        workers: given.workers,
        decode_threads: given.decode_threads,
        output,
        ..Calibration::new(&work.input, &work.chain, &work.settings)
    };
    let choice = calibration.choose(watch)?;
    if !work.console.quiet {
        choice_lines(&choice.why, columns(stderr)).iter().for_each(|line| stderr.line(line));
    }
    work.settings = choice.candidate.settings(&work.settings);
    options.strategy = choice.candidate.strategy;
    Ok(Some(choice.why))
}
