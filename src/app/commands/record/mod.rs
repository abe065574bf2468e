//! `record`: records a camera as a twin, and prints what was recorded.

pub mod args;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use framerace::host::libraries;
use framerace::pipeline::Watch;
use framerace::text::plain;
use framerace::transcode::record::{Recorded, record};

use self::args::RecordOptions;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::Interrupted;
use crate::app::results::outcome::end_on_interrupt;
use crate::app::results::target::print_painted;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_frames_bar;

impl Command for RecordOptions {
    fn needs_opencv(&self) -> bool {
        self.settings.open.needs_opencv(&self.input)
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let console = &self.console;
        libraries::prepare(1, console.verbose)?;
        let watch = Arc::new(Watch::default());
        end_on_interrupt(&watch)?;
        let length = (self.settings.limits.frames, None);
        let recorded = with_frames_bar(stderr, console.progress(), &watch, length, || {
            record(&self.input, &self.twin, &self.settings, &watch)
        });
        let recorded = match recorded {
            Err(_) if watch.is_ended() => bail!(Interrupted("interrupted; nothing was written".into())),
            recorded => recorded?,
        };
        if !console.quiet {
            print_painted(&table(&self, &recorded), &console.color)?;
        }
        for note in &recorded.run.notes {
            stderr.line(&format!("note: {note}"));
        }
        let lost = recorded.run.outages.for_good;
        ensure!(!lost, "{} was lost; {} has what came before", self.input, self.twin.display());
        Ok(())
    }
}

fn table(options: &RecordOptions, recorded: &Recorded) -> String {
    let Recorded { schedule, source, bytes, .. } = recorded;
    let seconds = schedule.lasts().as_secs_f64();
    let mut rows = vec![
        ("twin", format!("{} of {}", options.twin.display(), options.input)),
        ("frames", format!("{} of {} in {seconds:.1} s", schedule.frames.len(), source.shape)),
    ];
    let times: Vec<Duration> = schedule.frames.iter().map(framerace::source::Arrival::at).collect();
    let mut intervals: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3).collect();
    intervals.sort_by(f64::total_cmp);
    if let Some(last) = intervals.len().checked_sub(1) {
        let [median, p99, longest] = [last / 2, last * 99 / 100, last].map(|at| intervals[at]);
        rows.push(("apart", format!("{median:.1} ms at the median, {p99:.1} for 99 %, {longest:.1} at most")));
    }
    rows.push(("unread", format!("{} frames not read in time", schedule.unread())));
    if schedule.outages.count > 0 {
        rows.push(("outages", format!("it {}", schedule.outages)));
    }
    rows.push(("size", format!("{:.1} MB", *bytes as f64 / 1e6)));
    rows.into_iter().map(|(name, value)| format!("{name:<8} {}\n", plain(&value))).collect()
}
