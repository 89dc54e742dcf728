"""What tests that run over a table of cases have in common. The first item of each case is its id."""

import pytest

OBJECTS = """
    SELECT CASE relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, quote_ident(relname)
    FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND relnamespace = 'public'::regnamespace AND relname <> 'customers'
    UNION ALL
    SELECT 'TYPE', quote_ident(typname) FROM pg_type LEFT JOIN pg_class c ON c.oid = typrelid
    WHERE (typtype IN ('d', 'e', 'r') OR relkind = 'c') AND typnamespace = 'public'::regnamespace
"""


def with_ids(cases):
    return [pytest.param(*case[1:], id=case[0]) for case in cases]


def parametrize(names, cases):
    """Like pytest.mark.parametrize, but each case brings its id."""
    return pytest.mark.parametrize(names, with_ids(cases))


def several(statements):
    return [statements] if isinstance(statements, str) else statements


def violations(rule, objects):
    return [f"{rule} {violated}" for violated in several(objects)]


def expect_clean(guard):
    """Nothing in schema public violates a rule in force: what leaves an exempt schema is judged as if it was new."""
    guard.legacy("CREATE SCHEMA IF NOT EXISTS side")
    guard.configure(mode="enforce", exempt_schemas="side")
    for kind, name in guard.session.rows(OBJECTS):
        guard.passes(f"ALTER {kind} public.{name} SET SCHEMA side", f"ALTER {kind} side.{name} SET SCHEMA public")


def fix_afterwards(guard, rule, setup, statement):
    """Runs a statement that is warned about, and then its HINT, which is returned."""
    guard.legacy(setup)
    guard.only(rule).configure(mode="warn")
    guard.session.run(statement)
    (message,) = guard.session.said()
    assert message.rule == rule
    guard.passes(message.hint)
    expect_clean(guard)
    return message.hint


def fix_instead(guard, rule, setup, statement, *before):
    """Runs the HINT of a refused statement instead of it, after what else the statement would have done. Returns the HINT."""
    guard.legacy(setup)
    guard.only(rule)
    hint = guard.session.error(statement).hint
    guard.passes(*before, hint)
    expect_clean(guard)
    return hint


def fix_before_commit(guard, rule, setup, *statements):
    """Runs the HINT of what is refused at COMMIT as the last statement of the transaction. Returns the HINT."""
    guard.legacy(setup)
    guard.only(rule)
    guard.passes("BEGIN", *statements)
    hint = guard.session.error("COMMIT").hint
    guard.passes_in_transaction(*statements, hint)
    expect_clean(guard)
    return hint
