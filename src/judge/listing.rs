//! The texts about violations that a message lists: DETAIL and HINT. They are bounded, and say what they leave out.

use std::collections::HashSet;

use super::Occasion;
use crate::rule::{FixApplies, Violation};
use crate::sql::{one_line, quote_qualified};

/// How many violations a refusal lists at most, as PostgreSQL does when it lists what depends on an object.
const MAX_LISTED: usize = 100;

/// The size of a DETAIL or a HINT, in bytes, from which nothing is added to it.
const MAX_TEXT_BYTES: usize = 32 * 1024;

/// Where to read the violations that a message leaves out.
pub const ALL_VIOLATIONS: &str = "SELECT * FROM guardrail.last_violations()";

/// The end of what a DETAIL says about a violation: what to search the log for.
pub fn name_rule(violation: &Violation) -> String {
    format!("Rule: {} ({}).", violation.rule, violation.level.word())
}

/// One line for each violation. A reason that several share is given once.
pub fn list_violations(violations: &[&Violation]) -> String {
    let mut reasons = HashSet::new();
    let line = |violation: &&Violation| {
        let is_first = reasons.insert(violation.reason.clone());
        let reason = if is_first { format!(" {}", violation.reason) } else { String::new() };
        format!("{}: {}.{reason} {}", violation.rule, violation.message, name_rule(violation))
    };
    list(violations.iter().map(line), |left_out| format!("and {left_out} more: {ALL_VIOLATIONS}"))
}

/// The fixes of these violations, each line once, in groups that begin with how they are applied. `is_refused` says whether
/// the statement or the transaction is.
pub fn list_fixes(violations: &[&Violation], occasion: Occasion<'_>, is_refused: bool) -> String {
    let names_relations = violations.iter().any(|other| other.relation != violations[0].relation);
    let headings = Headings { occasion, is_refused, names_relations };
    let (shown, left_out) = split_at_limit(violations);
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let mut known = HashSet::new();
    for (violation, lines) in shown {
        for line in lines {
            let heading = headings.of(violation, line);
            if !known.insert((heading.clone(), line)) {
                continue;
            }
            match groups.iter_mut().find(|(other, _)| *other == heading) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((heading, vec![line])),
            }
        }
    }
    groups.sort_by_key(|(heading, _)| group_order(heading));
    let lines = groups.iter().flat_map(|(heading, lines)| {
        let heading = Some(heading.as_str()).filter(|heading| !heading.is_empty());
        heading.into_iter().chain(lines.iter().copied()).map(str::to_owned)
    });
    let mut text = lines.collect::<Vec<_>>().join("\n");
    if left_out > 0 {
        let separator = if text.is_empty() { "" } else { "\n" };
        text += &format!("{separator}-- and {left_out} more: {ALL_VIOLATIONS};");
    }
    text
}

/// The violations whose fixes are shown, with the lines that are, and how many fixes are left out. Statements are shown
/// together or not at all; each element stands for itself.
fn split_at_limit<'a>(violations: &[&'a Violation]) -> (Vec<(&'a Violation, &'a [String])>, usize) {
    let (mut lines, mut bytes) = (0, 0);
    let (mut shown, mut known) = (Vec::new(), HashSet::new());
    for violation in violations {
        let fix = &violation.fix;
        if !known.insert(&fix.lines) {
            shown.push((*violation, fix.lines.as_slice()));
            continue;
        }
        let fits = |line: &&String| {
            lines += 1;
            bytes += line.len();
            lines <= MAX_LISTED && bytes <= MAX_TEXT_BYTES
        };
        let fitting = fix.lines.iter().take_while(fits).count();
        if fitting == fix.lines.len() {
            shown.push((*violation, fix.lines.as_slice()));
            continue;
        }
        if fix.applies == FixApplies::Instead {
            shown.push((*violation, &fix.lines[..fitting]));
        }
        let all: HashSet<_> = violations.iter().map(|violation| &violation.fix.lines).collect();
        return (shown, all.len() + 1 - known.len());
    }
    (shown, 0)
}

/// What is run before a refused statement is written again.
const BEFORE_IT: &str = "Before it run:";

/// What comes first, then what is written instead, then what a person has to do.
fn group_order(heading: &str) -> u8 {
    match heading {
        BEFORE_IT => 0,
        "" => 2,
        _ => 1,
    }
}

/// What says how the fixes of some violations are applied.
struct Headings<'a> {
    occasion: Occasion<'a>,
    /// The statement or the transaction is refused.
    is_refused: bool,
    /// The violations are about more than one relation.
    names_relations: bool,
}

impl Headings<'_> {
    /// What says how a line of a fix is applied; empty where that needs no words.
    fn of(&self, violation: &Violation, line: &str) -> String {
        let is_statement = |line: &str| line.ends_with(';');
        let lines = &violation.fix.lines;
        match violation.fix.applies {
            // It says what to do with an element that is written beside the others.
            FixApplies::Instead if line.starts_with("--") => String::new(),
            FixApplies::Instead if lines.iter().all(|line| is_statement(line) || line.starts_with("--")) => {
                "Instead run:".to_owned()
            }
            FixApplies::Instead if is_statement(line) => BEFORE_IT.to_owned(),
            FixApplies::Instead if line.starts_with("CREATE ") => "Begin it with:".to_owned(),
            FixApplies::Instead => {
                let relation = one_line(&quote_qualified(&violation.relation));
                let of = if self.names_relations { format!(", for {relation},") } else { String::new() };
                // The lines name the columns that the query gives, which it cannot name itself.
                match self.occasion.is_query() {
                    true => {
                        format!("Around the query of {} (SELECT … FROM (query) AS q) write:", self.occasion.subject)
                    }
                    false => format!("In {}{of} write:", self.occasion.subject),
                }
            }
            FixApplies::SameTransaction if self.occasion.is_alone => {
                "In one transaction with it (BEGIN … COMMIT) run:".to_owned()
            }
            FixApplies::SameTransaction => "Before COMMIT run:".to_owned(),
            FixApplies::InPlace if self.is_refused && !self.occasion.is_commit() => BEFORE_IT.to_owned(),
            FixApplies::InPlace | FixApplies::ByHand => String::new(),
        }
    }
}

/// Lists lines, up to the limits. If there are more of them, `and_more` words the last line.
fn list(lines: impl Iterator<Item = String>, and_more: impl Fn(usize) -> String) -> String {
    let (mut text, mut listed, mut left_out) = (String::new(), 0, 0);
    for line in lines {
        if left_out == 0 && listed < MAX_LISTED && text.len() + line.len() < MAX_TEXT_BYTES {
            text += &line;
            text.push('\n');
            listed += 1;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        text += &and_more(left_out);
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::TRANSACTION;
    use crate::judge::message::tests::violation;
    use crate::rule::Fix;
    use crate::settings::Level;

    fn numbered(number: usize, length: usize) -> Violation {
        Violation {
            message: format!("violation {number}"),
            fix: Fix::by_hand(&format!("FIX {number}{}", "x".repeat(length))),
            ..violation("r", Level::Error, "t")
        }
    }

    /// The lists of violations and of fixes.
    fn lists(violations: &[Violation]) -> (String, String) {
        let violations: Vec<&Violation> = violations.iter().collect();
        (
            list_violations(&violations),
            list_fixes(&violations, Occasion { subject: "CREATE TABLE", is_alone: true }, false),
        )
    }

    #[test]
    fn a_reason_that_several_violations_share_is_given_once() {
        let (detail, _) = lists(&[numbered(1, 0), numbered(2, 0)]);
        assert_eq!(detail, "r: violation 1. It hurts. Rule: r (error).\nr: violation 2. Rule: r (error).");
    }

    #[test]
    fn so_many_violations_are_listed() {
        let (detail, hint) = lists(&(0..MAX_LISTED).map(|number| numbered(number, 0)).collect::<Vec<_>>());
        assert_eq!((detail.lines().count(), hint.lines().count()), (MAX_LISTED, MAX_LISTED));
        let (detail, hint) = lists(&(0..MAX_LISTED + 40).map(|number| numbered(number, 0)).collect::<Vec<_>>());
        assert!(detail.ends_with("\nand 40 more: SELECT * FROM guardrail.last_violations()"));
        assert!(hint.ends_with("\n-- and 40 more: SELECT * FROM guardrail.last_violations();"));
    }

    #[test]
    fn so_many_bytes_are_listed() {
        let (_, hint) = lists(&[numbered(1, 5), numbered(2, MAX_TEXT_BYTES), numbered(3, 5)]);
        assert!(hint.starts_with("-- FIX 1"));
        assert!(hint.ends_with("\n-- and 2 more: SELECT * FROM guardrail.last_violations();"));
        let (_, hint) = lists(&[numbered(2, MAX_TEXT_BYTES)]);
        assert_eq!(hint, "-- and 1 more: SELECT * FROM guardrail.last_violations();");
    }

    fn with_fix(table: &str, applies: FixApplies, lines: &[&str]) -> Violation {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let fix = Fix { applies, lines, ..Fix::default() };
        Violation { fix, ..violation("r", Level::Error, table) }
    }

    fn hint(violations: &[Violation], subject: &str, is_alone: bool) -> String {
        list_fixes(&violations.iter().collect::<Vec<_>>(), Occasion { subject, is_alone }, true)
    }

    #[test]
    fn the_heading_says_what_to_do_with_the_lines() {
        let hint_of = |applies, subject, is_alone| hint(&[with_fix("t", applies, &["X"])], subject, is_alone);
        assert_eq!(hint_of(FixApplies::Instead, "CREATE TABLE", true), "In CREATE TABLE write:\nX");
        let around = "Around the query of SELECT INTO (SELECT … FROM (query) AS q) write:\nX";
        assert_eq!(hint_of(FixApplies::Instead, "SELECT INTO", true), around);
        assert_eq!(hint_of(FixApplies::SameTransaction, TRANSACTION, false), "Before COMMIT run:\nX");
        let alone = "In one transaction with it (BEGIN … COMMIT) run:\nX";
        assert_eq!(hint_of(FixApplies::SameTransaction, TRANSACTION, true), alone);
        assert_eq!(hint_of(FixApplies::InPlace, "ALTER TABLE", true), "Before it run:\nX");
        assert_eq!(hint_of(FixApplies::InPlace, TRANSACTION, true), "X");
        let let_through = with_fix("t", FixApplies::InPlace, &["X"]);
        assert_eq!(list_fixes(&[&let_through], Occasion { subject: "ALTER TABLE", is_alone: true }, false), "X");
        assert_eq!(hint_of(FixApplies::ByHand, "CREATE TABLE", true), "X");
        let whole = [with_fix("t", FixApplies::Instead, &["CREATE INDEX CONCURRENTLY x ON t (a);"])];
        assert!(hint(&whole, "CREATE INDEX", true).starts_with("Instead run:\nCREATE INDEX CONCURRENTLY "));
    }

    #[test]
    fn lines_with_the_same_heading_are_one_group_and_each_is_listed_once() {
        let made_first = ["CREATE TYPE e AS ENUM ('a');", "a e", "b int"];
        let violations = [
            with_fix("t", FixApplies::ByHand, &["-- c"]),
            with_fix("t", FixApplies::Instead, &["b int", "d int"]),
            with_fix("t", FixApplies::Instead, &made_first),
            with_fix("t", FixApplies::InPlace, &["ALTER TABLE t;"]),
        ];
        let expected = "Before it run:\nCREATE TYPE e AS ENUM ('a');\nALTER TABLE t;\n\
                        In ALTER TABLE write:\nb int\nd int\na e\n-- c";
        assert_eq!(hint(&violations, "ALTER TABLE", true), expected);
    }

    #[test]
    fn the_tables_of_one_statement_are_told_apart() {
        let violations = ["t", "u"].map(|table| with_fix(table, FixApplies::Instead, &["a int"]));
        let expected = "In CREATE SCHEMA, for public.t, write:\na int\nIn CREATE SCHEMA, for public.u, write:\na int";
        assert_eq!(hint(&violations, "CREATE SCHEMA", true), expected);
    }
}
