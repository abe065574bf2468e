//! One shard, done: its pieces are checked against the plan, those that are there are passed over, and the rest is a batch like
//! any other. What another attempt at the same shard has in work is waited for.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use super::books::{done, failed, folder_of, open};
use super::film;
use super::place::task;
use super::plan_file::{Piece, ShardPlan};
use crate::batch::entry::{Entry, Name, State, VERSION};
use crate::batch::figures::Figures;
use crate::batch::identity::{Identity, microseconds};
use crate::batch::journal::Journal;
use crate::batch::lease::Lease;
use crate::batch::outcome::{Ended, Event, Outcome, Summary};
use crate::batch::outputs::Outputs;
use crate::batch::plan::Task;
use crate::batch::run::{converters, run_tasks};
use crate::batch::spec::Batch;
use crate::cancel::CancelToken;
use crate::child::WorkerCommand;
use crate::sink::video::VideoOptions;
use crate::transcode::owner::Owner;
use crate::transcode::temporary::remove_stale;

/// How often it is looked whether a stop was asked for while it waits.
const SLICE: Duration = Duration::from_millis(50);

/// What this machine gives to the work.
pub struct Resources {
    /// Cores.
    pub cores: usize,
    /// The most memory, in bytes, where there is a limit.
    pub memory: Option<u64>,
    /// What converter processes are started from.
    pub program: WorkerCommand,
    /// Whether log messages of OpenCV and FFmpeg are shown.
    pub loud: bool,
}

/// Does one shard of a plan, to its end or until it is stopped.
///
/// # Errors
/// When the output folder or the ledger cannot be written, or there is too little memory. A piece that cannot be made is no
/// error here; its outcome is in the summary.
pub fn work(
    plan: &ShardPlan,
    shard: usize,
    resources: &Resources,
    stop: &CancelToken,
    on_event: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Summary> {
    let since = Instant::now();
    let batch = batch(plan, resources)?;
    let shown = || format!("cannot make the folder {}", batch.folder.display());
    std::fs::create_dir_all(&batch.folder).with_context(shown)?;
    let outputs = || -> Result<Outputs<'_>> {
        let folder = plan.outputs().join(folder_of(plan, shard));
        Ok(Outputs { leases: folder, ..Outputs::of(&batch)? })
    };
    let books = outputs()?.folder.below(&folder_of(plan, shard), true)?;
    let _lease = Lease::begin(books.path())?;
    let converters = converters(&batch)?;
    let (mut all, waited) = (Summary::default(), AtomicBool::new(false));
    // What it waits for is told once.
    let tell = |event: Event<'_>| match event {
        Event::Ended(Ended { outcome: Outcome::Elsewhere(_), .. }) if waited.load(Relaxed) => {}
        event => on_event(event),
    };
    loop {
        let outputs = outputs()?;
        let mut journal = open(plan, shard, &outputs)?;
        remove_stale(&books, journal.now());
        let mut tasks = Vec::new();
        for piece in plan.pieces.iter().filter(|piece| piece.shard == shard) {
            let is_over = |ended: &Ended| ended.output == piece.output.path();
            if all.ended.iter().any(is_over) {
                continue;
            }
            match sort_out(plan, piece, &mut journal)? {
                Ok(task) => tasks.push(task),
                Err(ended) => {
                    on_event(Event::Ended(&ended));
                    all.ended.push(*ended);
                }
            }
        }
        let mut summary = run_tasks((outputs, journal, &converters), tasks, stop, &tell)?;
        look_again(plan, shard, &batch, &mut summary)?;
        let waits = summary.count(|outcome| outcome.elsewhere().is_some()) > 0 && !stop.is_cancelled();
        let over = summary.ended.into_iter().filter(|ended| !waits || ended.outcome.elsewhere().is_none());
        all.ended.extend(over);
        (all.left, all.damaged_lines) = (summary.left, summary.damaged_lines);
        all.peak_memory = all.peak_memory.max(summary.peak_memory);
        if !waits {
            break;
        }
        waited.store(true, Relaxed);
        wait(stop);
    }
    all.seconds = since.elapsed().as_secs_f64();
    Ok(all)
}

/// A while that is not the same for two who began at the same time.
fn wait(stop: &CancelToken) {
    let until = Instant::now() + Duration::from_millis(fastrand::u64(1000..3000));
    while Instant::now() < until && !stop.is_cancelled() {
        sleep(SLICE);
    }
}

/// The batch of the plan, as this machine can do it.
fn batch(plan: &ShardPlan, resources: &Resources) -> Result<Batch> {
    let (how, cores) = (&plan.how, resources.cores);
    let mut batch = plan.batch(resources.program.clone())?;
    batch.loud = resources.loud;
    batch.settings.workers = how.workers.unwrap_or(cores).min(cores);
    batch.settings.open.decode_threads = batch.settings.open.decode_threads.min(cores);
    batch.decode_threads = how.decode_threads.map(|threads| threads.min(cores));
    batch.settings.memory = how.settings.memory.into_iter().chain(resources.memory).min();
    batch.settings.open.memory = batch.settings.memory;
    let threads = VideoOptions::threads_for(cores);
    batch.video.threads = how.encode_threads.map_or(threads, |given| given.min(threads));
    Ok(batch)
}

/// A piece as a task, or its outcome if that is known already.
fn sort_out(plan: &ShardPlan, piece: &Piece, journal: &mut Journal) -> Result<Result<Task, Box<Ended>>> {
    let (input, output) = (plan.inputs().join(piece.input.path()), piece.output.path());
    let ended =
        |outcome, figures| Err(Box::new(Ended { input: input.clone(), output: output.clone(), outcome, figures }));
    if film::joined(plan, piece, journal).is_some() {
        return Ok(ended(Outcome::Skipped, Figures::default()));
    }
    if let Some(entry) = done(plan, piece, journal) {
        let outcome = match entry.state {
            State::Damaged => Outcome::Damaged(entry.error.clone().unwrap_or_default()),
            _ => Outcome::Skipped,
        };
        return Ok(ended(outcome, Figures::default()));
    }
    match task(plan, piece) {
        Ok(task) => Ok(Ok(task)),
        Err(why) => {
            let why = format!("{why:#}");
            journal.append(&refusal(plan, piece, why.clone()))?;
            Ok(ended(Outcome::Failed(why), Figures::default()))
        }
    }
}

/// Looks at what could not be made: another attempt may have made it at the same moment. What the ledger does not say yet is
/// recorded, so that nobody waits for it.
fn look_again(plan: &ShardPlan, shard: usize, batch: &Batch, summary: &mut Summary) -> Result<()> {
    let is_refused = |ended: &&mut Ended| matches!(ended.outcome, Outcome::Failed(_) | Outcome::Kept(_));
    let mut journal = None;
    for ended in summary.ended.iter_mut().filter(is_refused) {
        let Some(piece) = plan.pieces.iter().find(|piece| piece.output.path() == ended.output) else { continue };
        let journal = match &mut journal {
            Some(journal) => journal,
            none => none.insert(open(plan, shard, &Outputs::of(batch)?)?),
        };
        if done(plan, piece, journal).is_some() {
            ended.outcome = Outcome::Skipped;
        } else if failed(piece, journal).is_none() {
            let why = match &ended.outcome {
                Outcome::Kept(with) => {
                    format!("the output is there, made with {with}; move it away, or choose another -o")
                }
                other => other.reason().unwrap_or_default().to_owned(),
            };
            let entry = refusal(plan, piece, why);
            journal.append(&Entry { input_identity: None, ..entry })?;
        }
    }
    Ok(())
}

/// What the ledger says of a piece whose input is not the one of the plan any more.
fn refusal(plan: &ShardPlan, piece: &Piece, why: String) -> Entry {
    let input = plan.inputs().join(piece.input.path());
    Entry {
        version: VERSION,
        attempt: format!("{}-{}", Owner::this(), fastrand::u32(..)),
        state: State::Failed,
        at_us: microseconds(SystemTime::now()),
        // Not that of the plan: if it comes back, it is tried.
        input_identity: Identity::of(&input).ok(),
        input: Name::of(&input),
        output: piece.output.clone(),
        options: plan.options_hash.clone(),
        made_with: Some(plan.options.clone()),
        result: Figures::default(),
        error: Some(why),
    }
}
