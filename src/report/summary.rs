//! From runs to a report: medians over the rounds, proof of sameness, ranking.

use super::number::percent;
use super::rates::rates;
use super::verdict::{Conditions, findings, judge};
use super::{Decision, InputReport, LeftOut, Report, SCHEMA, SettingsReport, Spread, StrategyReport};
use crate::machine::{Machine, OpenCvFacts};
use crate::measure::{LossReport, NeighbourReport, Run};
use crate::statistics::{SHOWN, median, median_of, ratio};
use crate::what_if::predict;

/// What a report says beside the runs.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The command line.
    pub command: Vec<String>,
    /// The machine.
    pub machine: Machine,
    /// OpenCV.
    pub opencv: OpenCvFacts,
    /// The input.
    pub input: InputReport,
    /// The chain.
    pub chain: String,
    /// The settings.
    pub settings: SettingsReport,
    /// Who could not take part.
    pub left_out: Vec<LeftOut>,
    /// How the comparison came to its end.
    pub decision: Option<Decision>,
    /// Whether every run was given the same frames, so that their pixels can be compared.
    pub comparable: bool,
}

/// Makes the report. Each inner list is one strategy's runs; those of `sequential`, if it took part, are the
/// yardstick.
pub fn summarize(runs: &[Vec<Run>], circumstances: Circumstances) -> Report {
    let yardstick = runs.iter().find(|runs| runs.first().is_some_and(|run| run.strategy == "sequential"));
    let proof = yardstick.filter(|_| circumstances.comparable).and_then(|runs| runs[0].hash.as_deref());
    let conditions = Conditions {
        capacity: circumstances.machine.capacity(),
        opencv_threads: usize::try_from(circumstances.opencv.threads).unwrap_or(1),
        decode_threads: circumstances.settings.decode_threads,
    };
    let mut strategies: Vec<_> =
        runs.iter().filter_map(|runs| strategy(runs, yardstick.map(Vec::as_slice), proof, &conditions)).collect();
    rank(&mut strategies);
    let mut notes: Vec<String> = runs.iter().flatten().flat_map(notes).collect();
    notes.sort();
    notes.dedup();
    Report {
        schema: SCHEMA,
        framerace: env!("CARGO_PKG_VERSION").into(),
        command: circumstances.command,
        machine: circumstances.machine,
        opencv: circumstances.opencv,
        input: circumstances.input,
        chain: circumstances.chain,
        settings: circumstances.settings,
        disturbances: disturbances(&strategies),
        strategies,
        decision: circumstances.decision,
        sweep: None,
        left_out: circumstances.left_out,
        notes,
    }
}

/// What the user should know about a run.
fn notes(run: &Run) -> Vec<String> {
    let mut notes = run.notes.clone();
    let LossReport { workers, first, redone, recovery_ms, poison } = &run.losses;
    if *workers > 0 {
        let plural = if *workers == 1 { "process was" } else { "processes were" };
        notes.push(format!(
            "{}: {workers} worker {plural} lost and replaced, in {:.0} ms at the median; {redone} {} done again",
            run.strategy,
            recovery_ms.p50,
            if *redone == 1 { "frame was" } else { "frames were" },
        ));
    }
    if poison.is_empty() {
        notes.extend(first.iter().map(|how| format!("{}: {how}", run.strategy)));
    }
    // One that kills every worker is worth a line, a thousand of them are not.
    const NAMED: usize = 5;
    notes.extend(poison.iter().take(NAMED).map(|frame| format!("{}: {frame}", run.strategy)));
    if poison.len() > NAMED {
        notes.push(format!("{}: {} frames were given up in all", run.strategy, poison.len()));
    }
    notes
}

fn strategy(
    runs: &[Run],
    yardstick: Option<&[Run]>,
    proof: Option<&str>,
    conditions: &Conditions,
) -> Option<StrategyReport> {
    let fps = Spread::over(fps_of(runs));
    let distance = |run: &&Run| (run.fps() - fps.median).abs();
    let typical = runs.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let ratios =
        yardstick.map(|yard| runs.iter().zip(yard).map(|(run, yard)| run.fps() / yard.fps()).collect::<Vec<_>>());
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let frames = typical.ledger.new_frames();
    let per_frame = |count: u64| if frames > 0 { count as f64 / frames as f64 } else { 0.0 };
    Some(StrategyReport {
        name: typical.strategy.clone(),
        workers: typical.workers,
        place: None,
        frames: typical.ledger.delivered,
        fps_estimate: median_of(&fps.samples),
        // Of the yardstick itself there is nothing to be unsure about.
        speedup_estimate: yardstick
            .filter(|yard| yard.first().is_some_and(|run| run.strategy != typical.strategy))
            .and_then(|yard| ratio(&fps.samples, &fps_of(yard), SHOWN)),
        p95_estimate: median_of(&runs.iter().map(|run| run.latency_ms.p95).collect::<Vec<_>>()),
        memory_estimate: median_of(&runs.iter().map(|run| mb(run.peak_memory)).collect::<Vec<_>>()),
        neighbours: runs.iter().map(|run| run.neighbours).collect(),
        fps,
        speedup: ratios.map(|ratios| median(&ratios)).filter(|ratio| ratio.is_finite()),
        cpu_limit_share: typical.cpu_limit_share(conditions.capacity),
        cpu_ms_per_frame: typical.cpu_per_frame() * 1e3,
        latency_ms: typical.latency_ms,
        latencies: typical.latencies.clone(),
        timeline: typical.timeline.clone(),
        peak_memory_mb: mb(typical.peak_memory),
        added_memory_mb: mb(typical.peak_memory.saturating_sub(typical.memory_at_start)),
        startup_ms: typical.startup_s * 1e3,
        output_hash: typical.hash.clone(),
        same_pixels: proof.map(|proof| runs.iter().all(|run| run.hash.as_deref() == Some(proof))),
        ledger: typical.ledger,
        stages: typical.stages.clone(),
        links: typical.links.clone(),
        buffers: typical.buffers,
        minor_faults_per_frame: per_frame(typical.minor_faults),
        context_switches_per_frame: per_frame(typical.context_switches),
        steady_faults_per_frame: typical.steady_faults,
        losses: typical.losses.clone(),
        sandbox: typical.sandbox.clone(),
        meter_share: typical.meter_share,
        what_if: predict(typical, conditions.capacity),
        rates: rates(typical, conditions.capacity),
        trace: runs.iter().find_map(|run| run.trace.clone()),
        verdict: judge(typical, conditions),
        findings: findings(typical, conditions),
    })
}

fn fps_of(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(Run::fps).collect()
}

/// Best first. Who changed, lost or dropped a frame has no place; who does not surely differ from the first of a place
/// shares it.
fn rank(strategies: &mut [StrategyReport]) {
    let fit = |s: &StrategyReport| s.same_pixels != Some(false) && s.ledger.dropped == 0 && s.ledger.failed == 0;
    strategies.sort_by(|a, b| fit(b).cmp(&fit(a)).then(b.fps.median.total_cmp(&a.fps.median)));
    let mut leader: Option<(usize, Vec<f64>)> = None;
    for (at, strategy) in (1..).zip(strategies.iter_mut().filter(|s| fit(s))) {
        let samples = &strategy.fps.samples;
        let level = |leader: &&(usize, Vec<f64>)| ratio(&leader.1, samples, SHOWN).is_some_and(|r| r.holds(1.0));
        let place = leader.as_ref().filter(level).map_or(at, |leader| leader.0);
        if place == at {
            leader = Some((at, samples.clone()));
        }
        strategy.place = Some(place);
    }
}

/// Other programs that used at least this part of the machine have disturbed a run.
const DISTURBED: f64 = 0.1;
/// And so has a hypervisor that gave this part to others.
const STOLEN: f64 = 0.05;

/// Who was disturbed in which round, and by what.
fn disturbances(strategies: &[StrategyReport]) -> Vec<String> {
    let mut found = Vec::new();
    for strategy in strategies {
        for (round, NeighbourReport { others, stolen }) in (1..).zip(&strategy.neighbours) {
            let causes = [
                (*others >= DISTURBED).then(|| format!("{} taken by other programs", percent(*others))),
                (*stolen >= STOLEN).then(|| format!("{} stolen by the hypervisor", percent(*stolen))),
            ];
            let causes: Vec<_> = causes.into_iter().flatten().collect();
            if !causes.is_empty() {
                found.push(format!("{} in round {round}: {} of the machine", strategy.name, causes.join(", ")));
            }
        }
    }
    found
}
