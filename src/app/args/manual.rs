//! Manual pages: one for the program and one for each command, from what the command line says of itself.

use anyhow::Result;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// All pages.
pub fn pages(program: Command) -> Result<Vec<Page>> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let commands: Vec<_> = program.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    commands.into_iter().map(command_page).chain([program_page(program)]).collect()
}

/// The name of a page and what is in it.
pub type Page = (String, Vec<u8>);

/// The page of the program: its commands, and what all of them have in common.
fn program_page(program: Command) -> Result<Page> {
    let program = program.after_help("").mut_subcommands(|command| command.mut_args(in_quotes));
    let man = man(program);
    let mut page = begin(&man)?;
    man.render_subcommands_section(&mut page)?;
    man.render_options_section(&mut page)?;
    section("EXIT STATUS", EXIT_CODES).to_writer(&mut page)?;
    section("ENVIRONMENT", ENVIRONMENT).to_writer(&mut page)?;
    Ok((env!("CARGO_PKG_NAME").into(), page))
}

const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "Done."),
    ("1", "It failed; one line on standard error says why."),
    ("2", "The command line is wrong."),
    ("3", "A gate tripped: --fail-if of diff, --strict of compare."),
    ("75", "The machine had too little room; the same command may succeed later."),
    ("130", "It was interrupted."),
];

const ENVIRONMENT: &[(&str, &str)] = &[("NO_COLOR", "If it is set, no color is used unless --color always is given.")];

/// The page of a command.
fn command_page(command: Command) -> Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let examples = command.get_after_help().map(|text| examples(&text.to_string()));
    let man = man(command.mut_args(in_quotes));
    let mut page = begin(&man)?;
    man.render_options_section(&mut page)?;
    if let Some(examples) = examples {
        examples.to_writer(&mut page)?;
    }
    let mut see = Roff::new();
    see.control("SH", ["SEE ALSO"]);
    see.text([bold(env!("CARGO_PKG_NAME")), roman("(1), which lists the exit codes")]);
    see.to_writer(&mut page)?;
    Ok((name, page))
}

fn man(mut command: Command) -> Man {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let program = env!("CARGO_PKG_NAME");
    let source = format!("{program} {}", env!("CARGO_PKG_VERSION"));
    Man::new(command.override_usage(usage)).date(" ").source(source).manual("Manual of framerace")
}

fn begin(man: &Man) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    Ok(page)
}

/// What stands in backticks on a terminal stands in quotes on paper.
fn in_quotes(arg: Arg) -> Arg {
    let help = arg.get_help().map(|help| help.to_string().replace('`', "\""));
    if let Some(help) = help { arg.help(help) } else { arg }
}

/// A list of terms, each with its meaning.
fn section(title: &str, terms: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, meaning) in terms {
        roff.control("TP", []).text([bold(*term)]).text([roman(*meaning)]);
    }
    roff
}

/// The examples of a command, as they stand under its help: commands are indented, all else is text.
fn examples(text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for line in text.lines().map(|line| line.replace('`', "\"")).filter(|line| line != "Examples:") {
        match line.strip_prefix("  ") {
            Some(command) => roff.control("EX", []).text([roman(command)]).control("EE", []),
            None if line.is_empty() => roff.control("PP", []),
            None => roff.text([roman(line)]),
        };
    }
    roff
}
