//! Makes a plan: finds the inputs, names the outputs, looks into each file, and gives the pieces out to the shards. Writes
//! nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use parking_lot::Mutex;

use super::assign::assign;
use super::film::part_of;
use super::place::kept;
use super::plan_file::{FORM, FilmPart, PROGRAM, Piece, PlanOptions, ShardPlan};
use crate::batch::converter::{Converters, Progress, Reply, Request};
use crate::batch::entry::Name;
use crate::batch::identity::Identity;
use crate::batch::inputs::{LeftOut, real};
use crate::batch::plan::Task;
use crate::batch::preview::tasks_now;
use crate::batch::probe::Probe;
use crate::batch::run::{converters, in_slots};
use crate::batch::spec::Batch;
use crate::cancel::CancelToken;
use crate::sink::video::VideoOptions;
use crate::source::Cut;

/// A plan, and what is worth a line about it.
pub struct Frozen {
    /// The plan.
    pub plan: ShardPlan,
    /// Files that were found in folders and are not tried.
    pub left_out: Vec<LeftOut>,
    /// Files that could not be looked into, and why; their shards will say so again.
    pub unreadable: Vec<String>,
    /// Films that are long enough to be cut and are kept whole: each with the reason.
    pub kept_whole: Vec<String>,
}

/// What was found out about a file.
struct Looked {
    task: Task,
    identity: Identity,
    probe: Result<Probe>,
    /// Its parts, where it is a long film, or why it is kept whole.
    cuts: Option<Result<Vec<Cut>, String>>,
}

/// Freezes a batch into so many shards; a film that is longer than `segment` is cut. `path` is where the plan will be; `workers` and `encode_threads` are those that the
/// user gives, the same on every machine.
///
/// # Errors
/// When an input does not exist or is refused, or no converter can be started.
pub fn freeze(
    batch: &Batch,
    (opencv_threads, accept_damaged, workers): (i32, bool, Option<usize>),
    (shards, segment): (usize, Option<Duration>),
    path: &Path,
    stop: &CancelToken,
) -> Result<Frozen> {
    let (tasks, left_out) = tasks_now(batch)?;
    let refused = tasks.iter().filter_map(|task| task.refused.as_ref());
    let count = refused.clone().count();
    if let Some(first) = refused.into_iter().next() {
        bail!("{count} of {} files cannot be in a plan: {first}", tasks.len());
    }
    let mut looked = look(batch, tasks, segment, stop)?;
    ensure!(!stop.is_cancelled(), "stopped; nothing was written");
    let root = common_folder(looked.iter().map(|looked| real(&looked.task.input)))?;
    looked.sort_by_cached_key(|looked| real(&looked.task.input));
    let unreadable = looked.iter().filter_map(|looked| Some(format!("{:#}", looked.probe.as_ref().err()?))).collect();
    let kept_whole = looked.iter().filter_map(Looked::why_whole).collect();
    let mut pieces = Vec::new();
    for looked in &looked {
        pieces.extend(looked.pieces(batch, &root)?);
    }
    let work: Vec<u64> = pieces.iter().map(|piece| piece.pixels).collect();
    pieces.iter_mut().zip(assign(&work, shards)).for_each(|(piece, shard)| piece.shard = shard);
    let at = real(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")));
    let mut plan = ShardPlan {
        framerace_plan: FORM,
        framerace: PROGRAM.to_owned(),
        id: String::new(),
        input_folder: Name::of(&kept(&root, &at)),
        output_folder: Name::of(&kept(&batch.folder, &at)),
        options: batch.options_text(),
        options_hash: batch.options_hash(),
        how: options(batch, (opencv_threads, accept_damaged, workers))?,
        shards,
        pieces,
        at,
    };
    plan.id = plan.hash()?;
    Ok(Frozen { plan, left_out, unreadable, kept_whole })
}

fn options(
    batch: &Batch,
    (opencv_threads, accept_damaged, workers): (i32, bool, Option<usize>),
) -> Result<PlanOptions> {
    let mut settings = batch.settings.clone();
    // It is another one on every machine.
    settings.worker_command = None;
    let usual = VideoOptions::default().threads;
    Ok(PlanOptions {
        inputs: batch
            .inputs
            .iter()
            .map(|input| Name::of(&std::path::absolute(input).unwrap_or(input.clone())))
            .collect(),
        recursive: batch.recursive,
        chain: batch.chain.by_name().context("the chain has filters of your own, which another process cannot know")?,
        strategy: batch.strategy.map(|strategy| strategy.name().to_owned()),
        decode_threads: batch.decode_threads,
        workers,
        encode_threads: (batch.video.threads != usual).then_some(batch.video.threads),
        jobs: batch.jobs,
        stall_s: batch.stall.as_secs_f64(),
        opencv_threads,
        accept_damaged,
        settings,
        video: batch.video.clone(),
    })
}

impl Looked {
    /// Its pieces, in no shard yet: one, or its parts.
    fn pieces(&self, batch: &Batch, root: &Path) -> Result<Vec<Piece>> {
        let (input, frames) = (real(&self.task.input), self.frames(batch));
        let whole = Piece {
            input: Name::of(input.strip_prefix(root).context("an input is nowhere")?),
            output: Name::of(&self.task.output),
            identity: self.identity.clone(),
            frames,
            pixels: self.pixels(frames),
            shard: 0,
            part: None,
        };
        let Some(Ok(cuts)) = &self.cuts else { return Ok(vec![whole]) };
        let all = cuts.iter().map(|cut| cut.frames).sum::<u64>().max(1) as f64;
        let hash = batch.options_hash();
        let part = |(number, cut): (usize, &Cut)| Piece {
            output: Name::of(&part_of(&self.task.output, &hash, number)),
            frames: Some(cut.frames),
            pixels: (whole.pixels as f64 * cut.frames as f64 / all) as u64,
            part: Some(FilmPart {
                film: whole.output.clone(),
                number,
                start_us: cut.start_us,
                end_us: cuts.get(number + 1).map(|next| next.start_us),
            }),
            ..whole.clone()
        };
        Ok(cuts.iter().enumerate().map(part).collect())
    }

    /// Why it is kept whole, if it is long enough to be cut.
    fn why_whole(&self) -> Option<String> {
        let why = self.cuts.as_ref()?.as_ref().err()?;
        Some(format!("{}: {why}", self.task.input.display()))
    }

    fn frames(&self, batch: &Batch) -> Option<u64> {
        let frames = self.probe.as_ref().ok()?.frames?;
        Some(frames.min(batch.settings.limits.frames.unwrap_or(u64::MAX)))
    }

    /// A file of unknown length may be long: it counts as an hour.
    fn pixels(&self, frames: Option<u64>) -> u64 {
        const HOUR: f64 = 3600.0 * 25.0 * 2.0 * 1280.0 * 720.0;
        match (&self.probe, frames) {
            (Err(_), _) => 0,
            (Ok(probe), Some(_)) => probe.demand.pixels as u64,
            (Ok(_), None) => HOUR as u64,
        }
    }
}

/// Looks into all files, several at a time.
fn look(batch: &Batch, tasks: Vec<Task>, segment: Option<Duration>, stop: &CancelToken) -> Result<Vec<Looked>> {
    let converters = converters(batch)?;
    let (several, tasks) = (batch.settings.workers.min(tasks.len()), Mutex::new(tasks.into_iter()));
    let next = || if stop.is_cancelled() { None } else { tasks.lock().next() };
    let one = || {
        std::iter::from_fn(next).map(|task| look_into((batch, segment), task, &converters, stop)).collect::<Vec<_>>()
    };
    in_slots(several, one).into_iter().flatten().collect()
}

fn look_into(
    (batch, segment): (&Batch, Option<Duration>),
    task: Task,
    converters: &Converters,
    stop: &CancelToken,
) -> Result<Looked> {
    let identity = Identity::of(&task.input)?;
    let request = Request::Probe { input: Name::of(&task.input), settings: batch.settings.clone() };
    let probe = match converters.ask(&request, &Progress::default(), stop, || (), |_| ()) {
        Ok(Reply::Probed(probe)) => Ok(probe),
        Ok(Reply::Failed { why, .. }) => Err(anyhow::Error::msg(why)),
        Ok(other) => bail!("asked to look, it said {other:?}"),
        Err(why) => Err(why),
    };
    let is_long = |every: &Duration| probe.as_ref().is_ok_and(|probe| probe.duration_s > every.as_secs_f64());
    let cuts = segment.filter(is_long).map(|every| cut(batch, &task, every, converters, stop)).transpose()?;
    Ok(Looked { task, identity, probe, cuts })
}

/// Cuts a long film, or says why it is kept whole.
fn cut(
    batch: &Batch,
    task: &Task,
    every: Duration,
    converters: &Converters,
    stop: &CancelToken,
) -> Result<Result<Vec<Cut>, String>> {
    let ending = task.output.extension().unwrap_or_default();
    if ending != "mkv" && ending != "webm" {
        return Ok(Err("its parts can be joined in .mkv and .webm only; --name {stem}.mkv makes one".into()));
    }
    let (every_s, settings) = (every.as_secs_f64(), batch.settings.clone());
    let request = Request::Cut { input: Name::of(&task.input), every_s, settings };
    Ok(match converters.ask(&request, &Progress::default(), stop, || (), |_| ()) {
        Ok(Reply::Cuts(cuts)) => cuts,
        Ok(Reply::Failed { why, .. }) => Err(why),
        Ok(other) => bail!("asked to cut, it said {other:?}"),
        Err(why) => Err(format!("{why:#}")),
    })
}

/// The deepest folder that all files are in.
fn common_folder(files: impl Iterator<Item = PathBuf>) -> Result<PathBuf> {
    let folders = files.map(|file| file.parent().map(Path::to_owned).unwrap_or_default());
    let common = |a: PathBuf, b: PathBuf| {
        a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
    };
    folders.reduce(common).context("there are no files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_relative_to_the_deepest_folder_of_all() {
        let common = |files: &[&str]| common_folder(files.iter().map(PathBuf::from)).expect("one");
        assert_eq!(common(&["/a/b/x.mp4", "/a/b/y.mp4"]), Path::new("/a/b"));
        assert_eq!(common(&["/a/b/x.mp4", "/a/bc/y.mp4", "/a/b/c/z.mp4"]), Path::new("/a"));
        assert_eq!(common(&["/a/x.mp4", "/b/y.mp4"]), Path::new("/"));
    }
}
