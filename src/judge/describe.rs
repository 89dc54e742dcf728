//! From findings to violations that say everything a person needs.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::findings::RuleFinding;
use crate::facts::{AttrNumber, QualifiedName, Relation, RelationKind};
use crate::rule::{Check, ChosenNames, Context, Finding, FixContext, Object, Violation};
use crate::settings::{Level, Mode};
use crate::sql;

/// The fixes of one statement or transaction are no longer than this together, in bytes. Most are a few hundred bytes
/// long; but a statement can break a rule thousands of times, and a fix can be as long as the definition of a table.
const MAX_FIXES_LENGTH: usize = 1 << 20;

/// Stands in the place of the fixes that would be too much.
const LEFT_OUT: &str = "The fix is left out: the fixes of this statement are too long together.";

/// What was found in one relation, or in a statement or a transaction as a whole.
pub struct FindingGroup {
    /// The relation before the change, if it was there.
    pub before: Option<Relation>,
    /// The relation after the change; an empty one for a statement or a transaction.
    pub after: Relation,
    pub findings: Vec<RuleFinding>,
}

/// Whether one of these violations refuses the statement or the transaction.
fn refuses(groups: &[FindingGroup], mode: Mode) -> bool {
    let mut violations = groups.iter().flat_map(|group| &group.findings);
    mode == Mode::Enforce && violations.any(|violation| violation.level == Level::Error)
}

/// Describes the violations of all groups, those of a statement or a transaction as a whole first, then relation by
/// relation in the order of their names. `at_commit` says that the transaction is checked: the fixes are run in it,
/// behind the statements that are refused with it.
pub fn describe(mut groups: Vec<FindingGroup>, at_commit: bool, context: &Context<'_>) -> Vec<Violation> {
    let refused = refuses(&groups, context.settings.mode) && !at_commit;
    groups.sort_by(|a, b| a.after.name.cmp(&b.after.name));
    let mut room = MAX_FIXES_LENGTH;
    groups.into_iter().flat_map(|group| describe_group(group, refused, &mut room, context)).collect()
}

/// `room` is how long the fixes may yet be.
fn describe_group(group: FindingGroup, refused: bool, room: &mut usize, context: &Context<'_>) -> Vec<Violation> {
    let FindingGroup { before, mut after, findings } = group;
    let name = after.name.clone();
    // What is refused leaves the relation under the name it had.
    if let Some(before) = before.as_ref().filter(|_| refused) {
        after.name.clone_from(&before.name);
    }
    let column = |found: &RuleFinding| match found.finding.object {
        Object::Column { number, .. } => Some(number),
        _ => None,
    };
    let columns_with_fixes: BTreeSet<AttrNumber> = findings.iter().filter_map(column).collect();
    let columns_with_fixes: Vec<AttrNumber> = columns_with_fixes.into_iter().collect();
    let findings = merge_listed(findings);
    let context = FixContext {
        base: *context,
        relation: &after,
        before: before.as_ref(),
        added_columns: &added_columns(before.as_ref(), &after),
        columns_with_fixes: &columns_with_fixes,
        chosen_names: &ChosenNames::default(),
        refused,
    };
    let fixes = fixes(&findings, room, &context);
    findings.into_iter().zip(fixes).map(|(finding, fix)| complete(finding, fix, &name, &context)).collect()
}

/// Merges the findings that a rule reports as a list. The order of the rules remains.
fn merge_listed(findings: Vec<RuleFinding>) -> Vec<RuleFinding> {
    let mut merged = Vec::new();
    let mut rest = findings.into_iter().peekable();
    while let Some(RuleFinding { rule, level, finding }) = rest.next() {
        let mut of_rule = vec![finding];
        while let Some(next) = rest.next_if(|next| next.rule.id == rule.id && next.level == level) {
            of_rule.push(next.finding);
        }
        let of_rule = Finding::merge_listed(of_rule).into_iter();
        merged.extend(of_rule.map(|finding| RuleFinding { rule, level, finding }));
    }
    merged
}

/// The columns that a change has added to a relation that existed before.
fn added_columns(before: Option<&Relation>, after: &Relation) -> Vec<AttrNumber> {
    let Some(before) = before else { return Vec::new() };
    let old: BTreeSet<AttrNumber> = before.columns.iter().map(|column| column.number).collect();
    after.columns.iter().map(|column| column.number).filter(|number| !old.contains(number)).collect()
}

/// A fix for each violation, such that they can be run one after the other: a column that has a fix of its own is left
/// to it, and what one of them removes needs no other.
fn fixes(violations: &[RuleFinding], room: &mut usize, context: &FixContext<'_>) -> Vec<String> {
    let mut removals: HashMap<&Object, Vec<&RuleFinding>> = HashMap::new();
    for violation in violations.iter().filter(|violation| violation.finding.fix_removes_object) {
        removals.entry(&violation.finding.object).or_default().push(violation);
    }
    let find_removal = |violation: &RuleFinding| {
        let removals = removals.get(&violation.finding.object)?;
        removals.iter().copied().find(|removal| removal.level >= violation.level)
    };
    let mut fix = |violation: &RuleFinding| {
        context.base.catalog.check_for_interrupts();
        let RuleFinding { rule, finding, .. } = find_removal(violation).unwrap_or(violation);
        let fix = if *room == 0 { String::new() } else { (rule.fix)(finding, context) };
        match room.checked_sub(fix.len()).filter(|_| *room > 0) {
            Some(rest) => {
                *room = rest;
                fix
            }
            None => {
                *room = 0;
                sql::comment(LEFT_OUT)
            }
        }
    };
    violations.iter().map(&mut fix).collect()
}

/// Completes a finding to a violation; `name` is the relation's name after the change.
fn complete(violation: RuleFinding, fix: String, name: &QualifiedName, context: &FixContext<'_>) -> Violation {
    let RuleFinding { rule, level, finding } = violation;
    let relation = context.relation;
    let data_type = finding.data_type.map(|oid| context.base.catalog.type_name(oid));
    let (mut column, mut constraint, mut index) = (None, None, None);
    let mut object_kind = match finding.object {
        Object::Relation => relation.kind.noun(),
        Object::Column { name, .. } => {
            column = Some(name);
            "column"
        }
        Object::Constraint { name, .. } => {
            constraint = Some(name);
            "constraint"
        }
        Object::Index { name, .. } => {
            index = Some(name);
            "index"
        }
    };
    match rule.check {
        Check::Transaction(_) => object_kind = "transaction",
        Check::Intent(_) => object_kind = "statement",
        Check::Relation(_) => {}
    }
    if relation.kind == RelationKind::Domain {
        (object_kind, column) = ("domain", None);
    }
    Violation {
        rule: rule.id,
        level,
        moment: rule.moment,
        object_kind,
        is_table: finding.reported_for.is_some() || relation.kind.is_table(),
        relation: finding.reported_for.unwrap_or_else(|| name.clone()),
        column,
        constraint,
        index,
        data_type,
        message: sql::on_one_line(&finding.message).into_owned(),
        reason: finding.reason.map_or(Cow::Borrowed(rule.reason), Cow::Owned),
        fix,
    }
}
