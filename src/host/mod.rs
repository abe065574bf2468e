//! This machine: its cores and memory, its libraries and their settings, the other programs on it, and what the system
//! counts of our own use. It knows nothing of frames.

pub mod allotment;
pub mod cgroup;
pub mod environment;
pub(crate) mod ffmpeg_log;
pub mod interference;
pub mod libraries;
pub mod machine;
pub(crate) mod plain_file;
mod programs;
pub(crate) mod shortage;
pub mod usage;
pub mod whole_file;

pub use programs::Program;
