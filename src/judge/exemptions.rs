//! What is never checked.

use std::cell::OnceCell;

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
    find_named_exemption(rule, finding, relation, context).is_some()
}

/// The exemption that somebody has written down for a finding of a rule in this relation, the first if there are several.
fn find_named_exemption(
    rule: &Rule,
    finding: &Finding,
    relation: &QualifiedName,
    context: &Context<'_>,
) -> Option<i64> {
    let exemptions = context.catalog.exemptions();
    exemptions.of(rule.id, relation, finding.object_name()).map(|exemption| exemption.id).next()
}

/// The relations by which the findings about a statement or a transaction as a whole are exempt: those that the statement is
/// about. There are none where it is about something else.
fn relations_of_statement(target: Target<'_>) -> Vec<QualifiedName> {
    match target {
        Target::Intent(intent) => (intent.relations)().unwrap_or_default(),
        Target::Relation(_) | Target::Transaction(_) => Vec::new(),
    }
}

/// Which of the findings in a target somebody has written an exemption for. A statement is exempt where all the relations
/// that it is about are.
pub struct NamedExemptions<'a> {
    target: Target<'a>,
    context: &'a Context<'a>,
    relations_of_statement: OnceCell<Vec<QualifiedName>>,
}

impl<'a> NamedExemptions<'a> {
    pub fn new(target: Target<'a>, context: &'a Context<'a>) -> Self {
        Self { target, context, relations_of_statement: OnceCell::new() }
    }

    /// The exemption of a finding of a rule; `None` if it is not exempt. Notes in the finding by which relation it could be.
    pub fn find(&self, rule: &Rule, finding: &mut Finding) -> Option<i64> {
        let relation = finding.relation_name(self.target);
        if !relation.name.is_empty() {
            return find_named_exemption(rule, finding, &relation, self.context);
        }
        let relations = self.relations_of_statement.get_or_init(|| relations_of_statement(self.target));
        let find = |name: &QualifiedName| find_named_exemption(rule, finding, name, self.context);
        let open = relations.iter().find(|name| find(name).is_none());
        let exemption = relations.first().filter(|_| open.is_none()).and_then(find);
        finding.relation_of_statement = open.or(relations.first()).cloned();
        exemption
    }
}

/// Whether a finding is reported for an exempt relation.
pub fn is_about_exempt(finding: &Finding, settings: &Settings) -> bool {
    finding.reported_for.as_ref().is_some_and(|name| exempts_name(settings, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;
    use crate::testing::{FakeCatalog, settings};

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

    #[test]
    fn a_statement_is_exempt_where_all_its_relations_are() {
        let rule = rules::find("direct_ddl").unwrap();
        let catalog = FakeCatalog::new().exempting(rule.id, "a, b", None).exempting(rule.id, "c", Some("x"));
        let settings = settings(&[]);
        let context = Context { settings: &settings, catalog: &catalog };
        let judge = |names: Option<&[&str]>| {
            let relations = || names.map(|names| names.iter().map(|name| QualifiedName::new("s", *name)).collect());
            let intent = Intent { relations: &relations, ..Intent::default() };
            let mut finding = Finding::relation(String::new());
            let exemption = NamedExemptions::new(Target::Intent(&intent), &context).find(rule, &mut finding);
            (exemption.is_some(), finding.relation_of_statement.map(|name| name.name))
        };
        assert_eq!(judge(Some(&["a", "b"])), (true, Some("a".to_owned())));
        assert_eq!(judge(Some(&["a", "d", "e"])), (false, Some("d".to_owned())));
        assert_eq!(judge(Some(&["c"])), (false, Some("c".to_owned())), "only a part of it is exempt");
        assert_eq!(judge(Some(&[])), (false, None));
        assert_eq!(judge(None), (false, None));
    }
}
