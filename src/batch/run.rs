//! A batch from beginning to end: finds the files, plans, decides, probes, schedules and converts them, and sums up.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::scope;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use parking_lot::Mutex;

use super::attempt::{attempt, fail};
use super::context::{BatchContext, PendingFile, ProbedFile};
use super::converter::{Converters, Hello, Progress, Reply, Request};
use super::decide::decide;
use super::entry::{Entry, Name, State};
use super::figures::Figures;
use super::identity::Identity;
use super::inputs::gather;
use super::journal::Journal;
use super::lease::Lease;
use super::outcome::{Ended, Event, Outcome, Summary};
use super::outputs::Outputs;
use super::plan::Task;
use super::preview::tasks;
use super::probe::Probe;
use super::run_plan::Slot;
use super::schedule::{Demand, Schedule, schedule};
use super::spec::Batch;
use crate::cancel::CancelToken;
use crate::host::libraries::opencv_facts;
use crate::host::machine::resident_memory;
use crate::host::shortage::start;

/// Runs a batch to its end, or until it is stopped.
///
/// # Errors
/// When an input does not exist, the output folder or the journal cannot be written, or there is too little memory. A
/// file that cannot be converted is no error here; its outcome is in the summary.
pub fn run(batch: &Batch, stop: &CancelToken, on_event: &(dyn Fn(Event<'_>) + Sync)) -> Result<Summary> {
    let since = Instant::now();
    let converters = converters(batch)?;
    if !batch.folder.exists() {
        // Fails before the folder is made where an input does not exist.
        gather(&batch.inputs, batch.recursive, &batch.folder, &|_| false)?;
    }
    std::fs::create_dir_all(&batch.folder)
        .with_context(|| format!("cannot make the folder {}", batch.folder.display()))?;
    let outputs = Outputs::of(batch)?;
    let journal = Journal::open(&outputs.folder)?;
    let _lease = Lease::begin(&outputs.leases)?;
    let (tasks, left_out) = tasks(batch, &journal)?;
    left_out.iter().for_each(|left_out| on_event(Event::LeftOut(left_out)));
    let summary = run_tasks((outputs, journal, &converters), tasks, stop, on_event)?;
    Ok(Summary { seconds: since.elapsed().as_secs_f64(), ..summary })
}

/// Does these tasks, and keeps the books of them in this journal.
///
/// # Errors
/// When the journal cannot be written, or there is too little memory.
pub(super) fn run_tasks(
    (outputs, journal, converters): (Outputs<'_>, Journal, &Converters),
    tasks: Vec<Task>,
    stop: &CancelToken,
    on_event: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Summary> {
    let (since, batch) = (Instant::now(), outputs.batch);
    let damaged_lines = journal.damaged;
    let (journal, choices) = (Mutex::new(journal), Mutex::new(HashMap::new()));
    let context = BatchContext { batch, outputs, journal, choices, converters, stop, on_event };
    let folders: HashSet<PathBuf> = tasks.iter().filter_map(|task| task.output.parent().map(PathBuf::from)).collect();
    let removed = folders.iter().map(|folder| context.remove_stale(folder)).sum();
    if removed > 0 {
        on_event(Event::RemovedStale(removed));
    }
    let files = tasks.len();
    let mut ended = Vec::new();
    let mut pending = Vec::new();
    for task in tasks {
        match pending_or_ended(&context, task)? {
            Ok(file) => pending.push(file),
            Err(end) => ended.push(*end),
        }
    }
    let mut probed = Vec::new();
    for (file, probe) in probe_all(&context, pending) {
        match probe {
            Ok(probe) => probed.push(ProbedFile { file, probe }),
            Err(_) if stop.is_cancelled() => {}
            Err(why) => ended.push(fail(&context, &file, &why)?),
        }
    }
    let schedule = schedule_files(&context, &probed);
    let frames = probed.iter().map(|file| file.probe.frames).sum();
    on_event(Event::Planned { files: probed.len(), frames, schedule: &schedule });
    ended.extend(convert_all(&context, &probed, &schedule)?);
    // The processes of a killed batch may have died only after the first removal.
    folders.iter().for_each(|folder| _ = context.remove_stale(folder));
    look_again(&context, &mut ended)?;
    context.tell_restored();
    let (left, seconds) = (files - ended.len(), since.elapsed().as_secs_f64());
    Ok(Summary { left, ended, damaged_lines, seconds, peak_memory: context.converters.peak_memory() })
}

/// The converter processes; none is started yet.
pub(super) fn converters(batch: &Batch) -> Result<Converters> {
    let settings = &batch.settings;
    let command = settings.worker_command.as_ref().context("a batch needs Settings::worker_command")?;
    let chain = batch.chain.by_name();
    let chain = chain.context("the chain has filters of your own, which another process cannot know")?;
    let hello = Hello { chain, video: batch.video.clone(), opencv_threads: opencv_facts()?.threads, loud: batch.loud };
    let converters = Converters::new(command, hello, settings.memory, batch.stall + batch.chain.declared());
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

/// A task as a file to convert, or its outcome if that is known already.
fn pending_or_ended(context: &BatchContext<'_>, mut task: Task) -> Result<Result<PendingFile, Box<Ended>>> {
    let refused = task.refused.take().map(Outcome::Failed);
    // If the input cannot be read now, its probe will report the error.
    let identity = if refused.is_none() { Identity::of(&task.input).ok() } else { None };
    if context.batch.take_over && refused.is_none() {
        take_over(&mut context.journal.lock(), &task)?;
    }
    Ok(match refused.or_else(|| decide(&context.outputs, &context.journal.lock(), &task, identity.as_ref())) {
        None => Ok(PendingFile { task, identity }),
        Some(outcome) => Err(Box::new(context.ended(&task, outcome, Figures::default()))),
    })
}

/// Ends all attempts at a task that have begun: whoever made them does not have it any more.
fn take_over(journal: &mut Journal, task: &Task) -> Result<()> {
    let open = journal.record(&task.output).map(|record| record.open.clone()).unwrap_or_default();
    open.into_iter().try_for_each(|open| journal.append(&Entry { state: State::Stopped, ..open }))
}

/// Looks at what was left to other batches: they may have done it meanwhile.
fn look_again(context: &BatchContext<'_>, ended: &mut [Ended]) -> Result<()> {
    let mut journal = context.journal.lock();
    journal.refresh()?;
    for ended in ended.iter_mut().filter(|ended| ended.outcome.elsewhere().is_some()) {
        let (input, output) = (ended.input.clone(), ended.output.clone());
        let identity = Identity::of(&input).ok();
        let now =
            decide(&context.outputs, &journal, &Task { input, output, range: None, refused: None }, identity.as_ref());
        ended.outcome = now.unwrap_or_else(|| Outcome::Elsewhere("whoever had it has given it up".into()));
    }
    Ok(())
}

/// Probes the files, several at a time. Files that were not probed because the batch was stopped are left out.
fn probe_all(context: &BatchContext<'_>, files: Vec<PendingFile>) -> Vec<(PendingFile, Result<Probe>)> {
    let several = context.batch.settings.workers.min(files.len());
    let each = |file| (!context.stop.is_cancelled()).then(|| (probe(context, &file), file));
    let files = Mutex::new(files.into_iter().enumerate());
    let next = || files.lock().next();
    let one = || std::iter::from_fn(next).map_while(|(at, file)| Some((at, each(file)?))).collect::<Vec<_>>();
    let mut probed: Vec<_> = in_slots(several, one).into_iter().flatten().collect();
    probed.sort_by_key(|(at, _)| *at);
    probed.into_iter().map(|(_, (probe, file))| (file, probe)).collect()
}

/// Probes a file in a converter process.
fn probe(context: &BatchContext<'_>, file: &PendingFile) -> Result<Probe> {
    let request = Request::Probe { input: Name::of(&file.task.input), settings: context.batch.settings.clone() };
    match context.ask(&request, &Progress::default(), || ())? {
        Reply::Probed(probe) => Ok(probe),
        Reply::Failed { why, .. } => bail!(why),
        other => bail!("asked to look, it said {other:?}"),
    }
}

fn schedule_files(context: &BatchContext<'_>, files: &[ProbedFile]) -> Schedule {
    let settings = &context.batch.settings;
    let footing = context.converters.footing();
    let demand = |Demand { pixels, base_memory, worker_memory }| Demand {
        pixels,
        base_memory: base_memory + footing,
        worker_memory,
    };
    let demands: Vec<_> = files.iter().map(|file| demand(file.probe.demand)).collect();
    let memory = settings.memory.map(|memory| memory.saturating_sub(resident_memory(std::process::id())));
    schedule(&demands, settings.workers, context.batch.jobs, memory)
}

/// Converts the files as they are scheduled. Those that took too much memory beside others follow at the end, alone.
fn convert_all(context: &BatchContext<'_>, files: &[ProbedFile], schedule: &Schedule) -> Result<Vec<Ended>> {
    let (exclusive, shared) = schedule.order.split_at(schedule.exclusive);
    let alone = Slot { workers: context.batch.settings.workers, slots: 1 };
    // Probing may have started more converters than are needed from now on.
    context.converters.keep(if exclusive.is_empty() { schedule.slots } else { 1 });
    let mut ended = convert_in_slot(context, exclusive.iter().map(|at| &files[*at]), alone)?;
    ended.extend(convert_in_slots(context, files, shared, schedule)?);
    let (postponed, mut ended): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|ended| ended.outcome == Outcome::Postponed);
    let postponed: HashSet<_> = postponed.into_iter().map(|ended| ended.output).collect();
    // The memory of idle converters is needed for the postponed files.
    context.converters.keep(0);
    let postponed = files.iter().filter(|probed| postponed.contains(&probed.file.task.output));
    ended.extend(convert_in_slot(context, postponed, alone)?);
    Ok(ended)
}

/// Converts these of the files in several slots at the same time.
fn convert_in_slots(
    context: &BatchContext<'_>,
    files: &[ProbedFile],
    these: &[usize],
    schedule: &Schedule,
) -> Result<Vec<Ended>> {
    let slot = Slot { workers: schedule.workers, slots: schedule.slots };
    let next = AtomicUsize::new(0);
    let rest = || std::iter::from_fn(|| these.get(next.fetch_add(1, Relaxed)).map(|at| &files[*at]));
    let one = || convert_in_slot(context, rest(), slot);
    let ends = in_slots(schedule.slots.min(these.len()), one);
    Ok(ends.into_iter().collect::<Result<Vec<_>>>()?.concat())
}

/// Does the same in so many slots at the same time, or in fewer where there are too few threads: this one does it, too.
pub(super) fn in_slots<T: Send>(slots: usize, one: impl Fn() -> T + Sync) -> Vec<T> {
    scope(|s| {
        let others: Vec<_> = (1..slots).filter_map(|_| start(s, &one).ok()).collect();
        let own = one();
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    })
}

/// Converts one file after the other.
fn convert_in_slot<'f>(
    context: &BatchContext<'_>,
    files: impl Iterator<Item = &'f ProbedFile>,
    slot: Slot,
) -> Result<Vec<Ended>> {
    let mut ended = Vec::new();
    for file in files.take_while(|_| !context.stop.is_cancelled()) {
        // Without a journal nothing more should be begun, in any slot.
        ended.push(attempt(context, file, slot).inspect_err(|_| context.stop.cancel())?);
    }
    Ok(ended)
}
