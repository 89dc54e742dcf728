"""What the tests of single rules have in common.

A case of BAD is (id, setup, statements, violations), one of GOOD is (id, setup, statements). The setup
is there before the guard; the statements are one text or a list.
"""

import pytest

OBJECTS = """
    SELECT CASE relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, quote_ident(relname)
    FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND relnamespace = 'public'::regnamespace AND relname <> 'customers'
    UNION ALL
    SELECT 'TYPE', quote_ident(typname) FROM pg_type LEFT JOIN pg_class c ON c.oid = typrelid
    WHERE (typtype IN ('d', 'e', 'r') OR relkind = 'c') AND typnamespace = 'public'::regnamespace
"""


def table(names, cases):
    return pytest.mark.parametrize(names, [pytest.param(*case[1:], id=case[0]) for case in cases])


def several(statements):
    return [statements] if isinstance(statements, str) else statements


def violations(rule, parts):
    return [f"{rule} {part}" for part in several(parts)]


def is_clean(guard):
    """Whether nothing in schema public violates a rule in force: what leaves an exempt schema is judged as if it was new."""
    guard.legacy("CREATE SCHEMA IF NOT EXISTS side")
    guard.configure(mode="enforce", exempt_schemas="side")
    for kind, name in guard.session.rows(OBJECTS):
        guard.passes(f"ALTER {kind} public.{name} SET SCHEMA side", f"ALTER {kind} side.{name} SET SCHEMA public")
    return True


def mend_afterwards(guard, rule, setup, sql):
    """Runs what is warned about, then its HINT. Gives the HINT."""
    guard.legacy(setup)
    guard.only(rule).configure(mode="warn")
    guard.session.run(sql)
    (message,) = guard.session.said()
    assert message.rule == rule
    guard.passes(message.hint)
    assert is_clean(guard)
    return message.hint


def mend_instead(guard, rule, setup, sql, *first):
    """Runs the HINT of what is refused in its place, after statements that do the rest of it. Gives the HINT."""
    guard.legacy(setup)
    guard.only(rule)
    hint = guard.session.error(sql).hint
    guard.passes(*first, hint)
    assert is_clean(guard)
    return hint


def mend_in_transaction(guard, rule, setup, *statements):
    """Runs the HINT of what is refused at COMMIT as the last statement of the transaction. Gives the HINT."""
    guard.legacy(setup)
    guard.only(rule)
    guard.passes("BEGIN", *statements)
    hint = guard.session.error("COMMIT").hint
    guard.passes_in_transaction(*statements, hint)
    assert is_clean(guard)
    return hint
