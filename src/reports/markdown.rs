//! A comment on a pull request, or the summary of a step: the numbers first, then the open violations table by table or file
//! by file, each with its reason and a fix to unfold.

use super::gravest::Gravest;
use super::{About, Entry, Output, Totals, Writer, commonmark, place, words};
use crate::rule::Status;
use crate::settings::Level;

/// How many bytes the violations may take. GitHub refuses a comment of more than 65,536 characters, and the numbers stand
/// beside them.
const ROOM: usize = 55_000;

pub struct Markdown {
    shown: Gravest<Item>,
}

impl Default for Markdown {
    fn default() -> Self {
        Self { shown: Gravest::with_room(ROOM) }
    }
}

/// A violation as it is listed.
struct Item {
    heading: String,
    text: String,
}

impl Writer for Markdown {
    fn add(&mut self, entry: &Entry, _: &About, _: &mut dyn Output) {
        if entry.status == Status::Open {
            let item = Item { heading: heading(entry), text: item(entry) };
            self.shown.add(entry, item.heading.len() + item.text.len(), item);
        }
    }

    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output) {
        self.write_numbers(totals, about, output);
        let left_out = self.shown.left_out();
        let mut last = String::new();
        for Item { heading, text } in self.shown.take_in_order() {
            if heading != last {
                output.write(&format!("\n{heading}\n\n"));
                last = heading;
            }
            output.write(&text);
        }
        if left_out > 0 {
            output.write(&format!("\n{left_out} more are not shown here; {}.", words::ALL));
        }
    }
}

impl Markdown {
    /// Writes the headline and the numbers by rule and level.
    fn write_numbers(&self, totals: &Totals, about: &About, output: &mut dyn Output) {
        let open = totals.count(|counted| counted.status == Status::Open);
        let so_far = if about.incomplete.is_some() { ", but not everything was checked" } else { "" };
        output.write(&format!("## pg_guardrail: {}{so_far}\n\n", words::violations(open, "open")));
        if let Some(why) = &about.incomplete {
            output.write(&format!("**Not everything was checked:** {}\n\n", commonmark::message(why)));
        }
        let preset = about.preset.word();
        let mut summary = match totals.has_files {
            true => format!("Preset `{preset}`."),
            false => format!("Database {}, preset `{preset}`.", commonmark::code(&about.database)),
        };
        if let Some(others) = words::others(totals) {
            summary += &format!(" Also {others}, which are not listed.");
        }
        output.write(&summary);
        let mut rules: Vec<(Level, &str)> = totals.by(|counted| (counted.level, counted.rule)).into_keys().collect();
        if rules.is_empty() {
            return;
        }
        rules.sort_by(|(level, rule), (other, other_rule)| other.cmp(level).then(rule.cmp(other_rule)));
        output.write("\n| Level | Rule | Open | Frozen | Exempt |\n| :-- | :-- | --: | --: | --: |");
        for (level, rule) in rules {
            let of = |status| totals.count(|it| it.level == level && it.rule == rule && it.status == status);
            let [open, frozen, exempt] = [Status::Open, Status::Frozen, Status::Exempt].map(of);
            output.write(&format!("| {} | `{rule}` | {open} | {frozen} | {exempt} |", level.word()));
        }
    }
}

fn heading(entry: &Entry) -> String {
    format!("### {}", commonmark::code(&place::heading(entry)))
}

/// A violation as an element of a list.
fn item(entry: &Entry) -> String {
    let line = entry.line.filter(|_| entry.file.is_some()).map_or(String::new(), |line| format!("line {line}, "));
    let certain = if entry.certain { "" } else { " (not certain)" };
    let (level, message) = (entry.level.word(), commonmark::message(&entry.message));
    let mut text = format!("- **{level}** {line}`{}`: {message}{certain}\n", entry.rule.id);
    let has_fix = !entry.fix.is_empty();
    let summary = if has_fix { "Reason and fix" } else { "Reason" };
    text += &format!("  <details><summary>{summary}</summary>\n\n  {}\n\n", sentence(&entry.reason));
    if let Some(caution) = words::caution(entry) {
        text += &format!("  {}\n\n", sentence(&caution));
    }
    if has_fix {
        text += &commonmark::sql_block(&words::fix(entry), "  ");
        text += "\n";
    }
    text + "  </details>\n"
}

/// A text at the start of a line, where a dash or a number would begin a list.
fn sentence(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_word { commonmark::message(text) } else { commonmark::code(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render, render_incomplete};

    #[test]
    fn open_violations_are_listed_and_others_are_counted() {
        let text = render::<Markdown>(&entries());
        assert!(
            text.starts_with(
                "## pg_guardrail: 1 open violation\n\nDatabase `shop`, preset `core`. Also 1 frozen and 1 exempt,"
            ),
            "{text}"
        );
        assert!(text.contains("| error | `fk_without_index` | 1 | 1 | 1 |"), "{text}");
        assert_eq!(text.matches("<details>").count(), 1, "{text}");
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let [first, ..] = entries();
        let text = render::<Markdown>(&vec![first; 1_000]);
        let shown = text.matches("<details>").count();
        assert!(shown > 100 && text.len() < 60_000, "{shown} {}", text.len());
        assert!(text.contains(&format!("\n{} more are not shown here; the formats", 1_000 - shown)), "{text}");
    }

    #[test]
    fn a_failure_is_no_success() {
        let text = render_incomplete::<Markdown>(&[]);
        assert!(text.starts_with("## pg_guardrail: no open violations, but not everything was checked\n"), "{text}");
        assert!(text.contains("\n**Not everything was checked:** `m/2.sql:3: relation"), "{text}");
    }

    #[test]
    fn nothing_found_is_said() {
        assert_eq!(render::<Markdown>(&[]), "## pg_guardrail: no open violations\n\nDatabase `shop`, preset `core`.\n");
    }
}
