"""What the tests share that run over lists of cases, and what they do with a HINT.

The first item of each case is its id.
"""

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


def as_list(statements):
    return [statements] if isinstance(statements, str) else statements


def with_rule(rule, objects):
    """Writes violations of a rule, which are named by their objects, as guard.py has them."""
    return [f"{rule} {violated}" for violated in as_list(objects)]


def expect_clean(guard):
    """Nothing in schema public violates a rule in force: what leaves an exempt schema is checked as if it was new."""
    guard.prepare("CREATE SCHEMA IF NOT EXISTS side")
    guard.configure(mode="enforce", exempt_schemas="side")
    for kind, name in guard.session.rows(OBJECTS):
        guard.passes(f"ALTER {kind} public.{name} SET SCHEMA side", f"ALTER {kind} side.{name} SET SCHEMA public")


def fix_afterwards(guard, rule, setup, statement):
    """Runs a statement that is warned about, and then its HINT, which is returned."""
    guard.prepare(setup)
    guard.check_only(rule).configure(mode="warn")
    guard.session.run(statement)
    messages = guard.session.take_messages()
    assert [message.rule for message in messages] == [rule], f"{statement}: {messages}"
    hint = messages[0].hint
    guard.passes(hint)
    expect_clean(guard)
    return hint


def fix_instead(guard, rule, setup, statement, *before):
    """Runs the HINT of a refused statement instead of it, after statements that do its other part. Returns the HINT."""
    guard.prepare(setup)
    guard.check_only(rule)
    hint = guard.session.expect_refusal(statement).hint
    guard.passes(*before, hint)
    expect_clean(guard)
    return hint


def fix_before_commit(guard, rule, setup, *statements):
    """Runs the HINT of what is refused at COMMIT as the last statement of the transaction. Returns the HINT."""
    guard.prepare(setup)
    guard.check_only(rule)
    guard.passes("BEGIN", *statements)
    hint = guard.session.expect_refusal("COMMIT").hint
    guard.passes_in_transaction(*statements, hint)
    expect_clean(guard)
    return hint
