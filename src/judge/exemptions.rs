//! What is never checked.

use crate::facts::{Intent, QualifiedName, Relation};
pub use crate::predicates::names::{exempts_name, exempts_schema};
use crate::rule::{Context, Finding, Rule, Target};
use crate::settings::Settings;

/// Whether a relation is never checked, for any reason.
pub fn is_exempt(relation: &Relation, context: &Context<'_>) -> bool {
    exempts_name(context.settings, &relation.name) || context.catalog.belongs_to_superuser_extension(relation.address())
}

/// Whether a statement is about temporary and exempt relations alone.
fn is_exempt_intent(intent: &Intent<'_>, settings: &Settings) -> bool {
    (intent.relations)().is_some_and(|relations| relations.iter().all(|name| exempts_name(settings, name)))
}

/// Whether nothing about a target is checked: a relation that belongs to an extension, or a statement about exempt
/// relations alone.
pub fn are_exempt(target: Target<'_>, context: &Context<'_>) -> bool {
    match target {
        Target::Relation(relation) => context.catalog.belongs_to_superuser_extension(relation.address()),
        Target::Intent(intent) => is_exempt_intent(intent, context.settings),
        Target::Transaction(_) => false,
    }
}

/// Whether somebody has written down an exemption for a finding of a rule in this relation.
pub fn is_named_exemption(rule: &Rule, finding: &Finding, relation: &QualifiedName, context: &Context<'_>) -> bool {
    context.catalog.exemptions().cover(rule.id, relation, finding.object_name())
}

/// Whether a finding is reported for an exempt relation.
pub fn is_about_exempt(finding: &Finding, settings: &Settings) -> bool {
    finding.reported_for.as_ref().is_some_and(|name| exempts_name(settings, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    #[test]
    fn exemptions_match_whole_names() {
        let settings = settings(&[("exempt_schemas", "audit_.*"), ("exempt_tables", r"tmp_.*, app\.Log")]);
        let is_exempt = |schema, name| exempts_name(&settings, &QualifiedName::new(schema, name));
        for (schema, name) in
            [("audit_2024", "x"), ("pg_catalog", "x"), ("guardrail", "x"), ("public", "tmp_1"), ("app", "Log")]
        {
            assert!(is_exempt(schema, name), "{schema}.{name}");
        }
        for (schema, name) in [("my_audit_2024", "x"), ("public", "Log"), ("public", "not_tmp_1")] {
            assert!(!is_exempt(schema, name), "{schema}.{name}");
        }
    }
}
