//! Many files through one chain: which files, under which names, in which order, how many at once; and a ledger of
//! what became of each, so that a second run does only what is left. Knows nothing of terminals.
//!
//! ```text
//! inputs ─▶ plan (output names) ─▶ ledger (what is left?) ─▶ schedule (how many at once?) ─▶ converter ─▶ ledger
//! ```
//!
//! One file's failure is its own, even where it kills a decoder: whatever opens a file is a converter process. What has
//! a name in the output folder is whole; what is not whole yet has a [temporary](crate::transcode::atomic_file) one.

mod attempt;
mod converter;
mod decide;
mod entry;
mod identity;
mod inputs;
mod journal;
mod outcome;
mod plan;
mod probe;
mod resources;
mod run;
mod schedule;
mod stop;

pub use self::journal::{LEDGER, Ledger};
pub use converter::{Progress, converter_main};
pub use entry::{Entry, Figures, Name, State};
pub use identity::Identity;
pub use inputs::{Found, LeftOut, gather};
pub use outcome::{Ended, Event, Outcome, Summary};
pub use plan::{Pattern, Task};
pub use run::{Batch, run};
pub use schedule::{Lanes, Work, lanes};
pub use stop::Stop;
