//! From findings to violations that say everything a person needs.

use std::borrow::Cow;

use super::Occasion;
use super::findings::{RuleFinding, find_coming_edits};
use crate::facts::{Relation, RelationKind};
use crate::fix;
use crate::rule::{Check, Context, Edit, Finding, Fix, FixApplies, Object, Rule, Violation};
use crate::settings::{Level, Mode};
use crate::sql;

/// What was found in one relation, or in a statement or a transaction as a whole.
pub struct FindingGroup {
    /// The relation before the change, if it was there.
    pub before: Option<Relation>,
    /// The relation after the change; an empty one for a statement or a transaction.
    pub after: Relation,
    pub findings: Vec<RuleFinding>,
}

/// A violation that is not reported, because somebody has written an exemption for it.
pub struct Exempt {
    pub violation: Violation,
    pub exemption: i64,
}

/// How the fixes of these violations can be applied.
fn find_application(groups: &[FindingGroup], mode: Mode, occasion: Occasion<'_>) -> FixApplies {
    let mut violations = groups.iter().flat_map(|group| &group.findings);
    let refuses =
        mode == Mode::Enforce && !occasion.is_audit() && violations.any(|violation| violation.level == Level::Error);
    match refuses {
        false => FixApplies::InPlace,
        true if occasion.is_commit() => FixApplies::SameTransaction,
        true => FixApplies::Instead,
    }
}

/// Describes the violations of all groups: those of a statement or a transaction as a whole first, then relation by
/// relation in the order of their names, but such that their fixes can be run one after the other.
pub fn describe(mut groups: Vec<FindingGroup>, occasion: Occasion<'_>, context: &Context<'_>) -> Vec<Violation> {
    let applies = find_application(&groups, context.settings.mode, occasion);
    groups.sort_by(|a, b| a.after.name.cmp(&b.after.name));
    let names = fix::Names::new(*context);
    let mut room = fix::Room::default();
    let mut violations = Vec::new();
    for group in groups {
        violations.extend(describe_group(group, applies, occasion, &names, &mut room, context));
    }
    violations.sort_by_key(|violation| violation.fix.phase);
    violations
}

fn describe_group(
    group: FindingGroup,
    applies: FixApplies,
    occasion: Occasion<'_>,
    names: &fix::Names<'_>,
    room: &mut fix::Room,
    context: &Context<'_>,
) -> Vec<Violation> {
    let FindingGroup { before, after, findings } = group;
    let findings = merge_listed(findings);
    let wish = |found: &RuleFinding| {
        context.catalog.check_for_interrupts();
        fix::Wish { level: found.level, edits: (found.rule.fix)(&found.finding, &after, context) }
    };
    context.catalog.take_unread();
    let wishes: Vec<fix::Wish> = findings.iter().map(wish).collect();
    // All fixes of a command are run together, also those that its commit adds.
    let is_run_with_those_of_commit = before.is_none()
        && occasion.is_alone
        && applies == FixApplies::InPlace
        && !occasion.is_commit()
        && wishes.iter().flat_map(|wish| &wish.edits).any(Edit::chooses_name);
    let coming = if is_run_with_those_of_commit { find_coming_edits(&after, context) } else { Vec::new() };
    let (before, is_query) = (before.as_ref(), occasion.is_query());
    let change = fix::Change { base: *context, before, after: &after, applies, is_query, coming: &coming };
    let mut fixes = fix::plan(&wishes, change, names, room);
    if context.catalog.take_unread() {
        fixes.fill(fix_of_changing(&after));
    }
    let describe = |(found, fix)| complete(found, fix, &after, context);
    findings.into_iter().zip(fixes).map(describe).collect()
}

/// Describes what is exempt in a relation, or in a statement or a transaction as a whole, each with its exemption. Nobody is
/// told how to fix it.
pub fn describe_exempt(findings: Vec<RuleFinding>, after: &Relation, context: &Context<'_>) -> Vec<Exempt> {
    let describe = |found: RuleFinding| {
        let exemption = found.exemption?;
        Some(Exempt { violation: complete(found, Fix::default(), after, context), exemption })
    };
    merge_listed(findings).into_iter().filter_map(describe).collect()
}

/// The fix of what another session is changing at this moment, so that nobody can tell how to fix it.
fn fix_of_changing(relation: &Relation) -> Fix {
    let name = sql::quote_qualified(&relation.name);
    Fix::by_hand(&format!("Another session changes {} {name}. Its fixes can be told afterwards.", relation.kind.noun()))
}

/// Merges the findings that a rule reports as a list. The order of the rules remains.
fn merge_listed(findings: Vec<RuleFinding>) -> Vec<RuleFinding> {
    let mut merged = Vec::new();
    let mut rest = findings.into_iter().peekable();
    while let Some(RuleFinding { rule, level, finding, fingerprint, exemption }) = rest.next() {
        if finding.listing.is_none() {
            merged.push(RuleFinding { rule, level, finding, fingerprint, exemption });
            continue;
        }
        // The findings of one list have the same fingerprint.
        let mut of_list = vec![finding];
        let is_same = |next: &RuleFinding| {
            (next.rule.id, next.level, &next.fingerprint, next.exemption) == (rule.id, level, &fingerprint, exemption)
        };
        while let Some(next) = rest.next_if(is_same) {
            of_list.push(next.finding);
        }
        let of_list = Finding::merge_listed(of_list).into_iter();
        let with = |finding| RuleFinding { rule, level, finding, fingerprint: fingerprint.clone(), exemption };
        merged.extend(of_list.map(with));
    }
    merged
}

/// The kind of the object that a rule has found something in. `relation` is an empty one for a statement or a transaction.
pub fn object_kind(rule: &Rule, object: &Object, relation: &Relation) -> &'static str {
    match (rule.check, object) {
        (Check::Transaction(_), _) => "transaction",
        (Check::Intent(_), _) => "statement",
        (Check::Relation(_), _) if relation.kind == RelationKind::Domain => "domain",
        (Check::Relation(_), Object::Relation) => relation.kind.noun(),
        (Check::Relation(_), Object::Column { .. }) => "column",
        (Check::Relation(_), Object::Constraint { .. }) => "constraint",
        (Check::Relation(_), Object::Index { .. }) => "index",
    }
}

/// Completes a finding to a violation of this relation.
fn complete(violation: RuleFinding, fix: Fix, relation: &Relation, context: &Context<'_>) -> Violation {
    let RuleFinding { rule, level, finding, fingerprint, .. } = violation;
    let data_type = finding.data_type.map(|oid| context.catalog.type_name(oid));
    let object_kind = object_kind(rule, &finding.object, relation);
    let (mut column, mut constraint, mut index) = (None, None, None);
    match finding.object {
        Object::Relation => {}
        // The value of a domain is no column.
        Object::Column { .. } if relation.kind == RelationKind::Domain => {}
        Object::Column { name, .. } => column = Some(name),
        Object::Constraint { name, .. } => constraint = Some(name),
        Object::Index { name, .. } => index = Some(name),
    }
    Violation {
        rule: rule.id,
        level,
        moment: rule.moment,
        object_kind,
        is_table: finding.reported_for.is_some() || relation.kind.is_table(),
        relation: finding.reported_for.unwrap_or_else(|| relation.name.clone()),
        column,
        constraint,
        index,
        data_type,
        lacks: finding.lacks,
        relation_of_statement: finding.relation_of_statement,
        message: sql::on_one_line(&finding.message).into_owned(),
        reason: finding.reason.map_or(Cow::Borrowed(rule.reason), Cow::Owned),
        fix,
        fingerprint,
        is_certain: finding.is_certain,
    }
}
