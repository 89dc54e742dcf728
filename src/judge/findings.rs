//! Runs the rules over a state, and keeps what is new and not exempt.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ancestors::Ancestors;
use super::compare::{ViolationKey, are_new};
use super::exemptions::{NamedExemptions, are_exempt, exempts_name, is_about_exempt, is_exempt, is_named_exemption};
use super::fingerprints::set_fingerprints;
use crate::facts::{Relation, Transaction};
use crate::predicates::tables::is_migration_table;
use crate::rule::{Catalog, Check, Context, Edit, Finding, Moment, ObjectId, Rule, Target, fault};
use crate::rules;
use crate::settings::{Level, Settings};

/// What a rule has found, and the level at which it is reported.
pub struct RuleFinding {
    pub rule: &'static Rule,
    pub level: Level,
    pub finding: Finding,
    /// Empty until it is known that the finding is reported, or written to the journal.
    pub fingerprint: String,
    /// The exemption that covers it, so that it is not reported.
    pub exemption: Option<i64>,
}

/// What the rules find in one state, or what a change adds to it.
#[derive(Default)]
pub struct Findings {
    /// The violations that were found; none where the target is exempt.
    pub findings: Vec<RuleFinding>,
    /// What somebody has written an exemption for, if the journal is kept.
    pub exempt: Vec<RuleFinding>,
    /// A finding names a data type, or may do so where an exempt relation was not looked at, or rules leave out what they
    /// find in a migration table. Tables and types built on this row type must be checked, too.
    pub may_concern_row_type: bool,
}

/// A relation before a change, and the catalogs at that moment.
pub type Before = (Relation, Rc<dyn Catalog>);

/// Every violation of the rules that are checked at this moment.
pub fn find(target: Target<'_>, moment: Moment, context: &Context<'_>) -> Findings {
    let mut found = find_unfiltered(target, |rule| rule.moment == moment, context);
    let is_kept = vec![true; found.findings.len()];
    complete(&mut found, is_kept, target, context);
    found
}

/// Every violation of the wanted rules that there is in a relation, whichever moment they are checked at, without asking
/// for the exemptions that people have written down.
pub fn find_standing(
    relation: &Relation,
    is_wanted: impl Fn(&Rule) -> bool,
    context: &Context<'_>,
) -> Vec<RuleFinding> {
    let mut findings = find_unfiltered(Target::Relation(relation), is_wanted, context).findings;
    if findings.is_empty() || are_exempt(Target::Relation(relation), context) {
        return Vec::new();
    }
    let is_kept = vec![true; findings.len()];
    set_fingerprints(&mut findings, &is_kept, Target::Relation(relation), context);
    findings
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
    let mut found = find_unfiltered(Target::Relation(after), |rule| rule.moment == moment, context);
    found.may_concern_row_type = found.may_concern_row_type || is_migration_table(after, context);
    if found.findings.is_empty() {
        return (found, None);
    }
    let mut is_new = vec![true; found.findings.len()];
    let before = read_before().map(|(before, catalog)| {
        let context = Context { settings: context.settings, catalog: &*catalog };
        is_new = find_out_what_is_new(&found.findings, after, &before, moment, &context);
        before
    });
    complete(&mut found, is_new, Target::Relation(after), context);
    (found, before)
}

/// What the fixes at the commit will want of a relation that a statement has made, as far as it is known by now.
pub fn find_coming_edits(relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let found = find(Target::Relation(relation), Moment::Commit, context).findings;
    found.iter().flat_map(|found| (found.rule.fix)(&found.finding, relation, context)).collect()
}

/// Whether a relation has no violation at all, old or new.
pub fn is_clean(relation: &Relation, moment: Moment, context: &Context<'_>) -> bool {
    find_unfiltered(Target::Relation(relation), |rule| rule.moment == moment, context).findings.is_empty()
}

/// What a relation violates, old and new, without asking what is exempt in it.
pub fn find_keys(relation: &Relation, moment: Moment, context: &Context<'_>) -> Vec<ViolationKey> {
    let found = find_unfiltered(Target::Relation(relation), |rule| rule.moment == moment, context);
    let key = |found: &RuleFinding| ViolationKey::of(found.rule.id, &found.finding, relation.address());
    found.findings.iter().map(key).collect()
}

/// Whether a rule that is checked at this moment is in force.
pub fn is_moment_in_force(settings: &Settings, moment: Moment) -> bool {
    rules::in_force(settings).any(|(rule, _)| rule.moment == moment)
}

/// Whether a rule about transactions is in force.
pub fn is_transaction_checked(settings: &Settings) -> bool {
    rules::in_force(settings).any(|(rule, _)| matches!(rule.check, Check::Transaction(_)))
}

/// Every violation of the wanted rules, but for those in a relation that is exempt by its name.
fn find_unfiltered(target: Target<'_>, is_wanted: impl Fn(&Rule) -> bool, context: &Context<'_>) -> Findings {
    let mut found = Findings::default();
    let was_run = run_rules(target, context, is_wanted, |rule, level, findings| {
        found.may_concern_row_type |= findings.iter().any(|finding| finding.data_type.is_some());
        let violations = findings.drain(..).filter(|finding| !finding.baseline_only);
        found.findings.extend(violations.map(|finding| {
            let level = level.min(finding.max_level);
            RuleFinding { rule, level, finding, fingerprint: String::new(), exemption: None }
        }));
    });
    found.may_concern_row_type |= !was_run;
    found
}

/// Finds out which violations the relation did not have in an earlier state. In a state in which it was exempt it had
/// none, and what it had from a parent counts only as far as it was reported there: a table that leaves its parent is
/// checked as if it was just made. Nor does what was exempt under a name that it has lost since count.
fn find_out_what_is_new(
    findings: &[RuleFinding],
    after: &Relation,
    before: &Relation,
    moment: Moment,
    context: &Context<'_>,
) -> Vec<bool> {
    let mut is_new = vec![true; findings.len()];
    let ancestors = Ancestors::of(before, context);
    let has_finding = |rule: &Rule| findings.iter().any(|finding| finding.rule.id == rule.id);
    let is_renamed = LazyCell::new(|| has_other_names(before, after));
    run_rules(
        Target::Relation(before),
        context,
        |rule| rule.moment == moment && has_finding(rule),
        |rule, _, old| {
            let of_rule = || (0..findings.len()).filter(|at| findings[*at].rule.id == rule.id);
            let of_after: Vec<&Finding> = of_rule().map(|at| &findings[at].finding).collect();
            ancestors.retain_answered(rule, old);
            if !old.is_empty() && *is_renamed {
                old.retain(|finding| {
                    finding.baseline_only || !is_named_exemption(rule, finding, &before.name, context)
                });
            }
            for (at, new) in of_rule().zip(are_new(&of_after, old)) {
                is_new[at] = new;
            }
        },
    );
    if is_new.contains(&false) && context.catalog.belongs_to_superuser_extension(before.address()) {
        is_new.fill(true);
    }
    is_new
}

/// Whether a relation or one of its parts has got another name.
fn has_other_names(before: &Relation, after: &Relation) -> bool {
    before.name != after.name || {
        let new: BTreeMap<ObjectId, &str> = part_names(after).collect();
        part_names(before).any(|(id, name)| new.get(&id).is_some_and(|other| *other != name))
    }
}

/// The names of a relation's parts.
fn part_names(relation: &Relation) -> impl Iterator<Item = (ObjectId, &str)> {
    let columns = relation.columns.iter().map(|it| (ObjectId::Column(it.number), it.name.as_str()));
    let constraints = relation.constraints.iter().map(|it| (ObjectId::Constraint(it.oid), it.name.as_str()));
    let indexes = relation.indexes.iter().map(|it| (ObjectId::Index(it.oid), it.name.as_str()));
    columns.chain(constraints).chain(indexes)
}

/// Runs the wanted rules and gives each one's findings to `take`; false where the target is exempt by its name and no rule
/// was run.
fn run_rules(
    target: Target<'_>,
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
    for (rule, level) in rules::in_force(context.settings).filter(|(rule, _)| is_wanted(rule)) {
        context.catalog.check_for_interrupts();
        fault::point("a rule");
        rule.check.run(target, context, &mut findings);
        if !findings.is_empty() {
            take(rule, level, &mut findings);
            findings.clear();
        }
    }
    true
}

/// Removes the findings that are not kept, sets the exempt ones apart, and gives the others their fingerprints. Finding out
/// what is exempt takes a look into the catalogs or the parse tree, so it is done only if there are violations.
fn complete(found: &mut Findings, mut is_kept: Vec<bool>, target: Target<'_>, context: &Context<'_>) {
    let findings = &mut found.findings;
    if !is_kept.contains(&true) || are_exempt(target, context) {
        findings.clear();
        return;
    }
    let exemptions = NamedExemptions::new(target, context);
    for (found, is_kept) in findings.iter_mut().zip(&mut is_kept) {
        if *is_kept && !is_about_exempt(&found.finding, context.settings) {
            found.exemption = exemptions.find(found.rule, &mut found.finding);
            // Nobody asks for what is exempt but the journal.
            *is_kept = found.exemption.is_none() || context.settings.journal;
        } else {
            *is_kept = false;
        }
    }
    set_fingerprints(findings, &is_kept, target, context);
    let mut is_kept = is_kept.into_iter();
    findings.retain(|_| is_kept.next().unwrap_or(true));
    if context.settings.journal {
        found.exempt = findings.extract_if(.., |found| found.exemption.is_some()).collect();
    }
}
