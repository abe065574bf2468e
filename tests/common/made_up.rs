//! Runs that never were: a second of a machine with two cores, with every figure set by hand, or worked out from
//! costs as an ideal machine would.

use framerace::lab::report::{Circumstances, Conditions, InputReport, Report, SettingsReport, summarize};
use framerace::metrics::{LedgerReport, PartReport, Percentiles, QueueReport, Run, StageReport, SteadyRate};

use super::{Work, made_up_machine, made_up_opencv};

/// The cores of the machine that never was.
pub const CORES: f64 = 2.0;

/// That machine, without hidden threads.
pub fn conditions() -> Conditions {
    Conditions::cores(CORES)
}

/// The settings of a single run that never was.
pub fn settings() -> SettingsReport {
    SettingsReport {
        workers: 2,
        queue: 1,
        overflow: None,
        rounds: 1,
        warmup: 0,
        seed: 1,
        times: 1,
        decode_threads: 1,
        frame_timeout_s: 30.0,
        strict: false,
        auto: None,
        meters: true,
        writer: None,
    }
}

/// A stage that was busy this share of a second and used so much CPU time.
pub fn stage(name: &str, workers: usize, busy: f64, cpu_s: f64) -> StageReport {
    StageReport {
        name: name.into(),
        workers,
        frames: 100,
        busy,
        cpu_wait: 0.0,
        starved: 1.0 - busy.min(1.0),
        blocked: 0.0,
        locked: 0.0,
        waiting: 0.0,
        cpu_s,
        service_ms: Percentiles::default(),
        parts: Vec::new(),
    }
}

/// A part of a stage.
pub fn part(name: &str, share: f64, cpu_s: f64) -> PartReport {
    PartReport { name: name.into(), share, cpu_wait: 0.0, cpu_s, service_ms: Percentiles::default() }
}

/// A second in which 100 frames went through these stages.
pub fn run(workers: usize, stages: Vec<StageReport>) -> Run {
    let queue =
        |_: &StageReport| QueueReport { name: "queue".into(), capacity: 4, mean_depth: 2.0, full: 0.0, empty: 0.0 };
    Run {
        strategy: "made-up".into(),
        workers,
        wall_s: 1.0,
        arrivals_s: 0.0,
        steady_rate: SteadyRate { frames: 100, seconds: 1.0, ..SteadyRate::default() },
        ledger: LedgerReport { captured: 100, delivered: 100, ..LedgerReport::default() },
        cpu_s: stages.iter().map(|stage| stage.cpu_s).sum(),
        queues: stages.iter().skip(1).map(queue).collect(),
        stages,
        ..Run::default()
    }
}

/// Three stages, capture and sink by a thread each.
pub fn three(workers: usize, busy: [f64; 3], cpu_s: [f64; 3]) -> Run {
    let [capture, chain, deliver] = busy;
    let stages = vec![
        stage("capture", 1, capture, cpu_s[0]),
        stage("chain", workers, chain, cpu_s[1]),
        stage("sink", 1, deliver, cpu_s[2]),
    ];
    run(workers, stages)
}

/// How the filters are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Joined {
    /// One thread does everything.
    Sequential,
    /// So many workers do the whole chain.
    Workers(usize),
    /// A thread a filter.
    Stages,
}

fn costs(work: Work) -> (f64, f64) {
    match work {
        Work::None => (0.0, 0.0),
        Work::Delay(ms) => (ms / 1e3, 0.0),
        Work::Spin(ms) => (ms / 1e3, ms / 1e3),
    }
}

/// What an ideal machine makes of these costs: it runs at the rate of the slowest stage or of its cores. `noise` is
/// how far off the clocks are, a factor for each stage.
pub fn ideal(joined: Joined, source: Work, filters: &[Work], sink: Work, noise: impl Fn(usize) -> f64) -> Run {
    let chain: (f64, f64) = filters.iter().map(|f| costs(*f)).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let ends = [("capture", costs(source)), ("sink", costs(sink))];
    let cpu: f64 = chain.1 + ends.iter().map(|(_, cost)| cost.1).sum::<f64>();
    let longest = filters.iter().map(|f| costs(*f).0).fold(0.0, f64::max);
    let ends_longest = ends.iter().map(|(_, cost)| cost.0).fold(0.0, f64::max);
    let frame_s = match joined {
        Joined::Sequential => chain.0 + ends.iter().map(|(_, cost)| cost.0).sum::<f64>(),
        Joined::Workers(n) => (chain.0 / n as f64).max(ends_longest).max(cpu / CORES),
        Joined::Stages => longest.max(ends_longest).max(cpu / CORES),
    };
    let fps = 1.0 / frame_s;
    let of = |at: usize, name: &str, workers: usize, (wall, cpu): (f64, f64)| {
        let mut stage = stage(name, workers, (wall * fps / workers as f64 * noise(at)).min(1.0), cpu * fps * noise(at));
        stage.frames = fps as u64;
        stage
    };
    let mut stages = vec![of(0, "capture", 1, ends[0].1)];
    match joined {
        Joined::Stages => {
            stages.extend(filters.iter().enumerate().map(|(at, f)| of(at + 2, &format!("f{at}"), 1, costs(*f))));
        }
        Joined::Sequential | Joined::Workers(_) => {
            let workers = if let Joined::Workers(n) = joined { n } else { 1 };
            let mut whole = of(2, "chain", workers, chain);
            let piece = |(at, f): (usize, &Work)| {
                let (wall, cpu) = costs(*f);
                part(&format!("f{at}"), wall / chain.0, cpu * fps)
            };
            whole.parts = filters.iter().enumerate().map(piece).collect();
            stages.push(whole);
        }
    }
    stages.push(of(1, "sink", 1, ends[1].1));
    let workers = if let Joined::Workers(n) = joined { n } else { 1 };
    let mut run = run(workers, stages);
    run.ledger = LedgerReport { captured: fps as u64, delivered: fps as u64, ..LedgerReport::default() };
    if joined == Joined::Sequential {
        run.queues.clear();
    }
    run
}

/// The report on runs of a camera, a list for each strategy.
pub fn live_report(runs: &[Vec<Run>]) -> Report {
    let circumstances = Circumstances {
        command: vec!["framerace".into()],
        machine: made_up_machine(),
        opencv: made_up_opencv(),
        input: InputReport {
            name: "camera:0".into(),
            width: 64,
            height: 48,
            pixels: "bgr8".into(),
            fps: Some(60.0),
            frames: None,
            reader: "V4L2".into(),
        },
        chain: "grayscale,blur".into(),
        settings: settings(),
        left_out: Vec::new(),
        decision: None,
        environment: None,
        comparable: false,
    };
    summarize(runs, circumstances)
}
