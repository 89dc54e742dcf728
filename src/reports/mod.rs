//! The violations of a database or of some files as a report, in one of several formats. May use `rules` and what is below it.

pub mod ascii;
mod commonmark;
#[cfg(test)]
mod for_tests;
mod github;
mod gitlab;
mod gravest;
mod html;
mod json;
mod junit;
mod markdown;
mod output;
mod place;
mod sarif;
mod text;
mod totals;
mod violation;
mod words;

use std::borrow::Cow;

pub use output::Output;
pub use totals::Totals;
pub use violation::Entry;

use crate::rule::Rule;
use crate::settings::parse::list;
use crate::settings::{Level, Preset};

crate::settings::words! {
    /// What a report is for.
    Format {
        /// A terminal.
        Text = "text",
        /// Programs: one object a line.
        Json = "json",
        /// A comment on a pull request, or the summary of a step.
        Markdown = "markdown",
        /// A browser: one page with everything in it.
        Html = "html",
        /// What shows the results of tests.
        Junit = "junit",
        /// GitHub's code scanning: SARIF 2.1.0.
        Sarif = "sarif",
        /// GitLab's Code Quality.
        Gitlab = "gitlab",
        /// GitHub's workflows: annotations.
        Github = "github",
    }
}

/// What a report is about.
pub struct About {
    pub database: String,
    /// When it was made.
    pub time: String,
    pub preset: Preset,
    /// The rules that were checked, with their levels.
    pub rules: Vec<(&'static Rule, Level)>,
    /// The file that stands for every violation whose file is not known.
    pub uri: Option<String>,
    /// Why these are not all the violations, if something has failed.
    pub incomplete: Option<String>,
}

/// How a format writes.
trait Writer {
    /// Writes what stands before everything else.
    fn begin(&mut self, _about: &About, _output: &mut dyn Output) {}

    /// Takes a violation. They come table by table.
    fn add(&mut self, entry: &Entry, about: &About, output: &mut dyn Output);

    /// Writes what is left when all of them have come.
    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output);
}

/// A report under way.
pub struct Report<'a> {
    writer: Box<dyn Writer>,
    about: &'a About,
    totals: Totals,
    output: Encoded<'a>,
}

impl<'a> Report<'a> {
    pub fn begin(format: Format, about: &'a About, output: &'a mut dyn Output) -> Self {
        let writer: Box<dyn Writer> = match format {
            Format::Text => Box::<text::Text>::default(),
            Format::Json => Box::new(json::Json),
            Format::Markdown => Box::<markdown::Markdown>::default(),
            Format::Html => Box::<html::Html>::default(),
            Format::Junit => Box::<junit::Junit>::default(),
            Format::Sarif => Box::<sarif::Sarif>::default(),
            Format::Gitlab => Box::<gitlab::Gitlab>::default(),
            Format::Github => Box::<github::Github>::default(),
        };
        let encode: fn(&str) -> Cow<'_, str> = match format {
            Format::Json | Format::Sarif | Format::Gitlab => ascii::json,
            Format::Html | Format::Junit => ascii::markup,
            Format::Text | Format::Markdown | Format::Github => |text| Cow::Borrowed(text),
        };
        let mut report = Self { writer, about, totals: Totals::default(), output: Encoded { encode, output } };
        report.writer.begin(about, &mut report.output);
        report
    }

    pub fn add(&mut self, entry: &Entry) {
        self.totals.add(entry);
        self.writer.add(entry, self.about, &mut self.output);
    }

    pub fn end(mut self) {
        self.writer.end(&self.totals, self.about, &mut self.output);
    }
}

/// Encodes each text before it goes to an output.
struct Encoded<'a> {
    encode: fn(&str) -> Cow<'_, str>,
    output: &'a mut dyn Output,
}

impl Output for Encoded<'_> {
    fn write(&mut self, text: &str) {
        self.output.write(&(self.encode)(text));
    }

    fn put_aside(&mut self, pile: usize, text: &str) {
        self.output.put_aside(pile, &(self.encode)(text));
    }

    fn write_pile(&mut self, pile: usize) {
        self.output.write_pile(pile);
    }
}

impl Format {
    /// The format of this name, or what to say to whom asks for another one.
    pub fn find(name: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.word() == name).ok_or_else(|| {
            let words = || Self::ALL.iter().map(|format| format.word());
            let close = list::find_closest(&name.to_lowercase(), words());
            let close = close.map_or(String::new(), |word| format!("Did you mean \"{word}\"? "));
            format!("{close}Available formats: {}.", words().collect::<Vec<_>>().join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_another_format_is_told_the_list() {
        assert!(matches!(Format::find("json"), Ok(Format::Json)));
        let hint = Format::find("JSOM").unwrap_err();
        assert!(hint.starts_with("Did you mean \"json\"? Available formats: text, json"), "{hint}");
    }
}
