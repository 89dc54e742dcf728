//! A rule tried on facts.

use super::FakeCatalog;
use crate::facts::{Intent, QualifiedName, Relation, Transaction};
use crate::fix::{Change, Names, Room, Wish, plan};
use crate::rule::{Context, Edit, Finding, Fix, FixApplies, Moment, Rule, Target, Violation};
use crate::rules;
use crate::settings::{Level, Mode, Preset, Settings};

/// Settings with every rule at error, in mode `enforce`, with these options set.
pub fn settings(options: &[(&str, &str)]) -> Settings {
    let text_of = |at: usize| {
        let name = rules::OPTIONS[at].name();
        options.iter().find(|(option, _)| *option == name).map(|(_, text)| (*text).to_owned())
    };
    rules::settings(Mode::Enforce, Preset::Core, |_| Some(Level::Error), text_of)
}

/// A rule, the options that are set, and what the catalogs say.
pub struct Trial<'a> {
    rule: &'a Rule,
    settings: Settings,
    catalog: FakeCatalog,
}

impl<'a> Trial<'a> {
    /// Tries a rule with these options set, in a catalog that knows nothing special.
    pub fn of(rule: &'a Rule, options: &[(&str, &str)]) -> Self {
        Self { rule, settings: settings(options), catalog: FakeCatalog::new() }
    }

    /// With what the catalogs say.
    pub fn in_catalog(self, catalog: FakeCatalog) -> Self {
        Self { catalog, ..self }
    }

    /// What the rule finds in a relation.
    pub fn findings(&self, relation: &Relation) -> Vec<Finding> {
        self.run(Target::Relation(relation))
    }

    /// The messages about a relation.
    pub fn messages(&self, relation: &Relation) -> Vec<String> {
        messages(self.findings(relation))
    }

    /// What the rule finds in what a statement is about to do.
    pub fn findings_of_intent(&self, intent: &Intent<'_>) -> Vec<Finding> {
        self.run(Target::Intent(intent))
    }

    /// The messages about what a statement is about to do.
    pub fn messages_about_intent(&self, intent: &Intent<'_>) -> Vec<String> {
        messages(self.findings_of_intent(intent))
    }

    /// The messages about what a transaction has done.
    pub fn messages_about_transaction(&self, transaction: &Transaction<'_>) -> Vec<String> {
        messages(self.run(Target::Transaction(transaction)))
    }

    /// What should be different, so that the first violation of a relation is fixed.
    pub fn edits(&self, relation: &Relation) -> Vec<Edit> {
        let finding = self.findings(relation).into_iter().next().expect("a violation");
        self.edits_of(&finding, relation)
    }

    /// What should be different, so that a violation of a relation is fixed.
    pub fn edits_of(&self, finding: &Finding, relation: &Relation) -> Vec<Edit> {
        (self.rule.fix)(finding, relation, &self.context())
    }

    /// The fix of the first violation of a relation that is new: to run in place, or to write instead if `refused`.
    pub fn fix(&self, relation: &Relation, refused: bool) -> String {
        let finding = self.findings(relation).into_iter().next().expect("a violation");
        self.fix_of(&finding, relation, refused)
    }

    /// The fix in place of the first violation of a relation, and what to know before it is run.
    pub fn fix_with_caution(&self, relation: &Relation) -> (String, String) {
        let finding = self.findings(relation).into_iter().next().expect("a violation");
        let fix = self.plan_fix(&finding, relation, false);
        (fix.text(), fix.caution.unwrap_or_default())
    }

    /// The fix of a violation of a relation that is new.
    pub fn fix_of(&self, finding: &Finding, relation: &Relation, refused: bool) -> String {
        self.plan_fix(finding, relation, refused).text()
    }

    fn plan_fix(&self, finding: &Finding, relation: &Relation, refused: bool) -> Fix {
        let wishes = [Wish { level: Level::Error, edits: self.edits_of(finding, relation) }];
        let applies = if refused { FixApplies::Instead } else { FixApplies::InPlace };
        let change =
            Change { base: self.context(), before: None, after: relation, applies, is_query: false, coming: &[] };
        plan(&wishes, change, &Names::new(self.context()), &mut Room::default()).remove(0)
    }

    /// What the rule's check may look at.
    pub fn context(&self) -> Context<'_> {
        Context { settings: &self.settings, catalog: &self.catalog }
    }

    fn run(&self, target: Target<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.rule.check.run(target, &self.context(), &mut findings);
        findings.retain(|finding| !finding.baseline_only);
        findings
    }
}

fn messages(findings: Vec<Finding>) -> Vec<String> {
    findings.into_iter().map(|finding| finding.message).collect()
}

/// The messages of a rule about a relation.
pub fn messages_of(rule: &Rule, relation: &Relation, options: &[(&str, &str)]) -> Vec<String> {
    Trial::of(rule, options).messages(relation)
}

/// The SQL that fixes the first violation of a relation, as if the relation was new.
pub fn fix_of(rule: &Rule, relation: &Relation, options: &[(&str, &str)], refused: bool) -> String {
    Trial::of(rule, options).fix(relation, refused)
}

/// A violation of a rule, about a table.
pub fn violation(rule: &'static str) -> Violation {
    Violation {
        rule,
        level: Level::Error,
        moment: Moment::Statement,
        object_kind: "table",
        relation: QualifiedName::new("public", "t"),
        is_table: true,
        column: None,
        constraint: None,
        index: None,
        data_type: None,
        lacks: None,
        relation_of_statement: None,
        message: format!("{rule} in public.t"),
        reason: "It hurts.".into(),
        fix: Fix::default(),
        fingerprint: String::new(),
        is_certain: true,
    }
}
