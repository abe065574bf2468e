//! What a run's stations would give if they were joined in another way: all on one thread, so many workers side by side,
//! a thread for each filter, each with so many decoder threads. Like every prediction it rests on what one run measured.

use super::model::{Line, Station};
use super::simulate::rate;
use crate::metrics::{Run, StageReport};

/// How the stations are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// One thread does everything.
    Alone,
    /// So many workers do the whole chain, each on a frame of its own.
    Workers(usize),
    /// One thread for each filter.
    FilterEach,
}

/// Frames a second that a joining would give with so many decoder threads, on a machine with so many cores and nobody
/// else on it; none if nothing was timed. The run has several workers that do the whole chain, and is decoded by
/// `decoded_by` threads.
pub fn rejoined(run: &Run, cores: f64, decoded_by: usize, joining: Joining, decode_threads: usize) -> Option<f64> {
    let mut line = Line::of(run, cores)?;
    // What others do now they need not do later.
    line.elsewhere = 0.0;
    let cpu = run.cpu_s / run.ledger.delivered.max(1) as f64;
    let mut most = if cpu > 0.0 { cores / cpu } else { f64::INFINITY };
    if decode_threads > decoded_by {
        let decode = decode_seconds(run).filter(|seconds| *seconds > 0.0)?;
        most = most.min(decode_threads as f64 / decode);
        decode_beside(&mut line, decode);
    }
    join(&mut line, joining);
    Some(rate(&line).min(most)).filter(|fps| fps.is_finite() && *fps > 0.0)
}

/// CPU seconds that decoding a frame takes; none where the reader does not tell it apart.
fn decode_seconds(run: &Run) -> Option<f64> {
    let capture: &StageReport = run.stages.iter().find(|stage| stage.name == "capture")?;
    let decode = capture.parts.iter().find(|part| part.name == "decode")?;
    Some(decode.cpu_s / capture.frames.max(1) as f64)
}

/// Takes decoding out of the capture stage: threads of the decoder do it meanwhile.
fn decode_beside(line: &mut Line, decode: f64) {
    let computing = line.stations[0].steps.iter_mut().filter(|step| step.load > 0.0);
    for step in computing {
        step.seconds = (step.seconds - decode).max(0.0);
    }
    line.beside += decode;
}

/// Joins a line with several workers in another way.
pub(super) fn join(line: &mut Line, joining: Joining) {
    match joining {
        Joining::Workers(workers) => line.set_workers(workers),
        Joining::Alone => {
            let steps = line.stations.iter().flat_map(|station| station.steps.clone()).collect();
            let longest = line.stations.iter().max_by(|a, b| a.seconds().total_cmp(&b.seconds()));
            let variation = longest.map(|station| station.variation.clone());
            line.stations.truncate(1);
            line.stations[0].steps = steps;
            line.stations[0].variation = variation.unwrap_or_else(|| line.stations[0].variation.clone());
            (line.links, line.in_flight) = (Vec::new(), 1);
        }
        Joining::FilterEach => filter_each(line),
    }
}

/// A station for each filter of the chain.
fn filter_each(line: &mut Line) {
    let Some(crew) = line.stations.get(1).cloned() else { return };
    let mut filters: Vec<Station> = Vec::new();
    for step in crew.steps {
        match filters.iter_mut().find(|filter| filter.steps[0].name == step.name) {
            Some(filter) => filter.steps.push(step),
            None => filters.push(Station { workers: 1, steps: vec![step], variation: crew.variation.clone() }),
        }
    }
    let capacity = line.queue().unwrap_or(1);
    line.in_flight = (line.in_flight + filters.len()).saturating_sub(crew.workers).max(1);
    line.links = vec![capacity; filters.len() + 1];
    line.stations.splice(1..2, filters);
}
