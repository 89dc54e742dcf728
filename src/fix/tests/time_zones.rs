//! Types with time zones in the place of others.

use super::Case;
use crate::facts::{Oid, QualifiedName, Relation, RelationKind, TypeShape, TypeUse, UseKind, oids};
use crate::rule::{ColumnEdit, Edit, WantedType};
use crate::testing::{FakeCatalog, column, table, timestamp_column};

const OTHER: Oid = 17000;
const INNER: Oid = 17001;

fn with_zones() -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::WithTimeZones))
}

/// The fix of a column of type [`OTHER`].
fn fix(catalog: FakeCatalog) -> String {
    Case::in_place(&table("t", vec![column(1, "a", OTHER)])).in_catalog(catalog).text(with_zones())
}

fn of(oid: Oid) -> TypeUse {
    TypeUse { oid, modifier: -1 }
}

#[test]
fn a_type_made_of_timestamps_is_made_of_times_with_zones() {
    let to = |new: &str| format!("ALTER TABLE public.t ALTER COLUMN a TYPE {new} USING a::text::{new};");
    let shape = |shape| fix(FakeCatalog::new().type_shape(OTHER, shape));
    let array = TypeShape::Array { element: of(oids::TIMESTAMP) };
    assert_eq!(shape(array), to("timestamp with time zone[]"));
    assert_eq!(shape(TypeShape::Range { subtype: oids::TIMESTAMP }), to("tstzrange"));
    assert_eq!(shape(TypeShape::Multirange { subtype: oids::TIMESTAMP }), to("tstzmultirange"));
    let domain = fix(FakeCatalog::new().domain(OTHER, oids::TIMESTAMP, false, false));
    let expected = "ALTER TABLE public.t ALTER COLUMN a TYPE timestamp with time zone \
                    USING a::timestamp AT TIME ZONE 'UTC';";
    assert_eq!(domain, expected);
}

#[test]
fn a_composite_type_is_made_anew_once() {
    let name = |name: &str| QualifiedName::new("types", name);
    let pair = vec![("first".to_owned(), of(INNER)), ("Second".to_owned(), of(INNER))];
    let catalog =
        FakeCatalog::new().type_shape(OTHER, TypeShape::Composite { name: name("pair"), attributes: pair }).type_shape(
            INNER,
            TypeShape::Composite { name: name("inner"), attributes: vec![("at".to_owned(), of(oids::TIMESTAMP))] },
        );
    let expected = "CREATE TYPE types.inner_tz AS (at timestamp with time zone);\n\
                    CREATE TYPE types.pair_tz AS (first types.inner_tz, \"Second\" types.inner_tz);\n\
                    ALTER TABLE public.t ALTER COLUMN a TYPE types.pair_tz USING a::text::types.pair_tz;";
    assert_eq!(fix(catalog), expected);
}

#[test]
fn a_type_without_end_is_for_a_person() {
    let text = fix(FakeCatalog::new().array(OTHER, OTHER));
    assert!(text.starts_with("-- ") && text.contains("is made of more than 100 types"), "{text}");
}

#[test]
fn a_domain_is_made_anew_unless_it_is_used() {
    let domain = Relation { kind: RelationKind::Domain, ..table("d", vec![timestamp_column(1, "VALUE")]) };
    let expected = "DROP DOMAIN public.d;\nCREATE DOMAIN public.d AS timestamp with time zone CHECK (true);";
    assert_eq!(Case::in_place(&domain).text(with_zones()), expected);
    let used = FakeCatalog::new().domain_use(UseKind::RowType, "column c of table public.u");
    let text = Case::in_place(&domain).in_catalog(used).text(with_zones());
    assert!(
        text.starts_with("-- Make domain public.d over ") && text.ends_with(" column c of table public.u."),
        "{text}"
    );
}

#[test]
fn an_attribute_is_changed_where_no_column_is_of_the_type() {
    let t = Relation { kind: RelationKind::CompositeType, ..table("c", vec![timestamp_column(1, "a")]) };
    let changed = "ALTER TYPE public.c ALTER ATTRIBUTE a TYPE timestamp with time zone CASCADE;";
    let fix = |catalog| Case::in_place(&t).in_catalog(catalog).text(with_zones());
    assert_eq!(fix(FakeCatalog::new()), changed);
    assert_eq!(fix(FakeCatalog::new().row_type_use(UseKind::TypedTable, "table public.u")), changed, "it follows");
    let used = fix(FakeCatalog::new().row_type_use(UseKind::RowType, "column c of table public.u"));
    assert!(used.starts_with("-- Change attribute a of type public.c to "), "{used}");
}
