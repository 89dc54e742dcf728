//! Whether settings exempt a name, and whether names fit the pattern that a setting gives for them.

use crate::facts::{QualifiedName, Relation};
use crate::rule::Finding;
use crate::settings::Settings;
use crate::settings::name_pattern::{NamePattern, Placeholders};
use crate::settings::shared::{EXEMPT_SCHEMAS, EXEMPT_TABLES};

/// Whether nothing in a schema of this name is checked.
pub fn exempts_schema(settings: &Settings, schema: &str) -> bool {
    let is_internal = schema.starts_with("pg_") || schema == "information_schema" || schema == "guardrail";
    is_internal || settings.option(&EXEMPT_SCHEMAS).matches(schema)
}

/// Whether a relation is never checked because of its schema or its name.
pub fn exempts_name(settings: &Settings, name: &QualifiedName) -> bool {
    exempts_schema(settings, &name.schema) || settings.option(&EXEMPT_TABLES).matches_relation(name)
}

/// Adds a finding if a relation's own name does not fit a pattern without placeholders.
pub fn check_relation_name(relation: &Relation, pattern: &NamePattern, findings: &mut Vec<Finding>) {
    let name = &relation.name.name;
    if !pattern.fits(name, &Placeholders::default()) {
        let (noun, text) = (relation.kind.noun(), pattern.text());
        let message = format!("name of {noun} \"{}\" does not fit the pattern \"{text}\"", relation.name);
        findings.push(Finding::relation(message).with_cause(name));
    }
}
