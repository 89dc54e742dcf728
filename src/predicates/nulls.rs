//! Columns that may be NULL, as several rules ask.

use crate::facts::{Action, Column, Constraint, ConstraintKind, Relation};
use crate::predicates::tables;
use crate::rule::{Catalog, Context};

/// What a column's comment begins with that says why the column may be NULL.
const NULLABLE: &str = "nullable:";

/// Whether a column may be NULL for all that the table says. What a generated column holds follows from other columns.
pub fn may_be_null(column: &Column, relation: &Relation, catalog: &dyn Catalog) -> bool {
    let refused_by = |check: &&Constraint| {
        check.kind == ConstraintKind::Check
            && check.validated
            && check.enforced
            && check.columns.contains(&column.number)
            && catalog.check_shape(check.oid).not_null.contains(&column.number)
    };
    !column.not_null
        && !column.generated
        && !catalog.base_type(column.data_type.oid, column.data_type.modifier).not_null
        && !relation.constraints.iter().any(|constraint| refused_by(&constraint))
}

/// Whether the column's comment says why it may be NULL.
pub fn says_why(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let comment = context.catalog.comment(relation.oid, Some(column.number)).unwrap_or_default();
    let comment = comment.trim_start();
    let (start, reason) = comment.split_at_checked(NULLABLE.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(NULLABLE) && !reason.trim().is_empty()
}

/// Whether a foreign key has to be able to set the column to NULL, or to end there: one that refers to its own table
/// ends at a row that refers to none.
pub fn needs_null(column: &Column, relation: &Relation) -> bool {
    tables::foreign_keys(relation).filter(|constraint| constraint.columns.contains(&column.number)).any(|constraint| {
        let Some(key) = &constraint.foreign_key else { return false };
        let is_emptied = |action: Action| match action {
            Action::SetNull => true,
            Action::SetDefault => !column.has_default,
            _ => false,
        };
        let of_delete = key.on_delete_columns.is_empty() || key.on_delete_columns.contains(&column.number);
        (of_delete && is_emptied(key.on_delete)) || is_emptied(key.on_update) || key.referenced_table == relation.oid
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{CheckShape, Oid, oids};
    use crate::testing::{FakeCatalog, column, constraint, foreign_key, table};

    fn nullable(number: i16) -> Column {
        Column { not_null: false, ..column(number, "a", oids::TEXT) }
    }

    #[test]
    fn a_check_or_a_domain_may_refuse_null() {
        let mut t = table("t", vec![nullable(1)]);
        const CHECK: Oid = 9;
        const DOMAIN: Oid = 17000;
        let refuses_null = CheckShape { not_null: vec![1], ..CheckShape::default() };
        let catalog = FakeCatalog::new().check(CHECK, refuses_null).domain(DOMAIN, oids::TEXT, true, false);
        assert!(may_be_null(&nullable(1), &t, &catalog));
        t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
        assert!(!may_be_null(&nullable(1), &t, &catalog));
        t.constraints[0].validated = false;
        assert!(may_be_null(&nullable(1), &t, &catalog));
        (t.constraints[0].validated, t.constraints[0].enforced) = (true, false);
        assert!(may_be_null(&nullable(1), &t, &catalog));
        let generated = Column { generated: true, ..nullable(1) };
        assert!(!may_be_null(&generated, &t, &catalog));
        let of_domain = Column { not_null: false, ..column(1, "a", DOMAIN) };
        assert!(!may_be_null(&of_domain, &t, &catalog));
    }

    #[test]
    fn a_foreign_key_may_need_null() {
        let needs = |action, columns: &[i16]| {
            let mut t = table("t", vec![nullable(1)]);
            t.constraints.push(foreign_key(7, "fk", &[1], action));
            t.constraints[0].foreign_key.as_mut().unwrap().on_delete_columns = columns.to_vec();
            needs_null(&nullable(1), &t)
        };
        assert!(needs(Action::SetNull, &[]) && needs(Action::SetNull, &[1]) && needs(Action::SetDefault, &[]));
        assert!(!needs(Action::SetNull, &[2]) && !needs(Action::Cascade, &[]) && !needs(Action::NoAction, &[]));
        let mut t = table("t", vec![nullable(1)]);
        t.constraints.push(foreign_key(7, "fk", &[1], Action::Cascade));
        t.constraints[0].foreign_key.as_mut().unwrap().referenced_table = t.oid;
        assert!(needs_null(&nullable(1), &t));
    }
}
