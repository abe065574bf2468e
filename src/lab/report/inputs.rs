//! What is told of several inputs of one run: a row for each, how evenly they were served, whether the machine, a stage or one
//! input limits, and which input suffers.

use super::live::losses;
use super::number::{percent, three_digits};
use super::verdict::{Kind, load};
use super::{Report, StrategyReport};
use crate::metrics::{InputRun, StageReport};

/// What stands above the cells of an input.
pub(super) const HEADS: [&str; 9] =
    ["came", "delivered", "lost", "FPS", "p50 ms", "p95 ms", "p99 ms", "size", "lost where"];

/// The cells of an input, under these heads.
pub(super) fn cells(input: &InputRun) -> [String; 9] {
    let (ledger, latency) = (&input.ledger, &input.latency_ms);
    [
        ledger.came().to_string(),
        ledger.delivered.to_string(),
        if ledger.lost() > 0 { percent(ledger.lost_share()) } else { "0".into() },
        three_digits(input.fps()),
        three_digits(latency.p50),
        three_digits(latency.p95),
        three_digits(latency.p99),
        format!("{}x{}", input.width, input.height),
        losses(ledger).unwrap_or_default(),
    ]
}

/// Inputs that are served as evenly as this are told as equal.
const EVEN: f64 = 0.9;
/// A stage of one input that has so little time left sets its pace.
const FULL: f64 = 0.9;

/// How evenly the inputs of a strategy were served, and what limits them; nothing of a single one.
pub(super) fn words(strategy: &StrategyReport) -> Vec<String> {
    let Some(evenness) = strategy.run.evenness() else { return Vec::new() };
    let live = strategy.run.inputs.iter().all(|input| input.live);
    let measure = if live { "share of delivered frames" } else { "FPS" };
    let fairness = format!("fairness {}: the least over the most in {measure}", three_digits(evenness));
    let suffers = (evenness < EVEN).then(|| suffers(strategy, live)).flatten();
    let words = [Some(fairness), Some(limits(strategy)), suffers];
    words.into_iter().flatten().collect()
}

/// `the machine limits all inputs (full cores)`, `a shared stage limits all inputs: chain`, `cam A limits itself: …`.
fn limits(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    let full = |input: &&InputRun| own_stage(input).is_some();
    let own: Vec<_> = strategy.run.inputs.iter().filter(full).collect();
    if strategy.cpu_limit_share >= FULL || verdict.kind == Kind::NoCore {
        return "the machine limits all inputs: its cores are full".into();
    }
    match (&own[..], verdict.kind) {
        ([one], _) => match own_stage(one) {
            Some(stage) => format!("{} limits itself: its {} has no time left", one.input, stage.name),
            None => format!("{} limits itself", one.input),
        },
        (_, Kind::Source) => "the inputs set the pace themselves".into(),
        (_, Kind::Balanced) => "nothing limits all inputs".into(),
        _ => format!("a stage that all inputs have limits them: {}", verdict.stage),
    }
}

/// A stage that an input does not share, and that has no time left. While capture waits for a frame that comes by itself it has
/// nothing to do.
fn own_stage(input: &InputRun) -> Option<&StageReport> {
    let own = |stage: &&StageReport| matches!(stage.name.as_str(), "capture" | "sink");
    let waits = |stage: &StageReport| input.live && stage.name == "capture";
    input.stages.iter().filter(own).find(|stage| !waits(stage) && load(stage) >= FULL)
}

/// Which input suffers, and how the others fare.
fn suffers(strategy: &StrategyReport, live: bool) -> Option<String> {
    let served = |input: &InputRun| if live { input.delivered_share() } else { input.fps() };
    let said = |value: f64| if live { percent(value) } else { format!("{} FPS", three_digits(value)) };
    let inputs = &strategy.run.inputs;
    let worst = inputs.iter().min_by(|a, b| served(a).total_cmp(&served(b)))?;
    let others = inputs.iter().filter(|input| !std::ptr::eq(*input, worst)).map(served);
    let (least, most) = (others.clone().fold(f64::INFINITY, f64::min), others.fold(0.0, f64::max));
    let what = if live { "of its frames were delivered" } else { "" };
    let range = if said(least) == said(most) { said(most) } else { format!("{} to {}", said(least), said(most)) };
    Some(format!("{} suffers most: {} {what}, the others {range}", worst.input, said(served(worst))).replace(" ,", ","))
}

/// The inputs of a report, as they are given on a command line with their chains; none of a single input.
pub(super) fn as_given(report: &Report) -> Vec<(&str, &str)> {
    let inputs = report.strategies.first().map_or(&[][..], |strategy| &strategy.run.inputs);
    inputs.iter().map(|input| (input.input.as_str(), input.chain.as_str())).collect()
}
