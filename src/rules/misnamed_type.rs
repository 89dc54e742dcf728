//! The names of types and domains must fit a pattern.

use crate::facts::Relation;
use crate::predicates::names;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, RelationEdit, Rule};
use crate::settings::name_patterns::TYPE_NAME_PATTERN;

pub static RULE: Rule = Rule {
    id: "misnamed_type",
    summary: "a type or domain whose name does not fit the pattern for types",
    reason: "Names that are all spelled in the same way can be written without quotes and without looking them up.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&TYPE_NAME_PATTERN],
    explanation: "\
The rule checks enum types, composite types, range types and domains. It checks neither the types that come with a \
table nor the multirange type that PostgreSQL makes for a range. The pattern is a regular expression for the whole \
name, without the schema.

The rule checks the names that stand at the end of the transaction. Only new names are reported: a type that already had its name is not reported when something else about it changes. \
Renaming a type from one name that does not fit to another such name is a violation.",
    setup: "",
    bad: "CREATE TYPE \"OrderState\" AS ENUM ('placed', 'paid');",
    good: "CREATE TYPE order_state AS ENUM ('placed', 'paid');",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !relation.kind.is_table() {
        names::check_relation_name(relation, context.option(&TYPE_NAME_PATTERN), findings);
    }
}

fn fix(_: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::Relation(RelationEdit::Name)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RelationKind::{self, *};
    use crate::facts::oids;
    use crate::testing::{column, fix_of, messages_of, table};

    fn of_kind(kind: RelationKind, name: &str) -> Relation {
        Relation { kind, ..table(name, vec![column(1, "a", oids::INT8)]) }
    }

    #[test]
    fn every_kind_of_type_is_checked_and_no_table() {
        for (kind, count) in [(Enum, 1), (CompositeType, 1), (Range, 1), (Domain, 1), (Table, 0), (ForeignTable, 0)] {
            assert_eq!(messages_of(&RULE, &of_kind(kind, "Size"), &[]).len(), count, "{kind:?}");
            assert!(messages_of(&RULE, &of_kind(kind, "size"), &[]).is_empty());
        }
        assert_eq!(
            messages_of(&RULE, &of_kind(Domain, "Size"), &[]),
            ["name of domain \"public.Size\" does not fit the pattern \"[a-z][a-z0-9_]*\""]
        );
    }

    #[test]
    fn the_fix_is_a_name_that_fits() {
        assert_eq!(fix_of(&RULE, &of_kind(Enum, "Size"), &[], false), "ALTER TYPE public.\"Size\" RENAME TO size;");
        assert_eq!(fix_of(&RULE, &of_kind(Domain, "Size"), &[], false), "ALTER DOMAIN public.\"Size\" RENAME TO size;");
    }
}
