//! Columns for amounts of money must be of an exact type.

use crate::facts::{Column, Oid, Relation, TypeShape, TypeUse, oids};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Check, ColumnEdit, Context, Conversion, Edit, Finding, Levels, Moment, Rule, WantedType};
use crate::settings::parse::patterns::Patterns;
use crate::settings::shared::MIGRATION_TABLES;
use crate::settings::{TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "inexact_money",
    summary: "an amount of money in a floating-point column, or a column of type money",
    reason: "A binary fraction cannot hold most amounts, so sums come out wrong; the type money takes its currency and \
             its decimals from a setting of the session.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&MONEY_COLUMNS, &MIGRATION_TABLES],
    explanation: "\
A `real` or `double precision` column violates the rule when its name matches `guardrail.money_columns`. By default \
these are the names whose last word is a word for money: `price`, `unit_price`, `order_total`, `salaries`. One more \
word may follow for the kind of amount or its currency: `amount_due`, `price_eur`. Other names that contain such a \
word are not reported: `price_id`, `total_count`, `fee_rate`, `cost_factor`.

A column of type `money` violates the rule whatever its name is. Arrays of these types and domains over them are \
checked in the same way. Renaming a column to a name that matches is a violation as well.

Columns that a partition or an inheritance child inherits are reported on the parent only. Migration tables \
(`guardrail.migration_tables`) are not checked.

The fix is `numeric(12,2)`. Whole cents in a `bigint` are fine, too, under a name that says so.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, unit_price double precision NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, unit_price numeric(12,2) NOT NULL);",
};

/// The names of columns that hold amounts of money.
pub static MONEY_COLUMNS: TextOption<Patterns> = TextOption {
    name: "money_columns",
    summary: "Sets the names of columns that hold amounts of money.",
    details: "A comma-separated list of regular expressions, each matched against the whole name.",
    default: "(.*_)?(amount|price|cost|total|subtotal|balance|fee|fare|salary|salaries|wage|payment|refund|deposit|\
              revenue|income|profit|expense|debt|budget)s?(_(due|paid|net|gross|cents|usd|eur|gbp|chf|jpy|cny|inr))?",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

/// The floating-point types: real and double precision.
const FLOATS: [Oid; 2] = [oids::FLOAT4, oids::FLOAT8];

/// The type that the fix gives a column.
const EXACT_TYPE: &str = "numeric(12,2)";

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !relation.kind.is_table() {
        return;
    }
    for column in &relation.columns {
        let Some(inexact) = find_inexact_type(column, context) else { continue };
        let is_money = || context.option(&MONEY_COLUMNS).matches(&column.name);
        if (inexact != oids::MONEY && !is_money()) || tables::is_migration_table(relation, context) {
            continue;
        }
        let problem = match inexact {
            oids::MONEY => "is of type money",
            _ => "holds money in a floating-point type",
        };
        let message = format!("{} {problem}", subjects::describe_column(column, relation));
        findings.push(Finding::column(column, message).with_data_type(column.data_type.oid));
    }
}

/// The inexact type that a column is of, or is an array of or a domain over.
fn find_inexact_type(column: &Column, context: &Context<'_>) -> Option<Oid> {
    let own = &column.data_type;
    if !FLOATS.iter().chain([&oids::MONEY]).any(|oid| own.contains(*oid)) {
        return None;
    }
    let innermost = innermost_type(column, context).0;
    (FLOATS.contains(&innermost) || innermost == oids::MONEY).then_some(innermost)
}

/// The type that is left of a column's type without arrays and domains, and whether there was an array.
fn innermost_type(column: &Column, context: &Context<'_>) -> (Oid, bool) {
    let own = &column.data_type;
    let (mut current, mut is_array) = (TypeUse { oid: own.oid, modifier: own.modifier }, false);
    loop {
        match context.catalog.type_shape(current.oid, current.modifier) {
            TypeShape::Array { element } => (current, is_array) = (element, true),
            TypeShape::Domain { base } => current = base,
            _ => return (current.oid, is_array),
        }
    }
}

/// Amounts that are there already may have more decimals than two.
fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(column) = finding.find_column(relation) else { return Vec::new() };
    let exact = if context.catalog.has_rows(relation.oid) == Some(false) { EXACT_TYPE } else { "numeric" };
    // PostgreSQL has one type for arrays of any number of dimensions.
    let (_, is_array) = innermost_type(column, context);
    let data_type = if is_array { format!("{exact}[]") } else { exact.to_owned() };
    vec![Edit::Column(column.number, ColumnEdit::Type(WantedType::Other(data_type, Conversion::Cast)))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DataType, RelationKind};
    use crate::testing::{FakeCatalog, Trial, column, messages_of, table};

    const DOMAIN: Oid = 17000;
    const ARRAY: Oid = 18000;

    /// A table with a column of a type that is made of double precision: [`DOMAIN`] or [`ARRAY`].
    fn with_type_over_float(name: &str, oid: Oid) -> Relation {
        let data_type = DataType { oid, modifier: -1, component_types: [oids::FLOAT8].into() };
        table("t", vec![Column { data_type, ..column(1, name, 0) }])
    }

    /// The rule, in a catalog that has the types.
    fn in_catalog_with_types() -> Trial<'static> {
        let catalog = FakeCatalog::new().domain(DOMAIN, oids::FLOAT8, false, false).array(ARRAY, oids::FLOAT8);
        Trial::of(&RULE, &[]).in_catalog(catalog)
    }

    fn count(name: &str, data_type: Oid) -> usize {
        messages_of(&RULE, &table("t", vec![column(1, name, data_type)]), &[]).len()
    }

    #[test]
    fn floating_point_money_is_a_violation() {
        let t = table(
            "t",
            vec![column(1, "price", oids::FLOAT4), column(2, "x", oids::MONEY), column(3, "price", oids::NUMERIC)],
        );
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "column \"price\" of table \"public.t\" holds money in a floating-point type",
                "column \"x\" of table \"public.t\" is of type money",
            ]
        );
    }

    #[test]
    fn a_name_is_one_of_money_by_its_last_word() {
        for name in ["amount", "unit_price", "order_total", "total", "salaries", "fees", "amount_due", "price_eur"] {
            assert_eq!(count(name, oids::FLOAT8), 1, "{name}");
        }
        for name in ["price_id", "total_count", "fee_rate", "cost_factor", "discount", "subtotals_by", "priceless"] {
            assert_eq!(count(name, oids::FLOAT8), 0, "{name}");
        }
        let t = table("t", vec![column(1, "price", oids::FLOAT8), column(2, "worth", oids::FLOAT8)]);
        let found = messages_of(&RULE, &t, &[("money_columns", "worth")]);
        assert_eq!(found, ["column \"worth\" of table \"public.t\" holds money in a floating-point type"]);
    }

    #[test]
    fn arrays_and_domains_are_checked_too() {
        const COMPOSITE: Oid = 19000;
        let rule = in_catalog_with_types();
        for oid in [DOMAIN, ARRAY] {
            assert_eq!(rule.messages(&with_type_over_float("prices", oid)).len(), 1, "{oid}");
        }
        assert!(rule.messages(&with_type_over_float("price", COMPOSITE)).is_empty());
    }

    #[test]
    fn types_and_migration_tables_are_exempt() {
        let t = table("t", vec![column(1, "price", oids::FLOAT8)]);
        assert!(messages_of(&RULE, &Relation { kind: RelationKind::CompositeType, ..t.clone() }, &[]).is_empty());
        assert_eq!(messages_of(&RULE, &Relation { kind: RelationKind::ForeignTable, ..t.clone() }, &[]).len(), 1);
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
    }

    #[test]
    fn the_fix_is_numeric() {
        let wanted = |t: &Relation| match in_catalog_with_types().edits(t).as_slice() {
            [Edit::Column(_, ColumnEdit::Type(WantedType::Other(wanted, Conversion::Cast)))] => wanted.clone(),
            edits => panic!("{edits:?}"),
        };
        assert_eq!(wanted(&table("t", vec![column(1, "price", oids::FLOAT8)])), "numeric(12,2)");
        assert_eq!(wanted(&with_type_over_float("prices", ARRAY)), "numeric(12,2)[]");
    }
}
