"""What is written in the place of the faulty parts of a refused statement."""

import cases
import fixes
import instead
import pytest

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
OD = "fk_without_on_delete"
UN = "unnamed_constraint"

NAIVE = [
    ("in_the_key", "CREATE TABLE ev (id bigint, at timestamp NOT NULL, CONSTRAINT k PRIMARY KEY (id, at))"),
    ("partition_key", "CREATE TABLE ev (id bigint, at timestamp NOT NULL) PARTITION BY RANGE (at)"),
    ("partition_expression", "CREATE TABLE ev (id bigint, at timestamp NOT NULL) PARTITION BY RANGE (date_trunc('day', at), id)"),
    ("checked", "CREATE TABLE ev (at timestamp, CONSTRAINT ck CHECK (at > 'epoch' AND extract(hour FROM at) > 3))"),
    ("checked_with_another", "CREATE TABLE ev (at timestamp, late timestamp, CONSTRAINT ck CHECK (at < late))"),
    ("excluded", "CREATE TABLE ev (span tsrange, CONSTRAINT ex EXCLUDE USING gist (span WITH &&))"),
    ("inline", "CREATE TABLE ev (at timestamp CONSTRAINT uq UNIQUE CONSTRAINT ck CHECK (at > 'epoch'), id int DEFAULT 1)"),
    ("default", "CREATE TABLE ev (at timestamp NOT NULL DEFAULT '2020-01-01 12:00', b timestamp DEFAULT now())"),
    ("altered", "ALTER TABLE t ADD at timestamp NOT NULL DEFAULT localtimestamp, ADD b int CONSTRAINT ck CHECK (b > 0)"),
    ("inherits", "CREATE TABLE ev (at timestamp) INHERITS (t)"),
]  # fmt: skip


@cases.parametrize("sql", NAIVE)
def test_a_column_that_others_are_made_of(guard, sql):
    found = cases.fix_instead(guard, TS, "CREATE TABLE t (id int)", sql)
    assert {fix.applies for fix in found} == {"instead"}


def test_nothing_of_the_column_is_lost(guard):
    (fix,) = cases.fix_instead(guard, TS, "", "CREATE TABLE ev (id bigint, at timestamp(3) NOT NULL DEFAULT now())")
    assert fix.text == "at timestamp(3) with time zone DEFAULT now() NOT NULL"
    assert fix.caution is None


QUERIES = [
    ("plain", "CREATE TABLE q AS SELECT 1 AS id, now()::timestamp AS at, 'x' AS \"B\"", ["id", "at", "B"]),
    ("named", "CREATE TABLE q AS VALUES (now()::timestamp, 2)", ["column1", "column2"]),
]


@cases.parametrize("sql, columns", QUERIES)
def test_a_table_from_a_query(guard, sql, columns):
    (fix,) = fixes.refuse(guard.check_only(TS), sql)
    assert fix.applies == "instead"
    guard.passes(instead.wrap_query(sql, fix.lines, columns))
    cases.expect_clean(guard)
    names = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'q'::regclass AND attnum > 0 ORDER BY attnum"
    assert [name for (name,) in guard.session.rows(names)] == columns


TWO_FAULTS = [
    ("create", "CREATE TABLE t (id int, at timestamp UNIQUE)"),
    ("key", "CREATE TABLE t (id int, at timestamp PRIMARY KEY)"),
    ("check", "CREATE TABLE t (at timestamp CHECK (at > 'epoch') DEFAULT now())"),
    ("two_columns", "CREATE TABLE t (a timestamp UNIQUE, b timestamp, UNIQUE (a, b))"),
    ("alter", "ALTER TABLE old ADD at timestamp UNIQUE"),
]


@cases.parametrize("sql", TWO_FAULTS)
def test_two_faults_of_one_column(guard, sql):
    """One element mends both, and both violations have it."""
    guard.prepare("CREATE TABLE old (id int)")
    found = fixes.refuse(guard.check_only(TS, UN), sql)
    assert {fix.rule for fix in found} == {TS, UN}
    columns = [line for fix in found for line in fix.lines if line.removeprefix("ADD COLUMN ").startswith(("at ", "a "))]
    assert len(set(columns)) == 1
    guard.passes(*fixes.write_again(found, sql))
    cases.expect_clean(guard)


REFERS = "CREATE TABLE o (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
INDEX = "CREATE INDEX ix_o_c ON public.o (c);"


def test_a_statement_that_is_its_own_transaction(guard):
    message = guard.check_only(IX).session.expect_refusal(REFERS)
    assert message.hint == f"In one transaction with it (BEGIN … COMMIT) run:\n{INDEX}"
    (fix,) = fixes.read(guard.session)
    assert (fix.applies, fix.text, fix.caution) == ("same transaction", INDEX, None)
    guard.passes_in_transaction(REFERS, INDEX)


def test_a_commit(guard):
    guard.check_only(IX).passes("BEGIN", REFERS)
    message = guard.session.expect_refusal("COMMIT")
    assert message.hint == f"Before COMMIT run:\n{INDEX}"
    assert [fix.applies for fix in fixes.read(guard.session)] == ["same transaction"]


ACTIONS = [
    ("null", "c bigint CONSTRAINT fk REFERENCES customers", "SET NULL"),
    ("default", "c bigint NOT NULL DEFAULT 1 CONSTRAINT fk REFERENCES customers", "SET DEFAULT"),
]


@cases.parametrize("column, action", ACTIONS)
def test_an_action_that_can_work(guard, column, action):
    guard.configure(fk_on_delete_actions="set null, set default")
    (fix,) = cases.fix_instead(guard, OD, "", f"CREATE TABLE o ({column})")
    assert fix.caution == f"chooses ON DELETE {action}"
    guard.prepare("DROP TABLE o")
    (fix,) = fixes.warn(guard.configure(mode="warn"), f"CREATE TABLE o ({column})")
    assert (fix.applies, fix.caution) == ("in place", f"chooses ON DELETE {action}")
    guard.passes(fix.text)


@pytest.mark.parametrize("mode", ["enforce", "warn"])
@pytest.mark.parametrize("column", ["c bigint NOT NULL CONSTRAINT fk REFERENCES customers", "c bigint CONSTRAINT pk PRIMARY KEY CONSTRAINT fk REFERENCES customers"])
def test_no_action_that_can_work(guard, column, mode):
    guard.check_only(OD).configure(fk_on_delete_actions="set null, set default", mode=mode)
    (fix,) = (fixes.refuse if mode == "enforce" else fixes.warn)(guard, f"CREATE TABLE o ({column})")
    cases.expect_comment(guard, fix)
    assert "Its columns cannot be set to NULL" in fix.text


ILL_NAMED = 'CREATE TABLE o ("A" int, "a!" int, "APIToken" text, "orderID" int)'
NEW_NAMES = ["a", "a_2", "api_token", "order_id"]


def test_new_names_differ_and_can_be_read(guard):
    found = cases.fix_before_commit(guard, "misnamed_column", "", ILL_NAMED)
    assert [fix.text.split()[-1] for fix in found] == [f"{name};" for name in NEW_NAMES]
    assert {fix.caution for fix in found} == {"renames what applications may use"}
    columns = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'o'::regclass AND attnum > 0 ORDER BY attnum"
    assert [name for (name,) in guard.session.rows(columns)] == NEW_NAMES


def test_a_required_column_with_three_faults_is_one_violation(guard):
    table = "CREATE TABLE o (created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamp)"
    (fix,) = cases.fix_before_commit(guard, "missing_required_column", "", table)
    assert (fix.applies, len(fix.lines)) == ("same transaction", 3)


USUAL_KEYS = [
    ("serial", "CREATE TABLE q (id serial PRIMARY KEY, note text NOT NULL)"),
    ("identity", "CREATE TABLE q (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)"),
    ("integer", "CREATE TABLE q (id integer PRIMARY KEY, note text NOT NULL)"),
    ("behind", "CREATE TABLE q (id serial NOT NULL, note text NOT NULL, PRIMARY KEY (id))"),
    ("added", "ALTER TABLE old ADD id serial PRIMARY KEY"),
]
HOUSE = {"preset": "house", "unrecorded_migration": "off", "missing_required_column": "off", "unbounded_string": "off"}


@cases.parametrize("sql", USUAL_KEYS)
def test_the_most_usual_key(guard, sql):
    """One element for the column and one constraint, for all violations together."""
    guard.prepare("CREATE TABLE old (note int NOT NULL)")
    found = fixes.refuse(guard.configure(**HOUSE), sql)
    lines = fixes.distinct(line for fix in found for line in fix.lines)
    assert len(lines) == 2
    assert "bigint" in lines[0]
    table = "old" if "old" in sql else "q"
    assert lines[1].removeprefix("ADD ") == f"CONSTRAINT pk_{table} PRIMARY KEY (id)"
    guard.passes(*fixes.write_again(found, sql))


EVERYTHING = """CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
    state varchar(9) NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid')), total real NOT NULL, made timestamp NOT NULL)"""


def test_a_table_with_a_fault_in_every_line(guard):
    found = fixes.refuse(guard.configure(**HOUSE), EVERYTHING)
    fixes.expect_no_comments(found)
    rewritten = fixes.write_again(found, EVERYTHING)
    *before, table = rewritten
    guard.passes(*before)
    guard.passes(*fixes.write_again(fixes.refuse(guard, table), table))


def test_a_table_with_a_fault_in_every_line_afterwards(guard):
    guard.configure(**HOUSE, mode="warn")
    found = fixes.warn(guard, EVERYTHING)
    guard.passes(*fixes.of_kind(found, "in place"))
    cases.expect_clean(guard)


def test_several_tables(guard):
    sql = "CREATE SCHEMA side CREATE TABLE a (x timestamp) CREATE TABLE b (y timestamp)"
    message = guard.check_only(TS).session.expect_refusal(sql)
    assert message.hint.splitlines() == [
        "In CREATE SCHEMA, for side.a, write:", "x timestamp with time zone",
        "In CREATE SCHEMA, for side.b, write:", "y timestamp with time zone",
    ]  # fmt: skip
