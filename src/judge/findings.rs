//! Runs the rules over a state, and keeps what is new and not exempt.

use std::rc::Rc;

use super::ancestors::Ancestors;
use super::compare::are_new;
use super::exemptions::{exempts_name, is_about_exempt, is_exempt, is_exempt_intent};
use crate::facts::{Relation, Transaction};
use crate::rule::{Catalog, Context, Finding, Moment, Rule, Target};
use crate::rules;
use crate::settings::{Level, Settings};

/// What a rule has found, and the level at which it is reported.
pub struct RuleFinding {
    pub rule: &'static Rule,
    pub level: Level,
    pub finding: Finding,
}

/// What the rules find in one state, or what a change adds to it.
#[derive(Default)]
pub struct Findings {
    /// The violations that were found; none where the target is exempt.
    pub findings: Vec<RuleFinding>,
    /// A finding names a data type, or may do so where an exempt relation was not looked at. Tables and types built on
    /// this row type must be checked, too.
    pub may_concern_row_type: bool,
}

/// A relation before a change, and the catalogs at that moment.
pub type Before = (Relation, Rc<dyn Catalog>);

/// Every violation of the rules that are checked at this moment.
pub fn find(target: Target<'_>, moment: Moment, context: &Context<'_>) -> Findings {
    let mut found = find_unfiltered(target, moment, context);
    retain_not_exempt(&mut found.findings, target, context);
    found
}

/// Every violation of the rules about transactions. `changed` gives the relations that the transaction created, changed or
/// dropped; it is called only when a rule asks.
pub fn find_in_transaction(changed: &dyn Fn() -> Vec<Relation>, context: &Context<'_>) -> Findings {
    let is_checked = |relation: &Relation| relation.kind.is_table() && !is_exempt(relation, context);
    let changed_tables = || changed().into_iter().filter(is_checked).map(|table| table.name).collect();
    find(Target::Transaction(&Transaction { changed_tables: &changed_tables }), Moment::Commit, context)
}

/// The violations that a change has added to a relation, and the relation before it. The state before is only read where
/// there is something to compare.
pub fn find_new(
    after: &Relation,
    moment: Moment,
    context: &Context<'_>,
    read_before: impl FnOnce() -> Option<Before>,
) -> (Findings, Option<Relation>) {
    let mut found = find_unfiltered(Target::Relation(after), moment, context);
    if found.findings.is_empty() {
        return (found, None);
    }
    let before = read_before().map(|(before, catalog)| {
        let context = Context { settings: context.settings, catalog: &*catalog };
        retain_new(&mut found.findings, &before, moment, &context);
        before
    });
    retain_not_exempt(&mut found.findings, Target::Relation(after), context);
    (found, before)
}

/// Whether a relation has no violation at all, old or new.
pub fn is_clean(relation: &Relation, moment: Moment, context: &Context<'_>) -> bool {
    find_unfiltered(Target::Relation(relation), moment, context).findings.is_empty()
}

/// Whether a rule that is checked at this moment is in force.
pub fn is_moment_in_force(settings: &Settings, moment: Moment) -> bool {
    rules::in_force(settings).any(|(rule, _)| rule.moment == moment)
}

/// Every violation, but for those in a relation that is exempt by its name.
fn find_unfiltered(target: Target<'_>, moment: Moment, context: &Context<'_>) -> Findings {
    let mut found = Findings::default();
    let was_run = run_rules(
        target,
        moment,
        context,
        |_| true,
        |rule, level, findings| {
            found.may_concern_row_type |= findings.iter().any(|finding| finding.data_type.is_some());
            let violations = findings.drain(..).filter(|finding| !finding.baseline_only);
            found.findings.extend(violations.map(|finding| RuleFinding {
                rule,
                level: level.min(finding.max_level),
                finding,
            }));
        },
    );
    found.may_concern_row_type |= !was_run;
    found
}

/// Retains the violations that the relation did not have in an earlier state. In a state in which it was exempt it had
/// none, and what it had from a parent counts only as far as it was reported there: a table that leaves its parent is
/// checked as if it was just made.
fn retain_new(findings: &mut Vec<RuleFinding>, before: &Relation, moment: Moment, context: &Context<'_>) {
    let mut is_new = vec![true; findings.len()];
    let ancestors = Ancestors::of(before, context);
    let has_finding = |rule: &Rule| findings.iter().any(|finding| finding.rule.id == rule.id);
    run_rules(Target::Relation(before), moment, context, has_finding, |rule, _, old| {
        let of_rule = || (0..findings.len()).filter(|at| findings[*at].rule.id == rule.id);
        let of_after: Vec<&Finding> = of_rule().map(|at| &findings[at].finding).collect();
        ancestors.retain_answered(rule, old);
        for (at, new) in of_rule().zip(are_new(&of_after, old)) {
            is_new[at] = new;
        }
    });
    let mut is_new = is_new.into_iter();
    findings.retain(|_| is_new.next().unwrap_or(true));
}

/// Runs the wanted rules of this moment and gives each one's findings to `take`; false where the target is exempt by its
/// name and no rule was run.
fn run_rules(
    target: Target<'_>,
    moment: Moment,
    context: &Context<'_>,
    is_wanted: impl Fn(&Rule) -> bool,
    mut take: impl FnMut(&'static Rule, Level, &mut Vec<Finding>),
) -> bool {
    if let Target::Relation(relation) = target
        && exempts_name(context.settings, &relation.name)
    {
        return false;
    }
    let mut findings = Vec::new();
    for (rule, level) in rules::in_force(context.settings).filter(|(rule, _)| rule.moment == moment && is_wanted(rule))
    {
        context.catalog.check_for_interrupts();
        rule.check.run(target, context, &mut findings);
        if !findings.is_empty() {
            take(rule, level, &mut findings);
            findings.clear();
        }
    }
    true
}

/// Removes exempt violations. Finding out takes a look into the catalogs or the parse tree, so it is done only if there are
/// violations.
fn retain_not_exempt(findings: &mut Vec<RuleFinding>, target: Target<'_>, context: &Context<'_>) {
    if findings.is_empty() {
        return;
    }
    let settings = context.settings;
    let is_exempt = match target {
        Target::Relation(relation) => context.catalog.belongs_to_superuser_extension(relation.address()),
        Target::Intent(intent) => is_exempt_intent(intent, settings),
        Target::Transaction(_) => false,
    };
    findings.retain(|found| !is_exempt && !is_about_exempt(&found.finding, settings));
}
