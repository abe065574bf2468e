//! How a strategy connects its stages: which threads or processes do what. Plain data, stated by each strategy, and
//! read by whatever must know it: meters, prediction, tuning and reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the stages of a run are connected, told by what each worker of the filter stage does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// One thread captures, filters and delivers.
    #[default]
    SingleThread,
    /// Each worker thread runs the whole chain on a frame of its own.
    Workers,
    /// The same with worker processes: a filter that crashes takes down its worker only.
    WorkerProcesses,
    /// The same with worker threads of which only one computes at a time, because all need one lock.
    OneLock,
    /// One thread for each filter.
    FilterThreads,
    /// All workers filter one frame together, each a band of its rows.
    Bands,
    /// Each worker thread captures a part of the source's time, and runs the whole chain on its frames.
    Segments,
}

impl Topology {
    /// Whether the user chooses the number of workers, each with a frame of its own.
    pub fn scales_with_workers(self) -> bool {
        matches!(self, Self::Workers | Self::WorkerProcesses | Self::OneLock | Self::Segments)
    }

    /// Whether filters run in processes of their own, so that a run survives the crash of one.
    pub fn isolates(self) -> bool {
        self == Self::WorkerProcesses
    }

    /// Workers of the filter stage, where `asked` are asked for and the chain has `filters` filters.
    pub fn workers(self, asked: usize, filters: usize) -> usize {
        match self {
            Self::SingleThread => 1,
            Self::FilterThreads => filters,
            Self::Workers | Self::WorkerProcesses | Self::OneLock | Self::Bands | Self::Segments => asked,
        }
    }
}
