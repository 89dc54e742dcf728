//! An index must not be over the tenant column alone.

use crate::facts::{AttrNumber, Index, Predicate, Relation};
use crate::predicates::{subjects, tables};
use crate::rule::{Check, Context, Edit, Finding, IndexEdit, Levels, Moment, NewIndex, Rule};
use crate::settings::Level;
use crate::settings::shared::{MIGRATION_TABLES, TENANT_COLUMN};

pub static RULE: Rule = Rule {
    id: "tenant_index_too_short",
    summary: "an index over the tenant column alone",
    reason: "Queries for the rows of a tenant filter by other columns as well. This index reads all of the tenant's \
             rows for them; an index that goes on with another column serves all of these queries.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&TENANT_COLUMN, &MIGRATION_TABLES],
    explanation: "\
The rule reports nothing until `guardrail.tenant_column` names the tenant column. Then every index whose only column \
is the tenant column violates the rule, whatever its access method.

The rule does not check:

* unique indexes, which allow one row for each tenant;
* indexes with a condition or with INCLUDE columns;
* indexes that back a constraint;
* tables without another column, and migration tables (`guardrail.migration_tables`);
* indexes that a partition inherits, which are reported on the parent only.

The rule checks the final state of the transaction, and `CREATE INDEX CONCURRENTLY` before it runs.

The fix makes an index over the tenant column and the primary key (or the next column of the table) and drops the \
short index. Where a longer index already begins with the tenant column, the fix only drops the short one. After the \
tenant column, choose the columns by which your queries filter.",
    setup: "SET guardrail.tenant_column = 'tenant_id';",
    bad: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, tenant_id bigint NOT NULL, made_on date NOT NULL);
CREATE INDEX ix_orders_tenant_id ON orders (tenant_id);
COMMIT;",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, tenant_id bigint NOT NULL, made_on date NOT NULL);
CREATE INDEX ix_orders_tenant_id_made_on ON orders (tenant_id, made_on);
COMMIT;",
};

/// The number of the tenant column; `None` where the table has none.
fn find_tenant(relation: &Relation, name: Option<&String>) -> Option<AttrNumber> {
    relation.columns.iter().find(|column| Some(&column.name) == name).map(|column| column.number)
}

/// Whether an index is over the tenant column alone and serves no other purpose.
fn is_short(index: &Index, tenant: AttrNumber, relation: &Relation) -> bool {
    index.key == [Some(tenant)]
        && index.definition.included.is_empty()
        && index.predicate == Predicate::None
        && !index.unique
        && relation.constraint_backed_by(index).is_none()
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let name = context.option(&TENANT_COLUMN).as_ref();
    let Some(tenant) = find_tenant(relation, name).filter(|_| relation.columns.len() > 1) else { return };
    for index in relation.indexes.iter().filter(|index| is_short(index, tenant, relation)) {
        if !tables::is_migration_table(relation, context) {
            let message = format!("{} is over the tenant column alone", subjects::describe_index(index, relation));
            findings.push(Finding::index(index, message));
        }
    }
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(index) = finding.find_index(relation) else { return Vec::new() };
    let Some(tenant) = find_tenant(relation, context.option(&TENANT_COLUMN).as_ref()) else { return Vec::new() };
    let is_long = |other: &Index| {
        other.usable && other.predicate == Predicate::None && other.key.len() > 1 && other.key[0] == Some(tenant)
    };
    let longer = NewIndex { columns: choose_longer_columns(tenant, relation), collations: Vec::new() };
    let add = (!relation.indexes.iter().any(is_long)).then_some(Edit::AddIndex(longer));
    add.into_iter().chain([Edit::Index(index.oid, IndexEdit::Drop)]).collect()
}

/// The columns of an index that a fix makes; those that the rule asks for if it is in force.
pub fn lengthen(columns: Vec<AttrNumber>, relation: &Relation, context: &Context<'_>) -> Vec<AttrNumber> {
    let tenant = find_tenant(relation, context.option(&TENANT_COLUMN).as_ref());
    let is_in_force = context.settings.level(RULE.id) != Level::Off && relation.columns.len() > 1;
    match tenant.filter(|tenant| is_in_force && columns == [*tenant]) {
        Some(tenant) => choose_longer_columns(tenant, relation),
        None => columns,
    }
}

/// The tenant column and the primary key, or the tenant column and the first other column.
fn choose_longer_columns(tenant: AttrNumber, relation: &Relation) -> Vec<AttrNumber> {
    let key = relation.primary_key().map_or(&[][..], |key| key.columns.as_slice());
    let mut next: Vec<AttrNumber> = key.iter().copied().filter(|number| *number != tenant).collect();
    if next.is_empty() {
        next.extend(relation.columns.iter().map(|column| column.number).find(|number| *number != tenant));
    }
    [&[tenant][..], &next].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, IndexDefinition, Oid, oids};
    use crate::testing::{column, constraint, fix_of, index, messages_of, table};

    const PRIMARY_KEY: Oid = 9;
    const EXCLUSION: Oid = 10;
    const OTHER_INDEX: Oid = 51;
    const TENANT: [(&str, &str); 1] = [("tenant_column", "tenant_id")];

    /// A table with a tenant column and these indexes.
    fn with_indexes(indexes: Vec<Index>) -> Relation {
        let mut t = table(
            "t",
            vec![column(1, "id", oids::INT8), column(2, "tenant_id", oids::INT8), column(3, "made_on", oids::DATE)],
        );
        t.constraints.push(constraint(PRIMARY_KEY, "pk_t", ConstraintKind::PrimaryKey, &[1]));
        t.indexes = indexes;
        t
    }

    fn count(index: Index) -> usize {
        messages_of(&RULE, &with_indexes(vec![index]), &TENANT).len()
    }

    #[test]
    fn an_index_over_the_tenant_alone_is_a_violation() {
        let t = with_indexes(vec![index(&[2])]);
        let expected = ["index \"some_index\" of table \"public.t\" is over the tenant column alone"];
        assert_eq!(messages_of(&RULE, &t, &TENANT), expected);
        assert!(messages_of(&RULE, &t, &[]).is_empty(), "there is no tenant column");
        assert!(messages_of(&RULE, &t, &[("tenant_column", "customer_id")]).is_empty());
        for key in [&[2, 3][..], &[3], &[3, 2]] {
            assert_eq!(count(index(key)), 0, "{key:?}");
        }
    }

    #[test]
    fn indexes_with_another_purpose_are_exempt() {
        assert_eq!(count(Index { unique: true, ..index(&[2]) }), 0);
        assert_eq!(count(Index { predicate: Predicate::Other, ..index(&[2]) }), 0);
        let definition = IndexDefinition { included: vec![3], ..IndexDefinition::default() };
        assert_eq!(count(Index { definition, ..index(&[2]) }), 0);
        assert_eq!(count(Index { inherited: true, ..index(&[2]) }), 0);
        let mut t = with_indexes(vec![index(&[2])]);
        t.constraints.push(constraint(EXCLUSION, "ex", ConstraintKind::Exclusion, &[2]));
        t.constraints[1].index = t.indexes[0].oid;
        assert!(messages_of(&RULE, &t, &TENANT).is_empty());
        t = table("t", vec![column(2, "tenant_id", oids::INT8)]);
        t.indexes.push(index(&[2]));
        assert!(messages_of(&RULE, &t, &TENANT).is_empty(), "there is no other column");
        assert!(
            messages_of(&RULE, &with_indexes(vec![index(&[2])]), &[TENANT[0], ("migration_tables", "t")]).is_empty()
        );
    }

    #[test]
    fn the_fix_is_a_longer_index() {
        let fix = |indexes| fix_of(&RULE, &with_indexes(indexes), &TENANT, false);
        let (create, drop) = ("ix_t_tenant_id_id ON public.t (tenant_id, id);", "DROP INDEX public.some_index;");
        assert_eq!(fix(vec![index(&[2])]), format!("CREATE INDEX {create}\n{drop}"));
        assert_eq!(fix(vec![index(&[2]), Index { oid: OTHER_INDEX, ..index(&[2, 3]) }]), drop);
    }
}
