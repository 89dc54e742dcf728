//! A violation as a row of the table.

use std::borrow::Cow;

use askama::Template;

use super::super::Entry;
use crate::sql::{is_odd, on_one_line};

#[derive(Template)]
#[template(path = "html/row.html")]
pub struct Row<'a> {
    level: &'static str,
    status: &'static str,
    certain: bool,
    rule: &'static str,

    // The object. Characters that would break a line or turn its direction are written as escapes.
    schema: Cow<'a, str>,
    /// Its names inside of the schema.
    names: Vec<Cow<'a, str>>,
    kind: Cow<'a, str>,
    /// The file with the line.
    place: Option<String>,

    message: Cow<'a, str>,
    reason: Cow<'a, str>,
    caution: Option<Cow<'a, str>>,
    fix_title: Cow<'a, str>,
    /// What is copied, so nothing is written as an escape here.
    fix: String,
    /// Whether the fix has characters that do not show or turn the direction.
    is_odd: bool,
}

impl<'a> Row<'a> {
    pub fn new(entry: &'a Entry) -> Self {
        let is_odd = |c: char| c != '\n' && c != '\t' && is_odd(c);
        Self {
            level: entry.level.word(),
            status: entry.status.word(),
            certain: entry.certain,
            rule: entry.rule.id,
            schema: on_one_line(&entry.schema_name),
            names: names(entry),
            kind: on_one_line(&entry.object_kind),
            place: entry.file.as_ref().map(|file| match entry.line {
                Some(line) => format!("{}:{line}", on_one_line(file)),
                None => on_one_line(file).into_owned(),
            }),
            message: on_one_line(&entry.message),
            reason: on_one_line(&entry.reason),
            caution: entry.fix_caution.as_deref().map(on_one_line),
            fix_title: fix_title(&entry.fix_applies),
            fix: entry.fix.replace(has_no_reference, "\u{fffd}"),
            is_odd: entry.fix.contains(is_odd),
        }
    }
}

/// The names of the table or type and of its part; none of what has no name, as a transaction.
fn names(entry: &Entry) -> Vec<Cow<'_, str>> {
    let schema = &entry.schema_name;
    let inside =
        |name: &'_ str| name.strip_prefix(schema.as_str()).and_then(|name| name.strip_prefix('.')).map(str::len);
    let relation = match (entry.table_name.as_str(), entry.data_type.as_deref()) {
        ("", Some(name)) => &name[name.len() - inside(name).unwrap_or(name.len())..],
        (table, _) => table,
    };
    let names = [Some(relation), entry.part()].into_iter().flatten();
    names.filter(|name| !name.is_empty()).map(on_one_line).collect()
}

/// What to do with the SQL of a fix.
fn fix_title(applies: &str) -> Cow<'_, str> {
    match applies {
        "in place" => "Fix: run this".into(),
        "same transaction" => "Fix: run this before COMMIT".into(),
        "instead" => "Fix: write this instead".into(),
        "by hand" => "Fix by hand".into(),
        _ => format!("Fix ({})", on_one_line(applies)).into(),
    }
}

/// Whether HTML has no way to write a character in ASCII: references to these mean other ones.
fn has_no_reference(c: char) -> bool {
    matches!(c, '\0' | '\u{80}'..='\u{9f}')
}
