//! The report: what a race gave, as plain data, and the forms it is shown in.
//!
//! It sees numbers only. Nothing here knows how a strategy is joined or what OpenCV is.

mod answer;
mod column;
mod command_line;
mod fairness;
mod format;
mod inputs;
mod live;
mod number;
mod rates;
mod result;
mod result_file;
mod strategy;
mod summary;
mod sweep;
mod table;
mod verdict;
mod words;

pub use fairness::{Confidence, Fairness, Outlier};
pub use format::{FORMATS, Format};
pub(crate) use format::{Look, chart, sheet};
pub use live::{LiveFigures, Recorded};
pub(crate) use number::{confidence, listed, percent, range, three_digits, tied};
pub use number::{counted, listed_with};
pub use rates::Rate;
pub use result::{Decision, InputReport, LeftOut, Report, SettingsReport};
pub use result_file::ResultFile;
pub(crate) use result_file::embedded;
pub use strategy::{BASELINE, Spread, StrategyReport};
pub use summary::{Circumstances, summarize};
pub use sweep::{Axis, Curve, Knee, Law, PixelCost, Point, Standing, SweepReport};
pub(crate) use table::Grid;
pub use table::{Detail, Width, to_table};
pub use verdict::{CHECKS, Check, Conditions, Finding, Kind, Verdict, findings, judge};
