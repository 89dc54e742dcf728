"""Fixes that are pasted one after the other: none is in the way of another one, and none gives up what there was."""

import fixes
import pytest

RC = "missing_required_column"
NAMES = ("misnamed_table", "misnamed_column", "misnamed_constraint", "unnamed_constraint")
ODD = 'CREATE TABLE "Tab" (id bigint PRIMARY KEY, "createdAt" timestamptz DEFAULT now() NOT NULL)'
LINK = (
    "CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY); CREATE TABLE b (id bigint CONSTRAINT pk_b PRIMARY KEY)",
    "CREATE TABLE l (a bigint NOT NULL CONSTRAINT fk_a REFERENCES a, b bigint NOT NULL CONSTRAINT fk_b REFERENCES b)",
)


def expect_nothing_left(guard):
    assert guard.session.rows("SELECT rule, message FROM guardrail.audit() WHERE table_name <> 'customers'") == []


def columns(guard, table):
    sql = f"SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
    return [name for (name,) in guard.session.rows(sql)]


@pytest.mark.parametrize("rules", [(RC, *NAMES), (RC, "identifier_needs_quotes", *NAMES)])
def test_a_statement_and_its_commit(guard, rules):
    guard.check_only(*rules).configure(mode="warn")
    guard.session.run(ODD)
    found = fixes.read(guard.session)
    for text in fixes.of_kind(found, "in place"):
        guard.session.run(text)
    expect_nothing_left(guard)
    assert columns(guard, "tab") == ["id", "created_at_2", "created_at", "updated_at"]


def test_the_audit_of_a_table(guard):
    guard.prepare(ODD)
    guard.check_only(RC, *NAMES)
    rows = guard.session.rows("SELECT fix FROM guardrail.audit() WHERE fix_applies = 'in place'")
    guard.configure(mode="off")
    for text in fixes.distinct(text for (text,) in rows):
        guard.session.run(text)
    expect_nothing_left(guard.configure(mode="enforce"))


def test_a_key_does_for_an_index(guard):
    guard.prepare(LINK[0])
    guard.check_only("fk_without_index", "redundant_index", "table_without_primary_key", "join_table_without_composite_key")
    found = fixes.refuse(guard, LINK[1])
    assert fixes.of_kind(found, "same transaction") == [
        "ALTER TABLE public.l ADD CONSTRAINT pk_l PRIMARY KEY (a, b);",
        "CREATE INDEX ix_l_b ON public.l (b);",
    ]
    guard.passes(*fixes.write_again(found, LINK[1]))
    expect_nothing_left(guard)


def test_the_key_that_all_rows_obey_is_kept(guard):
    guard.prepare(
        "CREATE TABLE t (c bigint); INSERT INTO t VALUES (77)",
        "ALTER TABLE t ADD CONSTRAINT one FOREIGN KEY (c) REFERENCES customers NOT VALID; DELETE FROM t",
        "ALTER TABLE t ADD CONSTRAINT two FOREIGN KEY (c) REFERENCES customers",
    )
    guard.check_only("duplicate_fk")
    assert guard.session.rows("SELECT fix FROM guardrail.audit()") == [("ALTER TABLE public.t DROP CONSTRAINT one;",)]
    guard.passes("ALTER TABLE t DROP CONSTRAINT one")
    expect_nothing_left(guard)


SUBPARTITIONED = "CREATE TABLE p (id bigint NOT NULL, s bigint NOT NULL, at {} NOT NULL) PARTITION BY LIST (s)"


def test_a_key_has_the_columns_by_which_partitions_are_partitioned(guard):
    below = "CREATE TABLE p_2 PARTITION OF p DEFAULT PARTITION BY RANGE ({}); CREATE TABLE p_3 PARTITION OF p_2 DEFAULT"
    guard.prepare(SUBPARTITIONED.format("bigint"), below.format("at"))
    guard.check_only("table_without_primary_key", "disallowed_primary_key_type")
    ((text,),) = guard.session.rows("SELECT fix FROM guardrail.audit()")
    assert text == "ALTER TABLE public.p ADD CONSTRAINT pk_p PRIMARY KEY (id, s, at);"
    guard.passes(text)
    expect_nothing_left(guard)
    guard.prepare("DROP TABLE p", SUBPARTITIONED.format("date"), below.format("at"))
    ((text,),) = guard.session.rows("SELECT fix FROM guardrail.audit()")
    assert text.startswith("-- A primary key of table public.p must have column at, ")
    guard.prepare("DROP TABLE p", SUBPARTITIONED.format("bigint"), below.format("(at + 1)"))
    ((text,),) = guard.session.rows("SELECT fix FROM guardrail.audit()")
    assert text.startswith("-- A partition of table public.p is partitioned by an expression")


def test_the_column_of_a_partition(guard):
    guard.prepare("CREATE TABLE par (id bigint GENERATED ALWAYS AS IDENTITY, s text NOT NULL) PARTITION BY LIST (s)")
    guard.check_only("unnamed_constraint")
    sql = "CREATE TABLE par1 PARTITION OF par (s DEFAULT 'x' CHECK (s > 'a')) FOR VALUES IN ('x')"
    message = guard.session.expect_refusal(sql)
    assert "\ns WITH OPTIONS DEFAULT 'x'::text NOT NULL\n" in message.hint
    found = fixes.read(guard.session)
    element = ", ".join(found[0].lines)
    guard.passes(f"CREATE TABLE par1 PARTITION OF par ({element}) FOR VALUES IN ('x')")
    expect_nothing_left(guard)


def test_the_not_null_of_a_child(guard, needs):
    """PostgreSQL fails to change the type: it would give the column a second NOT NULL constraint."""
    needs(18)
    guard.prepare("CREATE TABLE q (id serial); CREATE TABLE c (PRIMARY KEY (id)) INHERITS (q)")
    guard.check_only("table_without_primary_key", "disallowed_primary_key_type")
    rows = guard.session.rows("SELECT fix FROM guardrail.audit() WHERE table_name = 'q'")
    assert "This is in the way: NOT NULL constraint c_id_not_null of table public.c." in rows[0][0]


def test_what_hangs_on_what_is_made_anew(guard):
    guard.prepare(
        "CREATE TABLE t (id serial CONSTRAINT pk PRIMARY KEY, c bigint CONSTRAINT fk REFERENCES customers)",
        "COMMENT ON CONSTRAINT fk ON t IS 'it''s'; GRANT USAGE ON SEQUENCE t_id_seq TO PUBLIC",
        "CREATE DOMAIN d AS varchar(10) COLLATE \"C\"; COMMENT ON DOMAIN d IS 'x'",
    )
    guard.check_only("fk_without_on_delete", "serial_column", "discouraged_type").configure(discouraged_types='{"character varying": "text"}')
    rows = guard.session.rows("SELECT rule, fix, fix_caution FROM guardrail.audit()")
    cautions = {rule: caution for rule, _, caution in rows}
    domain = next(text for rule, text, _ in rows if rule == "discouraged_type")
    assert 'AS text COLLATE "C"' in domain
    assert cautions["discouraged_type"] == "loses the owner, the privileges and the comment of the domain"
    assert cautions["serial_column"] == "loses the privileges and the comment of the sequence"
    guard.configure(mode="off")
    for _, text, _ in rows:
        guard.session.run(text)
    comment = "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'fk'"
    assert guard.session.rows(comment) == [("it's",)]


def test_words_of_a_refused_statement(guard, needs):
    needs(16)
    guard.check_only("identifier_needs_quotes")
    message = guard.session.expect_refusal('CREATE TABLE IF NOT EXISTS "X y" ("S" text STORAGE EXTERNAL NOT NULL)')
    assert "CREATE TABLE IF NOT EXISTS public.x_y" in message.hint
    assert "s text STORAGE EXTERNAL NOT NULL" in message.hint
