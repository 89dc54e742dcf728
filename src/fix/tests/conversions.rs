//! Changes of types, and what stands in their way.

use super::Case;
use crate::facts::{Column, Oid, Relation, RelationKind, UseKind, oids};
use crate::rule::{ColumnEdit, Conversion, Edit, Fix, WantedType};
use crate::testing::{FakeCatalog, column, table, timestamp_column};

const KINDS: [UseKind; 21] = [
    UseKind::View,
    UseKind::Policy,
    UseKind::Trigger,
    UseKind::GeneratedColumn,
    UseKind::Function,
    UseKind::Publication,
    UseKind::PartitionKey,
    UseKind::Check,
    UseKind::Exclusion,
    UseKind::IndexExpression,
    UseKind::IndexClass,
    UseKind::Statistics,
    UseKind::ForeignKey,
    UseKind::ReferencingKey,
    UseKind::OtherParent,
    UseKind::RowType,
    UseKind::TypedTable,
    UseKind::ReplicaIdentity,
    UseKind::Cluster,
    UseKind::Constraint,
    UseKind::Other,
];

fn to(data_type: &str, conversion: Conversion) -> Vec<Edit> {
    vec![Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), conversion)))]
}

fn of_type(data_type: Oid) -> Relation {
    table("t", vec![column(1, "a", data_type)])
}

/// The kinds of uses that do not hinder a conversion.
fn harmless(data_type: Oid, conversion: Conversion) -> Vec<UseKind> {
    let t = of_type(data_type);
    let is_harmless = |kind: &UseKind| {
        let catalog = FakeCatalog::new().column_use(1, *kind, "it");
        let text = Case::in_place(&t).in_catalog(catalog).fix(to("bigint", conversion)).text();
        let by_hand = "-- Change column a of table public.t to bigint. This is in the way: it.";
        assert!(text == by_hand || text.starts_with("ALTER TABLE public.t ALTER COLUMN a TYPE bigint"), "{text}");
        text != by_hand
    };
    KINDS.into_iter().filter(is_harmless).collect()
}

#[test]
fn each_conversion_is_hindered_by_what_would_fail_or_change_its_meaning() {
    use UseKind::*;
    let always = [ReplicaIdentity, Cluster, Constraint];
    let made_anew = [Check, Exclusion, IndexExpression, IndexClass, Statistics, ForeignKey, ReferencingKey];
    for conversion in [Conversion::Widen, Conversion::Shorten] {
        assert_eq!(harmless(oids::TEXT, conversion), [&made_anew[..], &always].concat(), "{conversion:?}");
    }
    assert_eq!(harmless(oids::TEXT, Conversion::AsReferenced), [&[ForeignKey][..], &always].concat());
    let similar = harmless(oids::FLOAT8, Conversion::Cast);
    assert_eq!(similar, [&[Check, IndexExpression][..], &always].concat(), "an exact number can be read like it");
    for conversion in
        [Conversion::Cast, Conversion::CastText, Conversion::AsUtc, Conversion::Today, Conversion::New("1")]
    {
        assert_eq!(harmless(oids::TEXT, conversion), always, "{conversion:?}");
    }
}

#[test]
fn only_so_many_uses_are_named() {
    let t = of_type(oids::TEXT);
    let names = ["a", "b", "c", "c", "d", "e", "f", "g"];
    let catalog = names.into_iter().fold(FakeCatalog::new(), |it, name| it.column_use(1, UseKind::View, name));
    let text = Case::in_place(&t).in_catalog(catalog).fix(to("bigint", Conversion::Cast)).text();
    assert!(text.ends_with("This is in the way: a, b, c, d, e, and 2 more."), "{text}");
}

#[test]
fn a_column_that_follows_another_is_not_changed() {
    let t = of_type(oids::INT4);
    let widen = || to("bigint", Conversion::Widen);
    let text = Case::in_place(&t).in_catalog(FakeCatalog::new().typed()).fix(widen()).text();
    assert!(text.ends_with("This is in the way: the type that the table is made of."), "{text}");
    let inherited = table("t", vec![Column { inherited: true, ..column(1, "a", oids::INT4) }]);
    let text = Case::in_place(&inherited).fix(widen()).text();
    assert!(text.ends_with("This is in the way: the table that the column is inherited from."), "{text}");
    let used = FakeCatalog::new().row_type_use(UseKind::RowType, "column c of table public.u");
    assert!(Case::in_place(&t).in_catalog(used).fix(widen()).text().starts_with("-- "));
}

#[test]
fn a_generated_column_is_only_changed_where_its_values_remain() {
    let t = table("t", vec![Column { generated: true, ..column(1, "a", oids::INT4) }]);
    assert!(Case::in_place(&t).fix(to("numeric", Conversion::Cast)).text().contains("drop it and add it again"));
    let widened = Case::in_place(&t).fix(to("bigint", Conversion::Widen)).text();
    assert_eq!(widened, "ALTER TABLE public.t ALTER COLUMN a TYPE bigint;");
}

#[test]
fn new_values_are_for_empty_tables_and_some_conversions_are_impossible() {
    let t = table("t", vec![Column { identity: true, has_default: true, ..column(1, "a", oids::INT4) }]);
    let new = || to("uuid", Conversion::New("gen_random_uuid()"));
    let expected = "ALTER TABLE public.t ALTER COLUMN a DROP IDENTITY;\n\
                    ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT, \
                    ALTER COLUMN a TYPE uuid USING gen_random_uuid(), \
                    ALTER COLUMN a SET DEFAULT gen_random_uuid();";
    assert_eq!(Case::in_place(&t).fix(new()).text(), expected);
    for has_rows in [Some(true), None] {
        let text = Case::in_place(&t).in_catalog(FakeCatalog::new().has_rows(has_rows)).fix(new()).text();
        assert!(text.starts_with("-- ") && text.contains("would need new values"), "{text}");
    }
    let impossible = Case::in_place(&t).fix(to("uuid", Conversion::Impossible)).text();
    assert!(impossible.ends_with("PostgreSQL has no conversion between these types."));
}

#[test]
fn a_default_is_dropped_first_and_converted() {
    let t = table("t", vec![Column { has_default: true, ..timestamp_column(1, "a") }]);
    let catalog = FakeCatalog::new().column_default(1, "LOCALTIMESTAMP");
    let text = Case::in_place(&t).in_catalog(catalog).fix(to("timestamptz", Conversion::AsUtc)).text();
    let expected = "ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT, \
                    ALTER COLUMN a TYPE timestamptz USING a AT TIME ZONE 'UTC', ALTER COLUMN a SET DEFAULT now();";
    assert_eq!(text, expected);
}

#[test]
fn the_sequence_of_a_serial_column_is_widened_with_it() {
    let t = table("t", vec![Column { has_default: true, ..column(1, "a", oids::INT4) }]);
    let catalog = FakeCatalog::new().serial(1).column_default(1, "nextval('some_sequence'::regclass)");
    let text = Case::in_place(&t).in_catalog(catalog).fix(to("bigint", Conversion::Widen)).text();
    let expected = "ALTER TABLE public.t ALTER COLUMN a TYPE bigint;\nALTER SEQUENCE public.some_sequence AS bigint;";
    assert_eq!(text, expected);
}

#[test]
fn other_relations_have_no_values_to_convert() {
    let fix = |kind| Case::in_place(&Relation { kind, ..of_type(oids::INT4) }).fix(to("bigint", Conversion::Cast));
    let composite = fix(RelationKind::CompositeType).text();
    assert_eq!(composite, "ALTER TYPE public.t ALTER ATTRIBUTE a TYPE bigint CASCADE;");
    let foreign = fix(RelationKind::ForeignTable).text();
    assert_eq!(foreign, "ALTER FOREIGN TABLE public.t ALTER COLUMN a TYPE bigint;");
}

#[test]
fn the_caution_says_what_a_change_costs() {
    let caution = |relation: &Relation, has_rows, edits| {
        let case = Case::in_place(relation).in_catalog(FakeCatalog::new().has_rows(has_rows));
        let Fix { caution, .. } = case.fix(edits);
        caution.unwrap_or_default()
    };
    let timestamp = of_type(oids::TIMESTAMP);
    let as_utc = || to("timestamptz", Conversion::AsUtc);
    assert_eq!(caution(&timestamp, Some(false), as_utc()), "");
    assert_eq!(caution(&timestamp, Some(true), as_utc()), "reads old values as UTC; rewrites the table");
    assert_eq!(caution(&timestamp, None, as_utc()), "reads old values as UTC; rewrites the table");
    let today = to("timestamptz", Conversion::Today);
    assert_eq!(caution(&of_type(oids::TIMETZ), None, today), "makes old values times of today; rewrites the table");
    let shorten = to("character varying(36)", Conversion::Shorten);
    let of_any_length = caution(&of_type(oids::VARCHAR), None, shorten);
    assert_eq!(of_any_length, "fails if a value is longer; rewrites the table");
    let mut short = of_type(oids::VARCHAR);
    short.columns[0].data_type.modifier = 14;
    let longer = to("character varying(36)", Conversion::Widen);
    assert_eq!(caution(&short, None, longer), "", "it is not rewritten");
}

#[test]
fn a_domain_that_is_made_anew_keeps_its_collation() {
    const COLLATION: Oid = 950;
    let mut domain = Relation { kind: RelationKind::Domain, ..of_type(oids::VARCHAR) };
    domain.columns[0].collation = COLLATION;
    let fix = |catalog| Case::in_place(&domain).in_catalog(catalog).fix(to("text", Conversion::Widen));
    let fixed = fix(FakeCatalog::new());
    assert!(fixed.text().ends_with("CREATE DOMAIN public.t AS text COLLATE collation 950 CHECK (true);"));
    assert_eq!(fixed.caution, None);
    let lost = "loses the owner, the privileges and the comment of the domain";
    assert_eq!(fix(FakeCatalog::new().with_belongings()).caution.as_deref(), Some(lost));
}

#[test]
fn an_enum_replaces_its_check_alone() {
    const CHECK: Oid = 9;
    let mut t = of_type(oids::TEXT);
    t.constraints.push(crate::testing::constraint(CHECK, "ck", crate::facts::ConstraintKind::Check, &[1]));
    let to_enum = || vec![Edit::Column(1, ColumnEdit::Enum { labels: vec!["it's".into()], check: CHECK })];
    let expected = "CREATE TYPE public.t_a AS ENUM ('it''s');\n\
                    ALTER TABLE public.t DROP CONSTRAINT ck;\n\
                    ALTER TABLE public.t ALTER COLUMN a TYPE public.t_a USING a::text::public.t_a;";
    let own_use = || FakeCatalog::new().column_use(1, UseKind::Check, "check constraint ck of table public.t");
    assert_eq!(Case::in_place(&t).in_catalog(own_use()).fix(to_enum()).text(), expected);
    let other = own_use().column_use(1, UseKind::Check, "check constraint other_ck of table public.t");
    assert!(Case::in_place(&t).in_catalog(other).fix(to_enum()).text().starts_with(
        "-- Change column a of table public.t to public.t_a (CREATE TYPE public.t_a AS ENUM ('it''s')). This is in the way"
    ));
    t.constraints[0].validated = false;
    let with_rows = FakeCatalog::new().has_rows(None);
    let text = Case::in_place(&t).in_catalog(with_rows).fix(to_enum()).text();
    assert_eq!(text, "-- Make column a of table public.t an enum. Its rows may hold other strings.");
}

#[test]
fn a_cast_that_calls_a_function_of_somebody_is_for_a_person_to_judge() {
    let t = of_type(oids::FIRST_USER_OID);
    let fix =
        |conversion| Case::in_place(&t).in_catalog(FakeCatalog::new().with_foreign_casts()).fix(to("text", conversion));
    for conversion in [Conversion::Cast, Conversion::CastText, Conversion::AsReferenced] {
        let by_hand = "-- Change column a of table public.t to text. The cast of its values is not PostgreSQL's own: see \
                       first what it does.";
        assert_eq!(fix(conversion).text(), by_hand);
    }
    assert!(fix(Conversion::Widen).text().starts_with("ALTER TABLE "), "it calls none");
}
