//! Tables without lines that fit a terminal: columns that say nothing are left out, and where there is no room the least
//! needed.

use comfy_table::{CellAlignment, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::layout::{Width, shortened};

/// Blanks between two columns.
const GAP: usize = 2;

/// A table without lines, whose first columns are words and whose others are figures.
pub(crate) struct Grid {
    heads: Vec<String>,
    /// Which columns are words.
    words: Vec<usize>,
    spare: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(crate) fn new(heads: impl IntoIterator<Item: ToString>, words: usize) -> Self {
        let heads = heads.into_iter().map(|head| head.to_string()).collect();
        Self { heads, words: (0..words).collect(), spare: Vec::new(), rows: Vec::new() }
    }

    /// Columns that may be left out, the least needed first: all of them where they say nothing, and as many as there is no
    /// room for.
    pub(crate) fn may_lack(mut self, spare: &[usize]) -> Self {
        self.spare = spare.to_vec();
        self
    }

    /// One more column of words.
    pub(crate) fn left(mut self, at: usize) -> Self {
        self.words.push(at);
        self
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item: ToString>) {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }

    /// Its heads and its rows. The words before the figures are one name each row: `start: a thread`.
    pub(crate) fn named(self) -> (Vec<String>, Vec<(String, Vec<String>)>) {
        let names = (0..self.heads.len()).take_while(|at| self.words.contains(at)).count();
        let mut group = String::new();
        let named = |row: Vec<String>| {
            let (words, cells) = row.split_at(names.min(row.len()));
            // A group is named in its first row only.
            let first = words.first().filter(|first| names > 1 && !first.is_empty());
            first.into_iter().for_each(|first| group.clone_from(first));
            let name = if names > 1 { format!("{group}: {}", words[1..].join(" ")) } else { words.concat() };
            (name, cells.to_vec())
        };
        let rows = self.rows.into_iter().map(named).collect();
        let corner = self.heads[..names].concat();
        (std::iter::once(corner).chain(self.heads.into_iter().skip(names)).collect(), rows)
    }

    /// The table, in lines that fit.
    pub(crate) fn text(mut self, width: Width) -> String {
        let nothing = |at: &usize| self.rows.iter().all(|row| says_nothing(row.get(*at).map_or("", |cell| cell)));
        let mut left_out: Vec<usize> = self.spare.iter().copied().filter(nothing).collect();
        for at in &self.spare {
            if self.columns(&left_out) <= width.room() {
                break;
            }
            if !left_out.contains(at) {
                left_out.push(*at);
            }
        }
        let too_many = self.columns(&left_out).saturating_sub(width.room());
        let longest = self.words.iter().copied().max_by_key(|at| self.column(*at));
        if let Some(at) = longest.filter(|_| too_many > 0) {
            let columns = self.column(at).saturating_sub(too_many).max(1);
            self.rows.iter_mut().filter_map(|row| row.get_mut(at)).for_each(|cell| *cell = shortened(cell, columns));
        }
        let kept = |cells: &[String]| -> Vec<String> {
            let of = cells.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
            of.map(|(_, cell)| cell.clone()).collect()
        };
        let columns = (0..self.heads.len()).filter(|at| !left_out.contains(at));
        let words: Vec<_> = columns.map(|at| self.words.contains(&at)).collect();
        let mut table = plain_table(kept(&self.heads), &words);
        self.rows.iter().for_each(|row| _ = table.add_row(kept(row)));
        trimmed(&table)
    }

    /// Columns of the terminal that one column of the table takes.
    fn column(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(self.heads.get(at));
        cells.flat_map(|cell| cell.split('\n')).map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    fn columns(&self, left_out: &[usize]) -> usize {
        let kept = (0..self.heads.len()).filter(|at| !left_out.contains(at));
        kept.map(|at| self.column(at) + GAP).sum::<usize>().saturating_sub(GAP)
    }
}

/// Whether a cell is empty, a dash or zero.
pub(crate) fn says_nothing(cell: &str) -> bool {
    matches!(cell, "" | "–" | "-" | "0" | "0 %")
}

fn plain_table(header: Vec<String>, words: &[bool]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for (at, (column, words)) in table.column_iter_mut().zip(words).enumerate() {
        column.set_padding((if at == 0 { 0 } else { 1 }, 1));
        column.set_cell_alignment(if *words { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

/// A table as text, without the blanks that columns leave at the end of a line.
fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_say_nothing_and_those_there_is_no_room_for_are_left_out() {
        let grid = || {
            let mut grid = Grid::new(["name", "one", "two", "none"], 1).may_lack(&[2, 3]);
            grid.row(["a".repeat(30), "1".into(), "2".repeat(20), "0 %".into()]);
            grid
        };
        assert_eq!(
            grid().text(Width::default()).lines().next(),
            Some("name                            one                   two")
        );
        assert_eq!(grid().text(Width::of(40)).lines().next(), Some("name                            one"));
        let mut long = Grid::new(["name", "figure"], 1);
        long.row(["processes-with-a-long-name-and-an-end-to-know-it-by", "12"]);
        let text = long.text(Width::of(40));
        let widest = text.lines().map(UnicodeWidthStr::width).max();
        assert!(widest < Some(40) && text.contains("…") && text.contains("know-it-by"), "{text}");
    }
}
