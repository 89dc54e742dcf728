//! Fingerprints survive what changes nothing about a violation.

use std::collections::BTreeMap;

use super::{find, find_standing};
use crate::facts::*;
use crate::rule::{Context, Moment, Target};
use crate::settings::Settings;
use crate::testing::{FakeCatalog, column, constraint, foreign_key, index, settings, table, timestamp_column};

/// How a table is made that violates many rules. The variations of it violate them in the same way.
#[derive(Clone, Copy)]
struct Making {
    /// The oids of its parts begin above this number, and its columns are numbered from this one on.
    first: u32,
    /// What is made first and what last.
    is_reversed: bool,
    /// How the names of its constraints and indexes begin.
    prefix: &'static str,
    referenced: &'static str,
    first_column: &'static str,
}

const USUAL: Making =
    Making { first: 1, is_reversed: false, prefix: "X", referenced: "customers", first_column: "Customer" };

const REFERENCED: Oid = 9000;

impl Making {
    fn number(&self, at: AttrNumber) -> AttrNumber {
        self.first as AttrNumber + if self.is_reversed { 9 - at } else { at }
    }

    fn oid(&self, at: Oid) -> Oid {
        self.first * 100 + if self.is_reversed { 99 - at } else { at }
    }

    fn numbers(&self, columns: &[AttrNumber]) -> Vec<AttrNumber> {
        columns.iter().map(|at| self.number(*at)).collect()
    }

    fn constraint(&self, at: Oid, kind: ConstraintKind, columns: &[AttrNumber]) -> Constraint {
        let (name, columns) = (format!("{}{at}", self.prefix), self.numbers(columns));
        let made = match kind {
            ConstraintKind::ForeignKey => foreign_key(self.oid(at), &name, &columns, Action::NoAction),
            _ => constraint(self.oid(at), &name, kind, &columns),
        };
        Constraint { name_origin: NameOrigin::LooksMadeUp, validated: false, ..made }
    }

    fn key(&self, at: Oid, columns: &[AttrNumber], referenced_table: Oid) -> Constraint {
        let mut made = self.constraint(at, ConstraintKind::ForeignKey, columns);
        if let Some(key) = &mut made.foreign_key {
            key.referenced_table = referenced_table;
            key.referenced_columns = (1..).take(columns.len()).collect();
        }
        made
    }

    fn index(&self, at: Oid, columns: &[AttrNumber], usable: bool) -> Index {
        let key = self.numbers(columns);
        Index { oid: self.oid(at), name: format!("{}{at}", self.prefix), usable, ..index(&key) }
    }

    fn table(&self) -> Relation {
        let columns = [(1, self.first_column), (2, "b"), (3, "at"), (4, "Note"), (5, "kind")];
        let mut t = table("orders", Vec::new());
        t.columns = columns.map(|(at, name)| column(self.number(at), name, oids::INT4)).into();
        t.columns[2] = timestamp_column(self.number(3), "at");
        t.columns[3].data_type.oid = oids::TEXT;
        t.columns[4].data_type.oid = oids::TEXT;
        t.columns[4].not_null = false;
        t.constraints = vec![
            self.key(1, &[1], REFERENCED),
            self.key(2, &[1], REFERENCED),
            self.key(3, &[1], REFERENCED + 1),
            self.key(4, &[1, 2], REFERENCED),
            self.constraint(5, ConstraintKind::Check, &[5]),
            self.constraint(6, ConstraintKind::Check, &[5]),
            self.constraint(7, ConstraintKind::Check, &[]),
            self.constraint(8, ConstraintKind::Unique, &[2, 1]),
            self.constraint(9, ConstraintKind::Unique, &[1, 2]),
        ];
        t.indexes = vec![
            self.index(11, &[3], true),
            self.index(12, &[3], true),
            self.index(13, &[3], true),
            self.index(14, &[3], false),
            Index { unique: true, ..self.index(15, &[3], false) },
            Index { predicate: Predicate::Other, ..self.index(16, &[3], false) },
            Index { key: vec![None], ..self.index(17, &[3], false) },
            self.index(18, &[3, 4], true),
        ];
        if self.is_reversed {
            t.columns.reverse();
            t.constraints.sort_by_key(|constraint| constraint.oid);
            t.indexes.sort_by_key(|index| index.oid);
        }
        t
    }

    fn catalog(&self) -> FakeCatalog {
        let lists = || CheckShape {
            lists_strings: Some((self.number(5), vec!["a".into(), "b".into()])),
            ..CheckShape::default()
        };
        let other = |oid, name| Relation { oid, ..table(name, Vec::new()) };
        FakeCatalog::new()
            .check(self.oid(5), lists())
            .check(self.oid(6), lists())
            .relation(other(REFERENCED, self.referenced))
            .relation(other(REFERENCED + 1, "others"))
    }

    /// The fingerprints of each rule's violations, sorted.
    fn fingerprints(&self) -> BTreeMap<&'static str, Vec<String>> {
        fingerprints(&self.table(), &self.catalog(), &every_rule())
    }
}

fn every_rule() -> Settings {
    let required =
        |name, data_type| format!(r#""{name}": {{"type": "{data_type}", "not_null": true, "default": true}}"#);
    let columns = format!("{{{}, {}}}", required("created_at", "text"), required("at", "uuid"));
    settings(&[("tenant_column", "at"), ("required_columns", &columns)])
}

fn fingerprints(t: &Relation, catalog: &FakeCatalog, settings: &Settings) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for violation in find_standing(t, |_| true, &Context { settings, catalog }) {
        found.entry(violation.rule.id).or_default().push(violation.fingerprint);
    }
    found.values_mut().for_each(|fingerprints| fingerprints.sort());
    found
}

#[test]
fn the_table_violates_many_rules() {
    let found = USUAL.fingerprints();
    for (rule, violations) in [
        ("fk_without_on_delete", 4),
        ("fk_without_index", 4),
        ("fk_type_mismatch", 5),
        ("duplicate_fk", 1),
        ("unnamed_constraint", 9),
        ("constraint_not_validated", 9),
        ("check_instead_of_enum", 2),
        ("misnamed_index", 8),
        ("duplicate_index", 2),
        ("redundant_index", 3),
        ("tenant_index_too_short", 4),
        ("invalid_index", 4),
        ("timestamp_without_time_zone", 1),
        ("identifier_needs_quotes", 2),
        ("missing_required_column", 3),
        ("table_without_primary_key", 1),
    ] {
        assert_eq!(found.get(rule).map_or(0, Vec::len), violations, "{rule}");
    }
}

#[test]
fn each_violation_has_its_own_fingerprint() {
    // What is reported as a list is one violation: the names that need quotes, and what is wrong with column `at`.
    let listed = BTreeMap::from([("identifier_needs_quotes", 1), ("missing_required_column", 2)]);
    let mut all = Vec::new();
    for (rule, mut found) in USUAL.fingerprints() {
        let count = found.len();
        found.dedup();
        assert_eq!(found.len(), *listed.get(rule).unwrap_or(&count), "{rule}");
        all.extend(found);
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn what_changes_nothing_about_a_violation_changes_no_fingerprint() {
    for (change, making) in [
        ("numbers", Making { first: 77, ..USUAL }),
        ("order", Making { is_reversed: true, ..USUAL }),
        ("names of parts", Making { prefix: "Y", ..USUAL }),
        ("all of it", Making { first: 12, is_reversed: true, prefix: "Z", ..USUAL }),
    ] {
        assert_eq!(making.fingerprints(), USUAL.fingerprints(), "{change}");
    }
}

/// The rules some of whose violations have another fingerprint, with how many.
fn changed(found: &BTreeMap<&'static str, Vec<String>>) -> BTreeMap<&'static str, usize> {
    let usual = USUAL.fingerprints();
    let is_other = |rule: &str, fingerprint: &&String| !usual.get(rule).is_some_and(|old| old.contains(fingerprint));
    let count = |(rule, new): (&&'static str, &Vec<String>)| {
        let others = new.iter().filter(|fingerprint| is_other(rule, fingerprint)).count();
        (others > 0).then_some((*rule, others))
    };
    found.iter().filter_map(count).collect()
}

#[test]
fn a_renamed_column_changes_what_is_about_it() {
    let found = Making { first_column: "Client", ..USUAL }.fingerprints();
    let expected = [
        ("constraint_not_validated", 6),
        ("duplicate_fk", 1),
        ("fk_type_mismatch", 4),
        ("fk_without_index", 4),
        ("fk_without_on_delete", 4),
        ("unnamed_constraint", 6),
    ];
    let mut changed = changed(&found);
    // Those about each column or constraint by its name are left out here.
    changed.retain(|rule, _| expected.iter().any(|(expected, _)| expected == rule));
    assert_eq!(changed, BTreeMap::from(expected));
}

#[test]
fn a_renamed_referenced_table_changes_what_is_about_its_keys() {
    let found = changed(&Making { referenced: "clients", ..USUAL }.fingerprints());
    let expected = [
        ("constraint_not_validated", 3),
        ("duplicate_fk", 1),
        ("fk_type_mismatch", 4),
        ("fk_without_index", 3),
        ("fk_without_on_delete", 3),
        ("unnamed_constraint", 3),
    ];
    assert_eq!(found, BTreeMap::from(expected));
}

#[test]
fn another_table_or_schema_has_other_fingerprints() {
    let usual = USUAL.fingerprints();
    for name in [QualifiedName::new("public", "invoices"), QualifiedName::new("sales", "orders")] {
        let found = fingerprints(&Relation { name, ..USUAL.table() }, &USUAL.catalog(), &every_rule());
        let same: Vec<_> =
            found.iter().filter(|(rule, new)| usual[*rule].iter().any(|old| new.contains(old))).collect();
        assert!(same.is_empty(), "{same:?}");
    }
}

#[test]
fn the_second_equal_one_has_a_number() {
    let mut found = USUAL.fingerprints();
    let duplicates = found.remove("duplicate_index").unwrap_or_default();
    assert_eq!(duplicates.len(), 2);
    assert_eq!(duplicates[1], format!("{}:2", duplicates[0]));
    let lists = &found["check_instead_of_enum"];
    assert_eq!(lists[1], format!("{}:2", lists[0]));
    assert!(found["invalid_index"].iter().all(|fingerprint| !fingerprint.contains(':')), "they differ");
}

#[test]
fn each_column_that_is_dropped_has_its_fingerprint() {
    let dropped = |column: Option<&str>| DroppedData {
        oid: 1,
        table: QualifiedName::new("public", "t"),
        column: column.map(str::to_owned),
        number: 0,
        table_columns: Vec::new(),
        rows: 99.0,
        ..DroppedData::default()
    };
    let of = |columns: &[Option<&str>]| {
        let dropped_data = |_| columns.iter().map(|column| dropped(*column)).collect();
        let intent = Intent { dropped_data: &dropped_data, ..Intent::default() };
        let context = Context { settings: &settings(&[]), catalog: &FakeCatalog::new() };
        let found = find(Target::Intent(&intent), Moment::Before, &context).findings;
        found.into_iter().map(|found| found.fingerprint).collect::<Vec<_>>()
    };
    let [a, b, table] = [Some("a"), Some("b"), None].map(|column| of(&[column]).remove(0));
    assert!(a != b && a != table && b != table);
    assert_eq!(of(&[Some("b"), None, Some("a")]), [b, table, a]);
}
