//! A batch from its beginning to its end: found, planned, decided, looked into, done side by side, summed up.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::scope;
use std::time::Instant;

use anyhow::{Context, Result};
use xxhash_rust::xxh3::xxh3_64;

use super::attempt::{Desk, Ready};
use super::decide::{Decision, decide};
use super::entry::Figures;
use super::identity::Identity;
use super::inputs::{LeftOut, gather};
use super::ledger::{LEDGER, Ledger};
use super::look::{Look, look_into};
use super::means::{Chooser, Share};
use super::plan::{Pattern, Task, plan};
use super::schedule::{Lanes, lanes};
use super::stop::Stop;
use crate::filter::Chain;
use crate::sink::video::VideoOptions;
use crate::source::Input;
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
    /// The strategy; none: whatever is quickest, found out once for all files of a size and codec.
    pub strategy: Option<&'static dyn Strategy>,
    /// Threads of each decoder; none: one, or what is found out with the strategy.
    pub decode_threads: Option<usize>,
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
    /// It was found out what is quickest, and why.
    Chosen(&'a str),
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
    let desk = Desk {
        batch,
        ledger: Mutex::new(ledger),
        options: options(batch),
        chooser: Chooser::default(),
        stop,
        on_event,
    };
    sweep_all(&desk, &tasks);
    let files = tasks.len();
    let mut ended = Vec::new();
    let mut undone = Vec::new();
    for task in tasks {
        match first_look(&desk, task) {
            Ok(file) => undone.push(file),
            Err(known) => ended.push(*known),
        }
    }
    let looks = look_into(batch, stop, undone.iter().map(|file| &file.input));
    let mut ready = Vec::new();
    for (file, look) in undone.into_iter().zip(looks) {
        match look {
            Some(Ok(look)) => ready.push((file, look)),
            Some(Err(why)) => ended.push(desk.fail(&file, &why)?),
            // The batch was stopped before anybody looked.
            None => {}
        }
    }
    let works: Vec<_> = ready.iter().map(|(_, look)| look.work).collect();
    let lanes = lanes(&works, batch.settings.workers, batch.jobs, batch.settings.memory);
    let frames = ready.iter().map(|(_, look)| look.frames).sum();
    on_event(Event::Planned { files: ready.len(), frames, lanes: &lanes });
    ended.extend(work(&desk, &ready, &lanes)?);
    Ok(Summary { left: files - ended.len(), ended, torn, seconds: since.elapsed().as_secs_f64() })
}

fn tasks(batch: &Batch, ledger: &Ledger, on_event: &(dyn Fn(Event<'_>) + Sync)) -> Result<Vec<Task>> {
    let folder = super::inputs::real(&batch.folder);
    let is_output = |path: &Path| {
        let path = super::inputs::real(path);
        path.strip_prefix(&folder).is_ok_and(|output| output == Path::new(LEDGER) || ledger.knows(output))
    };
    let (found, left_out) = gather(&batch.inputs, batch.recursive, &batch.folder, &is_output)?;
    left_out.iter().for_each(|left_out| on_event(Event::LeftOut(left_out)));
    Ok(plan(&found, &batch.pattern, &batch.chain.to_string(), &batch.folder))
}

/// Removes what dead attempts left, wherever this batch writes.
fn sweep_all(desk: &Desk<'_>, tasks: &[Task]) {
    let output = |task: &Task| desk.batch.folder.join(&task.output).parent().map(PathBuf::from);
    let folders: HashSet<PathBuf> = tasks.iter().filter_map(output).collect();
    let now = desk.ledger().now();
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
fn first_look(desk: &Desk<'_>, mut task: Task) -> Result<Ready, Box<Ended>> {
    let known = |task: &Task, outcome| Err(Box::new(desk.ended(task, outcome, Figures::default())));
    if let Some(why) = task.refused.take() {
        return known(&task, Outcome::Failed(why));
    }
    // What cannot be read now is told when it is opened.
    let identity = Identity::of(&task.input).ok();
    let decision = decide(&desk.ledger(), &task, identity.as_ref(), &desk.asked());
    match decision {
        Decision::Do => Ok(Ready { input: Input::File(task.input.clone()), task, identity }),
        Decision::Skip => known(&task, Outcome::Skipped),
        Decision::FailedBefore(why) => known(&task, Outcome::FailedBefore(why)),
        Decision::Elsewhere => known(&task, Outcome::Elsewhere),
        Decision::Refuse(why) => known(&task, Outcome::Failed(why)),
    }
}

/// Does the files as they are split.
fn work(desk: &Desk<'_>, ready: &[(Ready, Look)], lanes: &Lanes) -> Result<Vec<Ended>> {
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
    files: impl Iterator<Item = &'r (Ready, Look)>,
    workers: usize,
    lanes: usize,
) -> Result<Vec<Ended>> {
    let mut ended = Vec::new();
    for (ready, look) in files.take_while(|_| !desk.stop.asked()) {
        let end = desk.attempt(ready, look, Share { workers, lanes });
        // Without a ledger nothing more should be begun, in no lane.
        ended.push(end.inspect_err(|_| desk.stop.stop())?);
    }
    Ok(ended)
}
