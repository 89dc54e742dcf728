//! Facts and settings in, violations out: which rules are judged now, and which of their findings are new.

use std::collections::HashSet;

use crate::facts::{AttrNumber, Oid, QualifiedName, Relation, RelationKind};
use crate::rule::{
    Catalog, Check, CheckRelation, Context, Finding, FixContext, Intent, Object, Rule, Transaction, Violation,
};
use crate::rules;
use crate::settings::{Level, Mode, Settings};

/// The moments at which states of a relation are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The end of a statement.
    Statement,
    /// Just before the commit.
    Commit,
}

impl Moment {
    fn check(self, rule: &Rule) -> Option<CheckRelation> {
        match (self, rule.check) {
            (Self::Statement, Check::Statement(check)) | (Self::Commit, Check::Commit(check)) => Some(check),
            _ => None,
        }
    }
}

/// A relation at one moment, and the catalogs at that moment.
#[derive(Clone, Copy)]
pub struct State<'a> {
    pub relation: &'a Relation,
    pub catalog: &'a dyn Catalog,
}

/// A finding that is new.
pub struct Added {
    rule: &'static Rule,
    level: Level,
    finding: Finding,
}

impl Added {
    fn new(rule: &'static Rule, level: Level, finding: Finding) -> Self {
        Self { rule, level: level.min(finding.at_most), finding }
    }
}

/// What the rules find in one state.
pub struct Found {
    /// The violations; none where the relation is exempt.
    pub added: Vec<Added>,
    /// Something may be wrong with a type in it, also where it is exempt or not its own: then so may be what is made
    /// of its rows.
    pub concerns_types: bool,
}

/// What the rules of this moment find in a state.
pub fn found(state: State<'_>, moment: Moment, settings: &Settings) -> Found {
    let mut all = Found { added: Vec::new(), concerns_types: false };
    if settings.exempts(&state.relation.name) {
        all.concerns_types = true;
        return all;
    }
    let mut findings = Vec::new();
    for (rule, level) in settings.in_force() {
        if let Some(check) = moment.check(rule) {
            run(check, state, settings, &mut findings);
            all.concerns_types |= findings.iter().any(|finding| finding.data_type.is_some());
            let own = findings.drain(..).filter(|finding| !finding.inherited);
            all.added.extend(own.map(|finding| Added::new(rule, *level, finding)));
        }
    }
    all
}

/// Takes off what an earlier state had already. A state in which the relation was exempt had nothing.
pub fn take_off(added: &mut Vec<Added>, before: State<'_>, moment: Moment, settings: &Settings) {
    if settings.exempts(&before.relation.name) {
        return;
    }
    for rule in rules::ALL {
        if let Some(check) = moment.check(rule)
            && added.iter().any(|one| one.rule.id == rule.id)
        {
            let mut old = Vec::new();
            run(check, before, settings, &mut old);
            let (mine, others): (Vec<_>, Vec<_>) =
                std::mem::take(added).into_iter().partition(|one| one.rule.id == rule.id);
            let new = new_among(mine.iter().map(|one| &one.finding).collect(), &old);
            let is_new = |one: &Added| new.iter().any(|finding| std::ptr::eq(*finding, &one.finding));
            let keep: Vec<bool> = mine.iter().map(is_new).collect();
            added.extend(others);
            added.extend(mine.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(one, _)| one));
        }
    }
    let position = |one: &Added| rules::ALL.iter().position(|rule| rule.id == one.rule.id);
    added.sort_by_key(position);
}

/// Those of the findings that the old ones do not account for. By another name and identity an object is only
/// known where an old one is gone: each of those accounts for one.
fn new_among<'a>(findings: Vec<&'a Finding>, old: &[Finding]) -> Vec<&'a Finding> {
    let known = Known::of(old.iter());
    let there = Known::of(findings.iter().copied());
    let mut gone: Vec<_> = old.iter().filter(|one| !there.has(one)).map(|one| (&one.fault, &one.alias)).collect();
    let mut new: Vec<&Finding> = findings.into_iter().filter(|finding| !known.has(finding)).collect();
    new.retain(|finding| {
        let same = |one: &(&String, &Option<String>)| *one == (&finding.fault, &finding.alias);
        match gone.iter().position(same).filter(|_| finding.alias.is_some()) {
            Some(at) => {
                gone.swap_remove(at);
                false
            }
            None => true,
        }
    });
    new
}

fn run(check: CheckRelation, state: State<'_>, settings: &Settings, findings: &mut Vec<Finding>) {
    check(state.relation, &Context { settings, catalog: state.catalog }, findings);
}

/// What the rules judged beforehand say about a statement that is about to run.
pub fn foreseen(intent: &Intent<'_>, context: &Context<'_>) -> Vec<Added> {
    found_by(context, |rule, findings| {
        if let Check::Before(check) = rule.check {
            check(intent, context, findings);
        }
    })
}

/// Whether a rule that is judged beforehand is in force.
pub fn foresees(settings: &Settings) -> bool {
    settings.in_force().iter().any(|(rule, _)| matches!(rule.check, Check::Before(_)))
}

/// What the rules about a transaction as a whole say.
pub fn of_transaction(transaction: &Transaction<'_>, context: &Context<'_>) -> Vec<Added> {
    found_by(context, |rule, findings| {
        if let Check::Transaction(check) = rule.check {
            check(transaction, context, findings);
        }
    })
}

/// Whether a rule about a transaction as a whole is in force.
pub fn judges_transactions(settings: &Settings) -> bool {
    settings.in_force().iter().any(|(rule, _)| matches!(rule.check, Check::Transaction(_)))
}

fn found_by(context: &Context<'_>, find: impl Fn(&Rule, &mut Vec<Finding>)) -> Vec<Added> {
    let mut all = Vec::new();
    for (rule, level) in context.settings.in_force() {
        let mut findings = Vec::new();
        find(rule, &mut findings);
        all.extend(findings.into_iter().map(|finding| Added::new(rule, *level, finding)));
    }
    all
}

/// Whether what was added refuses the statement or the transaction.
pub fn refuses<'a>(added: impl IntoIterator<Item = &'a Added>, settings: &Settings) -> bool {
    settings.mode == Mode::Enforce && added.into_iter().any(|one| one.level == Level::Error)
}

/// Completes what was found to violations; `context.refused` says whether the objects will be there afterwards.
/// `name` is the relation's name after the change.
pub fn describe(added: Vec<Added>, name: &QualifiedName, context: &FixContext<'_>) -> Vec<Violation> {
    let fixes = fixes(&added, context);
    added.into_iter().zip(fixes).map(|(one, fix)| complete(one, fix, name, context)).collect()
}

/// A fix for each, such that they can be run one after the other: a column that has a fix of its own is left to it, and
/// what one of them does away with needs no other.
fn fixes(added: &[Added], context: &FixContext<'_>) -> Vec<String> {
    let column = |one: &Added| match one.finding.object {
        Object::Column { number, .. } => Some(number),
        _ => None,
    };
    let at_fault: Vec<AttrNumber> = added.iter().filter_map(column).collect();
    let context = &FixContext { at_fault: &at_fault, ..*context };
    let taker = |one: &Added| {
        let takes = |other: &&Added| {
            other.finding.takes_away && other.finding.object == one.finding.object && other.level >= one.level
        };
        added.iter().find(takes)
    };
    let fix = |one: &Added| {
        let Added { rule, finding, .. } = taker(one).unwrap_or(one);
        (rule.fix)(finding, context)
    };
    added.iter().map(fix).collect()
}

fn complete(added: Added, fix: String, name: &QualifiedName, context: &FixContext<'_>) -> Violation {
    let Added { rule, level, finding } = added;
    let relation = context.relation;
    let data_type = finding.data_type.map(|oid| context.catalog.type_name(oid));
    let (mut column, mut constraint, mut index) = (None, None, None);
    let mut object_kind = match (finding.object, rule.check) {
        (_, Check::Transaction(_)) => "transaction",
        (_, Check::Before(_)) => "statement",
        (Object::Relation, _) => relation_noun(relation.kind),
        (Object::Column { name, .. }, _) => {
            column = Some(name);
            "column"
        }
        (Object::Constraint { name, .. }, _) => {
            constraint = Some(name);
            "constraint"
        }
        (Object::Index { name, .. }, _) => {
            index = Some(name);
            "index"
        }
    };
    if relation.kind == RelationKind::Domain {
        (object_kind, column) = ("domain", None);
    }
    Violation {
        rule: rule.id,
        level,
        judged_at: rule.check.moment(),
        object_kind,
        is_table: finding.elsewhere.is_some() || relation.kind.is_table(),
        relation: finding.elsewhere.unwrap_or_else(|| name.clone()),
        column,
        constraint,
        index,
        data_type,
        message: finding.message,
        reason: rule.reason,
        fix,
    }
}

/// What a relation of this kind is called in a sentence.
pub fn relation_noun(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Table | RelationKind::PartitionedTable => "table",
        RelationKind::ForeignTable => "foreign table",
        RelationKind::CompositeType | RelationKind::Enum | RelationKind::Range => "type",
        RelationKind::Domain => "domain",
    }
}

/// The violations a state had. An object is the same when its identity *or* its name is: ALTER COLUMN TYPE makes
/// constraints anew under new oids, RENAME keeps the oid under a new name.
struct Known<'a>(HashSet<(&'a str, Key<'a>)>);

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Relation,
    ColumnNumber(AttrNumber),
    ColumnName(&'a str),
    ConstraintOid(Oid),
    ConstraintName(&'a str),
    IndexOid(Oid),
    IndexName(&'a str),
}

impl<'a> Known<'a> {
    fn of(findings: impl Iterator<Item = &'a Finding>) -> Self {
        Self(findings.flat_map(|f| keys(f).map(|key| (f.fault.as_str(), key))).collect())
    }

    fn has(&self, finding: &Finding) -> bool {
        keys(finding).into_iter().any(|key| self.0.contains(&(finding.fault.as_str(), key)))
    }
}

fn keys(finding: &Finding) -> [Key<'_>; 2] {
    match &finding.object {
        Object::Relation => [Key::Relation, Key::Relation],
        Object::Column { number, name } => [Key::ColumnNumber(*number), Key::ColumnName(name)],
        Object::Constraint { oid, name } => [Key::ConstraintOid(*oid), Key::ConstraintName(name)],
        Object::Index { oid, name } => [Key::IndexOid(*oid), Key::IndexName(name)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, QualifiedName};
    use crate::testing::{FakeCatalog, column, foreign_key, table, timestamp_column};

    fn new_messages(before: Option<&Relation>, after: &Relation, settings: &Settings) -> Vec<String> {
        let state = |relation| State { relation, catalog: &FakeCatalog };
        let mut added = found(state(after), Moment::Statement, settings).added;
        if let Some(before) = before {
            take_off(&mut added, state(before), Moment::Statement, settings);
        }
        added.into_iter().map(|one| one.finding.message).collect()
    }

    #[test]
    fn only_what_was_added_is_reported() {
        let settings = Settings::for_test(&[]);
        let before = table("t", vec![timestamp_column(1, "old")]);
        let mut after = before.clone();
        after.columns.push(column(2, "fine", 23));
        assert_eq!(new_messages(Some(&before), &after, &settings), Vec::<String>::new());
        after.columns.push(timestamp_column(3, "new"));
        let messages = new_messages(Some(&before), &after, &settings);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].contains("\"new\""), "{messages:?}");
    }

    #[test]
    fn an_object_is_the_same_by_identity_or_by_name() {
        let settings = Settings::for_test(&[]);
        let before = table("t", vec![timestamp_column(1, "old")]);
        for (number, name) in [(1, "renamed"), (2, "old")] {
            let after = table("t", vec![timestamp_column(number, name)]);
            assert!(new_messages(Some(&before), &after, &settings).is_empty(), "{number} {name}");
        }
        let after = table("t", vec![timestamp_column(2, "other")]);
        assert_eq!(new_messages(Some(&before), &after, &settings).len(), 1);
    }

    #[test]
    fn another_fault_of_the_same_object_is_new() {
        let settings = Settings::for_test(&[("fk_on_delete_actions", "restrict")]);
        let with = |action| {
            let mut t = table("t", vec![column(1, "a", 23)]);
            t.constraints.push(foreign_key(7, "fk", &[1], action));
            t
        };
        let (none, cascade) = (with(Action::NoAction), with(Action::Cascade));
        assert!(new_messages(Some(&none), &none, &settings).is_empty());
        assert_eq!(new_messages(Some(&none), &cascade, &settings).len(), 1);
    }

    #[test]
    fn an_alias_accounts_for_one_that_is_gone() {
        let key = |oid, name: &str| {
            let constraint = foreign_key(oid, name, &[1], Action::Cascade);
            Finding::constraint(&constraint, String::new()).known_as("over a".into())
        };
        let count = |after: &[Finding], before: &[Finding]| new_among(after.iter().collect(), before).len();
        assert_eq!(count(&[key(2, "renamed")], &[key(1, "old")]), 0, "made anew and renamed");
        assert_eq!(count(&[key(1, "old"), key(2, "second")], &[key(1, "old")]), 1, "the old one is still there");
        assert_eq!(count(&[key(2, "a"), key(3, "b")], &[key(1, "old")]), 1, "one cannot account for two");
    }

    #[test]
    fn leaving_an_exemption_adds_everything() {
        let settings = Settings::for_test(&[("exempt_schemas", "legacy")]);
        let after = table("t", vec![timestamp_column(1, "at")]);
        let mut before = after.clone();
        before.name = QualifiedName::new("legacy", "t");
        assert_eq!(new_messages(Some(&before), &after, &settings).len(), 1);
        assert!(new_messages(Some(&after), &before, &settings).is_empty());
    }

    #[test]
    fn what_a_child_has_from_its_parent_is_neither_new_nor_forgotten() {
        let settings = Settings::for_test(&[]);
        let own = table("child", vec![timestamp_column(1, "at")]);
        let mut inherited = own.clone();
        inherited.columns[0].inherited = true;
        assert!(new_messages(None, &inherited, &settings).is_empty());
        assert!(new_messages(Some(&inherited), &own, &settings).is_empty(), "DETACH adds nothing");
    }
}
