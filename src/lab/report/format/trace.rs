//! A trace in Chrome's trace-event format, which <https://ui.perfetto.dev> and chrome://tracing open: a process for each
//! strategy, a row for each thread, a span for each step of each frame and for each wait, a counter for each queue.
//!
//! The form is that of the "Trace Event Format" document: an object with `traceEvents`, of phases X (complete), M
//! (metadata) and C (counter); times in microseconds. Each strategy's time begins at 0.

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Format, Report};
use crate::lab::report::StrategyReport;
use crate::metrics::{Activity, Depth, Span, Trace, Track};
use crate::text::plain_json;

/// Chrome's trace-event format.
pub(super) const TRACE: Format = Format {
    name: "trace",
    summary: "what every thread did with the first frames as a Chrome trace, for ui.perfetto.dev",
    shows_spans: true,
    render,
};

fn render(report: &Report) -> Result<String> {
    let traced = report.strategies.iter().any(|strategy| strategy.run.trace.is_some());
    ensure!(traced, "this result has no spans: make it with --trace-frames N");
    let numbered = (1..).zip(&report.strategies);
    let events = numbered.filter_map(|(pid, strategy)| Some(events(pid, strategy, strategy.run.trace.as_ref()?)));
    // An event a line, so that people and line-by-line tools can look into it.
    let lines: Vec<_> = events.flatten().map(|event| serde_json::to_string(&event)).collect::<Result<_, _>>()?;
    let about = About { framerace: &report.framerace, input: &report.input.name, chain: &report.chain };
    let about = serde_json::to_string(&about)?;
    let trace =
        format!("{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[\n{}\n]}}\n", lines.join(",\n"));
    Ok(plain_json(&trace))
}

/// What was run, beside the events.
#[derive(Serialize)]
struct About<'a> {
    framerace: &'a str,
    input: &'a str,
    chain: &'a str,
}

/// Rows are numbered from here on: Perfetto takes a thread with its process's number for the main thread and shows it
/// first, whatever the sort index says.
const FIRST_ROW: usize = 1001;

/// One event. `pid` is the strategy, by number from 1, and `tid` the row.
#[derive(Serialize)]
#[serde(tag = "ph")]
enum Event {
    #[serde(rename = "M")]
    About { name: &'static str, pid: usize, tid: usize, args: Value },
    #[serde(rename = "X")]
    Span { name: String, cat: &'static str, pid: usize, tid: usize, ts: u64, dur: u64, args: Value },
    #[serde(rename = "C")]
    Depth { name: String, pid: usize, tid: usize, ts: u64, args: Value },
}

/// All events of one strategy.
fn events(pid: usize, strategy: &StrategyReport, trace: &Trace) -> Vec<Event> {
    let about = |tid, name, args| Event::About { name, pid, tid, args };
    let mut events = vec![
        about(0, "process_name", json!({ "name": strategy.name() })),
        about(0, "process_sort_index", json!({ "sort_index": pid })),
    ];
    for (tid, Track { name, spans, .. }) in (FIRST_ROW..).zip(&trace.tracks) {
        events.push(about(tid, "thread_name", json!({ "name": name })));
        events.push(about(tid, "thread_sort_index", json!({ "sort_index": tid })));
        events.extend(spans.iter().map(|span| event(pid, tid, strategy, span)));
    }
    for (queue, depths) in strategy.run.queues.iter().zip(&trace.depths) {
        events.extend(depths.iter().map(|Depth { at_us, frames }| Event::Depth {
            name: format!("queue {}", queue.name),
            pid,
            tid: 0,
            ts: *at_us,
            args: json!({ "frames": frames }),
        }));
    }
    events
}

/// A frame's work in a stage has the stage's name and the frame's number, a part of it its own name, and a wait says what
/// it waits for.
fn event(pid: usize, tid: usize, strategy: &StrategyReport, span: &Span) -> Event {
    let Span { begin_us, duration_us, activity, frame, stage, part } = *span;
    // A result may have been edited by hand.
    let stage = strategy.run.stages.get(stage);
    let part = stage.zip(part).and_then(|(stage, part)| stage.parts.get(part));
    let stage = stage.map_or("?", |stage| stage.name.as_str());
    let name = match (activity, part, frame) {
        (Activity::Busy, Some(part), _) => part.name.clone(),
        (Activity::Busy, None, Some(frame)) => format!("{stage} {frame}"),
        _ => activity.name().to_owned(),
    };
    let args = match frame {
        Some(frame) => json!({ "frame": frame, "stage": stage }),
        None => json!({ "stage": stage }),
    };
    Event::Span { name, cat: activity.name(), pid, tid, ts: begin_us, dur: duration_us, args }
}
