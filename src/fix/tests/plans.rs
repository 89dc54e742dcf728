//! What the edits of several violations of a relation become together.

use super::Case;
use crate::facts::{ConstraintKind, Index, Oid, Relation, oids};
use crate::rule::{
    ColumnEdit, ConstraintEdit, Conversion, Edit, Fix, FixApplies, IndexEdit, NewColumn, NewIndex, NewKey,
    RelationEdit, WantedType,
};
use crate::settings::Level;
use crate::testing::{FakeCatalog, column, constraint, index, table};

const CHECK: Oid = 9;
const KEY: Oid = 10;
const INDEX: Oid = 50;
const ALTER: &str = "ALTER TABLE public.t";

fn t() -> Relation {
    let mut t = table("t", vec![column(1, "A", oids::TIMESTAMP)]);
    t.constraints.push(constraint(CHECK, "Ck", ConstraintKind::Check, &[1]));
    t.constraints.push(constraint(KEY, "Uq", ConstraintKind::Unique, &[1]));
    t.constraints[1].index = INDEX;
    t.indexes.push(Index { unique: true, name: "Uq".into(), ..index(&[1]) });
    t
}

fn to(data_type: &str) -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), Conversion::Cast)))
}

fn with_zones() -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::WithTimeZones))
}

fn texts(fixes: &[Fix]) -> Vec<String> {
    fixes.iter().map(Fix::text).collect()
}

#[test]
fn the_edits_of_one_column_become_one_element() {
    let mut t = t();
    t.constraints.clear();
    t.columns[0].not_null = false;
    let not_null = Edit::Column(1, ColumnEdit::NotNull { filler: None });
    let edits = [with_zones(), not_null, Edit::Column(1, ColumnEdit::Name)];
    let fixes = Case::refused(&t).fixes(edits.map(|edit| (Level::Error, vec![edit])).into());
    assert_eq!(texts(&fixes), ["a timestamp with time zone NOT NULL"; 3]);
    assert!(fixes.iter().all(|fix| fix.applies == FixApplies::Instead));
}

#[test]
fn of_edits_of_the_same_the_higher_level_wins() {
    let mut t = t();
    t.constraints.clear();
    let wishes = || vec![(Level::Notice, vec![to("date")]), (Level::Error, vec![to("timestamptz")])];
    let changed = format!("{ALTER} ALTER COLUMN \"A\" TYPE timestamptz USING \"A\"::timestamptz;");
    assert_eq!(texts(&Case::in_place(&t).fixes(wishes())), [changed.as_str(), &changed]);
    assert_eq!(texts(&Case::refused(&t).fixes(wishes())), ["\"A\" timestamptz NOT NULL"; 2]);
}

#[test]
fn what_is_dropped_is_not_changed() {
    let t = t();
    let (name, drop) = (Edit::Constraint(KEY, ConstraintEdit::Name), Edit::Index(INDEX, IndexEdit::Drop));
    let wishes = vec![(Level::Error, vec![name]), (Level::Notice, vec![drop.clone()]), (Level::Notice, vec![drop])];
    let dropped = format!("{ALTER} DROP CONSTRAINT \"Uq\";");
    assert_eq!(texts(&Case::in_place(&t).fixes(wishes)), vec![dropped; 3]);
}

#[test]
fn a_fix_that_drops_what_another_one_changes_stands_for_both() {
    let t = t();
    let new_key = NewKey { kind: ConstraintKind::PrimaryKey, columns: vec!["A".into()], index: None };
    let replace = vec![Edit::Constraint(KEY, ConstraintEdit::Drop), Edit::AddKey(new_key)];
    let name = vec![Edit::Constraint(KEY, ConstraintEdit::Name)];
    let both = format!("{ALTER} DROP CONSTRAINT \"Uq\";\n{ALTER} ADD CONSTRAINT pk_t PRIMARY KEY (\"A\");");
    let fixes = Case::in_place(&t).fixes(vec![(Level::Error, replace), (Level::Error, name)]);
    assert_eq!(texts(&fixes), vec![both; 2]);
}

#[test]
fn renames_come_last() {
    let t = t();
    let edits = [
        Edit::Relation(RelationEdit::Name),
        Edit::Column(1, ColumnEdit::Name),
        Edit::Index(INDEX, IndexEdit::Drop),
        with_zones(),
    ];
    let mut fixes = Case::in_place(&t).fixes(edits.map(|edit| (Level::Error, vec![edit])).into());
    fixes.sort_by_key(|fix| fix.phase);
    let texts = texts(&fixes);
    let starts = ["ALTER COLUMN \"A\" TYPE", "DROP CONSTRAINT", "RENAME COLUMN \"A\" TO", "RENAME TO"];
    for (text, start) in texts.iter().zip(starts) {
        assert!(text.lines().last().unwrap().starts_with(&format!("{ALTER} {start}")), "{text}");
    }
}

#[test]
fn within_a_fix_the_table_is_renamed_last() {
    let mut t = table("T", vec![column(1, "A", oids::INT8)]);
    t.constraints.clear();
    let text = Case::in_place(&t).fix(vec![Edit::Relation(RelationEdit::Name), Edit::Column(1, ColumnEdit::Name)]);
    let expected = "ALTER TABLE public.\"T\" RENAME COLUMN \"A\" TO a;\nALTER TABLE public.\"T\" RENAME TO t;";
    assert_eq!(text.text(), expected);
}

fn added(name: &str) -> Edit {
    Edit::AddColumn(NewColumn { name: name.into(), definition: "bigint".into(), needs_value: false })
}

#[test]
fn a_renamed_column_leaves_the_name_of_an_added_one_free() {
    let t = table("t", vec![column(1, "createdAt", oids::INT8)]);
    let edits = || [Edit::Column(1, ColumnEdit::Name), added("created_at")].map(|edit| (Level::Error, vec![edit]));
    let fixes = texts(&Case::in_place(&t).fixes(edits().into()));
    assert_eq!(fixes[0], format!("{ALTER} RENAME COLUMN \"createdAt\" TO created_at_2;"));
    assert!(fixes[1].starts_with(&format!("{ALTER} ADD COLUMN created_at bigint;")));
    let fixes = texts(&Case::refused(&t).fixes(edits().into()));
    assert_eq!(fixes, ["created_at_2 type 20 NOT NULL", "created_at bigint"]);
}

#[test]
fn names_suit_those_that_are_given_at_the_commit() {
    let mut t = table("Tab", vec![column(1, "createdAt", oids::INT8)]);
    t.constraints.push(constraint(KEY, "Tab_pkey", ConstraintKind::PrimaryKey, &[1]));
    let coming = vec![Edit::Relation(RelationEdit::Name), added("created_at")];
    let name = || Edit::Constraint(KEY, ConstraintEdit::Name);
    let case = Case { coming, ..Case::in_place(&t) };
    assert!(case.text(name()).ends_with("RENAME CONSTRAINT \"Tab_pkey\" TO pk_tab;"));
    assert!(case.text(Edit::Column(1, ColumnEdit::Name)).ends_with("RENAME COLUMN \"createdAt\" TO created_at_2;"));
}

#[test]
fn a_key_that_is_added_does_for_an_index() {
    let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
    t.columns[1].not_null = false;
    let index = |number| Edit::AddIndex(NewIndex { columns: vec![number], collations: vec![] });
    let key = || {
        let columns = vec!["a".into(), "b".into()];
        Edit::AddKey(NewKey { kind: ConstraintKind::PrimaryKey, columns, index: None })
    };
    let wishes = |level| vec![(Level::Error, vec![index(1)]), (Level::Error, vec![index(2)]), (level, vec![key()])];
    let added_key = format!("{ALTER} ADD CONSTRAINT pk_t PRIMARY KEY (a, b);");
    let of = |number: &str| format!("CREATE INDEX ix_t_{number} ON public.t ({number});");
    assert_eq!(texts(&Case::in_place(&t).fixes(wishes(Level::Error))), [added_key.clone(), of("b"), added_key.clone()]);
    assert_eq!(texts(&Case::in_place(&t).fixes(wishes(Level::Notice))), [of("a"), of("b"), added_key]);
    let case = Case::in_place(&t).in_catalog(FakeCatalog::new().holds_null(2, Some(true)));
    assert_eq!(case.fixes(wishes(Level::Error))[0].text(), of("a"), "the key cannot be added");
}

#[test]
fn a_name_that_is_no_error_remains_in_what_is_written_instead() {
    let mut t = t();
    t.constraints.clear();
    let wishes = vec![(Level::Error, vec![with_zones()]), (Level::Notice, vec![Edit::Column(1, ColumnEdit::Name)])];
    let fixes = Case::refused(&t).fixes(wishes);
    assert_eq!(fixes[0].text(), "\"A\" timestamp with time zone NOT NULL");
}

#[test]
fn where_one_part_is_for_a_person_the_fix_is() {
    let t = t();
    let fix = Case::in_place(&t).fix(vec![to("date"), Edit::ByHand("Do it\nyourself.".into())]);
    assert_eq!((fix.applies, fix.caution), (FixApplies::ByHand, None));
    assert_eq!(fix.lines, ["-- Do it\\nyourself."]);
}

#[test]
fn the_first_edit_that_can_be_made_is() {
    use crate::facts::UseKind;
    let mut t = t();
    t.indexes.push(Index { oid: INDEX + 1, name: "other".into(), ..index(&[1]) });
    t.constraints.clear();
    let drops = || Edit::OneOf([INDEX, INDEX + 1].map(|oid| Edit::Index(oid, IndexEdit::Drop)).into());
    let fix = |catalog| Case::in_place(&t).in_catalog(catalog).text(drops());
    assert_eq!(fix(FakeCatalog::new()), "DROP INDEX public.\"Uq\";");
    let first_is_used = || FakeCatalog::new().index_use(INDEX, UseKind::ReplicaIdentity, "it");
    assert_eq!(fix(first_is_used()), "DROP INDEX public.other;");
    let both_are_used = first_is_used().index_use(INDEX + 1, UseKind::Cluster, "that");
    assert_eq!(fix(both_are_used), "-- Drop index public.\"Uq\". This is in the way: it.");
}

#[test]
fn another_relation_is_changed_where_it_is_there() {
    let t = t();
    let other = Relation { oid: 200, ..table("other", vec![column(1, "b", oids::INT4)]) };
    let widen = || Edit::Elsewhere(other.oid, Box::new(to("bigint")));
    let text = Case::in_place(&t).in_catalog(FakeCatalog::new().relation(other.clone())).text(widen());
    assert_eq!(text, "ALTER TABLE public.other ALTER COLUMN b TYPE bigint USING b::bigint;");
    assert!(Case::in_place(&t).text(widen()).starts_with("-- "));
}

#[test]
fn of_a_refused_change_what_was_there_before_is_changed_in_place() {
    let before = t();
    let mut after = t();
    after.constraints.clear();
    let case = Case::refused_change(&before, &after);
    let unchanged = case.fix(vec![with_zones()]);
    assert_eq!(unchanged.applies, FixApplies::InPlace);
    let mut before = before;
    before.columns[0].data_type.oid = oids::TIMESTAMPTZ;
    let restored = Case::refused_change(&before, &after).fix(vec![with_zones()]);
    let left_out = "-- Leave out what changes column \"A\" of table public.t.";
    assert_eq!(restored.text(), left_out, "it was of the right type");
    before.columns[0].data_type.oid = oids::DATE;
    let case = Case::refused_change(&before, &after);
    let changed = case.fix(vec![with_zones()]);
    assert_eq!(changed.applies, FixApplies::Instead);
    let subcommand = "ALTER COLUMN \"A\" TYPE timestamp with time zone USING \"A\"::timestamp AT TIME ZONE 'UTC'";
    assert_eq!(changed.text(), subcommand);
}

#[test]
fn a_column_that_needs_new_values_is_not_mended_by_converting_it() {
    let t = table("t", vec![column(1, "a", oids::BPCHAR)]);
    let to = |sql: &str, conversion| Edit::Column(1, ColumnEdit::Type(WantedType::Other(sql.into(), conversion)));
    let (convert, renew) = (to("text", Conversion::Cast), to("uuid", Conversion::New("gen_random_uuid()")));
    let wishes = || vec![(Level::Warning, vec![convert.clone()]), (Level::Warning, vec![renew.clone()])];
    let fixes = Case::in_place(&t).in_catalog(FakeCatalog::new().has_rows(Some(true))).fixes(wishes());
    assert!(fixes[0].text().contains("TYPE text"));
    assert!(fixes[1].text().starts_with("-- Change column a"), "{}", fixes[1].text());
    let fixes = Case::in_place(&t).fixes(wishes());
    assert!(fixes.iter().all(|fix| fix.text().contains("TYPE uuid")));
}
