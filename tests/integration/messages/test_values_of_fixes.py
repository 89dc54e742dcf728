"""Fixes of types that are pasted where rows and defaults have values: none of them becomes another one unsaid."""

import cases
import fixes
import pytest

TS = "timestamp_without_time_zone"
MO = "inexact_money"
DT = "discouraged_type"
RC = "missing_required_column"


def live_in(zone, guard):
    guard.administer(f"ALTER DATABASE {guard.dbname} SET TimeZone = '{zone}'")
    return guard


@pytest.fixture
def tokyo(guard):
    """Sessions far from UTC, so that a wrong time zone shows."""
    return live_in("Asia/Tokyo", guard)


def warn(guard, rule, setup, statement):
    guard.prepare(setup)
    return fixes.warn(guard.check_only(rule).configure(mode="warn"), statement)


def by_hand(guard, rule, setup, statement):
    found = warn(guard, rule, setup, statement)
    for fix in found:
        cases.expect_comment(guard, fix)
    return found[0].text


USING = [
    ("cents", MO, "amount_cents int", "ALTER amount_cents TYPE float USING amount_cents / 100.0", "numeric(12,2)"),
    ("text", MO, "price text", "ALTER price TYPE float8 USING price::float8", "numeric(12,2)"),
    ("days", TS, "day int", "ALTER day TYPE timestamp USING '1970-01-01'::timestamp + day * interval '1 second'",
     "timestamp with time zone"),
    ("epoch", TS, "day int", "ALTER day TYPE timestamp USING to_timestamp(day)", "timestamp with time zone"),
    ("json", DT, "day int", "ALTER day TYPE json USING json_build_object('v', day)", "jsonb"),
    ("one_of_two", MO, "amount float8 DEFAULT 0, price int", "ALTER price TYPE float USING price / 100.0, ALTER amount DROP DEFAULT",
     "numeric(12,2)"),
]  # fmt: skip


@cases.parametrize("rule, columns, change, data_type", USING)
def test_the_using_of_a_refused_statement_is_its_authors(guard, rule, columns, change, data_type):
    guard.prepare(f"CREATE TABLE ev ({columns})")
    guard.check_only(rule).configure(money_columns="amount_cents, price")
    (fix,) = fixes.refuse(guard, f"ALTER TABLE ev {change}")
    cases.expect_comment(guard, fix)
    assert fix.text.endswith(f" to {data_type}, with a USING that gives values of that type."), fix


def test_without_using_the_old_values_are_converted(guard):
    guard.prepare("CREATE TABLE ev (price int); INSERT INTO ev VALUES (7)")
    guard.check_only(MO).configure(money_columns="price")
    (fix,) = fixes.refuse(guard, "ALTER TABLE ev ALTER price TYPE float")
    guard.passes(f"ALTER TABLE ev {fix.text}")
    assert guard.session.rows("SELECT price::text FROM ev") == [("7",)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_date_is_read_as_utc(guard, zone):
    live_in(zone, guard).prepare("CREATE TABLE ev (day date DEFAULT '2020-01-01'); INSERT INTO ev DEFAULT VALUES")
    (fix,) = fixes.refuse(guard.check_only(TS), "ALTER TABLE ev ALTER day TYPE timestamp")
    assert fix.caution == "reads old values as UTC; rewrites the table"
    guard.passes(f"ALTER TABLE ev {fix.text}", "INSERT INTO ev DEFAULT VALUES")
    assert guard.session.rows("SELECT DISTINCT (day AT TIME ZONE 'UTC')::text FROM ev") == [("2020-01-01 00:00:00",)]


# (id, default, what it must give)
MOMENTS = [
    ("clock", "clock_timestamp()", "now()"),
    ("statement", "statement_timestamp()", "now()"),
    ("transaction", "transaction_timestamp()", "now()"),
    ("now", "now()", "now()"),
    ("precise", "CURRENT_TIMESTAMP(0)", "now()"),
    ("local", "LOCALTIMESTAMP", "now()"),
    ("local_precise", "LOCALTIMESTAMP(3)", "now()"),
    ("later", "now() + interval '1 day'", "now() + interval '1 day'"),
    ("truncated", "date_trunc('day', now())", "date_trunc('day', now())"),
    ("coalesced", "coalesce(NULL, now())", "now()"),
    ("in_utc", "timezone('utc', now())", "now()"),
    ("in_utc_too", "(now() AT TIME ZONE 'UTC')", "now()"),
    ("date", "CURRENT_DATE", "CURRENT_DATE::timestamp AT TIME ZONE 'UTC'"),
    ("constant", "'2020-01-01 12:00'", "'2020-01-01 12:00+00'::timestamptz"),
    ("constant_sum", "'2020-01-01'::timestamp + interval '12 hours'", "'2020-01-01 12:00+00'::timestamptz"),
]  # fmt: skip
IS_NEAR = "SELECT abs(extract(epoch FROM at - ({}))) < 100 FROM ev"


@cases.parametrize("default, gives", MOMENTS)
def test_a_default_gives_the_same_moment(tokyo, default, gives):
    table = f"CREATE TABLE ev (id int, at timestamp DEFAULT {default})"
    (fix,) = warn(tokyo, TS, "", table)
    assert fix.applies == "in place"
    tokyo.passes(fix.text, "INSERT INTO ev DEFAULT VALUES")
    assert tokyo.session.rows(IS_NEAR.format(gives)) == [(True,)], fix
    tokyo.prepare("DROP TABLE ev")
    found = fixes.refuse(tokyo.configure(mode="enforce"), table)
    tokyo.passes(*fixes.write_again(found, table), "INSERT INTO ev DEFAULT VALUES")
    assert tokyo.session.rows(IS_NEAR.format(gives)) == [(True,)], found


ZONELESS = ["LOCALTIMESTAMP + interval '1 day'", "timezone('Asia/Tokyo', now())", "date_trunc('day', LOCALTIMESTAMP)"]


@pytest.mark.parametrize("default", ZONELESS)
def test_a_default_of_an_unknown_time_zone(tokyo, default):
    table = f"CREATE TABLE ev (at timestamp DEFAULT {default})"
    assert "write its default for that type" in by_hand(tokyo, TS, "", table)
    tokyo.prepare("DROP TABLE ev")
    (fix,) = fixes.refuse(tokyo.configure(mode="enforce"), table)
    cases.expect_comment(tokyo, fix)


BELOW = [
    ("timestamp", TS, "at timestamp DEFAULT LOCALTIMESTAMP", "at SET DEFAULT '2020-01-01'"),
    ("none", TS, "at timestamp DEFAULT LOCALTIMESTAMP", "at DROP DEFAULT"),
    ("kept", TS, "at timestamp DEFAULT now()", "at SET DEFAULT LOCALTIMESTAMP"),
    ("enum", "check_instead_of_enum", "st varchar(9) DEFAULT 'a' CONSTRAINT ck CHECK (st IN ('a', 'b'))", "st SET DEFAULT 'b'"),
    ("json", DT, "j json DEFAULT '{}'", "j SET DEFAULT '[]'"),
]  # fmt: skip
HEIRS = [
    ("child", "", "CREATE TABLE heir () INHERITS (t)"),
    ("partition", " PARTITION BY LIST (id)", "CREATE TABLE heir PARTITION OF t DEFAULT"),
]


@cases.parametrize("by, heir", HEIRS)
@cases.parametrize("rule, column, change", BELOW)
def test_an_heir_keeps_its_default(guard, rule, column, change, by, heir):
    guard.configure(exempt_tables="t")
    setup = f"CREATE TABLE t (id int, {column}){by}; {heir}"
    (fix,) = warn(guard, rule, setup, "ALTER TABLE t RENAME TO u")
    assert fix.applies == "in place"
    guard.prepare(f"ALTER TABLE heir ALTER {change}; ALTER TABLE u RENAME TO t")
    (fix,) = fixes.warn(guard, "ALTER TABLE t RENAME TO u")
    cases.expect_comment(guard, fix)
    assert fix.text.endswith("Its partitions or children have other defaults, which would be overwritten.")


def test_a_required_default_leaves_that_of_an_heir(guard):
    required = '{"made": {"type": "timestamptz", "default": true}}'
    guard.configure(required_columns=required, exempt_tables="t")
    setup = "CREATE TABLE t (made timestamptz); CREATE TABLE heir () INHERITS (t); ALTER TABLE heir ALTER made SET DEFAULT 'epoch'"
    text = by_hand(guard, RC, setup, "ALTER TABLE t RENAME TO u")
    assert text.endswith("Its partitions or children have other defaults, which would be overwritten.")


DOMAINS = [
    ("not_null", TS, "timestamp NOT NULL", "at d"),
    ("default", TS, "timestamp DEFAULT now()", "at d"),
    ("check", TS, "timestamp CHECK (VALUE > 'epoch')", "at d"),
    ("array", TS, "timestamp CHECK (VALUE > 'epoch')", "at d[]"),
    ("money", MO, "money NOT NULL", "price d"),
    ("float", MO, "float8 CHECK (VALUE >= 0)", "price d"),
    ("key", "disallowed_primary_key_type", "int CHECK (VALUE > 0)", "id d CONSTRAINT pk_ev PRIMARY KEY"),
]


@cases.parametrize("rule, base, column", DOMAINS)
def test_what_a_domain_says_of_its_values_is_not_lost(guard, rule, base, column):
    table = f"CREATE TABLE ev ({column})"
    lost = "It would lose the NOT NULL, the default or the checks of domain public.d."
    guard.prepare(f"CREATE DOMAIN d AS {base}")
    (fix,) = fixes.refuse(guard.check_only(rule), table)
    cases.expect_comment(guard, fix)
    assert lost in fix.text
    assert lost in by_hand(guard, rule, "", table)


def test_a_domain_over_a_domain(guard):
    setup = "CREATE DOMAIN below AS timestamp NOT NULL; CREATE DOMAIN d AS below"
    assert "the checks of domain public.d." in by_hand(guard, TS, setup, "CREATE TABLE ev (at d)")


NEW_DOMAINS = [
    ("constant", TS, "timestamp DEFAULT '2020-01-01'", True),
    ("now", TS, "timestamp DEFAULT now() CHECK (VALUE > '2000-01-01')", True),
    ("in_utc", TS, "timestamp DEFAULT timezone('utc', now())", False),
    ("moment", TS, "timestamp DEFAULT clock_timestamp()", False),
    ("money", MO, "money DEFAULT 3", True),
    ("checked_money", MO, "money DEFAULT 3 CONSTRAINT m_check CHECK (VALUE > 0::money)", False),
    ("json", DT, "json DEFAULT '{}' CHECK (VALUE IS NOT NULL)", True),
    ("checked_json", DT, "json CHECK (json_typeof(VALUE) = 'object')", False),
]


@cases.parametrize("rule, base, is_written", NEW_DOMAINS)
def test_a_domain_is_written_with_what_fits(tokyo, rule, base, is_written):
    create = f"CREATE DOMAIN m AS {base}"
    rule = DT if rule == MO else rule
    (fix,) = fixes.refuse(tokyo.check_only(rule), create)
    if not is_written:
        cases.expect_comment(tokyo, fix)
        return
    tokyo.passes(fix.text)
    cases.expect_clean(tokyo)
    if "2020" in base:
        tokyo.passes("CREATE TABLE ev (id int, at m)", "INSERT INTO ev DEFAULT VALUES")
        assert tokyo.session.rows("SELECT (at AT TIME ZONE 'UTC')::text FROM ev") == [("2020-01-01 00:00:00",)]


CHECKS = ["CHECK (at = date_trunc('day', at))", "CHECK (at >= '2020-01-01')"]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_of_times_is_for_a_person(tokyo, check):
    text = by_hand(tokyo, TS, "", f"CREATE TABLE ev (at timestamp CONSTRAINT ck {check})")
    assert "This is in the way: check constraint ck of table public.ev." in text


@pytest.mark.parametrize("default", ["'0'", "'12.50'", "3", "1.5::numeric"])
def test_an_amount_of_money(guard, default):
    table = f"CREATE TABLE ev (id int, price money DEFAULT {default})"
    amount = "SELECT price::numeric = ({})::money::numeric FROM ev".format(default)
    (fix,) = warn(guard, DT, "", table)
    guard.passes(fix.text, "INSERT INTO ev DEFAULT VALUES")
    assert guard.session.rows(amount) == [(True,)]
    guard.prepare("DROP TABLE ev")
    found = fixes.refuse(guard.configure(mode="enforce"), table)
    guard.passes(*fixes.write_again(found, table), "INSERT INTO ev DEFAULT VALUES")
    assert guard.session.rows(amount) == [(True,)]


def test_what_is_generated_from_a_date(tokyo):
    table = "CREATE TABLE ev (d date, g timestamp GENERATED ALWAYS AS (d) STORED)"
    (fix,) = fixes.refuse(tokyo.check_only(TS), table)
    tokyo.passes(*fixes.write_again([fix], table), "INSERT INTO ev VALUES ('2020-01-01')")
    assert tokyo.session.rows("SELECT (g AT TIME ZONE 'UTC')::text FROM ev") == [("2020-01-01 00:00:00",)]


def test_what_is_generated_as_a_range(guard):
    table = "CREATE TABLE ev (d date, g tsrange GENERATED ALWAYS AS (tsrange(d, d)) STORED)"
    (fix,) = fixes.refuse(guard.check_only(TS), table)
    cases.expect_comment(guard, fix)


ROWS = [
    ("array", TS, "at timestamp[]", "reads old values in the session's time zone; rewrites the table"),
    ("range", TS, "at tsrange", "reads old values in the session's time zone; rewrites the table"),
    ("composite", TS, "at c", "reads old values in the session's time zone; rewrites the table"),
    ("plain", TS, "at timestamp", "reads old values as UTC; rewrites the table"),
    ("required", RC, "at date NOT NULL DEFAULT CURRENT_DATE", "reads old values as UTC; rewrites the table"),
]


@cases.parametrize("rule, column, caution", ROWS)
def test_how_old_values_are_read_is_told(guard, rule, column, caution):
    required = '{"at": {"type": "timestamptz"}}'
    guard.configure(required_columns=required, exempt_tables="t")
    setup = f"CREATE TYPE c AS (at timestamp); CREATE TABLE t ({column}); INSERT INTO t (at) VALUES ("
    value = {"at timestamp[]": "'{2020-01-01}'", "at tsrange": "'[2020-01-01,)'", "at c": "ROW('2020-01-01')"}
    (fix,) = warn(guard, rule, f"{setup}{value.get(column, repr('2020-01-01'))})", "ALTER TABLE t RENAME TO u")
    assert (fix.applies, fix.caution) == ("in place", caution)
    guard.passes(fix.text)


def test_each_caution_is_told_once(guard):
    required = '{"at": {"type": "timestamptz", "default": true}}'
    guard.check_only(TS, RC).configure(required_columns=required, exempt_tables="t", mode="warn")
    guard.prepare("CREATE TABLE t (at timestamp, b timestamp); INSERT INTO t VALUES ('2020-01-01')")
    guard.passes("BEGIN")
    guard.session.run("ALTER TABLE t RENAME TO u")
    guard.session.run("COMMIT")
    for fix in fixes.read(guard.session):
        parts = (fix.caution or "").split("; ")
        assert len(parts) == len(set(parts)), fix
