//! `completions`: for which shell.

use clap::Args;

use crate::app::args::completion::Shell;

/// Print a script that completes framerace's commands, options and filters in a shell
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  framerace completions bash >> ~/.bash_completion
  framerace completions fish > ~/.config/fish/completions/framerace.fish
  framerace completions zsh > ~/.zfunc/_framerace

A new shell has them; zsh needs `fpath+=~/.zfunc` before `compinit` in ~/.zshrc.";
