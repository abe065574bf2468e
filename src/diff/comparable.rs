//! Whether two results may be compared at all: a change of framerace or of the settings is what one looks for, a
//! change of machine, work or input is something else.

use crate::machine::Machine;
use crate::report::{InputReport, Report};

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
    if let (Some(before), Some(after)) = (output(before), output(after))
        && before != after
    {
        reasons.push(format!("sequential made other frames ({before} and {after})"));
    }
    reasons
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
    report.strategies.iter().find(|strategy| strategy.name == "sequential")?.output_hash.as_deref()
}
