//! Predicts the rate of a run if its stages were connected in another way: all on one thread, by workers, or a thread for
//! each filter, with any number of decoder threads. Every prediction rests on what one run measured.

use super::model::{Line, StageModel};
use super::simulate::rate;
use crate::metrics::{Run, StageReport, Topology};

/// How a run would be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// How its stages are connected.
    pub topology: Topology,
    /// Workers, where the topology lets a user choose how many.
    pub workers: usize,
    /// Threads of the video decoder.
    pub decode_threads: usize,
}

/// Frames a second of a run with another connection, on a machine with `cores` cores and no other load. The run was
/// measured with a topology that scales with workers and with `decoded_by` decoder threads. None if nothing was timed,
/// or if its figures do not tell.
pub fn predict_connection(run: &Run, cores: f64, decoded_by: usize, with: Connection) -> Option<f64> {
    let mut line = Line::of(run, cores)?;
    // What others do now they need not do later.
    line.elsewhere = 0.0;
    let cpu = run.cpu_s / run.ledger.delivered.max(1) as f64;
    let mut most = if cpu > 0.0 { cores / cpu } else { f64::INFINITY };
    if with.decode_threads > decoded_by {
        let decode = decode_seconds(run).filter(|seconds| *seconds > 0.0)?;
        most = most.min(with.decode_threads as f64 / decode);
        decode_beside(&mut line, decode);
    }
    connect(&mut line, with.topology, with.workers)?;
    Some(rate(&line).min(most)).filter(|fps| fps.is_finite() && *fps > 0.0)
}

/// CPU seconds that decoding a frame takes; none where the reader does not tell it apart.
fn decode_seconds(run: &Run) -> Option<f64> {
    let capture: &StageReport = run.stage("capture")?;
    let decode = capture.parts.iter().find(|part| part.name == "decode")?;
    Some(decode.cpu_s / capture.frames.max(1) as f64)
}

/// Takes decoding out of the capture stage: threads of the decoder do it meanwhile.
fn decode_beside(line: &mut Line, decode: f64) {
    let computing = line.stages[0].steps.iter_mut().filter(|step| step.load > 0.0);
    for step in computing {
        step.seconds = (step.seconds - decode).max(0.0);
    }
    line.beside += decode;
}

/// Connects a line of workers in another way. None for bands: how well frames can be cut is known only to runs that
/// cut them.
pub(super) fn connect(line: &mut Line, topology: Topology, workers: usize) -> Option<()> {
    match topology {
        Topology::Workers | Topology::WorkerProcesses | Topology::OneLock => line.set_workers(workers),
        Topology::SingleThread => {
            line.stages = vec![StageModel::by_one_worker(&line.stages)?];
            (line.queues, line.in_flight) = (Vec::new(), 1);
        }
        Topology::FilterThreads => filter_threads(line),
        Topology::Segments => line.capture_by_workers(workers),
        Topology::Bands => return None,
    }
    Some(())
}

/// A stage for each filter of the chain.
fn filter_threads(line: &mut Line) {
    let Some(workers) = line.stages.get(1).cloned() else { return };
    let mut filters: Vec<StageModel> = Vec::new();
    for step in workers.steps {
        match filters.iter_mut().find(|filter| filter.steps[0].name == step.name) {
            Some(filter) => filter.steps.push(step),
            None => filters.push(StageModel { workers: 1, steps: vec![step], variation: workers.variation.clone() }),
        }
    }
    let capacity = line.queue().unwrap_or(1);
    line.in_flight = (line.in_flight + filters.len()).saturating_sub(workers.workers).max(1);
    line.queues = vec![capacity; filters.len() + 1];
    line.stages.splice(1..2, filters);
}
