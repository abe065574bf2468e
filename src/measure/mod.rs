//! Measuring: what a run did with its time, its frames and its memory.
//!
//! This room reaches nothing else of framerace. The stations are handed clocks, counters and meters from here and
//! write into them; nothing here knows what a filter, a channel or a strategy is.

mod buffers;
mod clock;
mod control_group;
mod cost;
mod gaps;
mod lap;
mod latency;
mod ledger;
mod link;
mod losses;
mod meters;
mod neighbours;
mod outages;
mod rate;
mod resources;
mod rows;
mod run;
mod spans;
mod stage;
mod timeline;
mod totals;
mod trace;

pub use buffers::{BufferReport, Buffers};
pub use clock::StageClock;
pub use control_group::{control_groups, cpu_groups};
pub use lap::Lap;
pub use latency::{Distribution, Percentiles, Recorder};
pub use ledger::{DropPlace, Drops, Ledger, LedgerReport};
pub use link::{LinkMeter, LinkReport};
pub use losses::{LossReport, Losses, PoisonFrame};
pub use meters::{Meters, Snapshot};
pub use neighbours::{NeighbourReport, Neighbours};
pub use outages::Outages;
pub use rate::SteadyRate;
pub use resources::{Memory, Resources, memory, thread_cpu};
pub use run::{Joined, Run, Teamwork};
pub use spans::SpanElsewhere;
pub use stage::{PartReport, StageMeter, StageReport};
pub use timeline::{LinkTimeline, Timeline};
pub use totals::{Spent, Tally};
pub use trace::{Activity, Depth, Row, Span, Trace};
