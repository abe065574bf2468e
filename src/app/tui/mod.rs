//! `run --tui`, `demo --live` and `demo --tour`: the pipeline as it runs, on the whole terminal, and keys that change it.
//! Nothing else imports ratatui.
//!
//! The source stays open while settings change: the run is ended, and the next one reads on. One thread takes a snapshot
//! of the run's meters and draws, five times a second; all figures are differences between two snapshots.
//!
//! ```text
//! session ─key─▶ desired ─▶ runs ─▶ background_run ─snapshots─▶ model ─▶ screen
//!                            └─▶ walkthrough · predictor
//! ```

mod background_run;
mod desired;
mod keys;
mod model;
mod open;
mod predictor;
mod runs;
mod screen;
mod session;
mod show;
mod terminal;
mod walkthrough;

pub use self::desired::Pipeline;
pub use self::show::{Play, run, show};
pub use self::terminal::restore;
