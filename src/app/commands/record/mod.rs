//! `record`: makes the twin of a camera, and says what is in it.

pub mod args;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use framerace::host::libraries;
use framerace::pipeline::Watch;
use framerace::transcode::record::{Recorded, record};

use super::target::print;
use crate::app::args::Record;
use crate::app::interrupt::{Interrupted, on_interrupt};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{Length, with_frames_bar};

/// Records, and shows what was.
///
/// # Errors
/// One line for the user.
pub fn run(asked: &Record, stderr: &Stderr) -> Result<()> {
    let output = &asked.output;
    libraries::prepare(1, output.verbose)?;
    let watch = Arc::new(Watch::default());
    let ended = Arc::clone(&watch);
    on_interrupt(move || ended.end())?;
    let length = Length { frames: asked.settings.limits.frames, rate: None };
    let recorded = with_frames_bar(stderr, output.progress, &watch, length, || {
        record(&asked.input, &asked.twin, &asked.settings, &watch)
    });
    let recorded = match recorded {
        Err(_) if watch.is_ended() => bail!(Interrupted("interrupted; nothing was written".into())),
        recorded => recorded?,
    };
    if !output.quiet {
        print(&table(asked, &recorded))?;
    }
    for note in &recorded.run.notes {
        stderr.line(&format!("note: {note}"));
    }
    if recorded.run.outages.for_good {
        bail!("{} was lost; {} has what came before", asked.input, asked.twin.display());
    }
    Ok(())
}

/// What is in the twin.
fn table(asked: &Record, recorded: &Recorded) -> String {
    let Recorded { schedule, source, bytes, .. } = recorded;
    let seconds = schedule.lasts().as_secs_f64();
    let mut rows = vec![
        ("twin", format!("{} of {}", asked.twin.display(), asked.input)),
        ("frames", format!("{} of {} in {seconds:.1} s", schedule.frames.len(), source.shape)),
    ];
    let times: Vec<Duration> = schedule.frames.iter().map(framerace::source::Arrival::at).collect();
    let mut apart: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3).collect();
    apart.sort_by(f64::total_cmp);
    if let Some(last) = apart.len().checked_sub(1) {
        let [half, most, all] = [last / 2, last * 99 / 100, last].map(|at| apart[at]);
        rows.push(("apart", format!("{half:.1} ms at the median, {most:.1} for 99 %, {all:.1} at most")));
    }
    rows.push(("missed", format!("{} frames", schedule.missed())));
    if schedule.outages.count > 0 {
        rows.push(("outages", format!("it {}", schedule.outages)));
    }
    rows.push(("size", format!("{:.1} MB", *bytes as f64 / 1e6)));
    rows.into_iter().map(|(name, value)| format!("{name:<8} {value}\n")).collect()
}
