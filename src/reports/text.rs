//! For a terminal: a line for each violation, table by table or file by file, and the numbers at the end.

use super::{About, Entry, Output, Totals, Writer, place, words};
use crate::rule::Status;
use crate::settings::Level;
use crate::sql::on_one_line;

/// How wide the columns are.
const LEVEL: usize = 7;
const LINE: usize = 5;
const NUMBER: usize = 6;

#[derive(Default)]
pub struct Text {
    /// What the last violation was listed under.
    heading: Option<String>,
}

impl Writer for Text {
    fn add(&mut self, entry: &Entry, about: &About, output: &mut dyn Output) {
        let heading = heading(entry);
        if self.heading.as_ref() != Some(&heading) {
            if self.heading.is_some() {
                output.write("");
            }
            output.write(&heading);
            self.heading = Some(heading);
        }
        let line = match (&entry.file, entry.line) {
            (Some(_), Some(line)) => format!("{line:>LINE$}  "),
            (Some(_), None) => " ".repeat(LINE + 2),
            (None, _) => String::new(),
        };
        let (level, rule, width) = (entry.level.word(), entry.rule.id, width_of_rules(about));
        output.write(&format!(
            "  {line}{level:LEVEL$}  {rule:width$}  {}{}",
            on_one_line(&entry.message),
            remarks(entry)
        ));
    }

    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output) {
        let count = totals.count(|_| true);
        if count == 0 {
            output.write(if about.incomplete.is_some() {
                "No violations in what was checked."
            } else {
                "No violations."
            });
        } else {
            write_numbers(totals, about, output);
        }
        if let Some(incomplete) = words::incomplete(about) {
            output.write(&incomplete);
        }
    }
}

/// Writes the numbers by rule and level.
fn write_numbers(totals: &Totals, about: &About, output: &mut dyn Output) {
    output.write("");
    let width = width_of_rules(about);
    let numbers =
        |open: &str, frozen: &str, exempt: &str| format!("{open:>NUMBER$}  {frozen:>NUMBER$}  {exempt:>NUMBER$}");
    output.write(&format!("{:LEVEL$}  {:width$}  {}", "level", "rule", numbers("open", "frozen", "exempt")));
    let mut rules: Vec<(Level, &str)> = totals.by(|counted| (counted.level, counted.rule)).into_keys().collect();
    rules.sort_by(|(level, rule), (other, other_rule)| other.cmp(level).then(rule.cmp(other_rule)));
    for (level, rule) in rules {
        let of = |status| totals.count(|it| it.level == level && it.rule == rule && it.status == status).to_string();
        let numbers = numbers(&of(Status::Open), &of(Status::Frozen), &of(Status::Exempt));
        output.write(&format!("{:LEVEL$}  {rule:width$}  {numbers}", level.word()));
    }
    let of = |status| totals.count(|counted| counted.status == status).to_string();
    let numbers = numbers(&of(Status::Open), &of(Status::Frozen), &of(Status::Exempt));
    output.write(&format!("{:LEVEL$}  {:width$}  {numbers}", "total", ""));
}

/// What a violation is listed under, on a line of its own. It is no command of GitHub's workflows, whose logs are read for
/// lines that begin with two colons.
fn heading(entry: &Entry) -> String {
    let heading = place::heading(entry);
    let heading = on_one_line(&heading);
    if heading.trim_start().starts_with("::") { format!("\"{heading}\"") } else { heading.into_owned() }
}

/// What is to be known besides the message.
fn remarks(entry: &Entry) -> String {
    let status = (entry.status != Status::Open).then(|| entry.status.word());
    let certain = (!entry.certain).then_some("not certain");
    let remarks: Vec<&str> = status.into_iter().chain(certain).collect();
    if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) }
}

/// The longest name of a rule that was checked.
fn width_of_rules(about: &About) -> usize {
    about.rules.iter().map(|(rule, _)| rule.id.len()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render};

    #[test]
    fn nothing_of_a_name_begins_a_line() {
        let [first, ..] = entries();
        let named = |schema: &str, message: &str| Entry {
            schema_name: schema.to_owned(),
            message: message.to_owned(),
            ..first.clone()
        };
        let in_file = Entry { file: Some(" ::add-mask::x".to_owned()), line: Some(3), ..first.clone() };
        let text =
            render::<Text>(&[named("a\n::error::x\u{1b}", "b\r\n::error::y"), named("::error::z", "c"), in_file]);
        let commands: Vec<&str> = text.split(['\r', '\n']).filter(|line| line.trim_start().starts_with("::")).collect();
        assert_eq!(commands, [""; 0], "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
