//! What the workers of a run have in common, and what they are told of it before the first frame.

use std::thread::available_parallelism;

use anyhow::{Context, Result};

use super::handle::Limits;
use super::protocol::{Hello, Stream};
use crate::child::WorkerCommand;
use crate::frame::FramePool;
use crate::pipeline::{InputJob, Job};

/// What all inputs of a run have in common.
pub(super) struct Run<'a> {
    /// What workers are started from.
    pub command: &'a WorkerCommand,
    /// Has no buffer: it is closed with those of all inputs, when the run is over.
    pub over: FramePool,
}

impl<'a> Run<'a> {
    pub(super) fn new(inputs: &[InputJob<'a>]) -> Result<Self> {
        let first = inputs.first().context("a run without an input")?;
        let over = FramePool::new(Vec::new());
        first.job.watch.close_on_stop(&over);
        let command = first.job.settings.worker_command.as_ref();
        Ok(Self { command: command.context("worker processes need the framerace program")?, over })
    }

    /// How long a worker may take.
    pub(super) fn limits(&self, job: &Job<'_>) -> Limits {
        Limits { frame: job.settings.frame_timeout, stopped: self.over.closed(), cores: cores() }
    }

    /// What a worker is told, but for its inputs.
    pub(super) fn hello(&self, inputs: &[InputJob<'_>], outputs: usize) -> Result<Hello> {
        let job = &inputs[0].job;
        let readable = inputs.iter().flat_map(|input| input.job.chain.readable());
        Ok(Hello {
            inputs: Vec::new(),
            meters: job.settings.meters,
            trace_frames: job.settings.trace_frames,
            opencv_threads: opencv::core::get_num_threads()?,
            sandbox: self.command.sandbox.at(job.settings.sandbox, readable),
            outputs,
        })
    }
}

/// What a worker is told of one input.
pub(super) fn stream(job: &Job<'_>, slots: usize) -> Result<Stream> {
    let chain = job.chain.by_name().context("worker processes need filters by name")?;
    Ok(Stream { chain, input: job.input, output: job.output, slots })
}

/// Processors of this machine.
pub(super) fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}
