//! Many files through one chain: finds the files, names the outputs, decides in which order and how many at a time they
//! are converted, and keeps a journal, so that a second run converts only what is left. Knows nothing of terminals.
//!
//! ```text
//!             Batch (spec)
//!                  │
//! inputs ─▶ plan ─▶ decide ─▶ probe ─▶ schedule ─▶ attempt ─▶ outcome
//! (files)  (names) (what is    │       (order,    (run plan,  (summary)
//!                  left?)      │        slots)     convert)
//!                    ▲         └──── converter processes ◀──┘  │
//!                    └────────────────── journal ◀─────────────┘
//! ```
//!
//! Only converter processes open videos, so a file that crashes a decoder or an encoder fails alone. A file that has
//! its final name in the output folder is whole; until then it has a
//! [temporary](crate::transcode::temporary) name.

mod attempt;
mod context;
mod converter;
mod decide;
mod disk_full;
mod entry;
mod event_line;
mod figures;
mod identity;
mod inputs;
mod journal;
mod journal_text;
mod lease;
mod made;
mod others;
mod outcome;
mod outputs;
mod plan;
mod preview;
mod probe;
mod record;
mod run;
mod run_plan;
mod schedule;
mod shard;
mod spec;

pub use converter::{Progress, converter_main};
pub use disk_full::is_disk_full;
pub use entry::{Entry, Name, State};
pub use event_line::{EventLine, Happened};
pub use figures::Figures;
pub use identity::Identity;
pub use inputs::{Found, LeftOut};
pub use journal::JOURNAL_FILE;
pub use made::Made;
pub use outcome::{Ended, Event, Outcome, Summary};
pub use plan::{Pattern, Task};
pub use preview::{Planned, Preview, preview};
pub use run::run;
pub use schedule::Schedule;
pub use shard::{
    FilmPart, Frozen, INDEX_VARIABLES, Merged, Missing, Piece, PlanOptions, Resources, ShardPlan, ShardStatus, freeze,
    merge, shard_index, status, work,
};
pub use spec::Batch;
