//! Whether a column may be NULL, and whether it has a reason to.

use crate::facts::{Action, Column, Constraint, ConstraintKind, Relation};
use crate::predicates::tables;
use crate::rule::{Catalog, Context};

/// How a column's comment begins that gives a reason for NULL.
const NULLABLE: &str = "nullable:";

/// Whether nothing keeps NULL out of a column: no NOT NULL of its own or of its domain, and no check. Generated columns
/// are left out, since their values follow from other columns.
pub fn may_be_null(column: &Column, relation: &Relation, catalog: &dyn Catalog) -> bool {
    let refuses_null = |constraint: &Constraint| {
        constraint.kind == ConstraintKind::Check
            && constraint.validated
            && constraint.enforced
            && constraint.columns.contains(&column.number)
            && catalog.check_shape(constraint.oid).not_null.contains(&column.number)
    };
    !column.not_null
        && !column.generated
        && !catalog.base_type(column.data_type.oid, column.data_type.modifier).not_null
        && !relation.constraints.iter().any(refuses_null)
}

/// Whether the column's comment gives a reason for NULL.
pub fn has_reason_for_null(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let comment = context.catalog.comment(relation.oid, Some(column.number)).unwrap_or_default();
    let comment = comment.trim_start();
    let (start, reason) = comment.split_at_checked(NULLABLE.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(NULLABLE) && !reason.trim().is_empty()
}

/// Whether a foreign key over the column needs it to accept NULL: because an action sets the column to NULL, or because
/// the key references its own table, where the first row can reference no other. A column that references itself needs
/// no NULL, and nothing happens where the key is not enforced.
pub fn must_accept_null(column: &Column, relation: &Relation) -> bool {
    tables::foreign_keys(relation).filter(|constraint| constraint.enforced).any(|constraint| {
        let Some(key) = &constraint.foreign_key else { return false };
        let own = constraint.columns.iter().zip(&key.referenced_columns).find(|(own, _)| **own == column.number);
        let Some((_, referenced)) = own else { return false };
        if (key.referenced_table, *referenced) == (relation.oid, column.number) {
            return false;
        }
        let sets_null = |action: Action| match action {
            Action::SetNull => true,
            Action::SetDefault => !column.has_default,
            _ => false,
        };
        let is_set_on_delete = key.on_delete_columns.is_empty() || key.on_delete_columns.contains(&column.number);
        (is_set_on_delete && sets_null(key.on_delete))
            || sets_null(key.on_update)
            || key.referenced_table == relation.oid
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{AttrNumber, CheckShape, Oid, oids};
    use crate::testing::{FakeCatalog, column, constraint, foreign_key, table};

    fn nullable(number: i16) -> Column {
        Column { not_null: false, ..column(number, "a", oids::TEXT) }
    }

    #[test]
    fn a_check_or_a_domain_may_refuse_null() {
        const CHECK: Oid = 9;
        const DOMAIN: Oid = 17000;
        let mut t = table("t", vec![nullable(1)]);
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
        const FOREIGN_KEY: Oid = 7;
        let is_needed = |action, on_delete_columns: &[AttrNumber]| {
            let mut t = table("t", vec![nullable(1)]);
            t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], action));
            t.constraints[0].foreign_key.as_mut().unwrap().on_delete_columns = on_delete_columns.to_vec();
            must_accept_null(&nullable(1), &t)
        };
        assert!(is_needed(Action::SetNull, &[]));
        assert!(is_needed(Action::SetNull, &[1]));
        assert!(is_needed(Action::SetDefault, &[]));
        assert!(!is_needed(Action::SetNull, &[2]));
        assert!(!is_needed(Action::Cascade, &[]));
        assert!(!is_needed(Action::NoAction, &[]));
        let mut t = table("t", vec![nullable(1)]);
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::Cascade));
        t.constraints[0].foreign_key.as_mut().unwrap().referenced_table = t.oid;
        t.constraints[0].foreign_key.as_mut().unwrap().referenced_columns = vec![2];
        assert!(must_accept_null(&nullable(1), &t));
        t.constraints[0].enforced = false;
        assert!(!must_accept_null(&nullable(1), &t));
    }

    #[test]
    fn a_column_that_references_itself_needs_no_null() {
        const FOREIGN_KEY: Oid = 7;
        let mut t = table("t", vec![nullable(1)]);
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::SetNull));
        t.constraints[0].foreign_key.as_mut().unwrap().referenced_table = t.oid;
        assert!(!must_accept_null(&nullable(1), &t));
    }
}
