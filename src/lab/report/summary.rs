//! From runs to a report: medians over the rounds, proof of sameness, ranking.

use super::fairness::assess::{disturbances, fairness};
use super::live::{figures, keeps_up};
use super::number::percent;
use super::rates::rates;
use super::verdict::{Conditions, findings, judge};
use super::{BASELINE, Decision, InputReport, LeftOut, Report, ResultFile, SettingsReport, Spread, StrategyReport};
use crate::host::environment::Environment;
use crate::host::machine::{Machine, OpenCvFacts};
use crate::metrics::{LedgerReport, LossReport, Run};
use crate::predict::predict;
use crate::statistics::{Estimate, SHOWN, median, median_of, ratio};

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
    /// What was around, if somebody looked.
    pub environment: Option<Environment>,
    /// Whether every run was given the same frames, so that their pixels can be compared.
    pub comparable: bool,
}

/// Makes the report. Each inner list is the runs of one strategy; those of `sequential`, if it took part, are the
/// baseline.
pub fn summarize(runs: &[Vec<Run>], circumstances: Circumstances) -> Report {
    let baseline = runs.iter().find(|runs| runs.first().is_some_and(|run| run.strategy == BASELINE));
    let proof = baseline.filter(|_| circumstances.comparable).and_then(|runs| runs[0].hash.as_deref());
    let conditions = Conditions {
        capacity: circumstances.machine.capacity(),
        opencv_threads: usize::try_from(circumstances.opencv.threads).unwrap_or(1),
        decode_threads: circumstances.settings.decode_threads,
    };
    let mut strategies: Vec<_> =
        runs.iter().filter_map(|runs| strategy(runs, baseline.map(Vec::as_slice), proof, &conditions)).collect();
    rank(&mut strategies);
    let mut notes: Vec<String> = runs.iter().flatten().flat_map(notes).collect();
    notes.sort();
    notes.dedup();
    notes.extend(expensive_clocks(&strategies));
    let (settings, machine, opencv) = (&circumstances.settings, &circumstances.machine, circumstances.opencv.threads);
    let fairness = fairness(&strategies, settings, machine, opencv, circumstances.environment);
    Report {
        schema: Report::SCHEMA,
        framerace: env!("CARGO_PKG_VERSION").into(),
        command: circumstances.command,
        machine: circumstances.machine,
        opencv: circumstances.opencv,
        input: circumstances.input,
        chain: circumstances.chain,
        settings: circumstances.settings,
        disturbances: disturbances(&strategies),
        fairness: Some(fairness),
        strategies,
        decision: circumstances.decision,
        recorded: None,
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

/// Whose stages are not timed in full, because looking at the clocks would have cost too much.
fn expensive_clocks(strategies: &[StrategyReport]) -> Option<String> {
    let expensive = strategies.iter().filter_map(|s| Some((s.name(), s.run.clocks_too_expensive?)));
    let (names, shares): (Vec<_>, Vec<_>) = expensive.unzip();
    let most = shares.into_iter().reduce(f64::max)?;
    Some(format!(
        "clocks cost {}: parts of stages and CPU clocks are not timed after the first frames ({})",
        percent(most),
        names.join(", ")
    ))
}

fn strategy(
    runs: &[Run],
    baseline: Option<&[Run]>,
    proof: Option<&str>,
    conditions: &Conditions,
) -> Option<StrategyReport> {
    let fps = Spread::over(fps_of(runs));
    let distance = |run: &&Run| (run.fps() - fps.median).abs();
    let typical = runs.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let (speedup, speedup_estimate) = baseline.map(|baseline| speedup(runs, baseline)).unwrap_or_default();
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let each = |figure: fn(&Run) -> f64| runs.iter().map(figure).collect::<Vec<_>>();
    let (p95, memory) = (each(|run| run.latency_ms.p95), each(|run| run.peak_memory as f64 / 1e6));
    let frames = typical.ledger.new_frames();
    let per_frame = |count: u64| if frames > 0 { count as f64 / frames as f64 } else { 0.0 };
    Some(StrategyReport {
        place: None,
        frames: typical.ledger.delivered,
        fps_estimate: median_of(&fps.samples),
        speedup,
        speedup_estimate,
        p95_estimate: median_of(&p95),
        memory_estimate: median_of(&memory),
        p95_samples: p95,
        memory_samples: memory,
        cpu_samples: each(|run| run.cpu_per_frame() * 1e3),
        interference: runs.iter().map(|run| run.interference).collect(),
        fps,
        cpu_limit_share: typical.cpu_limit_share(conditions.capacity),
        cpu_ms_per_frame: typical.cpu_per_frame() * 1e3,
        peak_memory_mb: mb(typical.peak_memory),
        added_memory_mb: mb(typical.peak_memory.saturating_sub(typical.memory_at_start)),
        startup_ms: typical.startup_s * 1e3,
        same_pixels: proof.map(|proof| runs.iter().all(|run| run.hash.as_deref() == Some(proof))),
        minor_faults_per_frame: per_frame(typical.minor_faults),
        context_switches_per_frame: per_frame(typical.context_switches),
        // What is dropped or repeated is not in the simulation.
        what_if: match typical.ledger.dropped + typical.ledger.repeated {
            // Nor are several inputs.
            0 if typical.inputs.is_empty() => predict(typical, conditions.capacity),
            _ => Vec::new(),
        },
        live: figures(typical, conditions.capacity),
        rates: rates(typical, conditions.capacity),
        verdict: judge(typical, conditions),
        findings: findings(typical, conditions),
        run: Run {
            trace: runs.iter().find_map(|run| run.trace.clone()),
            clocks_too_expensive: runs.iter().filter_map(|run| run.clocks_too_expensive).reduce(f64::max),
            ..typical.clone()
        },
    })
}

/// How many times as fast as the baseline: the median of the rounds, and where it may really be.
fn speedup(runs: &[Run], baseline: &[Run]) -> (Option<f64>, Option<Estimate>) {
    let ratios: Vec<_> = runs.iter().zip(baseline).map(|(run, baseline)| run.fps() / baseline.fps()).collect();
    // Of the baseline itself there is nothing to estimate.
    let is_baseline = baseline.first().is_none_or(|run| run.strategy == runs[0].strategy);
    let estimate = if is_baseline { None } else { ratio(&fps_of(runs), &fps_of(baseline), SHOWN) };
    (Some(median(&ratios)).filter(|ratio| ratio.is_finite()), estimate)
}

fn fps_of(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(Run::fps).collect()
}

/// Best first. Who changed, lost or dropped a frame has no place, but for live sources: there a frame may be lost anywhere,
/// before it is read as well, and what counts is the new frames that were delivered. Who cannot be told from the
/// first of a place shares it, and so does who keeps up as the first does.
fn rank(strategies: &mut [StrategyReport]) {
    let whole = |ledger: &LedgerReport| ledger.dropped == 0 && ledger.failed == 0;
    let fit = |s: &StrategyReport| {
        let ledger = &s.run.ledger;
        s.same_pixels != Some(false) && ledger.balances() && (s.run.setup.live || whole(ledger))
    };
    strategies.sort_by(|a, b| fit(b).cmp(&fit(a)).then(b.fps.median.total_cmp(&a.fps.median)));
    let mut leader: Option<(usize, Vec<f64>, bool)> = None;
    for (at, strategy) in (1..).zip(strategies.iter_mut().filter(|s| fit(s))) {
        let (samples, able) = (&strategy.fps.samples, keeps_up(strategy));
        let level = |(_, leader, keeps_up): &&(usize, Vec<f64>, bool)| {
            *keeps_up && able || ratio(leader, samples, SHOWN).is_some_and(|r| r.holds(1.0))
        };
        let place = leader.as_ref().filter(level).map_or(at, |leader| leader.0);
        if place == at {
            leader = Some((at, samples.clone(), able));
        }
        strategy.place = Some(place);
    }
}
