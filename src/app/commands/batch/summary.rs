//! What came of a batch.

use std::collections::BTreeMap;

use framerace::batch::{Outcome, Summary};
use framerace::lab::report::counted;

use super::events::named;

pub fn table(summary: &Summary) -> String {
    let count = |test: fn(&Outcome) -> bool| summary.ended.iter().filter(|ended| test(&ended.outcome)).count();
    let is_done = |outcome: &Outcome| *outcome == Outcome::Done || outcome.damage().is_some();
    let done: Vec<_> =
        summary.ended.iter().filter(|ended| is_done(&ended.outcome)).map(|ended| &ended.figures).collect();
    let frames: u64 = done.iter().map(|figures| figures.frames_out).sum();
    let duration: f64 = done.iter().map(|figures| figures.duration_out_s).sum();
    let seconds = summary.seconds.max(1e-9);
    let mut rows = vec![("files", (summary.ended.len() + summary.left).to_string())];
    let mut row = |name: &'static str, n: usize| {
        if n > 0 {
            rows.push((name, n.to_string()));
        }
    };
    row("  done", count(|outcome| *outcome == Outcome::Done));
    row("  damaged", count(|outcome| outcome.damage().is_some()));
    row("  skipped", count(|outcome| *outcome == Outcome::Skipped));
    row("  failed", count(|outcome| outcome.why().is_some()));
    row("  elsewhere", count(|outcome| outcome.elsewhere().is_some()));
    row("  left", summary.left + count(|outcome| *outcome == Outcome::Stopped || outcome.why_not_now().is_some()));
    rows.push(("frames", frames.to_string()));
    rows.push(("time", format!("{seconds:.1} s")));
    rows.push(("memory", format!("{} MB at most", summary.peak_memory >> 20)));
    if frames > 0 {
        let speed =
            if duration > 0.0 { format!(", {:.1} × as fast as they play", duration / seconds) } else { String::new() };
        rows.push(("speed", format!("{:.0} FPS{speed}", frames as f64 / seconds)));
        rows.push(("limited by", bottlenecks(summary)));
    }
    rows.into_iter().map(|(name, value)| format!("{name:<12} {value}\n")).collect()
}

/// The stages that limited the files, with the fraction of the time that those files took.
fn bottlenecks(summary: &Summary) -> String {
    let mut by_stage: BTreeMap<&str, f64> = BTreeMap::new();
    for figures in summary.ended.iter().map(|ended| &ended.figures) {
        if let Some(stage) = &figures.limited_by {
            *by_stage.entry(stage).or_default() += figures.seconds;
        }
    }
    let all: f64 = by_stage.values().sum();
    let mut stages: Vec<_> = by_stage.into_iter().collect();
    stages.sort_by(|a, b| b.1.total_cmp(&a.1));
    let shares = stages.into_iter().map(|(stage, seconds)| format!("{stage} {:.0} %", 100.0 * seconds / all.max(1e-9)));
    shares.collect::<Vec<_>>().join(", ") + " of the time"
}

/// What the user should look at, printed again at the end.
pub fn problems(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.damaged_lines > 0 {
        lines.push(format!(
            "note: {} of the ledger could not be read and was passed over",
            counted(summary.damaged_lines, "line")
        ));
    }
    for ended in &summary.ended {
        let again = matches!(ended.outcome, Outcome::FailedBefore(_));
        if let Some(what) = ended.outcome.damage() {
            lines.push(format!("done, damaged: {}", named(ended, what)));
        }
        if let Some(why) = ended.outcome.why_not_now() {
            lines.push(format!("not now: {}", named(ended, why)));
        }
        if let Some(who) = ended.outcome.elsewhere() {
            lines.push(format!("left to another batch: {}", named(ended, who)));
        }
        if let Some(why) = ended.outcome.why() {
            let (when, retry) = if again { ("failed before", " (--retry tries it again)") } else { ("failed", "") };
            lines.push(format!("{when}: {}{retry}", named(ended, why)));
        }
    }
    lines
}
