//! Whether two results may be compared at all: a change of framerace or of the settings is what one looks for, a
//! change of machine, work or input is something else.

use crate::host::machine::{Machine, OpenCvFacts};
use crate::lab::report::{BASELINE, InputReport, Report};

/// What makes two results not comparable; nothing if they are.
pub fn why_not(before: &Report, after: &Report) -> Vec<String> {
    let pairs = [
        ("machine", machine(&before.machine), machine(&after.machine)),
        ("chain", before.chain.clone(), after.chain.clone()),
        ("input", before.input.name.clone(), after.input.name.clone()),
        ("frame size", size(&before.input), size(&after.input)),
    ];
    let other = |(what, before, after): &(&str, String, String)| {
        (before != after).then(|| format!("another {what} ({before} and {after})"))
    };
    let mut reasons: Vec<_> = pairs.iter().filter_map(other).collect();
    let cause = other_opencv(&before.opencv, &after.opencv);
    if let (Some(before), Some(after)) = (output(before), output(after))
        && before != after
    {
        let made = format!("sequential made other frames ({before} and {after})");
        reasons.push(cause.map_or(made.clone(), |both| format!("{made}, with another OpenCV ({both})")));
    }
    reasons
}

/// Settings that differ: no reason not to compare, for they may be what one wants to compare.
pub(super) fn settings_that_differ(before: &Report, after: &Report) -> Vec<String> {
    let shown = |report: &Report| {
        let (settings, threads) = (&report.settings, report.opencv.threads);
        [
            ("framerace", report.framerace.clone()),
            ("workers", settings.workers.to_string()),
            ("queue", settings.queue.to_string()),
            ("overflow", settings.overflow.clone().unwrap_or_else(|| "block".into())),
            ("rounds", settings.rounds.to_string()),
            ("warm-up frames", settings.warmup.to_string()),
            ("times played", settings.times.to_string()),
            ("decoder threads", settings.decode_threads.to_string()),
            ("OpenCV threads", threads.to_string()),
            ("reader", report.input.reader.clone()),
            ("frames", report.strategies.first().map_or(0, |strategy| strategy.run.ledger.captured).to_string()),
            ("clocks", if settings.meters { "on" } else { "off" }.to_owned()),
        ]
    };
    let pairs = shown(before).into_iter().zip(shown(after));
    let differ = pairs.filter(|(before, after)| before.1 != after.1);
    let settings = differ.map(|((what, before), (_, after))| format!("{what} {before} and {after}"));
    other_opencv(&before.opencv, &after.opencv)
        .map(|both| format!("OpenCV {both}"))
        .into_iter()
        .chain(settings)
        .collect()
}

/// Two OpenCVs by what tells them apart, if anything does: their versions and IPP's, or else what they were built with.
fn other_opencv(before: &OpenCvFacts, after: &OpenCvFacts) -> Option<String> {
    if before.version != after.version {
        return Some(format!("{} and {}", before.name(), after.name()));
    }
    // What one of the results does not tell is not held against the other.
    let (old, new) = (before.build_words()?, after.build_words()?);
    (old != new).then(|| format!("{} with {old}, and with {new}", before.version))
}

fn machine(machine: &Machine) -> String {
    let quota = machine.cpu_quota.map_or(String::new(), |quota| format!(", quota {quota}"));
    format!("{}, {} cores{quota}", machine.cpu, machine.cores)
}

fn size(input: &InputReport) -> String {
    format!("{}x{} {}", input.width, input.height, input.pixels)
}

/// The hash of what `sequential` made: it stands for the frames of the input and what was done to them.
fn output(report: &Report) -> Option<&str> {
    report.strategy(BASELINE)?.run.hash.as_deref()
}
