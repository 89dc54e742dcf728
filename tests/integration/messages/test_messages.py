"""The message of a violation: SQLSTATE, sentence, reason, rule, fix, and the fields that drivers read."""

import re

import pytest

OD = "fk_without_on_delete"
IX = "fk_without_index"
TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"

# For each rule: a statement that violates it alone, the sentence of the message, and the fields of the message.
ONE_OF_EACH = {
    OD: (
        "CREATE TABLE orders (c bigint CONSTRAINT fk_orders_customer REFERENCES customers)",
        'foreign key "fk_orders_customer" of table "public.orders" has no ON DELETE action',
        {"schema": "public", "table": "orders", "constraint": "fk_orders_customer", "column": None},
    ),
    IX: (
        "CREATE TABLE orders (c bigint CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE)",
        None,
        {"schema": "public", "table": "orders", "constraint": "fk_orders_customer", "column": None},
    ),
    TS: (
        "CREATE TABLE orders (made timestamp(3))",
        None,
        {"schema": "public", "table": "orders", "column": "made", "constraint": None},
    ),
    UN: (
        "CREATE TABLE orders (id int PRIMARY KEY)",
        None,
        {"schema": "public", "table": "orders", "constraint": "orders_pkey", "column": None},
    ),
}


def check_style(message, rule):
    assert message.sqlstate == "42R01"
    assert re.match(r"[a-z]", message.primary)
    assert not message.primary.endswith(".")
    assert '"public.orders"' in message.primary
    assert re.match(r"[A-Z]", message.detail)
    said, *waiver = message.detail.splitlines()
    assert re.search(rf"\.\s+Rule: {rule} \(error\)\.$", said), message.detail
    first, *others = message.hint.splitlines()
    if message.severity == "ERROR":
        assert first in ("In CREATE TABLE write:", "In one transaction with it (BEGIN … COMMIT) run:")
        assert others
        assert re.fullmatch(rf"To exempt it: SELECT guardrail\.exempt\('{rule}', 'public\.orders'.*\);", *waiver)
    else:
        assert waiver == []
        assert re.match(r"(ALTER TABLE|CREATE INDEX) ", first)
        assert message.hint.endswith(";")


@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_refusal(guard, rule):
    sql, sentence, fields = ONE_OF_EACH[rule]
    message = guard.check_only(rule).session.expect_refusal(sql)
    assert message.severity == "ERROR"
    check_style(message, rule)
    assert sentence in (None, message.primary)
    assert {field: getattr(message, field) for field in fields} == fields
    assert f"Rule: {rule} (error)." in message.detail


@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_warning(guard, rule):
    sql, sentence, fields = ONE_OF_EACH[rule]
    guard.check_only(rule).configure(mode="warn").session.run(sql)
    (message,) = guard.session.take_messages()
    assert message.severity == "WARNING"
    check_style(message, rule)
    assert sentence in (None, message.primary)
    assert {field: getattr(message, field) for field in fields} == fields


@pytest.mark.parametrize("level", ["notice", "warning"])
@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_level_is_shown(guard, rule, level):
    guard.configure(preset="none", **{rule: level}).session.run(ONE_OF_EACH[rule][0])
    (message,) = guard.session.take_messages()
    assert message.severity == level.upper()
    assert f"Rule: {rule} ({level})." in message.detail


def test_the_type_of_a_column(guard):
    for type_ in ("timestamp", "timestamp(3)", "tsrange", "timestamp[]"):
        message = guard.session.expect_refusal(f"CREATE TABLE orders (made {type_})")
        assert message.datatype


@pytest.mark.parametrize(
    "sql, column",
    [
        ("CREATE DOMAIN naive AS timestamp", None),
        ("CREATE TYPE naive AS (id int, made timestamp)", "made"),
    ],
)
def test_fields_of_a_type(guard, sql, column):
    """The field for the type has the name alone and the schema is in its own field, as in PostgreSQL's messages."""
    message = guard.session.expect_refusal(sql)
    assert (message.schema, message.table, message.datatype) == ("public", None, "naive")
    assert '"public.naive"' in message.primary
    assert column is None or f'"{column}"' in message.primary


SEVERAL = "CREATE TABLE orders (id int PRIMARY KEY, made timestamp, c bigint CONSTRAINT fk REFERENCES customers)"


def test_several_at_once(guard):
    message = guard.session.expect_refusal(SEVERAL)
    assert message.sqlstate == "42R01"
    assert message.primary == f"CREATE TABLE public.orders breaks 3 conventions: {OD}, {TS}, {UN}"
    *lines, waiver = message.detail.splitlines()
    assert waiver.startswith(f"To exempt them, one by one: SELECT guardrail.exempt('{OD}', 'public.orders', 'fk', ")
    assert lines == [
        f"{rule}: {sentence}. {reason} Rule: {rule} (error)."
        for rule, sentence, reason in guard.session.rows("SELECT rule, message, reason FROM guardrail.last_violations()")
    ]
    assert message.rules == [OD, TS, UN]
    heading, *elements = message.hint.splitlines()
    assert heading == "In CREATE TABLE write:"
    fixes = [fix for (fix,) in guard.session.rows("SELECT fix FROM guardrail.last_violations()")]
    assert sorted(elements) == sorted({line for fix in fixes for line in fix.splitlines()})
    assert (message.schema, message.table) == ("public", "orders")


def test_several_at_once_are_warned_about_one_by_one(guard):
    guard.configure(mode="warn").session.run(SEVERAL)
    messages = guard.session.take_messages()
    assert sorted(message.rule for message in messages) == sorted([OD, TS, UN, IX])
    for message in messages:
        check_style(message, message.rule)


@pytest.mark.parametrize(
    "sql, tag",
    [
        ("ALTER TABLE t ADD made timestamp, ADD again timestamp", "ALTER TABLE public.t"),
        ("CREATE TABLE t2 AS SELECT now()::timestamp AS a, now()::timestamp AS b", "CREATE TABLE AS public.t2"),
        ("SELECT now()::timestamp AS a, now()::timestamp AS b INTO t2", "SELECT INTO public.t2"),
        ('CREATE TABLE "T" (a timestamp, b timestamp)', 'CREATE TABLE public."T"'),
        ("CREATE TYPE pair AS (a timestamp, b timestamp)", "CREATE TYPE public.pair"),
        ("CREATE SCHEMA side CREATE TABLE a (b timestamp, c timestamp)", "CREATE SCHEMA on side.a"),
        ("CREATE SCHEMA side CREATE TABLE a (b timestamp) CREATE TABLE c (d timestamp)", "CREATE SCHEMA"),
    ],
)
def test_the_statement_is_named(guard, sql, tag):
    guard.prepare("CREATE TABLE t (id int)")
    assert guard.session.expect_refusal(sql).primary == f"{tag} breaks 2 conventions: {TS}"


TWO_KEYS = (
    "CREATE TABLE orders (c bigint CONSTRAINT fk_c REFERENCES customers ON DELETE CASCADE,"
    " d bigint CONSTRAINT fk_d REFERENCES customers ON DELETE CASCADE)"
)


def test_several_at_commit(guard):
    guard.passes("BEGIN", TWO_KEYS)
    message = guard.session.expect_refusal("COMMIT")
    assert message.primary == f"transaction breaks 2 conventions: {IX}"
    assert message.rules == [IX, IX]
    assert len(message.hint.splitlines()) == 3


def test_order_is_stable(guard):
    sql = "CREATE TABLE orders (" + ", ".join(f"c{n} timestamp UNIQUE" for n in range(12)) + ")"
    first = guard.session.expect_refusal(sql).detail
    assert guard.session.expect_refusal(sql).detail == first
    assert len(first.splitlines()) == 24 + 1


def test_a_great_many_at_once(guard):
    sql = "CREATE TABLE orders (" + ", ".join(f"column_number_{n} timestamp" for n in range(1000)) + ")"
    message = guard.session.expect_refusal(sql)
    assert message.primary == f"CREATE TABLE public.orders breaks 1000 conventions: {TS}"
    assert message.detail.splitlines()[100:-1] == ["and 900 more: SELECT * FROM guardrail.last_violations()"]
    assert message.hint.splitlines()[101:] == ["-- and 900 more: SELECT * FROM guardrail.last_violations();"]
    assert guard.session.rows("SELECT count(*) FROM guardrail.last_violations()") == [(1000,)]


def test_what_is_sent_is_bounded_in_bytes(guard):
    """The fix of each check has the whole expression in it."""
    expression = " OR ".join(f"n > {number}" for number in range(200))
    sql = f"CREATE TABLE orders (n int, {', '.join([f'CHECK ({expression})'] * 90)})"
    message = guard.check_only(UN).session.expect_refusal(sql)
    assert len(message.rules) == 90
    assert 20_000 < len(message.hint) < 40_000
    assert message.hint.endswith(" more: SELECT * FROM guardrail.last_violations();")
    longest = max(fix for (fix,) in guard.session.rows("SELECT length(fix) FROM guardrail.last_violations()"))
    assert 90 * longest > 200_000


MANY = "CREATE TABLE orders (" + ", ".join(f"c{n} timestamp" for n in range(30)) + ", PRIMARY KEY (c1))"


@pytest.mark.parametrize("settings, shown", [({}, 20), ({"max_messages": 5}, 5), ({"max_messages": 30}, 30)])
def test_so_many_warnings_and_how_many_more(guard, settings, shown):
    guard.configure(mode="warn", **settings).session.run(MANY)
    *messages, last = guard.session.take_messages()
    assert [message.rule for message in messages] == [TS] * shown
    left_out = 31 - shown
    conventions = "convention" if left_out == 1 else "conventions"
    more = f"CREATE TABLE public.orders breaks {left_out} more {conventions}: SELECT * FROM guardrail.last_violations()"
    assert (last.severity, last.primary) == ("WARNING", more)
    counts = f"{TS} ({left_out - 1}), {UN} (1)" if left_out > 1 else f"{UN} (1)"
    assert last.detail == f"guardrail.max_messages is {shown}. Not shown: {counts}."
    assert (last.rule, last.table, guard.session.rows("SELECT count(*) FROM guardrail.last_violations()")) == (None, "orders", [(31,)])


def test_the_gravest_are_shown(guard):
    """Of what is left out, the message says how grave it is at most. A refusal is never left out."""
    guard.configure(**{TS: "notice", UN: "warning", "max_messages": 2}, mode="warn").session.run(MANY)
    messages = guard.session.take_messages()
    assert [(message.severity, message.rule) for message in messages] == [("NOTICE", TS), ("WARNING", UN), ("NOTICE", None)]
    guard.configure(**{UN: "error"}, mode="enforce").passes("DROP TABLE orders")
    message = guard.session.expect_refusal(MANY)
    assert message.rule == UN
    assert [message.rule for message in guard.session.take_messages()] == [TS, TS, None]


def test_the_limit_is_for_a_commit_as_well(guard):
    keys = ", ".join(f"c{n} bigint CONSTRAINT fk_{n} REFERENCES customers ON DELETE CASCADE" for n in range(25))
    guard.configure(mode="warn").passes("BEGIN", f"CREATE TABLE orders ({keys})")
    guard.session.run("COMMIT")
    *messages, last = guard.session.take_messages()
    assert [message.rule for message in messages] == [IX] * 20
    assert last.primary == "transaction breaks 5 more conventions: SELECT * FROM guardrail.last_violations()"


def test_low_client_min_messages_hides_no_error(guard):
    guard.session.run("SET client_min_messages = error")
    guard.refuses("CREATE TABLE orders (made timestamp)", adds=f"{TS} orders.made")
