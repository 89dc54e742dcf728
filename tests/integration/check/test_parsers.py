"""`make check`: what holds of every file, tried with random ones. No part of a file may be lost or change its line."""

import pathlib
import sys

import pytest
from hypothesis import HealthCheck, configuration, example, given, settings
from hypothesis import strategies as st
from server import ROOT

sys.path.append(str(ROOT / "check"))

import discovery  # noqa: E402
import script  # noqa: E402
import sections  # noqa: E402

configuration.set_hypothesis_home_dir(ROOT / "target" / "hypothesis")
WITH_SERVER = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

PARTS = [
    "-- migrate:up", "-- migrate:down", "-- +goose Up", "-- +goose down", "-- +goose NO TRANSACTION", "-- +migrate Up",
    "# --- !Ups", "--- !Downs", "-- Up Migration", "-- down migration transaction:false", "\\restrict a1B", "\\unrestrict x ",
    "\n", "\r\n", "\n", "\r", "\t", " ", ";", "SELECT 1", "CREATE TABLE t (a int)", "-- a comment", "/* ; */", "é", "\u2028", "'",
]  # fmt: skip
FILES = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=12).map("".join)


@given(FILES)
def test_what_is_not_run_is_blanked(text):
    """Every line is there as it was or as nothing, or, where psql alone needs it, as blanks."""
    part = sections.part_to_run(text)
    before, after = text.split("\n"), part.text.split("\n")
    assert len(before) == len(after)
    for line, kept in zip(before, after, strict=True):
        assert kept in (line, "") or (line.startswith("\\") and kept.rstrip("\r") == " " * len(kept.rstrip("\r")))
    tools = [tool for tool in sections.MARKERS if any(sections.marks(tool, line) for line in before)]
    if not tools:
        # Without marks nothing is left out but what is psql's.
        assert all(kept or not line for line, kept in zip(before, after, strict=True))
    if len(tools) <= 1:
        # What is left has nothing more to leave out. (The marks of another tool say nothing to the first one.)
        assert sections.part_to_run(part.text).text == part.text


NAMES = st.lists(
    st.text("0123456789._-VRUabAB é²٣", min_size=1, max_size=12).map(lambda name: name + ".sql"), min_size=2, max_size=6, unique=True
)  # fmt: skip


@given(NAMES, st.randoms())
def test_the_order_of_files_is_one_order(names, random):
    """It does not depend on the order in which they are found, and no two files are equal in it."""
    paths = [pathlib.Path(name) for name in names]
    keys = [discovery.natural(path) for path in paths]
    assert len({repr(key) for key in keys}) == len(paths)
    expected = sorted(paths, key=discovery.natural)
    random.shuffle(paths)
    assert sorted(paths, key=discovery.natural) == expected
    of_flyway = [path for path in paths if discovery.is_of_flyway(path)]
    assert sorted(discovery.order_of_flyway(of_flyway)) == sorted(of_flyway)


# Statements that the server splits

STATEMENTS = [
    "SELECT 1", "SELECT ';'", "SELECT 'it''s;' || E'\\';'", 'CREATE TABLE "a;b" (x int)', "DO $$ BEGIN; END $$",
    "SELECT $a$ ; $$ ; $a$", "SELECT 1 /* ; /* ; */ */ + 2", "SELECT 1 -- ; \n + 2", "BEGIN", "COMMIT", "SELECT 'é\n;\n'",
    'SELECT U&"d\\0061t;" FROM t', "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1;'",
]  # fmt: skip
BETWEEN = [";", "; ", ";\n", ";\n\n", ";;", "; -- a ; b\n", ";\n/* ; */\n", "\n;\r\n", "; ;\n"]
SCRIPTS = st.lists(st.tuples(st.sampled_from(["", " ", "\n", "-- x\n", "/* ; */ "]), st.sampled_from(STATEMENTS),
                             st.sampled_from(BETWEEN)), max_size=6)  # fmt: skip


@pytest.fixture(scope="module")
def session(cluster):
    with cluster.connect("guarded") as session:
        yield session


@WITH_SERVER
@given(SCRIPTS)
@example([("", "SELECT 1", ";"), ("-- x\n", "SELECT 1 -- ; \n + 2", "\n;\r\n")])
def test_the_server_splits_a_file_and_loses_nothing(session, parts):
    """Each statement is there, at its line; joined again, the statements give the file, with blanks for what is none."""
    text = "".join(before + statement + after for before, statement, after in parts)
    found = [script.Statement(*row) for row in session.execute(script.LIST, (text,)).fetchall()]
    assert [statement.sql.rstrip() for statement in found] == [statement for _, statement, _ in parts]
    at = 0
    for statement in found:
        at = text.index(statement.sql, at)
        assert statement.line == text.count("\n", 0, at) + 1
        at += len(statement.sql)
    joined = script.text_of(found)
    again = [script.Statement(*row) for row in session.execute(script.LIST, (joined,)).fetchall()]
    assert again == found


@WITH_SERVER
@given(st.lists(st.sampled_from([*STATEMENTS, *BETWEEN, "'", '"', "$$", "$a$", "(", "*/", "/*", "--", "\\", ":x", "é"]),
                max_size=8).map("".join))  # fmt: skip
def test_no_text_does_harm(session, text):
    """A text is split, or refused with the line at which PostgreSQL's parser stops."""
    try:
        rows = session.execute(script.LIST, (text,)).fetchall()
    except script.psycopg.Error as error:
        assert error.sqlstate in ("42601", "42000", "22025", "42P02"), error
        line = script.line_of(error)
        assert line is None or 1 <= line <= text.count("\n") + 1
        assert line is not None
        return
    assert all(1 <= line <= text.count("\n") + 1 for line, *_ in rows)
    assert all(sql in text for *_, sql in rows)
