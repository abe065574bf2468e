//! The tracks of a trace: what all clocks of a run wrote down, put in order by thread, band and process when the run is over.
//!
//! Tracks are named by the stages of their threads. Which strategy ran is not known here.

use std::cmp::Reverse;
use std::thread::ThreadId;
use std::time::Instant;

use super::span_log::{LoggedSpan, SpanTrack, StageLogs};
use super::{Activity, Depth, Span, Trace, Track};

/// A track whose spans are still being collected.
struct Draft {
    thread: Option<ThreadId>,
    track: SpanTrack,
    clock: usize,
    stages: Vec<usize>,
    spans: Vec<(usize, LoggedSpan)>,
}

/// Puts all logs of a run that began at `begin` in order; `depths` are when which queue held how many frames.
pub(in crate::metrics) fn trace(
    frames: u64,
    begin: Instant,
    stages: &[StageLogs],
    depths: Vec<Vec<(Instant, u64)>>,
) -> Trace {
    let all = stages.iter().flat_map(|stage| &stage.logs).flat_map(|log| &log.spans);
    let end = all.filter(|span| span.activity == Activity::Busy).map(|span| span.end).max().unwrap_or(begin);
    let since =
        |at: Instant| u64::try_from(at.min(end).saturating_duration_since(begin).as_micros()).unwrap_or(u64::MAX);
    let drafts = drafts(stages);
    let track = |draft: &Draft| {
        // A wait that goes on after the last of these frames is done does not make the trace longer.
        let mut spans: Vec<_> = draft.spans.iter().filter(|(_, span)| span.begin <= end).collect();
        spans.sort_by_key(|(_, span)| (span.begin, Reverse(span.end), span.part.map_or(0, |part| part + 1)));
        let span = |(stage, span): &&(usize, LoggedSpan)| Span {
            begin_us: since(span.begin),
            duration_us: since(span.end).saturating_sub(since(span.begin)),
            activity: span.activity,
            frame: span.frame,
            stage: *stage,
            part: span.part,
        };
        let pid = if let SpanTrack::Process(pid) = draft.track { Some(pid) } else { None };
        Track { name: name(draft, &drafts, stages), pid, spans: spans.iter().map(span).collect() }
    };
    let depth = |(at, frames): (Instant, u64)| (at <= end).then(|| Depth { at_us: since(at), frames });
    let depths = depths.into_iter().map(|queue| queue.into_iter().filter_map(depth).collect()).collect();
    Trace { frames, tracks: drafts.iter().map(track).collect(), depths }
}

/// A track for each thread, each band and each other process, in the order of the path.
fn drafts(stages: &[StageLogs]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (stage, StageLogs { logs, .. }) in stages.iter().enumerate() {
        let mut logs: Vec<_> = logs.iter().collect();
        logs.sort_by_key(|log| log.clock);
        for log in logs {
            let mut spans: Vec<_> = log.spans.iter().collect();
            spans.sort_by_key(|span| span.track);
            for span in spans {
                let here = |draft: &Draft| draft.thread == log.thread && draft.track == span.track;
                let at = drafts.iter().position(here).unwrap_or_else(|| {
                    let (thread, track, clock) = (log.thread, span.track, log.clock);
                    drafts.push(Draft { thread, track, clock, stages: Vec::new(), spans: Vec::new() });
                    drafts.len() - 1
                });
                if !drafts[at].stages.contains(&stage) {
                    drafts[at].stages.push(stage);
                }
                drafts[at].spans.push((stage, *span));
            }
        }
    }
    drafts
}

/// The name of a track. A thread that has stages to itself is named after them; threads that share a stage have numbers.
fn name(draft: &Draft, drafts: &[Draft], stages: &[StageLogs]) -> String {
    let number = draft.clock + 1;
    let supervises = |other: &Draft| other.thread == draft.thread && matches!(other.track, SpanTrack::Process(_));
    match draft.track {
        SpanTrack::Band(band) => format!("band {}", band + 1),
        SpanTrack::Process(pid) => format!("worker {number} (process {pid})"),
        SpanTrack::Own if drafts.iter().any(supervises) => format!("supervisor {number}"),
        SpanTrack::Own if draft.stages.iter().any(|stage| stages[*stage].workers > 1) => format!("worker {number}"),
        SpanTrack::Own => draft.stages.iter().map(|stage| stages[*stage].name.as_str()).collect::<Vec<_>>().join(", "),
    }
}
