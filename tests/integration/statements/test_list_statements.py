"""guardrail.list_statements() splits a script as the server does, and runs nothing."""

import pytest


def split(guard, script, columns="line, command, obstacle, sql"):
    query = f"SELECT {columns} FROM guardrail.list_statements(%s)"
    return guard.session.connection.execute(query, (script,)).fetchall()


def test_statements_with_their_lines(guard):
    script = """-- first
CREATE TABLE a (x text DEFAULT ';'); /* ; */ SELECT 1;;

  DO $$ BEGIN
    PERFORM 1;
END $$; -- last
SELECT 2"""
    assert split(guard, script, "statement, line, command, sql") == [
        (1, 2, "CREATE TABLE", "CREATE TABLE a (x text DEFAULT ';')"),
        (2, 2, "SELECT", "SELECT 1"),
        (3, 4, "DO", "DO $$ BEGIN\n    PERFORM 1;\nEND $$"),
        (4, 7, "SELECT", "SELECT 2"),
    ]
    assert guard.session.rows("SELECT to_regclass('a')") == [(None,)]


@pytest.mark.parametrize(
    ("sql", "command", "obstacle"),
    [
        ("INSERT INTO nowhere VALUES (1)", "INSERT", None),
        ("BEGIN", "BEGIN", "transaction"),
        ("START TRANSACTION", "START TRANSACTION", "transaction"),
        ("END", "COMMIT", "transaction"),
        ("ROLLBACK", "ROLLBACK", "transaction"),
        ("ROLLBACK /* */ TO s", "ROLLBACK", "savepoint"),
        ("SAVEPOINT s", "SAVEPOINT", "savepoint"),
        ("RELEASE s", "RELEASE", "savepoint"),
        ("CREATE INDEX CONCURRENTLY ON a (b)", "CREATE INDEX", "concurrently"),
        ("DROP INDEX CONCURRENTLY a", "DROP INDEX", "concurrently"),
        ("REINDEX TABLE CONCURRENTLY a", "REINDEX", "concurrently"),
        ("VACUUM", "VACUUM", "not in a block"),
        ("ANALYZE", "ANALYZE", None),
        ("CREATE DATABASE a", "CREATE DATABASE", "not in a block"),
        ("COPY a FROM STDIN", "COPY", "from the client"),
        ("COPY a TO STDOUT", "COPY", "to the client"),
        ("COPY a TO PROGRAM 'x'", "COPY", "lasting"),
        ("PREPARE p AS SELECT 1", "PREPARE", "lasting"),
    ],
)
def test_what_is_in_the_way_of_a_dry_run(guard, sql, command, obstacle):
    assert split(guard, f"{sql};", "command, obstacle, sql") == [(command, obstacle, sql)]


@pytest.mark.parametrize(
    ("sql", "command", "obstacle"),
    [
        ("REPACK a", "REPACK", None),
        ("REPACK (CONCURRENTLY) a", "REPACK", "concurrently"),
        ("REPACK", "REPACK", "not in a block"),
        ("CLUSTER", "CLUSTER", "not in a block"),
        ("WAIT FOR LSN '0/0'", "WAIT", "not in a block"),
    ],
)
def test_the_statements_of_19(guard, needs, sql, command, obstacle):
    needs(19)
    assert split(guard, f"{sql};", "command, obstacle") == [(command, obstacle)]


def test_nothing_at_all(guard):
    for script in ["", " ", ";;", "-- nothing", "/* ; */"]:
        assert split(guard, script) == []
    error = guard.session.expect_error("SELECT * FROM guardrail.list_statements(NULL)")
    assert error == ("22004", 'argument "script" must not be null')


def test_an_error_of_the_syntax_has_its_line(guard):
    with pytest.raises(Exception) as error:
        split(guard, "SELECT 'é';\n\nSELEC 1;")
    assert error.value.sqlstate == "42601"
    assert error.value.diag.context.startswith("line 3 of the SQL given to guardrail.list_statements()")


def test_other_characters(guard):
    assert split(guard, "SELECT 'é😀'; SELECT 1", "sql") == [("SELECT 'é😀'",), ("SELECT 1",)]


def test_it_runs_in_a_read_only_transaction(guard):
    session = guard.session
    session.run("BEGIN READ ONLY")
    assert split(guard, "DROP TABLE customers", "command") == [("DROP TABLE",)]
    session.run("ROLLBACK")
