"""The ways to switch the guard off work inside of a transaction that it has already seen."""

import cases

IX = "fk_without_index"
TS = "timestamp_without_time_zone"
CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
TRIGGERS = [f"pg_guardrail_{event}" for event in ("ddl_command_start", "sql_drop", "ddl_command_end")]
DISABLE = [f"ALTER EVENT TRIGGER {name} DISABLE" for name in TRIGGERS]
ENABLE = [f"ALTER EVENT TRIGGER {name} ENABLE" for name in TRIGGERS]

WAYS = [
    ("dropped", ["DROP EXTENSION pg_guardrail"]),
    ("disabled", DISABLE),
    ("mode", ["SET LOCAL guardrail.mode = off"]),
]


@cases.parametrize("way", WAYS)
def test_after_a_violation(guard, way):
    guard.as_superuser().passes("BEGIN", CHILD)
    for sql in [*way, "COMMIT"]:
        guard.session.run(sql)
    assert guard.session.rows("SELECT to_regclass('child') IS NOT NULL") == [(True,)]


def test_event_triggers_are_off(guard, needs):
    needs(17)
    guard.as_superuser().passes_in_transaction(CHILD, "SET LOCAL event_triggers = off")


def test_disabled_for_a_while(guard):
    guard.as_superuser()
    guard.passes_in_transaction(*DISABLE, "CREATE TABLE t (made timestamp)", CHILD, *ENABLE)
    guard.refuses("CREATE TABLE u (made timestamp)", adds=f"{TS} u.made")


def test_disabled_for_a_while_with_explain(preloaded_guard):
    guard = preloaded_guard.as_superuser()
    explain = "EXPLAIN ANALYZE CREATE TABLE {} AS SELECT now()::timestamp AS made"
    guard.passes_in_transaction(*DISABLE, explain.format("t"), *ENABLE)
    guard.refuses(explain.format("u"), adds=f"{TS} u.made")
