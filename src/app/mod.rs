//! The program: the command line, the commands, and what they show on a terminal. The library never reaches it.

pub mod args;
pub mod commands;
pub mod interrupt;
pub mod terminal;
pub mod tui;
