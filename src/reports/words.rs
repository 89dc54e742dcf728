//! Words that several formats have.

use std::borrow::Cow;

use super::{About, Entry, Totals};
use crate::rule::Status;
use crate::settings::Level;

/// How long a fix may be, in bytes, where a report says it in the middle of other things.
const MAX_FIX: usize = 8_000;

/// The fix, unless it is longer than anybody reads there.
pub fn fix(entry: &Entry) -> Cow<'_, str> {
    match entry.fix.len() {
        0..=MAX_FIX => entry.fix.as_str().into(),
        _ => format!("-- It has {} lines; guardrail.audit() returns it.", entry.fix.lines().count()).into(),
    }
}

/// Where violations are listed that a report has no room for.
pub const ALL: &str = "the formats text and html list all";

/// The message; a guess is told as one.
pub fn message(entry: &Entry) -> String {
    format!("{}{}", entry.message, if entry.certain { "" } else { " (not certain)" })
}

/// What to know before running the fix.
pub fn caution(entry: &Entry) -> Option<String> {
    entry.fix_caution.as_ref().map(|caution| format!("Caution: {caution}."))
}

/// A number of violations: `1 open violation`.
pub fn violations(count: usize, which: &str) -> String {
    match count {
        0 => format!("no {which} violations"),
        1 => format!("1 {which} violation"),
        _ => format!("{count} {which} violations"),
    }
}

/// That a report does not have all, and why.
pub fn incomplete(about: &About) -> Option<String> {
    about.incomplete.as_ref().map(|why| format!("Not everything was checked: {why}"))
}

/// The levels of the open violations with their numbers, the gravest first: `2 errors, 1 warning`.
pub fn levels(totals: &Totals) -> String {
    let of = |level: &Level| totals.count(|it| it.status == Status::Open && it.level == *level);
    let counted = Level::ALL.iter().rev().map(|level| (level.word(), of(level))).filter(|(_, count)| *count > 0);
    let texts = counted.map(|(word, count)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
    texts.collect::<Vec<_>>().join(", ")
}

/// How many frozen and exempt ones there are: `3 frozen and 1 exempt`.
pub fn others(totals: &Totals) -> Option<String> {
    let of = |status: &Status| totals.count(|it| it.status == *status);
    let counted = [Status::Frozen, Status::Exempt].map(|status| (status.word(), of(&status)));
    let texts: Vec<String> =
        counted.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    (!texts.is_empty()).then(|| texts.join(" and "))
}
