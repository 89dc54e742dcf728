"""Every fix mends the violation: in warn mode after the statement, and put into a refused one."""

import catalog
import fixes
import pytest

OD = "fk_without_on_delete"
IX = "fk_without_index"
TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"

TRUTH = catalog.TRUTH.read_text()

PAIR = "CREATE TABLE pair (a int, b int, CONSTRAINT pk_pair PRIMARY KEY (a, b))"
TABLE = "CREATE TABLE t (id int NOT NULL, code text, c bigint, d bigint, a int, b int, span int4range)"
ROWS = "INSERT INTO customers VALUES (1, 1); INSERT INTO t (id, code, c) VALUES (1, 'x', 1)"
EV = "CREATE TABLE ev (id int, c bigint) PARTITION BY RANGE (id); CREATE TABLE ev1 PARTITION OF ev DEFAULT"
TYPES = "CREATE DOMAIN naive AS timestamp; CREATE DOMAIN late AS naive; CREATE TYPE pair AS (made timestamp)"
# The column is right as it is.
TO_NAIVE = "ALTER TABLE t ALTER made TYPE timestamp"

# (rule, id, setup, statement that adds one violation of the rule)
ALTERED = [
    (OD, "plain", TABLE, "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers"),
    (OD, "not_valid", TABLE, "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers NOT VALID"),
    (OD, "everything", f"{PAIR}; {TABLE}", "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES pair (a, b)"
     " MATCH FULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"),
    (OD, "reordered", f"{PAIR}; {TABLE}; ALTER TABLE pair ADD CONSTRAINT uq UNIQUE (b, a)",
     "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES pair (b, a)"),
    (OD, "with_column", TABLE, "ALTER TABLE t ADD e bigint CONSTRAINT fk REFERENCES customers"),
    (OD, "with_rows", f"{TABLE}; {ROWS}", "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers"),
    (OD, "partitioned", EV, "ALTER TABLE ev ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers"),
    (IX, "plain", TABLE, "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"),
    (IX, "pair", f"{PAIR}; {TABLE}",
     "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES pair ON DELETE CASCADE"),
    (IX, "partitioned", EV, "ALTER TABLE ev ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"),
    (IX, "dropped", f"{TABLE}; CREATE INDEX ix_t_c ON t (c);"
     "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE", "DROP INDEX ix_t_c"),
    (IX, "name_taken", f"{TABLE}; CREATE INDEX ix_t_c ON t (d)",
     "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"),
    (TS, "plain", TABLE, "ALTER TABLE t ADD made timestamp"),
    (TS, "precise", TABLE, "ALTER TABLE t ADD made timestamp(3)"),
    (TS, "default", TABLE, "ALTER TABLE t ADD made timestamp DEFAULT now()"),
    (TS, "default_constant", TABLE, "ALTER TABLE t ADD made timestamp DEFAULT '2020-01-01'"),
    (TS, "not_null", TABLE, "ALTER TABLE t ADD made timestamp NOT NULL DEFAULT localtimestamp"),
    (TS, "array", TABLE, "ALTER TABLE t ADD made timestamp[]"),
    (TS, "precise_array", TABLE, "ALTER TABLE t ADD made timestamp(3)[]"),
    (TS, "array_default", TABLE, "ALTER TABLE t ADD made timestamp[] DEFAULT '{}'"),
    (TS, "range", TABLE, "ALTER TABLE t ADD made tsrange"),
    (TS, "multirange", TABLE, "ALTER TABLE t ADD made tsmultirange"),
    (TS, "domain", f"{TYPES}; {TABLE}", "ALTER TABLE t ADD made naive"),
    (TS, "domain_of_domain", f"{TYPES}; {TABLE}", "ALTER TABLE t ADD made late"),
    (TS, "retyped", f"{TABLE}; ALTER TABLE t ADD made timestamptz", TO_NAIVE),
    (TS, "with_rows", f"{TABLE}; {ROWS}", "ALTER TABLE t ADD made timestamp DEFAULT now()"),
    (TS, "partitioned", EV, "ALTER TABLE ev ADD made timestamp"),
    (TS, "indexed", f"{TABLE}; ALTER TABLE t ADD made timestamptz; CREATE INDEX ON t (made)",
     TO_NAIVE),
    (UN, "primary_key", TABLE, "ALTER TABLE t ADD PRIMARY KEY (id)"),
    (UN, "unique", TABLE, "ALTER TABLE t ADD UNIQUE (id, code)"),
    (UN, "unique_include", TABLE, "ALTER TABLE t ADD UNIQUE (id) INCLUDE (code) WITH (fillfactor = 70) DEFERRABLE"),
    (UN, "check", TABLE, "ALTER TABLE t ADD CHECK (code <> 'it''s')"),
    (UN, "check_not_valid", TABLE, "ALTER TABLE t ADD CHECK (id > 0) NO INHERIT NOT VALID"),
    (UN, "foreign_key", f"{TABLE}; CREATE INDEX ON t (c)",
     "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers ON UPDATE CASCADE ON DELETE SET NULL"),
    (UN, "exclusion", TABLE, "ALTER TABLE t ADD EXCLUDE USING gist (span WITH &&) WHERE (id > 0)"),
    (UN, "with_column", TABLE, "ALTER TABLE t ADD e int DEFAULT 5 UNIQUE"),
    (UN, "partitioned", EV, "ALTER TABLE ev ADD PRIMARY KEY (id)"),
    (UN, "inherited", f"{TABLE}; CREATE TABLE kid () INHERITS (t)", "ALTER TABLE t ADD CHECK (id > 0)"),
    (UN, "name_taken", f"{TABLE}; CREATE TABLE pk_t (); CREATE TABLE uq_t_code ()", "ALTER TABLE t ADD UNIQUE (code)"),
    (UN, "pk_name_taken", f"{TABLE}; CREATE TABLE pk_t ()", "ALTER TABLE t ADD PRIMARY KEY (id)"),
    (UN, "check_name_taken", f"{TABLE}; ALTER TABLE t ADD CONSTRAINT ck_t_id CHECK (id < 9);"
     "ALTER TABLE t ADD CONSTRAINT ck_t CHECK (id < 8)", "ALTER TABLE t ADD CHECK (id > 0)"),
    (UN, "second_of_its_kind", f"{TABLE}; CREATE INDEX ON t (c); ALTER TABLE t ADD CONSTRAINT fk_t_customers "
     "FOREIGN KEY (c) REFERENCES customers; ALTER TABLE t ADD CONSTRAINT fk_t_c FOREIGN KEY (c) REFERENCES customers",
     "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"),
    (UN, "long_names", f"CREATE TABLE {'t' * 63} (id int, {'c' * 63} int)",
     f"ALTER TABLE {'t' * 63} ADD UNIQUE ({'c' * 63})"),
]  # fmt: skip
ALTERED = [pytest.param(rule, setup, sql, id=f"{rule}-{name}") for rule, name, setup, sql in ALTERED]

CONSTRAINTS = """
    SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f', 'c', 'x') AND conrelid >= 16384 ORDER BY 1, 2, 3
"""


def standing(guard, rule):
    return guard.session.rows(
        f"SELECT table_name, object_name FROM truth.violations WHERE rule = '{rule}' ORDER BY 1, 2"
    )


def prepare(guard, rule, setup):
    guard.administer(*TRUTH.split(";\n\n"))
    guard.prepare(setup)
    guard.check_only(rule)
    return standing(guard, rule)


@pytest.mark.parametrize("rule, setup, sql", ALTERED)
def test_afterwards(guard, rule, setup, sql):
    before = prepare(guard, rule, setup)
    guard.configure(mode="warn").session.run(sql)
    (message,) = guard.session.take_messages()
    (fix,) = fixes.read(guard.session)
    assert (fix.applies, fix.text) == ("in place", message.hint)
    definitions = guard.session.rows(CONSTRAINTS)
    if rule == UN:
        assert guard.session.rows(f"SELECT 1 FROM pg_constraint WHERE conname = '{message.constraint}'")
    else:
        assert standing(guard, rule) != before
    guard.passes(fix.text)
    assert standing(guard, rule) == before
    if rule == UN:
        assert not guard.session.rows(f"SELECT 1 FROM pg_constraint WHERE conname = '{message.constraint}'")
        assert guard.session.rows(CONSTRAINTS) == definitions


@pytest.mark.parametrize("rule, setup, sql", ALTERED)
def test_in_its_place(guard, rule, setup, sql):
    before = prepare(guard, rule, setup)
    found = fixes.refuse(guard, sql)
    if sql == TO_NAIVE:
        assert found[0].applies == "by hand" and found[0].text.startswith("-- Leave out what changes column ")
        return
    assert [fix.applies for fix in found] == ["same transaction" if rule == IX else "instead"]
    guard.passes(*fixes.write_again(found, sql))
    assert standing(guard, rule) == before
    if rule in (OD, IX):
        rows = guard.session.rows("SELECT DISTINCT conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0")
        assert rows == [("fk",)]
    if rule == TS:
        assert guard.session.rows("SELECT 1 FROM pg_attribute WHERE attname = 'made' AND attrelid >= 16384")


@pytest.mark.parametrize("rule, setup, sql", [case for case in ALTERED if case.id.startswith(UN)])
def test_the_same_constraint_under_a_name(guard, rule, setup, sql):
    """The refused constraint and the one that is written instead differ in the name only."""
    prepare(guard, rule, setup)
    guard.passes(*fixes.write_again(fixes.refuse(guard, sql), sql))
    named = guard.session.rows(CONSTRAINTS)
    other = guard.cluster.create_database()
    try:
        twin = type(guard)(guard.cluster, other)
        twin.configure(mode="off")
        twin.prepare(setup, sql)
        assert twin.session.rows(CONSTRAINTS) == named
        twin.close()
    finally:
        guard.cluster.drop_database(other)


CREATED = [
    (OD, "CREATE TABLE t (c bigint CONSTRAINT fk REFERENCES customers)"),
    (TS, "CREATE TABLE t (id int, made timestamp DEFAULT now())"),
    (TS, "CREATE TABLE t (id int, made timestamp(0)[])"),
    (UN, "CREATE TABLE t (id int PRIMARY KEY)"),
    (UN, "CREATE TABLE t (a int, b int, CHECK (a < b))"),
    (UN, "CREATE TABLE t (c bigint REFERENCES customers ON DELETE CASCADE)"),
    (UN, "CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&))"),
]


@pytest.mark.parametrize("rule, sql", CREATED)
def test_in_a_new_table(guard, rule, sql):
    before = prepare(guard, rule, "")
    found = fixes.refuse(guard, sql)
    assert [fix.applies for fix in found] == ["instead"]
    guard.passes(*fixes.write_again(found, sql))
    assert standing(guard, rule) == before


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE DOMAIN d AS timestamp",
        "CREATE DOMAIN d AS timestamp(3) DEFAULT now() NOT NULL",
        "CREATE DOMAIN d AS timestamp[]",
        "CREATE DOMAIN d AS tsrange",
        "CREATE TYPE d AS (id int, made timestamp)",
        "CREATE TYPE d AS (made timestamp(3)[])",
    ],
)
def test_types(guard, sql):
    guard.administer(*TRUTH.split(";\n\n"))
    naive = "SELECT count(*) FROM truth.naive_types WHERE oid = to_regtype('d')"
    found = fixes.refuse(guard, sql)
    assert [fix.applies for fix in found] == ["instead"]
    guard.passes(*fixes.write_again(found, sql))
    assert guard.session.rows(naive) == [(0,)]
    guard.prepare("DROP TYPE d")
    guard.configure(mode="warn").session.run(sql)
    (message,) = guard.session.take_messages()
    assert guard.session.rows(naive) == [(1,)]
    guard.passes(message.hint)
    assert guard.session.rows(naive) == [(0,)]


def test_a_commit_refusal_s_fixes(guard):
    columns = ", ".join(f"c{n} bigint CONSTRAINT fk{n} REFERENCES customers ON DELETE CASCADE" for n in range(3))
    guard.passes("BEGIN", f"CREATE TABLE t ({columns})")
    message = guard.session.expect_refusal("COMMIT")
    heading, *statements = message.hint.splitlines()
    assert heading == "Before COMMIT run:"
    assert [fix.text for fix in fixes.read(guard.session)] == statements
    guard.passes_in_transaction(f"CREATE TABLE t ({columns})", *statements)


def test_fixes_do_not_get_in_each_other_s_way(guard):
    """The fixes of two keys over columns whose names begin alike, and of two checks, give different names."""
    long = "c" * 60
    guard.configure(mode="warn").session.run(
        f"CREATE TABLE t ({long}aaa bigint REFERENCES customers, {long}bbb bigint REFERENCES customers,"
        " CHECK (1 > 0), CHECK (2 > 0))"
    )
    guard.passes(*(message.hint for message in guard.session.take_messages()))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE t ADD e bigint REFERENCES customers, ADD made timestamp",
        "ALTER TABLE t ADD made timestamp NOT NULL, ADD e bigint CONSTRAINT fk REFERENCES customers, ADD f int CHECK (f > 0)",
        "ALTER TABLE t ADD made timestamp CHECK (made > 'epoch'), ADD e int, ADD CHECK (e > 0)",
    ],
)
def test_a_column_with_two_faults_is_one_element(guard, sql):
    """The elements of a constraint and those of its column are the same ones."""
    before = prepare(guard.configure(fk_without_index="off"), TS, TABLE)
    guard.passes(*fixes.write_again(fixes.refuse(guard, sql), sql))
    assert standing(guard, TS) == before


ENUM = ["unnamed_constraint", "misnamed_constraint", "check_instead_of_enum"]
TYPE_OF_S = "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = '{}'::regclass AND attname = 's'"


def test_a_check_that_becomes_a_type_needs_no_name(guard):
    guard.check_only(*ENUM)
    table = "CREATE TABLE t (s text CHECK (s IN ('a', 'b')))"
    found = fixes.refuse(guard, table)
    assert len(found) == 2
    guard.passes(*fixes.write_again(found, table))
    assert guard.session.rows(TYPE_OF_S.format("t")) == [("t_s",)]
    guard.configure(mode="warn").session.run("CREATE TABLE u (s text CHECK (s IN ('a', 'b')))")
    hints = [message.hint for message in guard.session.take_messages()]
    assert len(hints) == 2
    assert hints[0] == hints[1]
    guard.passes(hints[0])
    assert guard.session.rows(TYPE_OF_S.format("u")) == [("u_s",)]


def test_a_check_that_becomes_a_type_before_the_commit_has_no_name_to_check(guard):
    guard.check_only(*ENUM).configure(mode="warn")
    guard.passes("BEGIN")
    guard.session.run("CREATE TABLE t (s text CONSTRAINT ill_named CHECK (s IN ('a', 'b')))")
    messages = guard.session.take_messages()
    assert [message.rule for message in messages] == ["check_instead_of_enum"]
    guard.passes(messages[0].hint, "COMMIT")


def test_what_is_only_a_notice_fixes_no_error(guard):
    """Where the rule about types is only a notice, the hint of the error names the check."""
    guard.check_only(*ENUM).configure(check_instead_of_enum="notice")
    message = guard.session.expect_refusal("CREATE TABLE t (s text CHECK (s IN ('a', 'b')))")
    assert "\nCONSTRAINT ck_t_s CHECK" in message.hint


COPIED_BY_LIKE = [
    ("unnamed_constraint", "CREATE TABLE t (id bigint PRIMARY KEY, n int UNIQUE)"),
    ("timestamp_without_time_zone", "CREATE TABLE t (id bigint, made timestamp NOT NULL DEFAULT now())"),
    ("disallowed_primary_key_type", "CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY)"),
    ("inexact_money", "CREATE TABLE t (id bigint, price real NOT NULL)"),
]


@pytest.mark.parametrize("rule, setup", COPIED_BY_LIKE)
def test_what_like_has_copied_is_fixed_before_the_commit(guard, rule, setup):
    guard.prepare(setup)
    copy = "CREATE TABLE t_2 (LIKE t INCLUDING ALL)"
    guard.check_only(rule).passes("BEGIN", copy)
    found = fixes.refuse(guard, "COMMIT")
    guard.passes_in_transaction(copy, *fixes.of_kind(found, "same transaction"))
