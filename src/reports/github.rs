//! GitHub's workflows: commands that become annotations, and one that says what there is beside them.
//!
//! A step shows ten annotations of a kind and a job fifty, so ten are what a reader sees in any case.

use super::gravest::Gravest;
use super::{About, Entry, Output, Totals, Writer, place, words};
use crate::rule::Status;
use crate::sql::on_one_line;

/// How many violations are shown.
const SHOWN: usize = 10;

pub struct Github {
    shown: Gravest<String>,
}

impl Default for Github {
    fn default() -> Self {
        Self { shown: Gravest::with_room(SHOWN) }
    }
}

impl Writer for Github {
    fn add(&mut self, entry: &Entry, about: &About, _: &mut dyn Output) {
        if entry.status == Status::Open {
            self.shown.add(entry, 1, annotation(entry, about));
        }
    }

    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output) {
        if let Some(incomplete) = words::incomplete(about) {
            let title = ("title", "pg_guardrail".to_owned());
            let file = about.uri.clone().map(|uri| ("file", uri));
            output.write(&command("error", &file.into_iter().chain([title]).collect::<Vec<_>>(), &incomplete));
        }
        let left_out = self.shown.left_out();
        self.shown.take_by_gravity().for_each(|annotation| output.write(&annotation));
        let open = totals.count(|counted| counted.status == Status::Open);
        let mut summary = words::violations(open, "open");
        summary[..1].make_ascii_uppercase();
        if open > 0 {
            summary += &format!(" ({})", words::levels(totals));
        }
        if let Some(others) = words::others(totals) {
            summary += &format!("; also {others}");
        }
        summary += if about.incomplete.is_some() { " in what was checked." } else { "." };
        if left_out > 0 {
            summary += &format!(" {left_out} open ones are not shown here; {}.", words::ALL);
        }
        output.write(&command("notice", &[("title", "pg_guardrail".to_owned())], &summary));
    }
}

/// The command that shows a violation.
fn annotation(entry: &Entry, about: &About) -> String {
    let file = (entry.file.is_some() || about.uri.is_some()).then(|| place::path(entry, about));
    let line = entry.line.map(|line| line.to_string());
    let title = format!("pg_guardrail: {}", entry.rule.id);
    let properties = [("file", file), ("line", line), ("title", Some(title))];
    let properties: Vec<(&str, String)> =
        properties.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let mut message = format!("{}\n{}", on_one_line(&words::message(entry)), entry.reason);
    message.extend(words::caution(entry).map(|caution| format!("\n{caution}")));
    if !entry.fix.is_empty() {
        message += &format!("\nFix:\n{}", words::fix(entry));
    }
    command(entry.level.word(), &properties, &message)
}

/// A workflow command. Its name is that of a level.
fn command(name: &str, properties: &[(&str, String)], data: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escape_property(value))).collect();
    format!("::{name} {}::{}", properties.join(","), escape_data(data))
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render, render_incomplete};
    use crate::settings::Level;

    #[test]
    fn nothing_of_a_name_becomes_a_command() {
        let [first, ..] = entries();
        let hostile = "a,line=9::b%0A\r\n::error::x";
        let entry = Entry { message: hostile.into(), file: Some(hostile.into()), fix: hostile.into(), ..first };
        let text = render::<Github>(&[entry]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        let start =
            "::error file=a%2Cline=9%3A%3Ab%250A%0D%0A%3A%3Aerror%3A%3Ax,title=pg_guardrail%3A fk_without_index::";
        assert!(lines[0].starts_with(start), "{text}");
        assert!(!text.contains('\r'), "{text}");
    }

    #[test]
    fn a_failure_is_an_error() {
        let expected = "::error title=pg_guardrail::Not everything was checked: m/2.sql:3: relation \"b\" does not exist\n\
                        ::notice title=pg_guardrail::No open violations in what was checked.\n";
        assert_eq!(render_incomplete::<Github>(&[]), expected);
    }

    #[test]
    fn the_gravest_are_shown_and_the_rest_is_counted() {
        let [error, frozen, exempt] = entries();
        let warning = Entry { level: Level::Warning, ..error.clone() };
        let mut all = vec![warning; 10];
        all.extend([frozen, exempt, error.clone(), error]);
        let text = render::<Github>(&all);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), SHOWN + 1, "{text}");
        assert_eq!(lines.iter().take_while(|line| line.starts_with("::error ")).count(), 2, "{text}");
        let summary = "::notice title=pg_guardrail::12 open violations (2 errors, 10 warnings); also 1 frozen and 1 exempt. \
                       2 open ones are not shown here; the formats text and html list all.";
        assert_eq!(lines[SHOWN], summary);
        assert_eq!(render::<Github>(&[]), "::notice title=pg_guardrail::No open violations.\n");
    }
}
