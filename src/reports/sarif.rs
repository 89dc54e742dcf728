//! SARIF 2.1.0 as GitHub's code scanning takes it.
//!
//! The envelope is written by hand, so that each rule and each result has a line of its own and only the results that are
//! kept are in memory. GitHub shows the gravest 5,000 results of a run, knows nothing of suppressions (it would show exempt
//! violations as alerts), and refuses a file in which a result has no physical location.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use serde_sarif::sarif;

use super::gravest::Gravest;
use super::{About, Entry, Output, Totals, Writer, place, words};
use crate::rule::page::page;
use crate::rule::{Rule, Status};
use crate::settings::Level;

/// How many results a report has at most.
const MAX_RESULTS: usize = 5_000;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub struct Sarif {
    /// The rules in force, and those of the violations besides.
    rules: Vec<(&'static Rule, Level)>,
    results: Gravest<String>,
}

impl Default for Sarif {
    fn default() -> Self {
        Self { rules: Vec::new(), results: Gravest::with_room(MAX_RESULTS) }
    }
}

impl Writer for Sarif {
    fn begin(&mut self, about: &About, _: &mut dyn Output) {
        self.rules.clone_from(&about.rules);
    }

    fn add(&mut self, entry: &Entry, about: &About, _: &mut dyn Output) {
        if entry.status == Status::Exempt {
            return;
        }
        let index = self.rules.iter().position(|(rule, _)| rule.id == entry.rule.id).unwrap_or_else(|| {
            self.rules.push((entry.rule, entry.level));
            self.rules.len() - 1
        });
        self.results.add(entry, 1, line(&result(entry, index, about)));
    }

    fn end(&mut self, totals: &Totals, about: &About, output: &mut dyn Output) {
        let version = line(env!("CARGO_PKG_VERSION"));
        output.write(&format!("{{\"$schema\":{},\"version\":\"2.1.0\",\"runs\":[{{", line(SCHEMA)));
        output.write("\"tool\":{\"driver\":{\"name\":\"pg_guardrail\",");
        output.write(&format!("\"version\":{version},\"semanticVersion\":{version},\"rules\":["));
        write_list(self.rules.iter().map(|(rule, level)| line(&descriptor(rule, *level))), output);
        output.write("]}},\"columnKind\":\"unicodeCodePoints\",");
        let invocation = sarif::Invocation::builder()
            .execution_successful(about.incomplete.is_none())
            .tool_execution_notifications(notifications(totals, self.results.left_out(), about))
            .build();
        output.write(&format!("\"invocations\":[{}],\"results\":[", line(&invocation)));
        write_list(self.results.take_in_order(), output);
        output.write("]}]}");
    }
}

fn line(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("texts and numbers can be written as JSON")
}

/// Writes the elements of an array, each on a line.
fn write_list(elements: impl Iterator<Item = String>, output: &mut dyn Output) {
    let mut elements = elements.peekable();
    while let Some(element) = elements.next() {
        output.write(&format!("{element}{}", if elements.peek().is_some() { "," } else { "" }));
    }
}

/// The name of a rule as SARIF would have it: readable, and not the same as the identifier.
fn pascal_case(id: &str) -> String {
    let capitalized = |word: &str| word[..1].to_uppercase() + &word[1..];
    id.split('_').map(capitalized).collect()
}

/// A rule as GitHub shows it beside its alerts.
fn descriptor(rule: &Rule, level: Level) -> sarif::ReportingDescriptor {
    let page = page(rule);
    let mut summary = format!("{}.", rule.summary);
    summary[..1].make_ascii_uppercase();
    let text = |text: &str| sarif::MultiformatMessageString::builder().text(text).build();
    sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal_case(rule.id))
        .short_description(text(&summary))
        .full_description(text(rule.reason))
        .help(sarif::MultiformatMessageString::builder().text(page.as_str()).markdown(page.as_str()).build())
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(word(level))).build())
        .properties(properties([
            ("tags", json!(["postgresql", "schema"])),
            ("precision", json!("high")),
            ("problem.severity", json!(if level == Level::Notice { "recommendation" } else { word(level) })),
        ]))
        .build()
}

fn result(entry: &Entry, rule_index: usize, about: &About) -> sarif::Result {
    let mut result = sarif::Result::builder()
        .rule_id(entry.rule.id)
        .rule_index(i64::try_from(rule_index).expect("there are few rules"))
        .level(match entry.level {
            Level::Error => sarif::ResultLevel::Error,
            Level::Warning => sarif::ResultLevel::Warning,
            Level::Notice | Level::Off => sarif::ResultLevel::Note,
        })
        .message(sarif::Message::builder().text(message(entry)).build())
        .baseline_state(json!(if entry.status == Status::Frozen { "unchanged" } else { "new" }))
        .locations(vec![location(entry, about)])
        .properties(properties([
            ("status", json!(entry.status.word())),
            ("certain", json!(entry.certain)),
            ("fix", json!(words::fix(entry))),
            ("fixApplies", json!(entry.fix_applies)),
        ]))
        .build();
    // An empty one would be the same for all of them; without one, the action that uploads the file makes its own.
    result.partial_fingerprints = (!entry.fingerprint.is_empty())
        .then(|| BTreeMap::from([("primaryLocationLineHash".to_owned(), entry.fingerprint.clone())]));
    result
}

/// The message, of which GitHub shows the first sentence as the title.
fn message(entry: &Entry) -> String {
    let mut text = format!("{}.\n{}", words::message(entry), entry.reason);
    text.extend(words::caution(entry).map(|caution| format!("\n{caution}")));
    if !entry.fix.is_empty() {
        text += &format!("\nFix:\n{}", words::fix(entry));
    }
    // In SARIF this would be a link.
    text.replace("](", "] (")
}

fn location(entry: &Entry, about: &About) -> sarif::Location {
    let artifact = sarif::ArtifactLocation::builder().uri(place::uri(entry, about)).build();
    let region = sarif::Region::builder().start_line(i64::from(place::line(entry))).build();
    let physical = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    let mut location = sarif::Location::builder().physical_location(physical).build();
    let path = entry.path();
    if !path.is_empty() {
        let name = entry.part().unwrap_or(if entry.table_name.is_empty() { &path } else { &entry.table_name });
        let logical = sarif::LogicalLocation::builder().name(name).kind(entry.object_kind.as_str());
        location.logical_locations = Some(vec![logical.fully_qualified_name(path.as_str()).build()]);
    }
    location
}

/// What the results do not say.
fn notifications(totals: &Totals, left_out: usize, about: &About) -> Vec<sarif::Notification> {
    let notification = |level: &str, text: String| {
        let message = sarif::Message::builder().text(text).build();
        sarif::Notification::builder().level(json!(level)).message(message).build()
    };
    let exempt = totals.count(|counted| counted.status == Status::Exempt);
    let exempt = (exempt > 0).then(|| {
        let text = format!("Not among the results: {}.", words::violations(exempt, "exempt"));
        notification("note", text)
    });
    let left_out = (left_out > 0).then(|| {
        let text = format!("The results are the gravest {MAX_RESULTS} violations; {left_out} more are left out.");
        notification("warning", text)
    });
    let incomplete = words::incomplete(about).map(|text| notification("error", text));
    incomplete.into_iter().chain(exempt).chain(left_out).collect()
}

fn properties<const N: usize>(values: [(&str, Value); N]) -> sarif::PropertyBag {
    let values: BTreeMap<String, Value> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    sarif::PropertyBag::builder().additional_properties(values).build()
}

/// A level as SARIF has it.
fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice | Level::Off => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render, render_incomplete};
    use crate::rules;

    fn run(entries: &[Entry]) -> Value {
        let mut log: Value = serde_json::from_str(&render::<Sarif>(entries)).unwrap();
        log["runs"][0].take()
    }

    #[test]
    fn github_takes_the_texts_of_every_rule() {
        for rule in rules::ALL {
            assert!(rule.summary.len() < 1024 && rule.reason.len() <= 1024, "{}", rule.id);
            assert!(rule.summary.starts_with(|c: char| c.is_ascii_lowercase()), "{}", rule.id);
        }
    }

    #[test]
    fn exempt_violations_are_counted_and_frozen_ones_are_told_from_new_ones() {
        let run = run(&entries());
        let states: Vec<&Value> = run["results"].as_array().unwrap().iter().map(|it| &it["baselineState"]).collect();
        assert_eq!(states, ["new", "unchanged"]);
        let notifications = &run["invocations"][0]["toolExecutionNotifications"];
        assert_eq!(notifications[0]["message"]["text"], "Not among the results: 1 exempt violation.");
        assert_eq!(notifications.as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_failure_is_no_successful_execution() {
        let log: Value = serde_json::from_str(&render_incomplete::<Sarif>(&[])).unwrap();
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    }

    #[test]
    fn a_rule_that_is_not_in_force_is_described_as_well() {
        let [first, ..] = entries();
        let rule = rules::find("misnamed_table").unwrap();
        let run = run(&[Entry { rule, ..first }]);
        let index = usize::try_from(run["results"][0]["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "misnamed_table");
    }

    #[test]
    fn a_name_does_not_become_a_link() {
        let [first, ..] = entries();
        let run = run(&[Entry { message: "table \"[x](1)\" is bad".to_owned(), ..first }]);
        let text = run["results"][0]["message"]["text"].as_str().unwrap().to_owned();
        assert!(text.starts_with("table \"[x] (1)\" is bad."), "{text}");
    }
}
