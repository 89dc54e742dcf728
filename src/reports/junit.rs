//! JUnit's XML, as what shows the results of tests reads it: one suite a rule, one case a violation.
//!
//! It is written by hand since it is written as violations come: a crate like quick-junit keeps the whole report in memory.
//! The cases of a rule wait on a pile until all are there, because the numbers stand before them.

use std::fmt::Write;

use super::{About, Entry, Output, Totals, Writer, place, words};
use crate::rule::Status;

#[derive(Default)]
pub struct Junit {
    /// The rules in force, and those of the violations besides. The cases of each are on the pile with its number.
    suites: Vec<Suite>,
}

#[derive(Default)]
struct Suite {
    rule: &'static str,
    failed: usize,
    skipped: usize,
}

impl Suite {
    fn of(rule: &'static str) -> Self {
        Self { rule, ..Self::default() }
    }

    /// How many cases there are; a rule without violations has one that passes.
    fn cases(&self) -> usize {
        (self.failed + self.skipped).max(1)
    }
}

impl Writer for Junit {
    fn begin(&mut self, about: &About, _: &mut dyn Output) {
        self.suites = about.rules.iter().map(|(rule, _)| Suite::of(rule.id)).collect();
    }

    fn add(&mut self, entry: &Entry, _: &About, output: &mut dyn Output) {
        let pile = self.suites.iter().position(|suite| suite.rule == entry.rule.id).unwrap_or_else(|| {
            self.suites.push(Suite::of(entry.rule.id));
            self.suites.len() - 1
        });
        match entry.status {
            Status::Open => self.suites[pile].failed += 1,
            Status::Frozen | Status::Exempt => self.suites[pile].skipped += 1,
        }
        output.put_aside(pile, &case(entry));
    }

    fn end(&mut self, _: &Totals, about: &About, output: &mut dyn Output) {
        let sum = |of: fn(&Suite) -> usize| self.suites.iter().map(of).sum::<usize>();
        let errors = usize::from(about.incomplete.is_some());
        let (failed, skipped) = (sum(|suite| suite.failed), sum(|suite| suite.skipped));
        let counts = counts(sum(Suite::cases) + errors, failed, errors, skipped);
        output.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        output.write(&format!("<testsuites name=\"pg_guardrail\" {counts}>"));
        for (pile, suite) in self.suites.iter().enumerate() {
            let counts = self::counts(suite.cases(), suite.failed, 0, suite.skipped);
            begin_suite(suite.rule, &counts, about, output);
            match suite.failed + suite.skipped {
                // What was not checked has not passed.
                0 if errors > 0 => output.write(&format!(
                    "<testcase classname=\"{0}\" name=\"no violations in what was checked\" time=\"0\"/>",
                    suite.rule
                )),
                0 => output
                    .write(&format!("<testcase classname=\"{0}\" name=\"no violations\" time=\"0\"/>", suite.rule)),
                _ => output.write_pile(pile),
            }
            output.write("</testsuite>");
        }
        if let Some(why) = &about.incomplete {
            begin_suite("pg_guardrail", &self::counts(1, 0, 1, 0), about, output);
            output.write("<testcase classname=\"pg_guardrail\" name=\"everything was checked\" time=\"0\">");
            output.write(&format!("<error type=\"incomplete\" message=\"{}\"/></testcase>", attribute(why)));
            output.write("</testsuite>");
        }
        output.write("</testsuites>");
    }
}

fn begin_suite(name: &str, counts: &str, about: &About, output: &mut dyn Output) {
    output.write(&format!("<testsuite name=\"{name}\" {counts}>\n<properties>"));
    for (name, value) in [("database", about.database.as_str()), ("preset", about.preset.word())] {
        output.write(&format!("<property name=\"{name}\" value=\"{}\"/>", attribute(value)));
    }
    output.write("</properties>");
}

fn counts(cases: usize, failed: usize, errors: usize, skipped: usize) -> String {
    format!("tests=\"{cases}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\"")
}

/// The case of a violation. Its class is the rule: GitLab and Jenkins show it in the place of the suite, whose name they do
/// not show.
fn case(entry: &Entry) -> String {
    let place = place::file_and_line(entry).map_or_else(String::new, |place| format!(" ({place})"));
    let name = attribute(&format!("{}{place}", entry.message));
    let mut case = format!("<testcase classname=\"{}\" name=\"{name}\"", entry.rule.id);
    // GitLab and others make a link of these.
    for (name, value) in [("file", entry.file.clone()), ("line", entry.line.map(|line| line.to_string()))] {
        if let Some(value) = value {
            let _ = write!(case, " {name}=\"{}\"", attribute(&value));
        }
    }
    case += " time=\"0\">";
    if entry.status == Status::Open {
        let (level, message) = (entry.level.word(), attribute(&entry.message));
        let _ = write!(case, "<failure type=\"{level}\" message=\"{message}\">{}</failure>", text(&body(entry)));
    } else {
        let _ = write!(case, "<skipped message=\"{}\"/>", entry.status.word());
    }
    case + "</testcase>"
}

/// What is to be read when the case is opened.
fn body(entry: &Entry) -> String {
    let mut body = String::new();
    body.extend(place::file_and_line(entry).map(|place| format!("{place}\n\n")));
    let _ = write!(body, "{}\n\nRule: {} ({}).", entry.reason, entry.rule.id, entry.level.word());
    if !entry.certain {
        body += "\n\nThis is not certain: the catalogs cannot tell.";
    }
    body.extend(words::caution(entry).map(|caution| format!("\n\n{caution}")));
    if !entry.fix.is_empty() {
        let _ = write!(body, "\n\nFix ({}):\n\n{}", entry.fix_applies, words::fix(entry));
    }
    body
}

/// A text between tags.
fn text(text: &str) -> String {
    escape(text, false)
}

/// A text as the value of an attribute, in which a reader would take a line break for a space.
fn attribute(text: &str) -> String {
    escape(text, true)
}

/// Without the characters that XML 1.0 has no way to write, not even as references.
fn escape(text: &str, is_attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' if is_attribute => escaped += "&quot;",
            '\t' | '\n' if !is_attribute => escaped.push(c),
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            '\0'..='\x1F' | '\u{FFFE}' | '\u{FFFF}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render, render_incomplete};

    #[test]
    fn numbers_stand_before_the_cases() {
        let text = render::<Junit>(&entries());
        assert!(
            text.contains("<testsuites name=\"pg_guardrail\" tests=\"6\" failures=\"1\" errors=\"0\" skipped=\"2\""),
            "{text}"
        );
        let suite =
            "<testsuite name=\"fk_without_index\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"2\" time=\"0\">";
        assert!(text.contains(suite), "{text}");
        assert!(text.contains("name=\"no violations\""), "{text}");
        assert!(text.contains("<skipped message=\"frozen\"/>") && text.contains("<skipped message=\"exempt\"/>"));
    }

    #[test]
    fn the_class_is_the_rule() {
        let text = render::<Junit>(&entries());
        assert_eq!(text.matches("<testcase classname=\"fk_without_index\"").count(), 3, "{text}");
        assert!(text.contains("\n\nRule: fk_without_index (error)."), "{text}");
    }

    #[test]
    fn a_failure_is_an_error() {
        let text = render_incomplete::<Junit>(&[]);
        assert!(text.contains("tests=\"5\" failures=\"0\" errors=\"1\""), "{text}");
        assert!(text.contains("<error type=\"incomplete\" message=\"m/2.sql:3: relation &quot;b&quot;"), "{text}");
        assert!(!text.contains("\"no violations\""), "{text}");
    }

    #[test]
    fn what_xml_forbids_is_gone() {
        let forbidden = "a\u{0}\u{8}\u{b}\u{1b}\u{fffe}\u{ffff}b";
        assert_eq!(text(forbidden), "ab");
        assert_eq!(attribute(forbidden), "ab");
        assert_eq!(text("]]> &#0; \r\n\"'"), "]]&gt; &amp;#0; &#13;\n\"'");
        assert_eq!(attribute("<a b=\"c\">\n\t\r'"), "&lt;a b=&quot;c&quot;&gt;&#10;&#9;&#13;'");
    }
}
