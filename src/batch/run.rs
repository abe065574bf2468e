//! A batch from its beginning to its end: found, planned, decided, looked into, done side by side, summed up.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::scope;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::attempt::{Desk, Ready};
use super::converter::{Converters, Hello};
use super::decide::{Decision, decide};
use super::entry::Figures;
use super::identity::Identity;
use super::inputs::gather;
use super::journal::{LEDGER, Ledger};
use super::outcome::{Ended, Event, Outcome, Summary};
use super::plan::{Pattern, Task, plan};
use super::probe::Look;
use super::resources::{Chooser, Share};
use super::schedule::{Lanes, Work, lanes};
use super::stop::Stop;
use crate::filter::Chain;
use crate::host::libraries::opencv_facts;
use crate::host::machine::resident_memory;
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::strategy::Strategy;
use crate::transcode::atomic_file::sweep;

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
    /// How each file is run; `workers` and `memory` are those of the whole batch. It needs `worker_command`, which every
    /// file is done in processes of.
    pub settings: Settings,
    /// How outputs are encoded.
    pub video: VideoOptions,
    /// Whether OpenCV and FFmpeg may say what they like.
    pub loud: bool,
}

/// Runs a batch to its end, or until it is stopped.
///
/// # Errors
/// When an input is not there, the output folder or the ledger cannot be written, or there is too little memory. A file
/// that cannot be done is no error, but in the summary.
pub fn run(batch: &Batch, stop: &Stop, on_event: &(dyn Fn(Event<'_>) + Sync)) -> Result<Summary> {
    let since = Instant::now();
    let converters = converters(batch)?;
    if !batch.folder.exists() {
        // Inputs that are not there leave nothing behind.
        gather(&batch.inputs, batch.recursive, &batch.folder, &|_| false)?;
    }
    std::fs::create_dir_all(&batch.folder)
        .with_context(|| format!("cannot make the folder {}", batch.folder.display()))?;
    let ledger = Ledger::open(&batch.folder)?;
    let tasks = tasks(batch, &ledger, on_event)?;
    let torn = ledger.torn();
    let (ledger, options, chooser) = (Mutex::new(ledger), options(batch), Chooser::default());
    let desk = Desk { batch, ledger, options, chooser, converters, stop, on_event };
    let folders = folders(batch, &tasks);
    let swept = desk.sweep(&folders);
    if swept > 0 {
        on_event(Event::Swept(swept));
    }
    let files = tasks.len();
    let mut ended = Vec::new();
    let mut undone = Vec::new();
    for task in tasks {
        match first_look(&desk, task) {
            Ok(file) => undone.push(file),
            Err(known) => ended.push(*known),
        }
    }
    let looks = look_into(&desk, &undone);
    let mut ready = Vec::new();
    for (file, look) in undone.into_iter().zip(looks) {
        match look {
            Some(Ok(look)) => ready.push((file, look)),
            Some(Err(_)) | None if stop.asked() => {}
            Some(Err(why)) => ended.push(desk.fail(&file, &why)?),
            // The batch was stopped before anybody looked.
            None => {}
        }
    }
    let lanes = desk.lanes(&ready);
    let frames = ready.iter().map(|(_, look)| look.frames).sum();
    on_event(Event::Planned { files: ready.len(), frames, lanes: &lanes });
    ended.extend(work(&desk, &ready, &lanes)?);
    // What a killed batch had in work may have died only after the first look.
    desk.sweep(&folders);
    let (left, seconds) = (files - ended.len(), since.elapsed().as_secs_f64());
    Ok(Summary { left, ended, torn, seconds, peak_memory: desk.converters.peak_memory() })
}

/// The processes that will do the files; none is started yet.
fn converters(batch: &Batch) -> Result<Converters> {
    let settings = &batch.settings;
    let command = settings.worker_command.as_ref().context("a batch needs Settings::worker_command")?;
    let chain = batch.chain.by_name();
    let chain = chain.context("the chain has filters of your own, which another process cannot know")?;
    let hello = Hello::new(chain, batch.video.clone(), opencv_facts()?.threads, batch.loud);
    let converters = Converters::new(command, hello, settings.memory);
    if let Some(memory) = settings.memory {
        let least = resident_memory(std::process::id()) + converters.footing();
        let (memory, least) = (memory >> 20, least >> 20);
        ensure!(
            memory > least,
            "--mem {memory} MB is too little: framerace takes {least} MB before it has read a frame"
        );
    }
    Ok(converters)
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

/// Wherever this batch writes.
fn folders(batch: &Batch, tasks: &[Task]) -> HashSet<PathBuf> {
    tasks.iter().filter_map(|task| batch.folder.join(&task.output).parent().map(PathBuf::from)).collect()
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
    let decision = decide(&desk.ledger.lock(), &task, identity.as_ref(), &desk.asked());
    match decision {
        Decision::Do => Ok(Ready { task, identity }),
        Decision::Skip => known(&task, Outcome::Skipped),
        Decision::FailedBefore(why) => known(&task, Outcome::FailedBefore(why)),
        Decision::Elsewhere => known(&task, Outcome::Elsewhere),
        Decision::Refuse(why) => known(&task, Outcome::Failed(why)),
    }
}

/// Looks into every file, several at a time. None for those not looked at because the batch was stopped.
fn look_into(desk: &Desk<'_>, files: &[Ready]) -> Vec<Option<Result<Look>>> {
    let looks: Vec<_> = files.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let look_at_some = || {
        while let Some(at) = Some(next.fetch_add(1, Relaxed)).filter(|at| *at < files.len() && !desk.stop.asked()) {
            let look = desk.look(&files[at]);
            *looks[at].lock() = Some(look);
        }
    };
    scope(|s| {
        for _ in 1..desk.batch.settings.workers.min(files.len()) {
            s.spawn(look_at_some);
        }
        look_at_some();
    });
    looks.into_iter().map(|look| look.into_inner()).collect()
}

impl Desk<'_> {
    /// Removes what dead attempts left, and tells how many files that were.
    fn sweep(&self, folders: &HashSet<PathBuf>) -> usize {
        let now = self.ledger.lock().now();
        folders.iter().map(|folder| sweep(folder, now)).sum()
    }

    /// How to split the files.
    fn lanes(&self, ready: &[(Ready, Look)]) -> Lanes {
        let settings = &self.batch.settings;
        let footing = self.converters.footing();
        let work = |look: &Look| Work { memory: (look.work.memory.0 + footing, look.work.memory.1), ..look.work };
        let works: Vec<_> = ready.iter().map(|(_, look)| work(look)).collect();
        let memory = settings.memory.map(|memory| memory.saturating_sub(resident_memory(std::process::id())));
        lanes(&works, settings.workers, self.batch.jobs, memory)
    }
}

/// Does the files as they are split.
fn work(desk: &Desk<'_>, ready: &[(Ready, Look)], lanes: &Lanes) -> Result<Vec<Ended>> {
    let (wide, narrow) = lanes.order.split_at(lanes.wide);
    let all = desk.batch.settings.workers;
    // More may have looked into files than will do them.
    desk.converters.keep(if wide.is_empty() { lanes.lanes } else { 1 });
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
    let (postponed, mut ended): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|ended| ended.outcome == Outcome::Postponed);
    let postponed: HashSet<_> = postponed.into_iter().map(|ended| ended.output).collect();
    // They get all the room there is.
    desk.converters.keep(0);
    let large = ready.iter().filter(|(file, _)| postponed.contains(&file.task.output));
    ended.extend(lane(desk, large, all, 1)?);
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
