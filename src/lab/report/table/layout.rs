//! What every table for a terminal has in common: columns without lines, and wrapped text.

use comfy_table::{CellAlignment, Table, presets};

use crate::text::standing_out;

/// A table without lines, whose first `left` columns are words and whose others are figures.
pub(crate) fn plain_table(header: impl IntoIterator<Item: ToString>, left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 1 }, 1));
        column.set_cell_alignment(if at < left { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

/// Columns of a usual terminal but the last.
const WIDTH: usize = 79;

/// Text in lines that fit beside an indent on a usual terminal.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    wrapped_at(WIDTH, text, indent)
}

/// A command in lines that fit on a usual terminal and that a shell takes as one.
pub(crate) fn command(text: &str) -> String {
    const GOES_ON: &str = " \\\n";
    // An option stays with its value.
    let tied = text.replace(' ', "\u{a0}").replace("\u{a0}-", " -");
    wrapped_at(WIDTH - 2, &tied, 0).trim_end().replace('\n', GOES_ON).replace('\u{a0}', " ") + "\n"
}

fn wrapped_at(width: usize, text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            // A number stays with its sign.
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width || word.starts_with('%') => {
                *line += &format!(" {word}");
            }
            _ => lines.push(" ".repeat(indent) + word),
        }
    }
    lines.join("\n") + "\n"
}

/// Facts with dots between them, as many in a line as fit on a usual terminal.
pub(super) fn flowing(facts: &[String]) -> String {
    // Within a fact no line ends.
    let tied: Vec<_> = facts.iter().map(|fact| fact.replace(' ', "\u{a0}")).collect();
    wrapped(&tied.join("\u{a0}· "), 0).replace('\u{a0}', " ").replace(" ·\n", "\n")
}

/// A table as text, without the blanks that columns leave at the end of a line.
pub(crate) fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A table as text. With `color`, the line that begins with the mark stands out.
pub(super) fn highlighted(table: &Table, mark: &str, color: bool) -> String {
    let line = |line: &str| match color && line.starts_with(mark) {
        true => standing_out(line) + "\n",
        false => format!("{line}\n"),
    };
    trimmed(table).lines().map(line).collect()
}
