"""The library and the SQL are of different versions: between an installation and the update, and in old sessions."""

import pytest
from releases import OLDER, UPDATE, VERSION, borrow_own, outdated, with_version

TS = "timestamp_without_time_zone"
BAD = "CREATE TABLE t (made timestamp)"
ADDS = f"{TS} t.made"
CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"
MISSING = "fk_without_index child.fk"
OLD_COLUMNS = (
    "rule level moment object_kind schema_name table_name column_name constraint_name data_type"
    " message reason fix fix_applies fix_caution"
).split()


# The library is newer than the SQL


@pytest.fixture(params=["late", "preloaded"])
def either_old(request):
    """The same where the first DDL loads the library, and where the server has loaded it."""
    cluster = request.getfixturevalue("late_cluster" if request.param == "late" else "preloading_cluster")
    for guard in borrow_own(cluster):
        yield with_version(guard, OLDER[0])


def test_the_guard_checks_on(either_old):
    old = either_old
    old.passes("CREATE TABLE good (id int)", "ALTER TABLE good ADD note text", "DROP TABLE good")
    assert old.refuses(BAD, adds=ADDS).hint
    old.refuses_at_commit(CHILD, adds=MISSING)
    old.passes_in_transaction(CHILD, "CREATE INDEX ON child (c)")
    old.configure(mode="warn")
    old.warns(BAD, adds=ADDS)


def test_a_warning_says_what_to_do_once_a_session(either_old):
    old = either_old
    old.passes("CREATE TABLE good (id int)")
    assert outdated(old.session) == [], "a clean statement costs nothing more"
    for _ in range(2):
        old.session.expect_refusal(BAD)
    (warning,) = outdated(old.session)
    assert (warning.severity, warning.sqlstate) == ("WARNING", "01000")
    assert warning.primary == (
        f"the library of pg_guardrail is version {VERSION}, but its SQL is version {OLDER[0]}"
    )
    assert warning.hint == "As a superuser, run: ALTER EXTENSION pg_guardrail UPDATE;"
    old.session.rows("SELECT * FROM guardrail.last_violations()")
    assert outdated(old.session) == []
    old.reconnect()
    old.session.expect_refusal(BAD)
    assert len(outdated(old.session)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM guardrail.rules",
        "SELECT guardrail.explain('fk_without_index')",
        "SELECT * FROM guardrail.last_violations()",
    ],
)
def test_the_old_functions_warn_and_work(either_old, query):
    session = either_old.session
    session.rows(query)
    assert len(outdated(session)) == 1
    session.rows(query)
    assert outdated(session) == []


def test_nothing_is_said_where_the_versions_are_the_same(guard):
    guard.session.expect_refusal(BAD)
    guard.session.rows("SELECT * FROM guardrail.last_violations()")
    guard.session.rows("SELECT * FROM guardrail.audit()")
    assert guard.session.messages == []


def test_last_violations_has_the_old_columns(old):
    old.session.expect_refusal(BAD)
    cursor = old.session.run("SELECT * FROM guardrail.last_violations()")
    assert [column.name for column in cursor.description] == OLD_COLUMNS
    ((rule, *_, column, constraint, data_type, message, reason, fix, applies, caution),) = cursor.fetchall()
    assert (rule, column, constraint, applies) == (TS, "made", None, "instead")
    assert all((data_type, message, reason, fix))
    assert caution is None


def test_the_list_of_rules_and_the_page_of_a_rule(old):
    old_rules = old.session.rows("SELECT id, level FROM guardrail.rules")
    page = old.session.rows("SELECT guardrail.explain('fk_without_index')")
    old.administer(UPDATE)
    assert old.session.rows("SELECT id, level FROM guardrail.rules") == old_rules
    assert "guardrail.fk_without_index: error" in page[0][0]


def test_what_is_new_is_missing_in_sql_only(old):
    for sql in ("SELECT * FROM guardrail.audit()", "SELECT guardrail.freeze()", "TABLE guardrail.exemptions"):
        assert old.session.expect_error(sql)[0] in ("42883", "42P01")
    old.administer(UPDATE)
    assert old.session.rows("SELECT * FROM guardrail.audit()") == []


# The SQL is newer than the library


def test_a_newer_sql_says_to_load_the_library_anew(own):
    own.administer("UPDATE pg_extension SET extversion = '10.0' WHERE extname = 'pg_guardrail'")
    own.session.expect_refusal(BAD)
    (warning,) = outdated(own.session)
    assert warning.primary.endswith("but its SQL is version 10.0")
    assert "Reconnect" in warning.hint
    assert "restart the server" in warning.hint
    assert "UPDATE" not in warning.hint


def test_a_column_that_the_library_does_not_know(own):
    own.administer(
        "CREATE FUNCTION public.newer(OUT rule text, OUT \"Novel\" text) RETURNS SETOF record"
        " LANGUAGE c AS '$libdir/pg_guardrail', 'guardrail_last_violations_wrapper'"
    )
    own.session.expect_refusal(BAD)
    sqlstate, text = own.session.expect_error("SELECT * FROM newer()")
    assert sqlstate == "55000"
    assert text.startswith(f'column "Novel" is unknown to the library of pg_guardrail, which is version {VERSION}')
    assert "Reconnect" in text
    own.administer("DROP FUNCTION newer")
    own.refuses(BAD, adds=ADDS)
