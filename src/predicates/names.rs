//! Whether names fit the pattern that a setting gives for them.

use crate::facts::Relation;
use crate::rule::Finding;
use crate::settings::name_pattern::{NamePattern, Placeholders};

/// Adds a finding if a relation's own name does not fit a pattern without placeholders.
pub fn check_relation_name(relation: &Relation, pattern: &NamePattern, findings: &mut Vec<Finding>) {
    let name = &relation.name.name;
    if !pattern.fits(name, &Placeholders::default()) {
        let (noun, text) = (relation.kind.noun(), pattern.text());
        let message = format!("name of {noun} \"{}\" does not fit the pattern \"{text}\"", relation.name);
        findings.push(Finding::relation(message).with_cause(name));
    }
}
