"""Columns, domains and composite types that are or contain timestamp without time zone."""

import fixes
import pytest
from rule_test import Exemption, RuleTest

RULE = "timestamp_without_time_zone"

TYPES = """
    CREATE DOMAIN naive AS timestamp;
    CREATE DOMAIN naive_again AS naive;
    CREATE DOMAIN naives AS timestamp[];
    CREATE DOMAIN aware AS timestamptz;
    CREATE TYPE naive_pair AS (note text, made timestamp);
    CREATE TYPE naive_nest AS (id int, pair naive_pair);
    CREATE TYPE aware_pair AS (note text, made timestamptz);
    CREATE TYPE naive_range AS RANGE (subtype = timestamp);
    CREATE TYPE naive_domain_range AS RANGE (subtype = naive);
    CREATE TABLE old (id int, made timestamp);
    CREATE TABLE new (id int, made timestamptz);
    CREATE TYPE mood AS ENUM ('timestamp');
"""

BAD_TYPES = [
    "timestamp",
    "timestamp(3)",
    "timestamp without time zone",
    "timestamp[]",
    "timestamp(0)[][]",
    "tsrange",
    "tsmultirange",
    "tsrange[]",
    "naive",
    "naive_again",
    "naive[]",
    "naives",
    "naive_pair",
    "naive_pair[]",
    "naive_nest",
    "naive_range",
    "naive_domain_range",
    "old",
    "old[]",
]
GOOD_TYPES = [
    "timestamptz",
    "timestamptz(3)",
    "timestamptz[]",
    "tstzrange",
    "tstzmultirange",
    "aware",
    "aware[]",
    "aware_pair",
    "new",
    "mood",
    "date",
    "time",
    "timetz",
    "interval",
    "daterange",
    "text",
]


@pytest.fixture
def guard(guard):
    """The types are there, and the guard checks this rule alone."""
    guard.prepare(*TYPES.split(";")[:-1])
    return guard.check_only(RULE)


class TestTimestampWithoutTimeZone(RuleTest):
    rule = RULE

    bad = [
        ("alter_type", "CREATE TABLE t (made timestamptz)", "ALTER TABLE t ALTER made TYPE timestamp", "t.made"),
        ("alter_type_to_array", "CREATE TABLE t (made date)", "ALTER TABLE t ALTER made TYPE naive", "t.made"),
        ("generated", "", "CREATE TABLE t (a timestamptz, made timestamp GENERATED ALWAYS AS (null) STORED)", "t.made"),
        ("with_default", "", "CREATE TABLE t (made timestamp DEFAULT now() NOT NULL)", "t.made"),
        ("dropped_and_added", "", "ALTER TABLE old DROP made, ADD made2 timestamp", "old.made2"),
        ("partitioned", "", "CREATE TABLE t (made timestamp) PARTITION BY RANGE (made)", "t.made"),
        ("unlogged", "", "CREATE UNLOGGED TABLE t (made timestamp)", "t.made"),
        ("domain", "", "CREATE DOMAIN d AS timestamp", "d"),
        ("domain_of_array", "", "CREATE DOMAIN d AS timestamp(3)[]", "d"),
        ("domain_of_domain", "", "CREATE DOMAIN d AS naive", "d"),
        ("domain_of_composite", "", "CREATE DOMAIN d AS naive_pair", "d"),
        ("composite", "", "CREATE TYPE c AS (id int, made timestamp)", "c.made"),
        ("composite_of_composite", "", "CREATE TYPE c AS (id int, pair naive_pair)", "c.pair"),
        ("composite_attribute_added", "", "ALTER TYPE aware_pair ADD ATTRIBUTE gone timestamp", "aware_pair.gone"),
        (
            "composite_attribute_altered",
            "",
            "ALTER TYPE aware_pair ALTER ATTRIBUTE made TYPE timestamp",
            "aware_pair.made",
        ),
        ("second_attribute_of_legacy", "", "ALTER TYPE naive_pair ADD ATTRIBUTE gone timestamp", "naive_pair.gone"),
    ]

    good = [
        ("domain", "", "CREATE DOMAIN d AS timestamptz"),
        ("composite", "", "CREATE TYPE c AS (id int, made timestamptz)"),
        ("precision_of_a_legacy_column", "", "ALTER TABLE old ALTER made TYPE timestamp(3)"),
        ("legacy_column_to_a_naive_domain", "", "ALTER TABLE old ALTER made TYPE naive"),
        ("fix_a_legacy_column", "", "ALTER TABLE old ALTER made TYPE timestamptz"),
        ("rename_a_legacy_column", "", "ALTER TABLE old RENAME made TO created"),
        ("rename_a_legacy_attribute", "", "ALTER TYPE naive_pair RENAME ATTRIBUTE made TO created"),
        ("other_attribute_of_a_legacy_type", "", "ALTER TYPE naive_pair ADD ATTRIBUTE id int"),
        ("drop_a_legacy_attribute", "", "ALTER TYPE naive_pair DROP ATTRIBUTE note"),
        ("legacy_domain", "", "ALTER DOMAIN naive SET DEFAULT now()"),
        ("legacy_domain_constraint", "", "ALTER DOMAIN naive ADD CONSTRAINT past CHECK (value < now())"),
        ("rename_a_legacy_domain", "", "ALTER DOMAIN naive RENAME TO naive2"),
        ("existing_column", "", "ALTER TABLE old ADD COLUMN IF NOT EXISTS made timestamp"),
        ("existing_table", "", "CREATE TABLE IF NOT EXISTS old (id int, gone timestamp)"),
        ("inherited", "", "CREATE TABLE t (extra int) INHERITS (old)"),
        ("inherited_and_repeated", "", "CREATE TABLE t (made timestamp) INHERITS (old)"),
        ("view", "", "CREATE VIEW v AS SELECT now()::timestamp AS made"),
        ("materialized_view", "", "CREATE MATERIALIZED VIEW v AS SELECT now()::timestamp AS made"),
        ("function", "", "CREATE FUNCTION f(made timestamp) RETURNS tsrange LANGUAGE sql AS 'SELECT NULL::tsrange'"),
        ("sequence", "", "CREATE SEQUENCE s"),
        ("dropped_type", "", "DROP TYPE naive_nest"),
    ]

    refused_at_once = (["CREATE TABLE t (id int)", "ALTER TABLE t ADD made timestamp"], "t.made")
    exempt = Exemption(
        {"exempt_tables": "t"},
        passes="CREATE TABLE t (made timestamp)",
        leaves="ALTER TABLE t RENAME TO u",
        violations="u.made",
    )


@pytest.mark.parametrize("type_", BAD_TYPES)
def test_bad_type(guard, type_):
    guard.refuses(f"CREATE TABLE t (id int, made {type_})", adds=f"{RULE} t.made")


def known_types(guard, types):
    """Those that this server has: multiranges came with PostgreSQL 14."""
    return [type_ for type_ in types if guard.version >= 14 or "multirange" not in type_]


def test_bad_types_added_to_a_table(guard):
    guard.prepare("CREATE TABLE t (id int)")
    for type_ in known_types(guard, BAD_TYPES):
        guard.refuses(f"ALTER TABLE t ADD made {type_}", adds=f"{RULE} t.made")


def test_good_types(guard):
    for number, type_ in enumerate(known_types(guard, GOOD_TYPES)):
        guard.passes(f"CREATE TABLE t{number} (made {type_})", f"ALTER TABLE t{number} ADD again {type_}")


def test_inheritance_is_checked_on_the_parent(guard):
    guard.prepare("CREATE TABLE kid () INHERITS (new)")
    guard.refuses("ALTER TABLE new ADD gone timestamp", adds=f"{RULE} new.gone")
    guard.refuses("ALTER TABLE new ALTER made TYPE timestamp", adds=f"{RULE} new.made")
    guard.refuses("ALTER TABLE kid ADD gone timestamp", adds=f"{RULE} kid.gone")
    guard.refuses("CREATE TABLE kid2 (own timestamp) INHERITS (old)", adds=f"{RULE} kid2.own")


def test_the_rows_of_what_inherits_change_as_well(guard):
    """The row type of grandkid changes, and with it a column of families, without a statement about either."""
    guard.prepare(
        "CREATE TABLE kid () INHERITS (new)",
        "CREATE TABLE grandkid () INHERITS (kid)",
        "CREATE TABLE families (id int, kids grandkid[])",
    )
    guard.refuses("ALTER TABLE new ADD gone timestamp", adds=[f"{RULE} families.kids", f"{RULE} new.gone"])
    guard.passes("ALTER TABLE new ADD gone timestamptz")


def test_partitions_are_checked_on_the_parent(guard):
    guard.prepare(
        "CREATE TABLE ev (id int, at timestamp) PARTITION BY RANGE (id)", "CREATE TABLE ev2 (id int, at timestamp)"
    )
    guard.passes(
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (9)",
        "ALTER TABLE ev ATTACH PARTITION ev2 FOR VALUES FROM (10) TO (20)",
        "ALTER TABLE ev DETACH PARTITION ev1",
    )
    guard.refuses("ALTER TABLE ev ADD gone timestamp", adds=f"{RULE} ev.gone")


def test_no_inherit_makes_nothing_new(guard):
    guard.prepare("CREATE TABLE kid () INHERITS (old)")
    guard.passes("ALTER TABLE kid NO INHERIT old", "ALTER TABLE kid INHERIT old")


def test_typed_tables(guard):
    guard.refuses("CREATE TABLE t OF naive_pair", adds=f"{RULE} t.made")
    guard.passes("CREATE TABLE t OF aware_pair")
    guard.refuses(
        "ALTER TYPE aware_pair ADD ATTRIBUTE gone timestamp CASCADE",
        adds=[f"{RULE} aware_pair.gone", f"{RULE} t.gone"],
    )


def test_an_exempt_domain(guard):
    guard.configure(exempt_tables="t, span").passes("CREATE DOMAIN span AS tsrange")
    guard.refuses("ALTER DOMAIN span RENAME TO spans", adds=f"{RULE} spans")


def test_every_column_is_named(guard):
    guard.refuses(
        "CREATE TABLE t (a timestamp, b timestamptz, c tsrange, d naive)",
        adds=[f"{RULE} t.a", f"{RULE} t.c", f"{RULE} t.d"],
    )


def test_the_expression_of_an_exclusion_is_written_anew(guard):
    table = "CREATE TABLE x (a timestamp, b timestamp, CONSTRAINT ex EXCLUDE USING gist (tsrange(a, b) WITH &&))"
    found = fixes.refuse(guard, table)
    assert any("AT TIME ZONE 'UTC'" in line for line in found[0].lines)
    guard.passes(*fixes.write_again(found, table))
    guard.session.run("INSERT INTO x VALUES ('2024-01-01 00:00+00', '2024-01-03 00:00+00')")
    guard.session.run("INSERT INTO x VALUES ('2024-01-04 00:00+00', '2024-01-05 00:00+00')")
