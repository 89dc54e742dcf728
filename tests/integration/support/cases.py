"""What the tests share that run over lists of cases, and what they do with fixes.

The first item of each case is its id.
"""

import fixes
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
    """Runs a statement that is warned about, and then its fix, which is returned."""
    guard.prepare(setup)
    guard.check_only(rule).configure(mode="warn")
    (fix,) = fixes.warn(guard, statement)
    assert (fix.rule, fix.applies) == (rule, "in place"), fix
    guard.passes(fix.text)
    expect_clean(guard)
    return fix


def fix_instead(guard, rule, setup, statement):
    """Writes a refused statement again with its fixes, which are returned, unless there is nothing to write instead."""
    guard.prepare(setup)
    guard.check_only(rule)
    found = fixes.refuse(guard, statement)
    if fixes.is_left_out(found):
        return found
    fixes.expect_no_comments(found)
    guard.passes(*fixes.write_again(found, statement))
    expect_clean(guard)
    return found


def fix_before_commit(guard, rule, setup, *statements):
    """Runs the fixes of what is refused at COMMIT at the end of the transaction, and returns them."""
    guard.prepare(setup)
    guard.check_only(rule)
    guard.passes("BEGIN", *statements)
    found = fixes.refuse(guard, "COMMIT")
    assert {fix.applies for fix in found} == {"same transaction"}, found
    guard.passes_in_transaction(*statements, *fixes.of_kind(found, "same transaction"))
    expect_clean(guard)
    return found


def fix_by_hand(guard, rule, setup, statement):
    """Runs a statement that is warned about and that no SQL can mend. Returns the comment that says so."""
    guard.prepare(setup)
    guard.check_only(rule).configure(mode="warn")
    (fix,) = fixes.warn(guard, statement)
    expect_comment(guard, fix)
    return fix.text


def expect_comment(guard, fix):
    """A fix is nothing but comments, so that nothing happens when it is run."""
    assert fix.applies == "by hand", fix
    assert all(line.startswith("-- ") for line in fix.text.splitlines()), fix
    guard.passes(fix.text)
