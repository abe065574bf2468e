//! What a live source and a race on its recorded frames say together, in sentences.

use super::{LiveFigures, Recorded};
use crate::lab::report::number::three_digits;
use crate::lab::report::{Report, StrategyReport};

/// Who loses no larger part of the frames that came keeps up: the first and last frame of a turn may be cut off.
const ACCIDENTAL: f64 = 0.05;
/// Rates of cameras one can buy.
const RATES: [f64; 8] = [30.0, 60.0, 90.0, 120.0, 240.0, 480.0, 1000.0, 2000.0];
/// Latencies that differ by less, in milliseconds, are told as equal.
const EQUAL_MS: f64 = 0.5;

/// Who keeps up, what that costs in latency, and what each could do.
pub(in crate::lab::report) fn live(report: &Report) -> Vec<String> {
    let several = report.strategies.len() > 1;
    let keeping_up = keeping_up(report).map(|line| if several { format!("live: {line}") } else { line });
    keeping_up.into_iter().chain(beside_keeping_up(report)).collect()
}

/// Who keeps up; of a single strategy what it could do. None of a source that waits.
pub(in crate::lab::report) fn keeping_up(report: &Report) -> Option<String> {
    match live_ones(report)[..] {
        [] => None,
        [one] => headroom(one),
        ref several => Some(who_keeps_up(several, came(report))),
    }
}

/// What keeping up costs in latency, and what each could do.
pub(in crate::lab::report) fn beside_keeping_up(report: &Report) -> Vec<String> {
    let strategies = live_ones(report);
    if strategies.len() < 2 {
        return Vec::new();
    }
    let full_speed = report.recorded.iter().flat_map(|recorded| full_speed(recorded, came(report)));
    latency(&strategies).into_iter().chain(full_speed).collect()
}

fn live_ones(report: &Report) -> Vec<&StrategyReport> {
    report.strategies.iter().filter(|strategy| strategy.live.is_some()).collect()
}

fn came(report: &Report) -> f64 {
    report.strategies.iter().filter_map(|strategy| Some(strategy.live?.source_fps)).fold(0.0, f64::max)
}

/// `30.0 FPS delivered, 212 possible`.
fn headroom(strategy: &StrategyReport) -> Option<String> {
    let possible = strategy.live.as_ref()?.possible_fps?;
    Some(format!("{} FPS delivered, {} possible", three_digits(strategy.fps.median), three_digits(possible)))
}

/// Whether a strategy delivers the frames of a live source as fast as they come, but for accidents.
pub(in crate::lab::report) fn keeps_up(strategy: &StrategyReport) -> bool {
    let fast = |live: LiveFigures| strategy.fps.median >= (1.0 - ACCIDENTAL) * live.source_fps;
    strategy.live.is_some_and(fast) && strategy.run.ledger.lost_share() <= ACCIDENTAL
}

fn who_keeps_up(strategies: &[&StrategyReport], came: f64) -> String {
    let (able, others): (Vec<_>, Vec<_>) = strategies.iter().partition(|strategy| keeps_up(strategy));
    let names = |some: &[&&StrategyReport]| some.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ");
    let rate = three_digits(came);
    match (able.len(), others.len()) {
        (_, 0) => format!("all keep up with {rate} FPS{}", lightest(&able)),
        (0, _) => format!("none keeps up with {rate} FPS"),
        (1, _) => format!("only {} keeps up with {rate} FPS", names(&able)),
        (_, 1) => format!("all but {} keep up with {rate} FPS", names(&others)),
        _ => format!("{} keep up with {rate} FPS; {} do not", names(&able), names(&others)),
    }
}

/// `; the lightest is sequential, 1.20 ms CPU a frame`: what is left to choose by where all keep up.
fn lightest(strategies: &[&&StrategyReport]) -> String {
    let lightest = strategies.iter().min_by(|a, b| a.cpu_ms_per_frame.total_cmp(&b.cpu_ms_per_frame));
    let named = lightest.filter(|one| one.cpu_ms_per_frame > 0.0);
    named.map_or(String::new(), |one| {
        format!("; the lightest is {}, {} ms CPU a frame", one.name(), three_digits(one.cpu_ms_per_frame))
    })
}

/// Who delivers soonest of those that keep up, and what the others take more.
fn latency(strategies: &[&StrategyReport]) -> Option<String> {
    let mut able: Vec<_> = strategies.iter().filter(|strategy| keeps_up(strategy)).collect();
    able.sort_by(|a, b| a.run.latency_ms.p50.total_cmp(&b.run.latency_ms.p50));
    let (first, rest) = able.split_first()?;
    let more = rest.iter().map(|strategy| (strategy.name(), strategy.run.latency_ms.p50 - first.run.latency_ms.p50));
    let more_expensive = more.filter(|(_, ms)| *ms >= EQUAL_MS);
    let more_expensive: Vec<_> =
        more_expensive.map(|(name, ms)| format!("{name} costs {} ms more", three_digits(ms))).collect();
    let soonest = format!("soonest: {}, {} ms at the median", first.name(), three_digits(first.run.latency_ms.p50));
    Some(if more_expensive.is_empty() { soonest } else { format!("{soonest}; {}", more_expensive.join(", ")) })
}

/// How fast each did the recorded frames, and which faster camera would tell them apart.
fn full_speed(recorded: &Recorded, came: f64) -> Vec<String> {
    let all: Vec<_> = recorded.fps.iter().map(|(name, fps)| format!("{name} {}", three_digits(*fps))).collect();
    let mut lines = vec![format!("at full speed, on {} recorded frames: {} FPS", recorded.frames, all.join(", "))];
    lines.extend(faster_camera(recorded, came));
    lines
}

/// `only processes would keep up with 120 FPS`: said of the fastest camera that anybody would keep up with.
fn faster_camera(recorded: &Recorded, came: f64) -> Option<String> {
    let able = |rate: f64| recorded.fps.iter().filter(move |(_, fps)| *fps >= rate).map(|(name, _)| name.as_str());
    let faster = RATES.into_iter().filter(|rate| *rate > came * 1.1);
    let all = recorded.fps.len();
    let Some(rate) = faster.clone().rfind(|rate| able(*rate).count() > 0) else {
        let next = faster.into_iter().next()?;
        return Some(format!("none would keep up with {next} FPS"));
    };
    let names = able(rate).collect::<Vec<_>>();
    Some(match names.len() {
        n if n == all => format!("all would keep up with {rate} FPS"),
        _ => format!("only {} would keep up with {rate} FPS", names.join(", ")),
    })
}

/// What loops that count their turns claim, a sentence each.
pub(in crate::lab::report) fn claims(report: &Report) -> Vec<String> {
    let claim = |strategy: &StrategyReport| {
        let claimed = strategy.live.as_ref()?.claimed_fps;
        let ledger = &strategy.run.ledger;
        (ledger.duplicate > 0).then(|| {
            format!(
                "{} claims {} FPS, {} new: {} of {} delivered frames repeat the one before",
                strategy.name(),
                three_digits(claimed),
                three_digits(strategy.fps.median),
                ledger.duplicate,
                ledger.delivered
            )
        })
    };
    report.strategies.iter().filter_map(claim).collect()
}
