//! Which findings are reported: those that a change has added.

use std::rc::Rc;

use super::compare::are_new;
use super::{find, find_new};
use crate::facts::{Action, DroppedData, Intent, QualifiedName, Relation, oids};
use crate::rule::{Catalog, Context, Finding, Moment, Target};
use crate::settings::Settings;
use crate::testing::{FakeCatalog, column, foreign_key, settings, table, timestamp_column};

fn new_messages_in(
    catalog: &FakeCatalog,
    before: Option<&Relation>,
    after: &Relation,
    settings: &Settings,
) -> Vec<String> {
    let context = Context { settings, catalog };
    let read_before = || before.map(|before| (before.clone(), Rc::new(FakeCatalog::new()) as Rc<dyn Catalog>));
    let (found, _) = find_new(after, Moment::Statement, &context, read_before);
    found.findings.into_iter().map(|found| found.finding.message).collect()
}

fn new_messages(before: Option<&Relation>, after: &Relation, settings: &Settings) -> Vec<String> {
    new_messages_in(&FakeCatalog::new(), before, after, settings)
}

#[test]
fn only_what_was_added_is_reported() {
    let settings = settings(&[]);
    let before = table("t", vec![timestamp_column(1, "old")]);
    let mut after = before.clone();
    after.columns.push(column(2, "fine", oids::INT4));
    assert_eq!(new_messages(Some(&before), &after, &settings), Vec::<String>::new());
    after.columns.push(timestamp_column(3, "new"));
    let messages = new_messages(Some(&before), &after, &settings);
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("\"new\""), "{messages:?}");
}

#[test]
fn an_object_is_the_same_by_identity_or_by_name() {
    let settings = settings(&[]);
    let before = table("t", vec![timestamp_column(1, "old")]);
    for (number, name) in [(1, "renamed"), (2, "old")] {
        let after = table("t", vec![timestamp_column(number, name)]);
        assert!(new_messages(Some(&before), &after, &settings).is_empty(), "{number} {name}");
    }
    let after = table("t", vec![timestamp_column(2, "other")]);
    assert_eq!(new_messages(Some(&before), &after, &settings).len(), 1);
}

#[test]
fn another_cause_at_the_same_object_is_new() {
    let settings = settings(&[("fk_on_delete_actions", "restrict")]);
    let with = |action| {
        let mut t = table("t", vec![column(1, "a", oids::INT4)]);
        t.constraints.push(foreign_key(7, "fk", &[1], action));
        t
    };
    let (none, cascade) = (with(Action::NoAction), with(Action::Cascade));
    assert!(new_messages(Some(&none), &none, &settings).is_empty());
    assert_eq!(new_messages(Some(&none), &cascade, &settings).len(), 1);
}

#[test]
fn an_alias_matches_one_finding_whose_object_is_gone() {
    let key = |oid, name: &str| {
        let constraint = foreign_key(oid, name, &[1], Action::Cascade);
        Finding::constraint(&constraint, String::new()).with_alias("over a".into())
    };
    let count = |after: &[Finding], before: &[Finding]| {
        are_new(&after.iter().collect::<Vec<_>>(), before).into_iter().filter(|new| *new).count()
    };
    assert_eq!(count(&[key(2, "renamed")], &[key(1, "old")]), 0, "made anew and renamed");
    assert_eq!(count(&[key(1, "old"), key(2, "second")], &[key(1, "old")]), 1, "the old one is still there");
    assert_eq!(count(&[key(2, "a"), key(3, "b")], &[key(1, "old")]), 1, "one old finding matches once");
}

#[test]
fn leaving_an_exemption_adds_everything() {
    let settings = settings(&[("exempt_schemas", "legacy")]);
    let after = table("t", vec![timestamp_column(1, "at")]);
    let mut before = after.clone();
    before.name = QualifiedName::new("legacy", "t");
    assert_eq!(new_messages(Some(&before), &after, &settings).len(), 1);
    assert!(new_messages(Some(&after), &before, &settings).is_empty());
}

#[test]
fn what_a_child_has_from_its_parent_is_neither_new_nor_forgotten() {
    let settings = settings(&[]);
    let own = table("child", vec![timestamp_column(1, "at")]);
    let mut inherited = own.clone();
    inherited.columns[0].inherited = true;
    assert!(new_messages(None, &inherited, &settings).is_empty());
    assert!(new_messages(Some(&inherited), &own, &settings).is_empty(), "DETACH adds nothing");
}

#[test]
fn members_of_a_superusers_extension_are_exempt() {
    let relation = table("t", vec![timestamp_column(1, "at")]);
    let catalog = FakeCatalog::new().extension_member(relation.address());
    assert_eq!(new_messages_in(&catalog, None, &relation, &settings(&[])), [""; 0]);
}

#[test]
fn a_statement_about_exempt_relations_alone_is_not_checked() {
    let settings = settings(&[("ddl_roles", "deploy"), ("exempt_tables", "mine")]);
    let context = Context { settings: &settings, catalog: &FakeCatalog::new() };
    let count = |names: Option<&[&str]>| {
        let qualified =
            |names: &[&str]| names.iter().map(|name| QualifiedName::new("public", *name)).collect::<Vec<_>>();
        let relations = || names.map(qualified);
        let intent = Intent { command: "CREATE TABLE".into(), relations: &relations, ..Intent::default() };
        find(Target::Intent(&intent), Moment::Before, &context).findings.len()
    };
    assert_eq!(count(None), 1, "it is about something else");
    assert_eq!(count(Some(&["mine", "ours"])), 1);
    assert_eq!(count(Some(&["mine"])), 0);
    assert_eq!(count(Some(&[])), 0, "it is about temporary relations");
}

#[test]
fn data_of_exempt_tables_may_be_dropped() {
    let settings = settings(&[("exempt_tables", "mine")]);
    let context = Context { settings: &settings, catalog: &FakeCatalog::new() };
    let dropped = |name: &str| DroppedData {
        table: QualifiedName::new("public", name),
        column: None,
        table_columns: Vec::new(),
        rows: 99.0,
    };
    let dropped_data = |_| vec![dropped("mine"), dropped("ours")];
    let intent = Intent { dropped_data: &dropped_data, ..Intent::default() };
    let findings = find(Target::Intent(&intent), Moment::Before, &context).findings;
    let messages: Vec<&str> = findings.iter().map(|found| found.finding.message.as_str()).collect();
    assert_eq!(messages, ["table \"public.ours\" holds data that DROP TABLE would lose"]);
}
