//! Which constraints have a name as PostgreSQL makes it up for one that was given none.

use crate::facts::{AttrNumber, Constraint, ConstraintKind, NameOrigin, Relation};
use crate::rule::Catalog;
use crate::sql::{has_label, index_columns_in_name, is_made_up_name};

/// Guesses where the names of constraints come from, of which no statement tells.
pub fn guess_name_origins(relation: &mut Relation, catalog: &dyn Catalog) {
    let is_guessed = |constraint: &Constraint| {
        // What is inherited has the name of the parent's constraint, or one that nobody could have given.
        let is_unknown = constraint.name_origin == NameOrigin::Unknown && !constraint.inherited;
        is_unknown && looks_made_up(constraint, relation, catalog)
    };
    let guessed: Vec<bool> = relation.constraints.iter().map(is_guessed).collect();
    for (constraint, _) in relation.constraints.iter_mut().zip(guessed).filter(|(_, is_guessed)| *is_guessed) {
        constraint.name_origin = NameOrigin::LooksMadeUp;
    }
}

fn looks_made_up(constraint: &Constraint, relation: &Relation, catalog: &dyn Catalog) -> bool {
    let label = match constraint.kind {
        ConstraintKind::PrimaryKey => "pkey",
        ConstraintKind::Unique => "key",
        ConstraintKind::ForeignKey => "fkey",
        ConstraintKind::Check => "check",
        ConstraintKind::Exclusion => "excl",
        ConstraintKind::NotNull => return false,
    };
    let is = |middle: Option<&str>| is_made_up_name(&constraint.name, &relation.name.name, middle, label);
    has_label(&constraint.name, label)
        && match constraint.kind {
            ConstraintKind::PrimaryKey => is(None),
            ConstraintKind::Check => is(only_column(constraint, relation)),
            ConstraintKind::ForeignKey => {
                let columns = relation.column_names(&constraint.columns);
                // Up to version 11 the name has the first column alone.
                is(Some(&columns.join("_"))) || columns.first().is_some_and(|first| is(Some(first)))
            }
            _ => {
                // An index keeps the names that its columns had when it was made. For an expression it is the name of its
                // function or type.
                is(Some(&columns_of_index(constraint, relation)))
                    || is(Some(&catalog.column_names(constraint.index, &index_numbers(constraint, relation)).join("_")))
            }
        }
}

/// The column that a check is about, where it is about one alone.
fn only_column<'r>(constraint: &Constraint, relation: &'r Relation) -> Option<&'r str> {
    // `tableoid` is the only system column that a check may be about. A check of the whole row has the number 0.
    const TABLEOID: AttrNumber = -6;
    match constraint.columns[..] {
        [TABLEOID] => Some("tableoid"),
        [number] => relation.column(number).map(|column| column.name.as_str()),
        _ => None,
    }
}

/// The columns of a constraint's index, and those that it includes, as the name has them.
fn columns_of_index(constraint: &Constraint, relation: &Relation) -> String {
    let index = relation.indexes.iter().find(|index| index.oid == constraint.index);
    let name = |number: Option<AttrNumber>| {
        number.and_then(|number| relation.column(number)).map_or("expr", |column| &column.name)
    };
    match index {
        Some(index) => {
            let included = index.definition.included.iter().copied().map(Some);
            index_columns_in_name(index.key.iter().copied().chain(included).map(name))
        }
        None => index_columns_in_name(constraint.columns.iter().copied().map(Some).map(name)),
    }
}

/// The numbers of the columns of a constraint's index.
fn index_numbers(constraint: &Constraint, relation: &Relation) -> Vec<AttrNumber> {
    let index = relation.indexes.iter().find(|index| index.oid == constraint.index);
    let count = index.map_or(0, |index| index.key.len() + index.definition.included.len());
    (1..).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Index, IndexDefinition, oids};
    use crate::testing::{FakeCatalog, column, constraint, foreign_key, index, table};

    const KEY_INDEX: u32 = 50;

    /// Whether a name looks made up, for a constraint over these columns of a table with the columns `one` and `two`.
    fn looks(name: &str, kind: ConstraintKind, [table_name, one, two]: [&str; 3], columns: &[AttrNumber]) -> bool {
        let mut t = table(table_name, vec![column(1, one, oids::INT8), column(2, two, oids::INT8)]);
        t.constraints.push(match kind {
            ConstraintKind::ForeignKey => foreign_key(9, name, columns, Action::Cascade),
            _ => constraint(9, name, kind, columns),
        });
        guess_name_origins(&mut t, &FakeCatalog::new());
        t.constraints[0].name_origin == NameOrigin::LooksMadeUp
    }

    /// The kinds of constraints for which a name looks made up.
    fn kinds(name: &str, names: [&str; 3], columns: &[AttrNumber]) -> Vec<ConstraintKind> {
        ConstraintKind::ALL.into_iter().filter(|kind| looks(name, *kind, names, columns)).collect()
    }

    #[test]
    fn each_kind_has_its_names() {
        use ConstraintKind::*;
        let names = ["t", "a", "b"];
        for (name, columns, expected) in [
            ("t_pkey", &[1][..], PrimaryKey),
            ("t_pkey1", &[1, 2], PrimaryKey),
            ("t_a_key", &[1], Unique),
            ("t_b_a_key2", &[2, 1], Unique),
            ("t_a_fkey", &[1], ForeignKey),
            ("t_a_b_fkey", &[1, 2], ForeignKey),
            ("t_a_fkey", &[1, 2], ForeignKey),
            ("t_a_check", &[1], Check),
            ("t_tableoid_check", &[-6], Check),
            ("t_check1", &[1, 2], Check),
            ("t_check", &[0], Check),
            ("t_check", &[], Check),
            ("t_a_b_excl", &[1, 2], Exclusion),
        ] {
            assert_eq!(kinds(name, names, columns), [expected], "{name}");
        }
        for name in ["pk_t", "t_key", "t_b_key", "u_pkey", "t_pkey_1", "pkey", "t_b_fkey", "t_a_b_check", "T_pkey", ""]
        {
            assert_eq!(kinds(name, names, &[1]), [], "{name}");
        }
    }

    /// The names are what PostgreSQL 15 and 18 have made up.
    #[test]
    fn long_names_are_cut_as_postgresql_cuts_them() {
        use ConstraintKind::*;
        let long = [
            "quite_a_long_name_of_a_table_that_holds_the_orders_of_customers",
            "identifier_of_the_customer_who_has_ordered",
            "b",
        ];
        let umlauts = ["größenverhältnisse_der_übergrößen_und_überlängen", "überlänge_der_größeren_übergrößen", "ä"];
        let kanji = ["名前名前名前名前名前名前名前名前名前名前x", "列列列列列列列列列列列列列列列", "b"];
        for (names, columns, kind, name) in [
            (long, &[1][..], Check, "quite_a_long_name_of_a_table_identifier_of_the_customer_w_check"),
            (long, &[1], Check, "quite_a_long_name_of_a_table_identifier_of_the_customer__check1"),
            (long, &[2, 1], Check, "quite_a_long_name_of_a_table_that_holds_the_orders_of_cus_check"),
            (long, &[1, 2], ForeignKey, "quite_a_long_name_of_a_table__identifier_of_the_customer_w_fkey"),
            (long, &[2], PrimaryKey, "quite_a_long_name_of_a_table_that_holds_the_orders_of_cust_pkey"),
            (long, &[1], Unique, "quite_a_long_name_of_a_table__identifier_of_the_customer_wh_key"),
            (long, &[1, 2], Unique, "quite_a_long_name_of_a_table__identifier_of_the_customer_w_key1"),
            (long, &[2], Exclusion, "quite_a_long_name_of_a_table_that_holds_the_orders_of_cu_b_excl"),
            (long, &[0], Exclusion, "quite_a_long_name_of_a_table_that_holds_the_orders_of_expr_excl"),
            (umlauts, &[1], Check, "größenverhältnisse_der_ü_überlänge_der_größeren__check"),
            (umlauts, &[2, 1], Check, "größenverhältnisse_der_übergrößen_und_überlängen_check"),
            (umlauts, &[1, 2], ForeignKey, "größenverhältnisse_der_üb_überlänge_der_größeren__fkey"),
            (umlauts, &[2, 1], PrimaryKey, "größenverhältnisse_der_übergrößen_und_überlängen_pkey"),
            (umlauts, &[1], Unique, "größenverhältnisse_der_üb_überlänge_der_größeren_ü_key"),
            (kanji, &[1], Check, "名前名前名前名前名_列列列列列列列列列_check"),
            (kanji, &[2], Check, "名前名前名前名前名前名前名前名前名前_b_check"),
            (kanji, &[1], Unique, "名前名前名前名前名_列列列列列列列列列_key"),
        ] {
            assert_eq!(kinds(name, names, columns), [kind], "{name}");
        }
    }

    #[test]
    fn the_names_of_indexes_have_every_column() {
        let looks = |name: &str, kind, index: Index| {
            let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
            t.constraints.push(Constraint { index: KEY_INDEX, ..constraint(9, name, kind, &[1]) });
            t.indexes.push(index);
            // The catalog calls every column of the index `id`.
            guess_name_origins(&mut t, &FakeCatalog::new());
            t.constraints[0].name_origin == NameOrigin::LooksMadeUp
        };
        let including =
            || Index { definition: IndexDefinition { included: vec![2], ..IndexDefinition::default() }, ..index(&[1]) };
        assert!(looks("t_a_b_key", ConstraintKind::Unique, including()));
        assert!(!looks("t_a_key", ConstraintKind::Unique, including()));
        let expression = || Index { key: vec![None, Some(2), Some(2)], ..index(&[]) };
        assert!(looks("t_expr_b_b1_excl", ConstraintKind::Exclusion, expression()));
        assert!(looks("t_id_id_id_excl", ConstraintKind::Exclusion, expression()), "the index has other names");
        assert!(!looks("t_a_b_b1_excl", ConstraintKind::Exclusion, expression()));
    }

    #[test]
    fn what_is_known_or_inherited_is_left_alone() {
        let origin = |name_origin, inherited| {
            let mut t = table("t", vec![column(1, "a", oids::INT8)]);
            let key = constraint(9, "t_pkey", ConstraintKind::PrimaryKey, &[1]);
            t.constraints.push(Constraint { name_origin, inherited, ..key });
            guess_name_origins(&mut t, &FakeCatalog::new());
            t.constraints[0].name_origin
        };
        assert_eq!(origin(NameOrigin::Unknown, false), NameOrigin::LooksMadeUp);
        assert_eq!(origin(NameOrigin::Unknown, true), NameOrigin::Unknown);
        assert_eq!(origin(NameOrigin::Given, false), NameOrigin::Given);
        assert_eq!(origin(NameOrigin::MadeUp, false), NameOrigin::MadeUp);
    }
}
