//! framerace runs a video through one chain of OpenCV filters with every concurrency strategy, proves that all of
//! them made the same pixels, measures them honestly, and names what holds each one back. Then it does the real work
//! with the strategy that won.
//!
//! # The path of a frame
//!
//! ```text
//! source ─capture─▶ queue ─▶ strategy( filter · filter ) ─▶ queue ─▶ reorder ─▶ sink
//!    └────────── metrics: busy · starved · blocked · locked, one clock per stage ──────────┘
//!                            compare ─▶ report (table, verdict, files) ─▶ diff
//! ```
//!
//! # Groups
//!
//! Each folder of `src/` is one group; a group imports only from those above it in this list, and no two files import
//! each other (`tests/suite/architecture.rs` reads the imports and checks both).
//!
//! | Group | What it is |
//! |---|---|
//! | [`statistics`] | medians, intervals, paired comparisons |
//! | [`text`] | text that others have chosen, made harmless |
//! | [`near_miss`] | what was meant by a name that does not exist |
//! | [`marks`] | the marks and words that stand out, and their colors on a terminal |
//! | [`host`] | this machine: cores, memory, libraries and their settings, other programs |
//! | `child` | child processes: start, handshake, sandbox, how they ended |
//! | [`metrics`] | what a run did with its time, frames and memory |
//! | [`frame`] | a picture with its number and time, and the pool of its buffers |
//! | [`filter`] | what is done to a picture, and chains of it |
//! | [`source`] | where frames come from: files, cameras, URLs, images, made ones |
//! | [`sink`] | where they go: nowhere, a video file, a window |
//! | [`pipeline`] | what strategies are wired from: queues, capture, reorder, deliver |
//! | [`strategy`] | how the stages are joined: one file a strategy |
//! | [`run`](mod@run) | one run of one strategy |
//! | [`predict`] | what a change would give, by simulation, and whether it does |
//! | [`tune`] | `-s auto`: which strategy and how many workers |
//! | [`transcode`] | one input becomes one file |
//! | [`batch`] | many inputs become many files |
//! | [`lab`] | compare, report, diff, sweep, microbench, fault injection, lessons |
//! | `app` | the program: arguments, commands, terminal. The library never reaches it |
//!
//! One more strategy, filter, sink, format, check or lesson costs one file, its `mod` line and its line in the list of
//! its group; help, completions, comparisons and tests read the list.
//!
//! # Example
//!
//! ```
//! use framerace::filter::Chain;
//! use framerace::pipeline::Settings;
//! use framerace::run::run;
//! use framerace::sink::Null;
//! use framerace::source::Input;
//! use framerace::strategy;
//!
//! # fn main() -> anyhow::Result<()> {
//! framerace::host::libraries::prepare(1, false)?;
//! let input: Input = "synthetic:320x240@0x50".parse()?;
//! let chain: Chain = "grayscale,blur=ksize=5,edges".parse()?;
//! let (mut sink, settings) = (Null::default(), Settings::default());
//! let threads = strategy::find("threads").expect("it is in the list");
//! let run = run(threads, &input, &chain, &mut sink, &settings, &Default::default())?;
//! println!("{:.0} FPS, p95 {:.1} ms", run.fps(), run.latency_ms.p95);
//! assert_eq!(run.ledger.delivered, 50);
//! # Ok(())
//! # }
//! ```
//!
//! # Words
//!
//! One word for one thing, in code, command line, reports and docs.
//!
//! The path:
//!
//! - **frame** a picture with a number and a time
//! - **source** where frames come from; **sink** where they go; **input** a source as the user names it
//! - **filter** what is done to a picture; **chain** filters in order
//! - **capture** reads a source into free buffers; **deliver** restores the order and hands frames to the sink
//! - **stage** capture, a filter or the whole chain, deliver
//! - **queue** the bounded channel between two stages; its **depth** is how full it is, its **capacity** how much it holds
//! - **overflow policy** what a full queue does: block, drop-newest, drop-oldest
//! - **strategy** how the stages are joined, its **topology**; **worker** a thread or process of the filter stage
//!
//! Live inputs:
//!
//! - **live** a source whose frames come when they come, read or not
//! - **camera** a V4L2 device; **mode** the pixel format, size and rate in which it gives frames
//! - **unread** a frame that was lost before it was captured: not read in time; **outage** a time in which the source was lost
//! - **recording** (twin) a recorded camera: its frames and when each came
//!
//! A run and its figures:
//!
//! - **run** one pass of one strategy; **round** one run of every strategy
//! - **ledger** where every frame went: captured = delivered + dropped + failed, delivered = new + duplicate
//! - **busy** at work; **starved** waited for input; **blocked** waited for room downstream; **locked** waited for a lock
//! - **rate** delivered new frames a second while every stage had work, without the frames that fill and drain the path
//! - **load** the rate a stage was asked for over the rate it could do; **ceiling** the lowest rate a stage could do
//! - **trace** what each thread did with the first frames; **span** one such thing, from when to when; **track** a thread, a
//!   band of a frame or a worker process in it
//! - **timeline** what happened when within a run, in equal buckets
//!
//! What is built of runs:
//!
//! - **candidate** a strategy with its settings that takes part; **baseline** the one others are compared with
//! - **verdict** what limits a run: the first of its findings; **check** one question about a run; **finding** its answer:
//!   stage, kind, evidence, advice
//! - **interference** what other programs took from the machine; **outlier** a round that differs from the others
//! - **sweep** one setting varied, its *axis*; **point** one value on it; **knee** the smallest value that is enough
//! - **scenario** something that could be other than it was; **prediction** what that would give; **experiment** what it gave
//! - **calibration** short runs, each a **trial**, that find out how a long run goes best
//! - **result** what a command measured, in a file; **format** a form of file a report is written in
//! - **change** one figure of one strategy in two results; **gate** a change that must not happen
//! - **price** what one operation costs on this machine: a start, a handoff, a fresh page
//! - **lesson** a claim, and how it is put to the test
//!
//! Files and processes:
//!
//! - **transcode** one input becomes one video file; **container** what holds its pictures, sound and the rest together
//! - **batch** many inputs through one chain; **task** one of them and the name of its output; **attempt** one try at it;
//!   **journal** the record of what became of each
//! - **child** a process that framerace started; **supervisor** the thread that starts it again when it is lost

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
pub mod cancel;
pub mod child;
pub mod host;
pub mod marks;
pub mod metrics;
pub mod near_miss;
pub mod statistics;
pub mod text;

// What is built of runs.
pub mod batch;
pub mod lab;
pub mod predict;
pub mod transcode;
pub mod tune;

// The program: `src/main.rs`, with all of OpenCV `src/bin/framerace-opencv.rs`, and with nothing but what workers need
// `src/bin/framerace-worker.rs`.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "it has a terminal")]
mod app;
extern crate self as framerace;

#[doc(hidden)]
pub use app::this_program::{EMBEDDING, Embedding, this_program};
#[doc(hidden)]
pub use app::{execute, main, measure, worker_main};

/// The example of the book, which must compile and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/guide/library.md")]
struct Book;
