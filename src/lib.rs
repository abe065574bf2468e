//! framerace runs a video through one chain of OpenCV filters with every concurrency strategy, proves that all of
//! them made the same pixels, measures them honestly, and names what holds each one back.
//!
//! ```text
//! source ─capture─▶ link ─▶ strategy( filter · filter ) ─▶ link ─▶ reorder ─▶ sink
//!    └──────────── measure: busy · starved · blocked, one clock per stage ──────┘
//!                          compare ─▶ report (table, verdict, JSON, Markdown, CSV, HTML, trace) ─▶ diff
//! ```
//!
//! ```
//! use framerace::{filter::Chain, sink::Null, source::Input, strategy};
//!
//! # fn main() -> anyhow::Result<()> {
//! framerace::host::libraries::prepare(1, false)?;
//! let input: Input = "synthetic:320x240@0x50".parse()?;
//! let chain: Chain = "grayscale,blur=ksize=5,edges".parse()?;
//! let (mut sink, settings) = (Null::default(), strategy::Settings::default());
//! let threads = strategy::find("threads").expect("it is in the list");
//! let run = strategy::run(threads, &input, &chain, &mut sink, &settings, &Default::default())?;
//! println!("{:.0} FPS, p95 {:.1} ms", run.fps(), run.latency_ms.p95);
//! assert_eq!(run.ledger.delivered, 50);
//! # Ok(())
//! # }
//! ```
//!
//! # Words
//!
//! One word for one thing, in code, command line, reports and docs:
//!
//! - **frame** a picture with a number and a time; **source** where frames come from; **sink** where they go
//! - **camera** a V4L2 device that gives pictures; **mode** the form, size and rate in which it gives them;
//!   **missed** frames its driver lost; **lost** what a camera is that gives no more
//! - **filter** what is done to a picture; **chain** filters in order
//! - **stage** capture, a filter or the whole chain, deliver; **link** the bounded channel between two stages
//! - **strategy** how the stages are joined; **worker** a thread or process of the filter stage
//! - **capture** reads a source into free buffers; **deliver** restores the order and hands to the sink
//! - **trace** what each thread did with the first frames of a run; **span** one such thing, from when to when;
//!   **row** a thread, a band of a frame or a worker process in it
//! - **conversion** one input becomes one video file; **container** what holds its pictures, sound and the rest together
//! - **live** frames that come by themselves, read or not; **twin** a recorded camera: its frames and when each came;
//!   **missed** a frame that was lost before it was captured; **outage** a time in which a source was lost
//! - **run** one pass of one strategy; **round** one run of every strategy
//! - **busy** at work; **starved** waited for input; **blocked** waited for room downstream
//! - **rate** new frames a second while every stage had work: without the frames that fill and drain the path
//! - **fairness** under which conditions was compared, what was unfair, and which rounds are **outliers**
//! - **ledger** where every frame went: captured = delivered + dropped + failed, delivered = new + duplicate
//! - **overflow policy** what a full link does: block, drop-newest, drop-oldest; **missed** lost before we could capture it
//! - **live** of a source: its frames come when they come, and not as fast as they are asked for
//! - **sweep** one thing varied, its *axis*; **point** one value on it; **knee** the smallest value that is enough
//! - **price** what one thing costs on this machine: a start, a hand-over, a fresh page
//! - **result** what a race gave, in a file; **format** a form of file a report is written in
//! - **change** one figure of one strategy in two results; **gate** a change that is not wanted
//! - **scenario** something that could be other than it was: a worker more, a filter faster; **prediction** what that
//!   would give; **experiment** what it gave
//! - **calibration** short runs that find out how a long one goes best; **candidate** one way it could go; **trial** one
//!   short run; **choice** what came of them
//! - **time line** what happened when within a run, in equal buckets
//! - **check** one suspicion about a run; **finding** what a check found: stage, kind, evidence, advice
//! - **lesson** a claim, and how it is put to the test; **theory** what a law says the figures should be; **outcome** of
//!   a lesson: holds, does not hold here, or not decided
//! - **scene** a lesson's pipeline, to be watched; **step** what is set in it next, with a **caption**; **tour** step after
//!   step by itself
//! - **batch** many files through one chain; **task** one of them and the name of what is made of it; **attempt** one
//!   try at it; **lane** one after the other of those done side by side; **outcome** how a task ended
//! - **verdict** what limits a run: the first of its findings
//! - **rate** frames a second a stage was asked for, and could do; **load** asked over could; **ceiling** the lowest could

#![warn(clippy::print_stdout, clippy::print_stderr, reason = "the library speaks through what it returns")]

// The path: what travels, where it comes from, what is done to it, where it goes, and how that is joined.
pub mod filter;
pub mod frame;
pub mod pipeline;
pub mod run;
pub mod sink;
pub mod source;
pub mod strategy;

// What a run did, and where it ran.
pub mod child;
pub mod host;
pub mod metrics;
pub mod statistics;

// What is built of runs.
pub mod batch;
pub mod lab;
pub mod predict;
pub mod transcode;
pub mod tune;

/// The example of the README, which must compile and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
