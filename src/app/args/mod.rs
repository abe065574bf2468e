//! The command line: how a command is read from it, and the groups of flags and the values that several commands share.
//! What leaves here and `commands/*/args.rs` is plain data; nothing else imports clap. Imports no command.

pub mod command;
pub mod completion;
pub mod console;
pub mod conversion;
pub mod files;
pub mod headings;
pub mod inputs;
pub mod list;
pub mod live;
pub mod manual;
mod mistakes;
pub mod overflow;
pub mod reports;
pub mod usage_error;
pub mod values;
pub mod video;
pub mod work;
