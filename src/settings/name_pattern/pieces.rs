//! The pieces of a name pattern, and its placeholders.

use regex_syntax::hir::{Hir, HirKind};

use super::automaton::Automaton;
use super::walk::Walk;
use crate::settings::parse::regex;

/// The names that the placeholders stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placeholders<'a> {
    pub table: &'a str,
    /// `None` stands for an expression, which has no name: any name will do for it.
    pub columns: &'a [Option<String>],
    pub ref_table: &'a str,
}

#[derive(Debug)]
pub enum Piece {
    Literal(String),
    Expression(Box<Automaton>),
    /// By its position among the placeholders.
    Placeholder(usize),
}

/// The words that are placeholders when they stand between braces. All other braces are the regular expression's own.
pub const PLACEHOLDERS: [&str; 4] = ["table", "columns", "column_0", "ref_table"];

/// Private-use characters that stand for the placeholders while a pattern is taken to pieces.
const MARKS: [char; PLACEHOLDERS.len()] = ['\u{F0000}', '\u{F0001}', '\u{F0002}', '\u{F0003}'];

/// What fits in the place of a column that is an expression and has no name.
pub const ANYTHING: &str = ".+";

/// Takes a pattern to pieces; `None` where a placeholder is part of something larger.
pub fn take_apart(text: &str) -> Option<Vec<Piece>> {
    // A flag such as `(?i)` holds for the values of the placeholders, too, which are compared as plain text.
    if text.contains("(?") || text.contains(MARKS) {
        return None;
    }
    let mark = |text: String, (name, mark): (&&str, &char)| text.replace(&format!("{{{name}}}"), &mark.to_string());
    let marked = PLACEHOLDERS.iter().zip(&MARKS).fold(text.to_owned(), mark);
    let whole = regex::parse(&marked).ok()?;
    let parts = match whole.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(&whole),
    };
    let mut pieces = Vec::new();
    let mut between: Vec<Hir> = Vec::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) if std::str::from_utf8(&literal.0).ok()?.contains(MARKS) => {
                pieces.extend(join_expressions(&mut between)?);
                take_literal_apart(std::str::from_utf8(&literal.0).ok()?, &mut pieces);
            }
            _ => between.push(part.clone()),
        }
    }
    pieces.extend(join_expressions(&mut between)?);
    let placed = pieces.iter().filter(|piece| matches!(piece, Piece::Placeholder(_))).count();
    (placed == marked.matches(MARKS).count()).then_some(pieces)
}

/// Takes a text with marks of placeholders to pieces.
fn take_literal_apart(text: &str, pieces: &mut Vec<Piece>) {
    for piece in text.split_inclusive(MARKS) {
        let literal = piece.trim_end_matches(MARKS);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        let placeholder = piece.chars().next_back().and_then(|last| MARKS.iter().position(|mark| *mark == last));
        pieces.extend(placeholder.map(Piece::Placeholder));
    }
}

/// Joins the expressions that stand between two placeholders into one piece; `Some(None)` where there are none, and
/// `None` where they cannot be compiled.
fn join_expressions(parts: &mut Vec<Hir>) -> Option<Option<Piece>> {
    if parts.is_empty() {
        return Some(None);
    }
    let whole = Hir::concat(std::mem::take(parts));
    Some(Some(Piece::Expression(Box::new(Automaton::new(&whole).ok()?))))
}

/// Walks over one piece of a pattern.
pub fn walk_over(walk: &mut Walk<'_>, piece: &Piece, placeholders: &Placeholders<'_>) {
    let over_column = |walk: &mut Walk<'_>, column: &Option<String>| match column {
        Some(name) => walk.over_literal(name),
        // The column is an expression, for which any name will do.
        None => walk.over_anything(),
    };
    match piece {
        Piece::Literal(literal) => walk.over_literal(literal),
        Piece::Expression(automaton) => walk.over_expression(automaton),
        Piece::Placeholder(0) => walk.over_literal(placeholders.table),
        Piece::Placeholder(1) => {
            for (at, column) in placeholders.columns.iter().enumerate() {
                if at > 0 {
                    walk.over_literal("_");
                }
                over_column(walk, column);
            }
        }
        Piece::Placeholder(2) => placeholders.columns.iter().take(1).for_each(|column| over_column(walk, column)),
        Piece::Placeholder(_) => walk.over_literal(placeholders.ref_table),
    }
}

/// A pattern's text with values in the places of the placeholders.
pub fn replace_placeholders(
    text: &str,
    placeholders: &Placeholders<'_>,
    write: fn(&str) -> String,
    anything: &str,
) -> String {
    let column = |name: &Option<String>| name.as_deref().map_or(anything.to_owned(), write);
    let columns: Vec<String> = placeholders.columns.iter().map(column).collect();
    let first = columns.first().cloned().unwrap_or_default();
    let values = [write(placeholders.table), columns.join("_"), first, write(placeholders.ref_table)];
    let put = |text: String, (name, value): (&&str, String)| text.replace(&format!("{{{name}}}"), &value);
    PLACEHOLDERS.iter().zip(values).fold(text.to_owned(), put)
}
