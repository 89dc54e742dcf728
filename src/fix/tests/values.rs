//! Values that a change of a type must not change: those of the rows, those of defaults, and what a domain says of them.

use super::Case;
use crate::facts::{
    Column, ConstraintKind, DefaultTime, ImplicitCast, Oid, Relation, RelationKind, TypeShape, TypeUse, oids,
};
use crate::rule::{ColumnEdit, Conversion, Edit, WantedType};
use crate::testing::{FakeCatalog, column, constraint, table, timestamp_column};

const DOMAIN: Oid = 17000;
const MADE_OF_IT: Oid = 17001;
const CHECK: Oid = 9;

fn with_zones() -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::WithTimeZones))
}

fn to(data_type: &str, conversion: Conversion) -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), conversion)))
}

fn of_type(data_type: Oid) -> Relation {
    table("t", vec![column(1, "a", data_type)])
}

/// The text of the fix of a refused statement that gives column `a` another type, with or without USING.
fn altered(from: Oid, to: Oid, has_using: bool, edit: Edit) -> String {
    let mut after = of_type(to);
    after.columns[0].has_using = has_using;
    Case::refused_change(&of_type(from), &after).text(edit)
}

#[test]
fn a_statement_that_says_how_values_are_had_is_for_a_person() {
    let numeric = || to("numeric", Conversion::Cast);
    let by_hand = "-- Change column a of table public.t to numeric, with a USING that gives values of that type.";
    assert_eq!(altered(oids::INT4, oids::FLOAT8, true, numeric()), by_hand);
    let converted = "ALTER COLUMN a TYPE numeric USING a::text::numeric";
    assert_eq!(altered(oids::INT4, oids::FLOAT8, false, numeric()), converted);
    let zones = altered(oids::INT4, oids::TIMESTAMP, true, with_zones());
    assert!(zones.ends_with("to timestamp with time zone, with a USING that gives values of that type."), "{zones}");
    let mut old = of_type(oids::VARCHAR);
    old.columns[0].data_type.modifier = 8;
    let mut listed = of_type(oids::TEXT);
    listed.columns[0].has_using = true;
    listed.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    let to_enum = Edit::Column(1, ColumnEdit::Enum { labels: vec!["b".into()], check: CHECK });
    let text = Case::refused_change(&old, &listed).text(to_enum);
    assert_eq!(
        text,
        "-- Change column a of table public.t to public.t_a (CREATE TYPE public.t_a AS ENUM ('b')), with a USING that gives values of that type."
    );
    let json = altered(oids::JSON, oids::JSON + 1, true, to("json", Conversion::Cast));
    let left_out = "-- Leave out what changes column a of table public.t, unless it should have other values: then write a \
                    USING that gives them as json.";
    assert_eq!(json, left_out);
    let mut in_place = of_type(oids::FLOAT8);
    in_place.columns[0].has_using = true;
    let text = Case::in_place(&in_place).text(numeric());
    assert_eq!(text, "ALTER TABLE public.t ALTER COLUMN a TYPE numeric USING a::text::numeric;", "it was used already");
}

#[test]
fn what_a_refused_statement_would_have_converted_is_converted_as_it_would_have() {
    let as_utc = "ALTER COLUMN a TYPE timestamp with time zone USING a::timestamp AT TIME ZONE 'UTC'";
    assert_eq!(altered(oids::DATE, oids::TIMESTAMP, false, with_zones()), as_utc);
    let today = altered(oids::TIME, oids::TIMETZ, false, to("timestamp with time zone", Conversion::Today));
    assert_eq!(today, "ALTER COLUMN a TYPE timestamp with time zone USING CURRENT_DATE + a");
    let precise = altered(oids::TIMESTAMPTZ, oids::TIMESTAMP, false, to("timestamptz(3)", Conversion::AsUtc));
    assert_eq!(precise, "ALTER COLUMN a TYPE timestamptz(3) USING a::timestamptz(3)", "no text stands between");
}

#[test]
fn defaults_of_partitions_and_children_are_not_overwritten() {
    let t = table("t", vec![Column { has_default: true, ..timestamp_column(1, "a") }]);
    let differing = || FakeCatalog::new().column_default(1, "now()").heirs_have_other_default();
    let fix = |edit| Case::in_place(&t).in_catalog(differing()).text(edit);
    let reason = "Its partitions or children have other defaults, which would be overwritten.";
    assert_eq!(
        fix(with_zones()),
        format!("-- Change column a of table public.t to timestamp with time zone. {reason}")
    );
    let given = fix(Edit::Column(1, ColumnEdit::Default("now()")));
    assert_eq!(given, format!("-- Give column a of table public.t the default now(). {reason}"));
    assert_eq!(fix(to("bigint", Conversion::Widen)), "ALTER TABLE public.t ALTER COLUMN a TYPE bigint;");
    let serial = table("t", vec![Column { has_default: true, ..column(1, "a", oids::INT4) }]);
    let identity = Edit::Column(1, ColumnEdit::Identity("GENERATED ALWAYS AS IDENTITY".into()));
    let text = Case::in_place(&serial).in_catalog(differing().serial(1)).text(identity);
    assert!(text.starts_with("-- Make column a ") && text.ends_with(reason), "{text}");
    let nullable = table("t", vec![Column { not_null: false, ..t.columns[0].clone() }]);
    let not_null = Edit::Column(1, ColumnEdit::NotNull { filler: None });
    let text = Case::in_place(&nullable).in_catalog(differing().holds_null(1, Some(true))).text(not_null);
    assert!(text.starts_with("-- Give column a of table public.t a value where it is NULL, "), "{text}");
}

#[test]
fn a_default_of_which_nobody_knows_the_time_zone_is_for_a_person() {
    let t = table("t", vec![Column { has_default: true, ..timestamp_column(1, "a") }]);
    let catalog = |default, time| FakeCatalog::new().default_of_time(1, default, time);
    let by_hand = "-- Change column a of table public.t to timestamp with time zone, and write its default for that type: \
                   moment()";
    for case in [Case::in_place(&t), Case::refused(&t)] {
        assert_eq!(case.in_catalog(catalog("moment()", DefaultTime::Unknown)).text(with_zones()), by_hand);
    }
    let text = Case::refused(&t).in_catalog(catalog("clock_timestamp()", DefaultTime::Moment)).text(with_zones());
    assert_eq!(text, "a timestamp with time zone DEFAULT clock_timestamp() NOT NULL");
    let text = Case::in_place(&t).in_catalog(catalog("clock_timestamp()", DefaultTime::Moment)).text(with_zones());
    let kept = "ALTER TABLE public.t ALTER COLUMN a TYPE timestamp with time zone USING a AT TIME ZONE 'UTC';";
    assert_eq!(text, kept, "PostgreSQL keeps it");
    let text = Case::refused(&t).in_catalog(catalog("CURRENT_DATE", DefaultTime::Date)).text(with_zones());
    assert_eq!(text, "a timestamp with time zone DEFAULT ((CURRENT_DATE)::timestamp AT TIME ZONE 'UTC') NOT NULL");
}

#[test]
fn a_column_does_not_lose_what_its_domain_says_of_it() {
    let lost = "It would lose the NOT NULL, the default or the checks of domain pg_catalog.\"type 17000\".";
    let fix = |data_type, base, edit: Edit| {
        let catalog = || FakeCatalog::new().domain(DOMAIN, base, false, false).full_domain(DOMAIN);
        let attributes = vec![("at".to_owned(), TypeUse { oid: DOMAIN, modifier: -1 })];
        let composite = TypeShape::Composite { name: crate::facts::QualifiedName::new("public", "c"), attributes };
        let catalog = || catalog().type_shape(MADE_OF_IT, composite.clone()).array(MADE_OF_IT + 1, DOMAIN);
        let t = of_type(data_type);
        let texts = [Case::in_place(&t), Case::refused(&t)].map(|case| case.in_catalog(catalog()).text(edit.clone()));
        assert!(texts.iter().all(|text| text.starts_with("-- ") && text.ends_with(lost)), "{texts:?}");
    };
    for data_type in [DOMAIN, MADE_OF_IT, MADE_OF_IT + 1] {
        fix(data_type, oids::TIMESTAMP, with_zones());
    }
    fix(DOMAIN, oids::FLOAT8, to("numeric", Conversion::Cast));
    fix(DOMAIN, oids::NUMERIC, to("bigint", Conversion::Cast));
}

#[test]
fn the_default_and_the_checks_of_a_domain_fit_its_new_type() {
    let fix = |base, default: Option<&str>, others, edit: Edit| {
        let domain = Relation { kind: RelationKind::Domain, ..table("d", vec![column(1, "VALUE", base)]) };
        Case::refused(&domain).in_catalog(FakeCatalog::new().domain_clauses(default, others)).text(edit)
    };
    let zones = |default| fix(oids::TIMESTAMP, Some(default), " NOT NULL", with_zones());
    let domain = "CREATE DOMAIN public.d AS timestamp with time zone DEFAULT ";
    assert_eq!(zones("now()"), format!("{domain}now() NOT NULL;"));
    let constant = "'2020-01-01 00:00:00'::timestamp without time zone";
    assert_eq!(zones(constant), format!("{domain}(({constant}) AT TIME ZONE 'UTC') NOT NULL;"));
    let in_utc = "(now() AT TIME ZONE 'utc'::text)";
    let by_hand = "-- Make domain public.d over timestamp with time zone, with a default for that type: ";
    assert_eq!(zones(in_utc), format!("{by_hand}{in_utc}"));
    let money = " CONSTRAINT m_check CHECK ((VALUE > (0)::money))";
    let numeric = || to("numeric", Conversion::Cast);
    let with_checks = "-- Make domain public.d over numeric, with checks for that type.";
    assert_eq!(fix(oids::MONEY, Some("3"), money, numeric()), with_checks);
    assert_eq!(fix(oids::MONEY, Some("3"), "", numeric()), "CREATE DOMAIN public.d AS numeric DEFAULT 3;");
    let float = " CHECK ((VALUE >= (0)::double precision))";
    assert_eq!(fix(oids::FLOAT8, None, float, numeric()), format!("CREATE DOMAIN public.d AS numeric{float};"));
    let not_null = " CONSTRAINT d_check CHECK ((VALUE IS NOT NULL))";
    let jsonb = fix(oids::JSON, None, not_null, to("jsonb", Conversion::Cast));
    assert_eq!(jsonb, format!("CREATE DOMAIN public.d AS jsonb{not_null};"));
}

#[test]
fn what_is_read_in_the_time_zone_of_the_session_is_told() {
    const ARRAY: Oid = 18000;
    let caution = |data_type, edit: Edit| {
        let mut t = of_type(data_type);
        t.columns[0].data_type.component_types = [oids::TIMESTAMP].into();
        let range = |subtype| TypeShape::Range { subtype };
        let catalog = FakeCatalog::new()
            .has_rows(None)
            .array(ARRAY, oids::TIMESTAMP)
            .array(oids::FIRST_USER_OID, oids::TIMESTAMPTZ)
            .cast(oids::TIMESTAMP, oids::TIMESTAMPTZ, ImplicitCast::Function)
            .cast(oids::DATE, oids::TIMESTAMPTZ, ImplicitCast::Function)
            .type_shape(oids::TSRANGE, range(oids::TIMESTAMP))
            .type_shape(oids::TSTZRANGE, range(oids::TIMESTAMPTZ));
        Case::in_place(&t).in_catalog(catalog).fix(vec![edit]).caution.unwrap_or_default()
    };
    let told = "reads old values in the session's time zone; rewrites the table";
    assert_eq!(caution(ARRAY, with_zones()), told);
    assert_eq!(caution(oids::TSRANGE, with_zones()), told);
    assert_eq!(caution(oids::DATE, to("timestamp with time zone", Conversion::AsReferenced)), told);
}

#[test]
fn a_generated_column_is_not_read_from_its_text() {
    let generated = Column { generated: true, has_default: true, ..column(1, "g", oids::TSRANGE) };
    let clauses = " GENERATED ALWAYS AS (tsrange(x, y)) STORED";
    let catalog = FakeCatalog::new()
        .column_clauses(1, clauses)
        .type_shape(oids::TSRANGE, TypeShape::Range { subtype: oids::TIMESTAMP });
    let text = Case::refused(&table("t", vec![generated])).in_catalog(catalog).text(with_zones());
    let by_hand = "-- Change column g of table public.t to tstzrange, and write its expression anew for that type:";
    assert_eq!(text, format!("{by_hand}{clauses}"));
}
