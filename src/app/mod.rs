//! The program: the command line, the commands, and what they show on a terminal. The library never reaches it.
//!
//! ```text
//! main ─▶ args::command::parse(COMMANDS) ─▶ commands/X/args: flags ─check─▶ options ─▶ commands/X: execute
//!                                                                                └─▶ terminal · tui · results
//! ```

pub mod args;
pub mod commands;
pub mod exit_code;
pub mod interrupt;
pub mod results;
pub mod terminal;
pub mod this_program;
pub mod tui;
