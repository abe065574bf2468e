//! A batch from its beginning to its end: found, planned, decided, looked into, done side by side, summed up.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use anyhow::{Context, Result};
use xxhash_rust::xxh3::xxh3_64;

use super::attempt::{Desk, Means, Ready};
use super::decide::{Decision, decide};
use super::identity::Identity;
use super::inputs::{LeftOut, gather};
use super::ledger::{Figures, Ledger};
use super::plan::{Pattern, Task, plan};
use super::schedule::{Lanes, Work, lanes};
use super::stop::Stop;
use crate::filter::{Chain, LiveFilter};
use crate::frame::Shape;
use crate::sink::VideoOptions;
use crate::source::{Input, open};
use crate::strategy::{Settings, Strategy, Watch};
use crate::temporary::sweep;

/// What is to be done.
pub struct Batch {
    /// Files, folders and globs.
    pub inputs: Vec<PathBuf>,
    /// Whether to look into the folders below.
    pub recursive: bool,
    /// Where outputs and ledger go.
    pub folder: PathBuf,
    /// How outputs are named.
    pub pattern: Pattern,
    /// What is done to every frame.
    pub chain: Chain,
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// Files at a time; none: whatever is quickest.
    pub jobs: Option<usize>,
    /// Whether to try again what has failed before.
    pub retry: bool,
    /// How each file is run; `workers` and `memory` are those of the whole batch.
    pub settings: Settings,
    /// How outputs are encoded.
    pub video: VideoOptions,
}

/// What happens, as it happens.
pub enum Event<'a> {
    /// Files that are not tried.
    LeftOut(&'a LeftOut),
    /// So many files that dead attempts left behind were removed.
    Swept(usize),
    /// So many files are to be done, with so many frames if all of them say how many they have.
    Planned {
        /// Files.
        files: usize,
        /// Frames in all of them.
        frames: Option<u64>,
        /// How they are split.
        lanes: &'a Lanes,
    },
    /// A file is begun.
    Began {
        /// Which.
        task: &'a Task,
        /// Frames it says it has.
        frames: Option<u64>,
        /// To see how far it is.
        watch: &'a Arc<Watch>,
    },
    /// A file is ended, or needed no beginning.
    Ended(&'a Ended),
}

/// How a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, whole.
    Done,
    /// It was there already.
    Skipped,
    /// It could not be done.
    Failed(String),
    /// It could not be done before, and was not tried again.
    FailedBefore(String),
    /// Another batch is at it.
    Elsewhere,
    /// There is no room for it.
    NoRoom(String),
    /// The batch was stopped.
    Stopped,
}

/// A file, at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What was read.
    pub input: PathBuf,
    /// What was written, below the output folder.
    pub output: PathBuf,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub figures: Figures,
}

/// What came of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Every file that was dealt with, in the order they ended.
    pub ended: Vec<Ended>,
    /// Files that were not begun because the batch was stopped.
    pub left: usize,
    /// Lines of the ledger that were torn.
    pub torn: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Outcome {
    /// Why it is not done, if something is wrong.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::FailedBefore(why) | Self::NoRoom(why) => Some(why),
            Self::Done | Self::Skipped | Self::Elsewhere | Self::Stopped => None,
        }
    }
}

/// Runs a batch to its end, or until it is stopped.
///
/// # Errors
/// When an input is not there, the output folder or the ledger cannot be written. A file that cannot be done is no
/// error, but in the summary.
pub fn run(batch: &Batch, stop: &Stop, on_event: &(dyn Fn(Event<'_>) + Sync)) -> Result<Summary> {
    let since = Instant::now();
    std::fs::create_dir_all(&batch.folder)
        .with_context(|| format!("cannot make the folder {}", batch.folder.display()))?;
    let ledger = Ledger::open(&batch.folder)?;
    let tasks = tasks(batch, &ledger, on_event)?;
    let torn = ledger.torn();
    let desk = Desk { batch, ledger: Mutex::new(ledger), options: options(batch), stop, on_event };
    sweep_all(&desk, &tasks);
    let mut ended = Vec::new();
    let mut left = Vec::new();
    for task in tasks {
        match first_look(&desk, task) {
            Ok(ready) => left.push(ready),
            Err(known) => ended.push(known),
        }
    }
    let (ready, works, failed) = look_into(&desk, left)?;
    ended.extend(failed);
    let cores = batch.settings.workers.min(available_parallelism().map_or(1, usize::from));
    let lanes = lanes(&works, cores, batch.jobs, batch.settings.memory);
    let frames = ready.iter().map(|ready| ready.frames).sum();
    on_event(Event::Planned { files: ready.len(), frames, lanes: &lanes });
    let done = work(&desk, &ready, &lanes)?;
    let left = ready.len() - done.len();
    ended.extend(done);
    Ok(Summary { ended, left, torn, seconds: since.elapsed().as_secs_f64() })
}

fn tasks(batch: &Batch, ledger: &Ledger, on_event: &(dyn Fn(Event<'_>) + Sync)) -> Result<Vec<Task>> {
    let folder = super::inputs::real(&batch.folder);
    let is_output = |path: &std::path::Path| {
        let path = super::inputs::real(path);
        path.strip_prefix(&folder).is_ok_and(|output| ledger.knows(output))
    };
    let (found, left_out) = gather(&batch.inputs, batch.recursive, &batch.folder, &is_output)?;
    left_out.iter().for_each(|left_out| on_event(Event::LeftOut(left_out)));
    Ok(plan(&found, &batch.pattern, &batch.chain.to_string(), &batch.folder))
}

/// Removes what dead attempts left, wherever this batch writes.
fn sweep_all(desk: &Desk<'_>, tasks: &[Task]) {
    let output = |task: &Task| desk.batch.folder.join(&task.output).parent().map(PathBuf::from);
    let folders: HashSet<PathBuf> = tasks.iter().filter_map(output).collect();
    // The file system's clock is that of a file written just now.
    let now = tempfile::NamedTempFile::with_prefix_in(".framerace-clock", &desk.batch.folder)
        .and_then(|file| file.as_file().metadata()?.modified())
        .unwrap_or_else(|_| desk.ledger().now());
    let swept = folders.iter().map(|folder| sweep(folder, now)).sum();
    if swept > 0 {
        (desk.on_event)(Event::Swept(swept));
    }
}

/// Hash of all options that change what is written. How it is run does not.
fn options(batch: &Batch) -> String {
    let Batch { chain, video, settings, .. } = batch;
    // Its threads change the bytes of some encoders, but not what was asked for.
    let video = VideoOptions { threads: 0, ..video.clone() };
    let told = format!("{chain}|{:?}|{:?}|{:?}", video, settings.limits, settings.opening.decoder);
    format!("{:016x}", xxh3_64(told.as_bytes()))
}

/// What can be said of a file without opening it.
fn first_look(desk: &Desk<'_>, mut task: Task) -> Result<Ready, Ended> {
    let known = |task: &Task, outcome| Err(desk.ended(task, outcome, Figures::default()));
    if let Some(why) = task.refused.take() {
        return known(&task, Outcome::Failed(why));
    }
    // What cannot be read now is told when it is opened.
    let identity = Identity::of(&task.input).ok();
    let decision = decide(&desk.ledger(), &task, identity.as_ref(), &desk.asked());
    match decision {
        Decision::Do => Ok(Ready { task, identity, frames: None, codecs: 0 }),
        Decision::Skip => known(&task, Outcome::Skipped),
        Decision::FailedBefore(why) => known(&task, Outcome::FailedBefore(why)),
        Decision::Elsewhere => known(&task, Outcome::Elsewhere),
        Decision::Refuse(why) => known(&task, Outcome::Failed(why)),
    }
}

/// Opens every file to see how long it is and what a run of it needs. What cannot be opened has failed.
fn look_into(desk: &Desk<'_>, left: Vec<Ready>) -> Result<(Vec<Ready>, Vec<Work>, Vec<Ended>)> {
    let cores = available_parallelism().map_or(1, usize::from);
    let looks: Vec<_> = left.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    scope(|s| {
        for _ in 0..cores.min(left.len()) {
            s.spawn(|| {
                while let Some((ready, look)) = take(&next, &left, &looks).filter(|_| !desk.stop.asked()) {
                    *look.lock().unwrap_or_else(PoisonError::into_inner) = Some(look_at(desk.batch, &ready.task));
                }
            });
        }
    });
    let (mut ready, mut works, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (file, look) in left.into_iter().zip(looks) {
        match look.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok((frames, work, codecs))) => {
                ready.push(Ready { frames, codecs, ..file });
                works.push(work);
            }
            Some(Err(why)) => failed.push(desk.fail(&file, &why)?),
            // Stopped meanwhile.
            None => {}
        }
    }
    Ok((ready, works, failed))
}

fn take<'a, A, B>(next: &AtomicUsize, a: &'a [A], b: &'a [B]) -> Option<(&'a A, &'a B)> {
    let at = next.fetch_add(1, Relaxed);
    a.get(at).zip(b.get(at))
}

fn look_at(batch: &Batch, task: &Task) -> Result<(Option<u64>, Work, u64)> {
    let source = open(&Input::File(task.input.clone()), &batch.settings.opening)?;
    let info = source.info();
    let filters = batch.chain.filters(info.shape)?;
    let output = filters.last().map_or(info.shape, LiveFilter::output);
    let limit = batch.settings.limits.frames.unwrap_or(u64::MAX);
    let frames = info.frames.map(|frames| frames.min(limit));
    let (work, codecs) = needs(batch, info.shape, output, frames);
    Ok((frames, work, codecs))
}

/// Pictures that a run's encoder and decoder hold beside its buffers, each half as large as a BGR frame. (x264 looks 40
/// to 50 frames ahead.)
const CODEC_PICTURES: u64 = 64;

fn needs(batch: &Batch, input: Shape, output: Shape, frames: Option<u64>) -> (Work, u64) {
    let pixels = |shape: Shape| f64::from(shape.width) * f64::from(shape.height);
    let buffer = (input.bytes() + output.bytes()) as u64;
    let codecs = CODEC_PICTURES * Shape::bgr(output.width, output.height).bytes() as u64 / 2;
    let fixed = (2 * batch.settings.queue + 2) as u64 * buffer + codecs;
    // Who does not say how long it is may be long.
    let pixels = frames.map_or(f64::MAX, |frames| frames as f64 * (pixels(input) + pixels(output)));
    (Work { pixels, memory: (fixed, buffer) }, codecs)
}

/// Does the files as they are split.
fn work(desk: &Desk<'_>, ready: &[Ready], lanes: &Lanes) -> Result<Vec<Ended>> {
    let (wide, narrow) = lanes.order.split_at(lanes.wide);
    let all = desk.batch.settings.workers;
    let mut ended = lane(desk, wide.iter().map(|at| &ready[*at]), all, 1)?;
    let next = AtomicUsize::new(0);
    let files = || std::iter::from_fn(|| narrow.get(next.fetch_add(1, Relaxed)).map(|at| &ready[*at]));
    let one = || lane(desk, files(), lanes.workers, lanes.lanes);
    let ends: Vec<_> = scope(|s| {
        let others: Vec<_> = (1..lanes.lanes.min(narrow.len())).map(|_| s.spawn(one)).collect();
        let own = one();
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    });
    for end in ends {
        ended.extend(end?);
    }
    Ok(ended)
}

/// Does one file after the other, with so many workers each, while so many lanes share the memory.
fn lane<'r>(
    desk: &Desk<'_>,
    files: impl Iterator<Item = &'r Ready>,
    workers: usize,
    lanes: usize,
) -> Result<Vec<Ended>> {
    let mut ended = Vec::new();
    for ready in files.take_while(|_| !desk.stop.asked()) {
        let share = desk.batch.settings.memory.map(|memory| memory / lanes as u64);
        // What is too little is told by the run itself.
        let memory = share.map(|share| share.saturating_sub(ready.codecs).max(1));
        let settings = Settings { workers, memory, ..desk.batch.settings.clone() };
        let end = desk.attempt(ready, &Means { strategy: desk.batch.strategy, settings });
        // Without a ledger nothing more should be begun, in no lane.
        ended.push(end.inspect_err(|_| desk.stop.stop())?);
    }
    Ok(ended)
}
