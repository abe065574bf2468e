//! A table of a page. A column that says nothing is left out. Knows neither reports nor strategies.

use crate::lab::report::table::{Grid, says_nothing};

/// A table: rows with a name, and a column of cells below each head.
#[derive(Default)]
pub(crate) struct Table {
    /// The name of its element; none where nobody asks for it.
    pub id: &'static str,
    /// What it is, above it and for those who cannot see it.
    pub caption: String,
    /// What stands above the names.
    pub corner: String,
    /// What stands above the cells.
    pub heads: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Default)]
pub(crate) struct Row {
    /// A class of the style sheet; none for most.
    pub class: &'static str,
    /// Its name.
    pub name: String,
    /// A cell for each head.
    pub cells: Vec<String>,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, cells: impl Into<Vec<String>>) -> Self {
        Self { class: "", name: name.into(), cells: cells.into() }
    }
}

impl Table {
    /// A table of the terminal, with all its columns.
    pub(crate) fn of(caption: &str, grid: Grid) -> Self {
        let (mut heads, rows) = grid.named();
        let corner = heads.remove(0);
        let rows = rows.into_iter().map(|(name, cells)| Row::new(name, cells)).collect();
        Self { caption: caption.to_owned(), corner, heads, rows, ..Self::default() }
    }

    /// The table without the columns in which every cell says nothing; of those in `always` all are kept.
    pub(crate) fn filled(mut self, always: &[&str]) -> Self {
        let says = |column: usize, head: &str| {
            let mut cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            always.contains(&head) || cells.any(|cell| !says_nothing(cell))
        };
        let kept: Vec<bool> = self.heads.iter().enumerate().map(|(column, head)| says(column, head)).collect();
        let keep = |cells: &mut Vec<String>| {
            let mut kept = kept.iter();
            cells.retain(|_| *kept.next().unwrap_or(&true));
        };
        keep(&mut self.heads);
        self.rows.iter_mut().for_each(|row| keep(&mut row.cells));
        self
    }

    /// Whether it has this column.
    pub(crate) fn has(&self, head: &str) -> bool {
        self.heads.iter().any(|own| own == head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_say_nothing_are_left_out() {
        let texts = |cells: [&str; 4]| cells.map(str::to_owned);
        let rows = [["1", "–", "0 %", "0"], ["2", "", "0 %", "0"]];
        let table = Table {
            heads: texts(["FPS", "× seq", "lock", "lost"]).into(),
            rows: rows.into_iter().map(|cells| Row::new("a", texts(cells))).collect(),
            ..Table::default()
        };
        let table = table.filled(&["lost"]);
        assert_eq!(table.heads, ["FPS", "lost"]);
        assert_eq!(table.rows[1].cells, ["2", "0"]);
        assert!(table.has("FPS") && !table.has("lock"));
    }
}
