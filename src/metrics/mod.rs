//! What a run did with its time, its frames and its memory.
//!
//! Stages are given clocks, counters and meters from here and write into them. This group imports only `host`; it does not
//! know what a frame, a filter or a strategy is.

mod buffers;
mod clock;
mod damage;
mod elsewhere;
mod gaps;
mod input_run;
mod latency;
mod ledger;
mod losses;
mod meters;
mod outages;
mod overhead;
mod queue;
mod run;
mod stage;
pub(crate) mod stage_name;
mod stage_timer;
mod steady_rate;
mod stopwatch;
mod timeline;
mod topology;
mod totals;
mod trace;

pub use self::steady_rate::SteadyRate;
pub use self::trace::span_log::SpanElsewhere;
pub use buffers::{BufferReport, Buffers};
pub use clock::StageClock;
pub use damage::Damage;
pub use elsewhere::RunElsewhere;
pub use input_run::InputRun;
pub use latency::{Distribution, Percentiles, Recorder};
pub use ledger::{DropPlace, Drops, Ledger, LedgerReport};
pub use losses::{LossReport, Losses, PoisonFrame};
pub use meters::Meters;
pub use meters::of_inputs::Measured;
pub use meters::snapshot::Snapshot;
pub use outages::Outages;
pub use queue::{QueueMeter, QueueReport};
pub use run::{Run, RunSetup};
pub use stage::{PartReport, StageMeter, StageReport};
pub use stage_timer::StageTimer;
pub use timeline::{QueueTimeline, Timeline};
pub use topology::Topology;
pub use totals::{Spent, Tally};
pub use trace::{Activity, Depth, Span, Trace, Track};
