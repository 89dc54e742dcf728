//! A foreign key must have an index over its columns in the referencing table.

use super::{choose_type_of_key, is_type_reported, tenant_index_too_short, type_of_referenced};
use crate::facts::{AccessMethod, AttrNumber, Column, Constraint, ForeignKey, Index, KeyComparison, Relation};
use crate::predicates::indexes::covers_rows_with;
use crate::predicates::{subjects, tables};
use crate::rule::{Check, ColumnEdit, Context, Conversion, Edit, Finding, Levels, Moment, NewIndex, Rule, WantedType};
use crate::settings::parse::{list, switch};
use crate::settings::shared::MIGRATION_TABLES;
use crate::settings::{Level, Preset, TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "fk_without_index",
    summary: "a foreign key that no index of its table supports",
    reason: "Deleting a row of the referenced table, or changing its key, scans the whole referencing table and \
             holds locks while it does.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels { prisma: Level::Warning, ..Levels::CORE },
    options: &[&FK_INDEX_IGNORED_COLUMNS, &FK_INDEX_MAY_FOLLOW, &MIGRATION_TABLES],
    explanation: "\
The rule checks the final state of the transaction, so a later statement of it may make the index.

An index supports a foreign key of *n* columns when all of these hold:

* It is valid.
* It is a btree or, for a single column, a hash index. For a temporal key (`PERIOD`) a GiST index counts as well.
* Its first *n* key columns are the columns of the foreign key, in any order. INCLUDE columns and expressions do not \
count.
* The query with which PostgreSQL looks for the referencing rows can use it. Its operator classes must know the \
operators of the key, and its collations must be those of the query, which usually are those of the columns. An index \
over `code COLLATE \"C\"` does not serve a column of another collation, but one with `varchar_pattern_ops` does. Where \
the comparison converts the referencing column (integer to numeric, `char(n)` to text), no index can serve the key \
until the column has the type of the one that it references.
* It has no condition, or a condition that is nothing but `IS NOT NULL` on columns of the key.

The indexes of primary keys and unique constraints count, too. For a partitioned table, the partitioned index counts; \
the copies of the key in its partitions are reported on the parent only.

A key that is NOT ENFORCED (PostgreSQL 18) needs no index until it becomes ENFORCED.

Removing the last index that supports the key is a violation as well: with DROP INDEX, by dropping a constraint or a \
column, or with CASCADE. `DROP INDEX CONCURRENTLY` cannot be rolled back and is refused before it runs; make the other \
index first.

Django and Rails make a key first and its index in the next statement. In a migration that runs outside of a \
transaction (Django's `atomic = False`, Rails' `disable_ddl_transaction!`) the key is already committed at that time. \
Under their presets `guardrail.fk_index_may_follow` is therefore on: the missing index of a new key that its statement \
commits is only a notice, a reminder that the index is due. Between BEGIN and COMMIT, and when an index is removed, \
the option changes nothing.

Prisma makes an index for a key only where the model asks for one: `@@index([customerId])`. Under its preset the rule \
is a warning; a team whose models have these indexes can set it to `error`.

Migration tables (`guardrail.migration_tables`) are not checked, since the migration tools choose their keys.",
    setup: "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);",
    good: "\
BEGIN;
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
COMMIT;",
};

/// The columns that may come first in the index.
pub static FK_INDEX_IGNORED_COLUMNS: TextOption<Vec<String>> = TextOption {
    name: "fk_index_ignored_columns",
    summary: "Sets the columns that may come before those of a foreign key in an index.",
    details: "A comma-separated list of column names as they are stored, for example the tenant column with which \
              every index begins.",
    default: "",
    preset_defaults: &[],
    parse: list::split,
    mentions: no_mentions,
};

/// Whether a missing index is only a notice where the statement that made the key is committed by itself.
pub static FK_INDEX_MAY_FOLLOW: TextOption<bool> = TextOption {
    name: "fk_index_may_follow",
    summary: "Sets whether the index may follow later when a foreign key is made outside of a transaction block.",
    details: "With on, the missing index is then reported as a notice; with off, at the level of the rule.",
    default: "off",
    preset_defaults: &[(Preset::Django, "on"), (Preset::Rails, "on")],
    parse: switch::parse,
    mentions: no_mentions,
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let index_may_follow = *context.option(&FK_INDEX_MAY_FOLLOW) && !context.catalog.in_transaction_block();
    // PostgreSQL checks nothing for a key that is not enforced, and so needs no index.
    for constraint in tables::foreign_keys(relation).filter(|constraint| constraint.enforced) {
        let supports = |index: &Index| supports(index, constraint, relation, context);
        if !relation.indexes.iter().any(supports) {
            let subject = subjects::describe_constraint(constraint, relation);
            let message = match relation.index_to_drop.as_ref().filter(|index| supports(index)) {
                Some(_) => format!("{subject} would be left without an index"),
                None => format!("{subject} has no index"),
            };
            // When ALTER COLUMN TYPE makes the key again and the key is then renamed, it has neither its old oid nor its
            // old name. It is then known by its columns.
            let referenced = constraint.foreign_key.as_ref().map(|key| (key.referenced_table, &key.referenced_columns));
            let alias = format!("{:?} {referenced:?}", constraint.columns);
            let is_new = constraint.written_at.is_some();
            let max_level = if index_may_follow && is_new { Level::Notice } else { Level::Error };
            findings.push(Finding::constraint(constraint, message).with_alias(alias).with_max_level(max_level));
        }
    }
    tables::leave_out_migration_table(relation, context, findings);
}

/// Whether an index supports a foreign key.
fn supports(index: &Index, constraint: &Constraint, relation: &Relation, context: &Context<'_>) -> bool {
    let columns = &constraint.columns;
    let is_temporal = constraint.foreign_key.as_ref().is_some_and(|key| key.period);
    let has_suitable_method = match index.method {
        AccessMethod::Btree => true,
        AccessMethod::Hash => columns.len() == 1,
        AccessMethod::Gist => is_temporal,
        AccessMethod::Other => false,
    };
    let is_candidate = index.usable && has_suitable_method && covers_rows_with(index, columns);
    is_candidate
        && find_start(index, columns, relation, context).is_some_and(|start| {
            (start..start + columns.len()).all(|at| is_searched(at, index, constraint, relation, context))
        })
}

/// Where the columns of a foreign key begin among the key columns of an index: at its first one, or behind columns that
/// may come before. They may stand in any order.
fn find_start(index: &Index, columns: &[AttrNumber], relation: &Relation, context: &Context<'_>) -> Option<usize> {
    let names: &Vec<String> = context.option(&FK_INDEX_IGNORED_COLUMNS);
    let is_ignored = |number: &Option<AttrNumber>| {
        let column: Option<&Column> = number.and_then(|number| relation.column(number));
        column.is_some_and(|column| names.contains(&column.name))
    };
    let ignored = index.key.iter().take_while(|number| is_ignored(number)).count();
    let begins = |start: &usize| {
        let head = index.key.get(*start..*start + columns.len());
        head.is_some_and(|head| columns.iter().all(|column| head.contains(&Some(*column))))
    };
    (0..=ignored).find(begins)
}

/// Whether PostgreSQL's query for the referencing rows can search a key column of an index, the one at this position.
fn is_searched(at: usize, index: &Index, constraint: &Constraint, relation: &Relation, context: &Context<'_>) -> bool {
    let Some(key) = &constraint.foreign_key else { return false };
    let position = constraint.columns.iter().position(|column| Some(*column) == index.key[at]);
    let Some(position) = position else { return false };
    // A btree finds the rows of a temporal key by its other columns.
    if key.period && position + 1 == constraint.columns.len() && index.method == AccessMethod::Btree {
        return true;
    }
    let catalog = context.catalog;
    let Some(column) = relation.column(constraint.columns[position]) else { return false };
    let KeyComparison { operator, collation, converts } = catalog.key_comparison(column, key, position);
    let of_index = |list: &[u32]| list.get(at).copied().unwrap_or_default();
    let own_collation = of_index(&index.definition.collations);
    !converts
        && (own_collation == 0 || own_collation == collation)
        && catalog.can_search(of_index(&index.definition.operator_classes), operator)
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(constraint) = finding.find_constraint(relation) else { return Vec::new() };
    let Some(key) = &constraint.foreign_key else { return Vec::new() };
    let (mut edits, mut collations) = (Vec::new(), Vec::new());
    for (at, column) in constraint.columns.iter().filter_map(|number| relation.column(*number)).enumerate() {
        let comparison = context.catalog.key_comparison(column, key, at);
        edits.extend(make_searchable(column, key, at, comparison, relation, context));
        let needs_collation = comparison.collation != 0 && comparison.collation != column.collation;
        collations.push(needs_collation.then(|| context.catalog.collation_sql(comparison.collation)));
    }
    let columns = tenant_index_too_short::lengthen(constraint.columns.clone(), relation, context);
    edits.push(Edit::AddIndex(NewIndex { columns, collations }));
    edits
}

/// Where no index over the column can be searched by PostgreSQL's query, the column gets the type of the one that it
/// references.
fn make_searchable(
    column: &Column,
    key: &ForeignKey,
    at: usize,
    comparison: KeyComparison,
    relation: &Relation,
    context: &Context<'_>,
) -> Option<Edit> {
    let catalog = context.catalog;
    let is_period = key.period && at + 1 == key.referenced_columns.len();
    let default_class = catalog.default_operator_class(column.data_type.oid);
    if is_period || (!comparison.converts && catalog.can_search(default_class, comparison.operator)) {
        return None;
    }
    let number = *key.referenced_columns.get(at)?;
    let referenced = catalog.column_type(key.referenced_table, number)?;
    if is_type_reported(column, referenced, relation, context) {
        return Some(choose_type_of_key(column, referenced, relation, context));
    }
    let sql = type_of_referenced(key.referenced_table, number, referenced, context);
    let wanted = WantedType::Other(sql, Conversion::AsReferenced);
    Some(Edit::Column(column.number, ColumnEdit::Type(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, CommandId, Oid, Predicate, oids};
    use crate::testing::{FakeCatalog, Trial, column, fix_of, foreign_key, index, messages_of, table};

    /// A table with columns 1 to 4 and a foreign key over `key`.
    fn referencing(key: &[AttrNumber], indexes: Vec<Index>) -> Relation {
        const FOREIGN_KEY: Oid = 9;
        let columns = ["a", "b", "c", "tenant"];
        let mut t = table("t", (1..).zip(columns).map(|(number, name)| column(number, name, oids::INT8)).collect());
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk", key, Action::Cascade));
        t.indexes = indexes;
        t
    }

    fn is_supported(key: &[AttrNumber], index: Index) -> bool {
        messages_of(&RULE, &referencing(key, vec![index]), &[]).is_empty()
    }

    #[test]
    fn a_foreign_key_without_an_index_is_a_violation() {
        assert_eq!(
            messages_of(&RULE, &referencing(&[1], vec![]), &[]),
            ["foreign key \"fk\" of table \"public.t\" has no index"]
        );
    }

    #[test]
    fn the_order_of_the_first_columns_does_not_matter() {
        assert!(is_supported(&[1], index(&[1])));
        assert!(is_supported(&[1], index(&[1, 2])));
        assert!(is_supported(&[1, 2], index(&[2, 1])));
        assert!(is_supported(&[1, 2], index(&[2, 1, 3])));
        assert!(!is_supported(&[1], index(&[2, 1])));
        assert!(!is_supported(&[1, 2], index(&[1, 3, 2])));
        assert!(!is_supported(&[1, 2], index(&[1])));
        assert!(!is_supported(&[1], Index { key: vec![None, Some(1)], ..index(&[]) }));
    }

    #[test]
    fn the_access_method_must_find_equal_values() {
        let hash = Index { method: AccessMethod::Hash, ..index(&[1]) };
        assert!(is_supported(&[1], hash));
        assert!(!is_supported(&[1], Index { method: AccessMethod::Other, ..index(&[1]) }));
        assert!(!is_supported(&[1], Index { method: AccessMethod::Gist, ..index(&[1]) }));
    }

    #[test]
    fn a_partial_index_must_hold_every_referencing_row() {
        let partial = |predicate| Index { predicate, ..index(&[1, 2]) };
        assert!(is_supported(&[1, 2], partial(Predicate::NotNull(vec![1]))));
        assert!(!is_supported(&[1, 2], partial(Predicate::NotNull(vec![1, 3]))));
        assert!(!is_supported(&[1, 2], partial(Predicate::Other)));
        assert!(!is_supported(&[1], Index { usable: false, ..index(&[1]) }));
    }

    #[test]
    fn the_query_of_the_key_must_be_able_to_use_it() {
        const TEXT_EQUALS: Oid = 98;
        const PATTERN_OPS: Oid = 4217;
        const COLLATION: Oid = 950;
        const OTHER_COLLATION: Oid = 951;
        let compared = KeyComparison { operator: TEXT_EQUALS, collation: COLLATION, ..KeyComparison::default() };
        let is_supported = |operator_class, collation, comparison| {
            let mut index = index(&[1]);
            (index.definition.operator_classes, index.definition.collations) = (vec![operator_class], vec![collation]);
            let catalog = FakeCatalog::new().comparison(1, comparison).operator_class(PATTERN_OPS, TEXT_EQUALS);
            Trial::of(&RULE, &[]).in_catalog(catalog).messages(&referencing(&[1], vec![index])).is_empty()
        };
        assert!(is_supported(PATTERN_OPS, COLLATION, compared));
        assert!(!is_supported(PATTERN_OPS, OTHER_COLLATION, compared));
        assert!(!is_supported(0, COLLATION, compared), "another operator class");
        assert!(!is_supported(PATTERN_OPS, COLLATION, KeyComparison { converts: true, ..compared }));
    }

    #[test]
    fn a_key_that_is_not_enforced_needs_no_index() {
        let mut t = referencing(&[1], vec![]);
        t.constraints[0].enforced = false;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn an_index_that_is_dropped_concurrently_is_made_anew_in_the_same_way() {
        let t = Relation { index_to_drop: Some(index(&[1])), ..referencing(&[1], vec![]) };
        let expected = ["foreign key \"fk\" of table \"public.t\" would be left without an index"];
        assert_eq!(messages_of(&RULE, &t, &[]), expected);
        assert_eq!(fix_of(&RULE, &t, &[], false), "CREATE INDEX CONCURRENTLY ix_t_a ON public.t (a);");
        let t = Relation { index_to_drop: Some(index(&[2])), ..t };
        assert_eq!(messages_of(&RULE, &t, &[]), ["foreign key \"fk\" of table \"public.t\" has no index"]);
    }

    #[test]
    fn the_fix_is_an_index_that_can_be_used() {
        const COLLATION: Oid = 950;
        const SOME_OPERATOR: Oid = 98;
        let fix = |comparison| {
            let catalog = FakeCatalog::new().comparison(1, comparison);
            Trial::of(&RULE, &[]).in_catalog(catalog).fix(&referencing(&[1], vec![]), false)
        };
        let other_collation = KeyComparison { collation: COLLATION, ..KeyComparison::default() };
        assert_eq!(fix(other_collation), "CREATE INDEX ix_t_a ON public.t (a COLLATE collation 950);");
        let change = "ALTER TABLE public.t ALTER COLUMN a TYPE type 20 USING a::type 20;\n\
                      CREATE INDEX ix_t_a ON public.t (a);";
        assert_eq!(fix(KeyComparison { converts: true, ..KeyComparison::default() }), change);
        assert_eq!(fix(KeyComparison { operator: SOME_OPERATOR, ..KeyComparison::default() }), change);
    }

    #[test]
    fn the_fix_is_by_hand_where_another_rule_refuses_the_type() {
        let discouraged = [("discouraged_types", r#"{"bigint": "text"}"#)];
        let converts = FakeCatalog::new().comparison(1, KeyComparison { converts: true, ..KeyComparison::default() });
        let fix = Trial::of(&RULE, &discouraged).in_catalog(converts).fix(&referencing(&[1], vec![]), false);
        let text = "-- Choose a type for column a of table public.t and for the column that it references, and change \
                    both together. A column of this name must not be of type type 20.";
        assert_eq!(fix, text);
    }

    #[test]
    fn ignored_columns_may_come_first() {
        let options = [("fk_index_ignored_columns", "tenant")];
        let count = |key: &[AttrNumber], index_key: &[AttrNumber]| {
            messages_of(&RULE, &referencing(key, vec![index(index_key)]), &options).len()
        };
        assert_eq!(count(&[1], &[4, 1]), 0);
        assert_eq!(count(&[1], &[4, 2, 1]), 1);
        assert_eq!(count(&[4, 1], &[4, 1]), 0, "the tenant key may be part of the foreign key");
        assert_eq!(count(&[1], &[1, 4]), 0);
    }

    #[test]
    fn the_index_of_a_new_key_may_follow() {
        const SOME_COMMAND: CommandId = 3;
        let mut t = referencing(&[1], vec![]);
        let level = |t: &Relation, text| Trial::of(&RULE, &[("fk_index_may_follow", text)]).findings(t)[0].max_level;
        assert_eq!(level(&t, "on"), Level::Error, "an old key has lost its index");
        t.constraints[0].written_at = Some(SOME_COMMAND);
        assert_eq!((level(&t, "on"), level(&t, "off")), (Level::Notice, Level::Error));
    }

    #[test]
    fn the_fix_is_an_index_under_a_free_name() {
        let mut t = referencing(&[2, 1], vec![]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "CREATE INDEX ix_t_b_a ON public.t (b, a);");
        t.indexes.push(Index { name: "ix_t_b_a".into(), ..index(&[3]) });
        assert_eq!(fix_of(&RULE, &t, &[], false), "CREATE INDEX ix_t_b_a_2 ON public.t (b, a);");
    }
}
