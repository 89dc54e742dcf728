//! The columns of a foreign key must be of the types of the columns that they reference.

use super::{choose_type_of_key, is_type_reported, type_of_referenced};
use crate::facts::{AttrNumber, Column, Constraint, ImplicitCast, Oid, Relation, oids};
use crate::fix::key;
use crate::predicates::subjects;
use crate::rule::{Catalog, Check, Context, Conversion, Edit, Finding, Levels, Moment, Rule, Subject, WantedType};
use crate::sql::{quote, quote_qualified};

pub static RULE: Rule = Rule {
    id: "fk_type_mismatch",
    summary: "a foreign-key column of another type than the column it references",
    reason: "Every check of the key converts one side, values of the wider type do not fit into the narrower one, and \
             joins may not use an index.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
The types are compared without their modifiers: `varchar(10)` may reference `varchar(20)`. A domain counts as the type \
below it. Types between which PostgreSQL converts nothing may reference each other: `text` and `varchar`, but not \
`integer` and `bigint` or `text` and `char(n)`.

The rule checks the final state of the transaction, in which the types of both columns may be changed one after the \
other. The referencing table is reported, whichever of the two columns has changed. Keys that a partition inherits are \
reported on the parent only.",
    setup: "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id integer NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);",
    good: "\
BEGIN;
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
COMMIT;",
};

/// A column of a foreign key that is of another type than what it references.
struct Mismatch<'r> {
    constraint: &'r Constraint,
    column: &'r Column,
    /// The table that is referenced, its column, and the type of that.
    table: Oid,
    referenced_column: AttrNumber,
    referenced: Oid,
}

impl Mismatch<'_> {
    /// The cause of the finding: it tells this mismatch from another one of the same column.
    fn cause(&self) -> String {
        format!("{} {} {}", self.column.data_type.oid, self.table, self.referenced)
    }
}

/// Every mismatch in these constraints of a table.
fn find_mismatches<'r>(
    constraints: impl IntoIterator<Item = &'r Constraint>,
    relation: &'r Relation,
    catalog: &dyn Catalog,
) -> Vec<Mismatch<'r>> {
    let mut found = Vec::new();
    for constraint in constraints {
        let Some(key) = &constraint.foreign_key else { continue };
        let table = key.referenced_table;
        for (number, referenced_column) in constraint.columns.iter().zip(key.referenced_columns.iter().copied()) {
            let column = relation.column(*number);
            let referenced = catalog.column_type(table, referenced_column);
            if let (Some(column), Some(referenced)) = (column, referenced)
                && !is_same_type(column.data_type.oid, referenced, catalog)
            {
                found.push(Mismatch { constraint, column, table, referenced_column, referenced });
            }
        }
    }
    found
}

/// Whether two types are the same, a domain counting as the type below it, or PostgreSQL compares their values without
/// converting any. Modifiers do not matter.
fn is_same_type(data_type: Oid, other: Oid, catalog: &dyn Catalog) -> bool {
    let (data_type, other) = (catalog.base_type(data_type, -1).oid, catalog.base_type(other, -1).oid);
    let casts = [catalog.implicit_cast(data_type, other), catalog.implicit_cast(other, data_type)];
    data_type == other
        || (casts.contains(&Some(ImplicitCast::Relabel)) && !casts.contains(&Some(ImplicitCast::Function)))
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for mismatch in find_mismatches(&relation.constraints, relation, context.catalog) {
        let Mismatch { constraint, column, referenced, .. } = mismatch;
        let message = format!(
            "{} is of type {}, but foreign key \"{}\" references type {}",
            subjects::describe_column(column, relation),
            context.catalog.type_sql(column.data_type.oid, -1),
            constraint.name,
            context.catalog.type_sql(referenced, -1)
        );
        let other = context.catalog.table_name(mismatch.table).unwrap_or_default();
        let subject = Subject::Names(vec![column.name.clone(), "references".to_owned(), other.schema, other.name]);
        let finding = Finding::column(column, message).with_cause(mismatch.cause()).with_subject(subject);
        // Whether the violation is reported here or on the parent depends on the key, though the finding is about a
        // column.
        let baseline_only = constraint.inherited;
        findings.push(Finding { baseline_only, ..finding.with_data_type(column.data_type.oid) });
    }
}

/// The narrower of two integers becomes the wider one, on whichever side it is. Otherwise the referencing column gets the
/// type of the referenced one, whose values it has. All columns of the key change together, so that PostgreSQL makes the
/// key again only once.
fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let catalog = context.catalog;
    let Some(column) = finding.find_column(relation) else { return Vec::new() };
    let is_found =
        |mismatch: &Mismatch<'_>| mismatch.column.number == column.number && mismatch.cause() == finding.cause;
    let over_column = relation.constraints.iter().filter(|constraint| constraint.columns.contains(&column.number));
    let mut of_each_key = over_column.map(|constraint| find_mismatches([constraint], relation, catalog));
    let mismatches = of_each_key.find(|mismatches| mismatches.iter().any(&is_found)).unwrap_or_default();
    mismatches.iter().flat_map(|mismatch| adapt(mismatch, relation, context)).collect()
}

/// Makes the types of one column and of the one that it references the same.
fn adapt(mismatch: &Mismatch<'_>, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let (own, referenced) = (mismatch.column.data_type.oid, mismatch.referenced);
    let width = |oid: Oid| oids::INTEGERS.iter().position(|other| *other == oid);
    let to = |oid, conversion| WantedType::Other(context.catalog.type_sql(oid, -1), conversion);
    let conversion = match (width(own), width(referenced)) {
        (Some(own_width), Some(width)) if own_width > width => {
            let column = (mismatch.table, mismatch.referenced_column);
            return key::change_with_references(column, &to(own, Conversion::Widen), own, relation, context);
        }
        (Some(_), Some(_)) => Conversion::Widen,
        _ => Conversion::AsReferenced,
    };
    if let Some(other) = find_other_type(mismatch, relation, context) {
        let (column, other) = (quote(&mismatch.column.name), context.catalog.type_sql(other, -1));
        let table = quote_qualified(&relation.name);
        return vec![Edit::ByHand(format!(
            "Choose a type for column {column} of table {table}. Another foreign key over it references type {other}."
        ))];
    }
    if conversion == Conversion::AsReferenced && is_type_reported(mismatch.column, referenced, relation, context) {
        return vec![choose_type_of_key(mismatch.column, referenced, relation, context)];
    }
    let column = (relation.oid, mismatch.column.number);
    let sql = type_of_referenced(mismatch.table, mismatch.referenced_column, referenced, context);
    key::change_with_references(column, &WantedType::Other(sql, conversion), referenced, relation, context)
}

/// The type that another foreign key over the column of a mismatch references, where that is another one.
fn find_other_type(mismatch: &Mismatch<'_>, relation: &Relation, context: &Context<'_>) -> Option<Oid> {
    let referenced = |constraint: &Constraint| {
        let key = constraint.foreign_key.as_ref()?;
        let at = constraint.columns.iter().position(|number| *number == mismatch.column.number)?;
        context.catalog.column_type(key.referenced_table, *key.referenced_columns.get(at)?)
    };
    relation.constraints.iter().filter_map(referenced).find(|oid| *oid != mismatch.referenced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, oids};
    use crate::testing::{FakeCatalog, Trial, column, fix_of, foreign_key, messages_of, table};

    /// A table with a column of this type that references `public.parent (id)`, a bigint.
    fn referencing(type_oid: Oid) -> Relation {
        const FOREIGN_KEY: Oid = 9;
        let mut t = table("orders", vec![column(1, "customer_id", type_oid)]);
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk_c", &[1], Action::Cascade));
        t
    }

    #[test]
    fn the_types_must_be_the_same() {
        assert_eq!(
            messages_of(&RULE, &referencing(oids::INT4), &[]),
            ["column \"customer_id\" of table \"public.orders\" is of type type 23, but foreign key \"fk_c\" \
              references type type 20"]
        );
        assert!(messages_of(&RULE, &referencing(oids::INT8), &[]).is_empty());
        let mut t = referencing(oids::INT4);
        t.constraints[0].inherited = true;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn types_that_postgresql_does_not_convert_are_no_mismatch() {
        use ImplicitCast::{Function, Relabel};
        const CIDR: Oid = 650;
        let found = |casts: &[(Oid, Oid, ImplicitCast)]| {
            let catalog = casts.iter().fold(FakeCatalog::new(), |fake, (from, to, cast)| fake.cast(*from, *to, *cast));
            Trial::of(&RULE, &[]).in_catalog(catalog).messages(&referencing(CIDR)).len()
        };
        assert_eq!(found(&[(CIDR, oids::INT8, Relabel)]), 0);
        assert_eq!(found(&[(oids::INT8, CIDR, Relabel)]), 0);
        assert_eq!(found(&[(CIDR, oids::INT8, Relabel), (oids::INT8, CIDR, Function)]), 1, "text and char(n)");
        assert_eq!(found(&[(CIDR, oids::INT8, Function)]), 1);
    }

    #[test]
    fn the_fix_changes_the_column() {
        let t = referencing(oids::INT4);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.orders ALTER COLUMN customer_id TYPE type 20;");
    }
    #[test]
    fn the_fix_is_by_hand_where_another_rule_refuses_the_type() {
        let discouraged = [("discouraged_types", r#"{"bigint": "text"}"#)];
        let text = fix_of(&RULE, &referencing(oids::TEXT), &discouraged, false);
        assert!(text.starts_with("-- Choose a type for column customer_id of table public.orders and for "), "{text}");
    }
}
