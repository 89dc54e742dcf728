//! Which findings are reported: those that a change has added.

use std::rc::Rc;

use super::compare::are_new;
use super::{RuleFinding, find, find_new};
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

/// What is wrong with a table's columns is wrong with those of the tables that are built on its rows.
#[test]
fn what_is_built_on_the_rows_of_a_table_that_rules_leave_out_is_checked() {
    let (settings, catalog) = (settings(&[("exempt_schemas", "legacy")]), FakeCatalog::new());
    let concerns = |name: QualifiedName, columns| {
        let t = Relation { name, ..table("t", columns) };
        let context = Context { settings: &settings, catalog: &catalog };
        find_new(&t, Moment::Statement, &context, || None).0.may_concern_row_type
    };
    let timestamp = || vec![timestamp_column(1, "at")];
    assert!(concerns(QualifiedName::new("public", "t"), timestamp()));
    assert!(!concerns(QualifiedName::new("public", "t"), vec![column(1, "a", oids::INT4)]));
    assert!(concerns(QualifiedName::new("legacy", "t"), timestamp()), "an exempt one");
    assert!(concerns(QualifiedName::new("public", "alembic_version"), timestamp()), "a migration table");
}

#[test]
fn a_column_is_its_number() {
    let settings = settings(&[]);
    let before = table("t", vec![timestamp_column(1, "old")]);
    let renamed = table("t", vec![timestamp_column(1, "renamed")]);
    assert!(new_messages(Some(&before), &renamed, &settings).is_empty());
    let made_anew = table("t", vec![timestamp_column(2, "old")]);
    assert_eq!(new_messages(Some(&before), &made_anew, &settings).len(), 1);
}

fn count_new(after: &[Finding], before: &[Finding]) -> usize {
    are_new(&after.iter().collect::<Vec<_>>(), before).into_iter().filter(|new| *new).count()
}

#[test]
fn a_constraint_is_its_oid_or_its_name_and_definition() {
    let key = |oid, name: &str, column| {
        Finding::constraint(&foreign_key(oid, name, &[column], Action::Cascade), String::new())
    };
    let old = [key(1, "fk", 1)];
    assert_eq!(count_new(&[key(1, "renamed", 1)], &old), 0, "RENAME CONSTRAINT");
    assert_eq!(count_new(&[key(2, "fk", 1)], &old), 0, "PostgreSQL has made it anew");
    assert_eq!(count_new(&[key(2, "fk", 2)], &old), 1, "another one under the old name");
    assert_eq!(count_new(&[key(2, "other", 1)], &old), 1, "another one over the old column");
    assert_eq!(
        count_new(&[key(1, "renamed", 1), key(2, "fk", 1)], &old),
        1,
        "one old finding accounts for one new one"
    );
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
fn an_alias_matches_one_finding() {
    let key = |oid, name: &str| {
        let constraint = foreign_key(oid, name, &[1], Action::Cascade);
        Finding::constraint(&constraint, String::new()).with_alias("over a".into())
    };
    assert_eq!(count_new(&[key(2, "renamed")], &[key(1, "old")]), 0, "made anew and renamed");
    assert_eq!(count_new(&[key(1, "old"), key(2, "second")], &[key(1, "old")]), 1, "the old one is still there");
    assert_eq!(count_new(&[key(2, "a"), key(3, "b")], &[key(1, "old")]), 1, "one old finding matches once");
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

/// The messages about a child that no longer has its column from `parent`, in a catalog that knows this parent.
fn messages_of_leaving(catalog: FakeCatalog, parent: Relation, settings: &Settings) -> usize {
    let own = table("child", vec![timestamp_column(1, "at")]);
    let mut inherited = own.clone();
    inherited.columns[0].inherited = true;
    let context = Context { settings, catalog: &FakeCatalog::new() };
    let before = (inherited, Rc::new(catalog.parent(parent)) as Rc<dyn Catalog>);
    find_new(&own, Moment::Statement, &context, || Some(before)).0.findings.len()
}

#[test]
fn what_a_child_has_from_its_parent_is_reported_there() {
    let settings = settings(&[("exempt_tables", "exempt")]);
    let mut inherited = table("child", vec![timestamp_column(1, "at")]);
    inherited.columns[0].inherited = true;
    assert!(new_messages(None, &inherited, &settings).is_empty());
    let parent = |name, column| Relation { oid: 7, ..table(name, vec![timestamp_column(3, column)]) };
    let count = |parent| messages_of_leaving(FakeCatalog::new(), parent, &settings);
    assert_eq!(count(parent("parent", "at")), 0, "leaving it adds nothing");
    assert_eq!(count(parent("parent", "other")), 1, "the parent is reported for another column");
    assert_eq!(count(parent("exempt", "at")), 1, "the parent is not reported");
    let new = || FakeCatalog::new().new_relation(table("child", vec![]).address());
    assert_eq!(messages_of_leaving(new(), parent("parent", "at"), &settings), 1, "a new child of an old parent");
    let both_new = new().new_relation(parent("parent", "at").address());
    assert_eq!(messages_of_leaving(both_new, parent("parent", "at"), &settings), 0, "the parent is new as well");
}

#[test]
fn members_of_a_superusers_extension_are_exempt() {
    let relation = table("t", vec![timestamp_column(1, "at")]);
    let catalog = FakeCatalog::new().extension_member(relation.address());
    assert_eq!(new_messages_in(&catalog, None, &relation, &settings(&[])), [""; 0]);
}

#[test]
fn what_leaves_a_superusers_extension_is_checked_as_if_it_was_new() {
    let relation = table("t", vec![timestamp_column(1, "at")]);
    let count = |before: FakeCatalog| {
        let context = Context { settings: &settings(&[]), catalog: &FakeCatalog::new() };
        let read_before = || Some((relation.clone(), Rc::new(before) as Rc<dyn Catalog>));
        find_new(&relation, Moment::Statement, &context, read_before).0.findings.len()
    };
    assert_eq!(count(FakeCatalog::new().extension_member(relation.address())), 1);
    assert_eq!(count(FakeCatalog::new()), 0);
}

#[test]
fn what_is_exempt_is_kept_for_the_journal_alone() {
    let relation = table("t", vec![timestamp_column(1, "at"), timestamp_column(2, "open")]);
    let catalog = FakeCatalog::new().exempting("timestamp_without_time_zone", "t", Some("at"));
    let find = |journal| {
        let mut settings = settings(&[]);
        settings.journal = journal;
        find_new(&relation, Moment::Statement, &Context { settings: &settings, catalog: &catalog }, || None).0
    };
    assert!(find(false).exempt.is_empty());
    let found = find(true);
    let names = |findings: &[RuleFinding]| -> Vec<_> {
        findings.iter().map(|found| found.finding.object_name().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!((names(&found.findings), names(&found.exempt)), (vec!["open".to_owned()], vec!["at".to_owned()]));
    let [exempt] = found.exempt.as_slice() else { panic!("there is one") };
    assert!(exempt.exemption.is_some() && !exempt.fingerprint.is_empty());
    assert_eq!(find(false).findings[0].fingerprint, found.findings[0].fingerprint);
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
        oid: 1,
        table: QualifiedName::new("public", name),
        column: None,
        number: 0,
        table_columns: Vec::new(),
        rows: 99.0,
        ..DroppedData::default()
    };
    let dropped_data = |_| vec![dropped("mine"), dropped("ours")];
    let intent = Intent { dropped_data: &dropped_data, ..Intent::default() };
    let findings = find(Target::Intent(&intent), Moment::Before, &context).findings;
    let messages: Vec<&str> = findings.iter().map(|found| found.finding.message.as_str()).collect();
    assert_eq!(messages, ["table \"public.ours\" holds data that DROP TABLE would lose"]);
}
