//! A foreign key must have an index over its columns in the referencing table.

use std::collections::BTreeMap;

use crate::facts::{AccessMethod, AttrNumber, Column, Constraint, Index, Oid, Relation};
use crate::predicates::indexes::covers_rows_with;
use crate::predicates::{subjects, tables};
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::parse::list;
use crate::settings::{BadValue, Level, Preset, TextOption, no_types};
use crate::{fix, sql};

pub static RULE: Rule = Rule {
    id: "fk_without_index",
    summary: "a foreign key that no index of its table supports",
    reason: "Deleting a row of the referenced table, or changing its key, scans the whole referencing table and \
             holds locks while it does.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::CORE,
    options: &[&FK_INDEX_IGNORED_COLUMNS, &FK_INDEX_MAY_FOLLOW],
    explanation: "\
The rule checks the final state of the transaction, so a later statement of it may make the index.

An index supports a foreign key of *n* columns when all of these hold:

* It is valid.
* It is a btree or, for a single column, a hash index. For a temporal key (`PERIOD`) a GiST index counts as well.
* Its first *n* key columns are the columns of the foreign key, in any order. INCLUDE columns and expressions do not \
count.
* It has no condition, or a condition that is nothing but `IS NOT NULL` on columns of the key.

The indexes of primary keys and unique constraints count, too. For a partitioned table, the partitioned index counts; \
the copies of the key in its partitions are reported on the parent only.

Removing the last index that supports the key is a violation as well: with DROP INDEX, by dropping a constraint or a \
column, or with CASCADE. `DROP INDEX CONCURRENTLY` cannot be rolled back and is refused before it runs.

Django and Rails make a key first and its index in the next statement. In a migration that runs outside of a \
transaction (Django's `atomic = False`, Rails' `disable_ddl_transaction!`) the key is already committed at that time. \
Under their presets `guardrail.fk_index_may_follow` is therefore on: the missing index of a new key that its statement \
commits is only a notice, a reminder that the index is due. Between BEGIN and COMMIT, and when an index is removed, \
the option changes nothing.",
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
    types: no_types,
};

/// Whether a missing index is only a notice where the statement that made the key is committed by itself.
pub static FK_INDEX_MAY_FOLLOW: TextOption<bool> = TextOption {
    name: "fk_index_may_follow",
    summary: "Sets whether the index may follow later when a foreign key is made outside of a transaction block.",
    details: "With on, the missing index is then reported as a notice; with off, at the level of the rule.",
    default: "off",
    preset_defaults: &[(Preset::Django, "on"), (Preset::Rails, "on")],
    parse: parse_switch,
    types: no_types,
};

fn parse_switch(text: &str) -> Result<bool, BadValue> {
    match text.trim() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(BadValue { detail: format!("\"{text}\" is neither on nor off."), hint: None }),
    }
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let index_may_follow = *context.option(&FK_INDEX_MAY_FOLLOW) && !context.catalog.in_transaction_block();
    let names: &Vec<String> = context.option(&FK_INDEX_IGNORED_COLUMNS);
    let is_ignored = |column: &&Column| names.contains(&column.name);
    let ignored: Vec<AttrNumber> = relation.columns.iter().filter(is_ignored).map(|column| column.number).collect();
    for constraint in tables::foreign_keys(relation) {
        if !relation.indexes.iter().any(|index| supports(index, constraint, &ignored)) {
            let message = format!("{} has no index", subjects::describe_constraint(constraint, relation));
            // When ALTER COLUMN TYPE makes the key again and the key is then renamed, it has neither its old oid nor its
            // old name. It is then known by its columns.
            let referenced = constraint.foreign_key.as_ref().map(|key| (key.referenced_table, &key.referenced_columns));
            let alias = format!("{:?} {referenced:?}", constraint.columns);
            let is_new = constraint.written_at.is_some();
            let max_level = if index_may_follow && is_new { Level::Notice } else { Level::Error };
            findings.push(Finding::constraint(constraint, message).with_alias(alias).with_max_level(max_level));
        }
    }
}

/// Whether an index supports a foreign key. `ignored` columns may come before those of the key.
fn supports(index: &Index, constraint: &Constraint, ignored: &[AttrNumber]) -> bool {
    let columns = &constraint.columns;
    let is_temporal = constraint.foreign_key.as_ref().is_some_and(|key| key.period);
    let has_suitable_method = match index.method {
        AccessMethod::Btree => true,
        AccessMethod::Hash => columns.len() == 1,
        AccessMethod::Gist => is_temporal,
        AccessMethod::Other => false,
    };
    index.usable && has_suitable_method && covers_rows_with(index, columns) && begins_with(&index.key, columns, ignored)
}

/// Whether a key begins with these columns in any order. Leading `ignored` columns are skipped.
fn begins_with(key: &[Option<AttrNumber>], columns: &[AttrNumber], ignored: &[AttrNumber]) -> bool {
    let mut rest = key;
    loop {
        let head = rest.get(..columns.len());
        if head.is_some_and(|head| columns.iter().all(|column| head.contains(&Some(*column)))) {
            return true;
        }
        match rest.split_first() {
            Some((Some(first), tail)) if ignored.contains(first) => rest = tail,
            _ => return false,
        }
    }
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let Some(constraint) = finding.find_constraint(context.relation) else { return String::new() };
    let relation = context.relation;
    let columns = relation.column_names(&constraint.columns);
    let names = context.chosen_names.get(RULE.id, || suggest_index_names(context));
    let Some(name) = names.get(&constraint.oid) else { return String::new() };
    let table = sql::quote_qualified(&relation.name);
    format!("CREATE INDEX {} ON {table} {};", sql::quote(name), sql::quote_list(&columns))
}

/// A name for the index of each foreign key. Keys over the same columns need one index, and so get one name.
fn suggest_index_names(context: &FixContext<'_>) -> BTreeMap<Oid, String> {
    let relation = context.relation;
    let mut names = fix::PartNames::of(context);
    let mut chosen: BTreeMap<&[AttrNumber], String> = BTreeMap::new();
    let mut suggest = |key: &Constraint| names.choose_index_name(&relation.column_names(&key.columns));
    let keys = tables::foreign_keys(relation);
    keys.map(|key| (key.oid, chosen.entry(&key.columns).or_insert_with(|| suggest(key)).clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, CommandId, Oid, Predicate, oids};
    use crate::testing::{Trial, column, fix_of, foreign_key, index, messages_of, table};

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
        assert!(parse_switch("perhaps").is_err());
    }

    #[test]
    fn the_fix_is_an_index_under_a_free_name() {
        let mut t = referencing(&[2, 1], vec![]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "CREATE INDEX ix_t_b_a ON public.t (b, a);");
        t.indexes.push(Index { name: "ix_t_b_a".into(), ..index(&[3]) });
        assert_eq!(fix_of(&RULE, &t, &[], true), "CREATE INDEX ix_t_b_a_2 ON public.t (b, a);");
    }
}
