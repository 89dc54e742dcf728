//! Tables must have row-level security on.

use crate::facts::Relation;
use crate::predicates::tables;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, RelationEdit, Rule};
use crate::settings::parse::patterns::Patterns;
use crate::settings::{TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "rls_disabled",
    summary: "a table with row-level security off",
    reason: "Every role that may read the table reads all of its rows, whoever they belong to.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::NONE,
    options: &[&RLS_SCHEMAS],
    explanation: "\
The rule checks the final state of the transaction, so ENABLE ROW LEVEL SECURITY may follow CREATE TABLE. \
`guardrail.rls_schemas` names the schemas whose tables need row-level security, for example those that an API shows to \
its users. If it is empty, the tables of every schema need it. The rule does not check whether a table has policies: \
without any, only the owner sees its rows.

Foreign tables are not checked: they have no row-level security. Partitions are not checked, either: a query of the \
partitioned table follows the policies of that table. Grant nothing on the partitions themselves.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
COMMIT;",
};

/// The schemas whose tables need row-level security.
pub static RLS_SCHEMAS: TextOption<Patterns> = TextOption {
    name: "rls_schemas",
    summary: "Sets the schemas whose tables need row-level security.",
    details: "A comma-separated list of regular expressions, each matched against the whole name. If the list is \
              empty, the tables of every schema need it. Double quotes around an item keep its commas.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let schemas = context.option(&RLS_SCHEMAS);
    let is_needed = schemas.is_empty() || schemas.matches(&relation.name.schema);
    if tables::is_local_table(relation) && is_needed && !relation.row_security {
        let finding = Finding::relation(format!("table \"{}\" has row-level security off", relation.name));
        findings.push(finding.reported_on_parent_if(relation.is_partition));
    }
}

fn fix(_: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::Relation(RelationEdit::RowSecurity)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RelationKind;
    use crate::testing::{fix_of, messages_of, table};

    #[test]
    fn the_tables_of_the_listed_schemas_need_row_security() {
        let mut t = table("t", vec![]);
        let count = |t: &Relation, schemas| messages_of(&RULE, t, &[("rls_schemas", schemas)]).len();
        assert_eq!(messages_of(&RULE, &t, &[]), ["table \"public.t\" has row-level security off"]);
        assert_eq!(count(&t, "api_.*, public"), 1);
        assert_eq!(count(&t, "api_.*"), 0);
        assert_eq!(count(&t, "pub"), 0);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;");
        t.row_security = true;
        assert_eq!(count(&t, ""), 0);
    }

    #[test]
    fn foreign_tables_types_and_partitions_are_exempt() {
        let mut t = table("t", vec![]);
        for (kind, count) in [
            (RelationKind::PartitionedTable, 1),
            (RelationKind::ForeignTable, 0),
            (RelationKind::CompositeType, 0),
            (RelationKind::Domain, 0),
        ] {
            t.kind = kind;
            assert_eq!(messages_of(&RULE, &t, &[]).len(), count, "{kind:?}");
        }
        (t.kind, t.is_partition) = (RelationKind::Table, true);
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }
}
