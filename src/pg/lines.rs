//! The lines of a report, as the rows that a SQL function returns.

use std::collections::BTreeMap;

use super::backend;
use super::rows::{Pile, RowWriter, Value};
use crate::reports::Output;

/// Writes lines.
pub struct Lines {
    rows: RowWriter,
    piles: BTreeMap<usize, Pile>,
}

impl Lines {
    /// The rows have one column, of type text.
    pub fn new(rows: RowWriter) -> Self {
        Self { rows, piles: BTreeMap::new() }
    }
}

impl Output for Lines {
    fn write(&mut self, text: &str) {
        for line in lines(text) {
            self.rows.write(|_| Some(Value::text(line)));
        }
    }

    fn put_aside(&mut self, pile: usize, text: &str) {
        let pile = self.piles.entry(pile).or_insert_with(|| self.rows.pile());
        for line in lines(text) {
            self.rows.write_to(pile, |_| Some(Value::text(line)));
        }
    }

    fn write_pile(&mut self, pile: usize) {
        let Some(pile) = self.piles.remove(&pile) else { return };
        backend::check_for_interrupts();
        self.rows.write_pile(pile);
    }
}

/// The lines of a text, whose last one may or may not have an end. An empty text is an empty line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n')
}
