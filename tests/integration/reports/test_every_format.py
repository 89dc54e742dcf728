"""What holds for each format: how much memory it takes, and what is said of bad input."""

import json
import re
import time

import given
import psycopg
import pytest

# All but one tell nothing of the time.
TIMELESS = ["text", "json", "markdown", "junit", "sarif", "gitlab", "github"]
FORMATS = [*TIMELESS, "html"]
LARGE = ["text", "json", "junit", "gitlab", "html"]


def memory_of(session):
    """The memory of the session's process in kilobytes: now, and at most."""
    rows = session.rows("SELECT pg_read_file('/proc/' || pg_backend_pid() || '/status')")
    return tuple(int(re.search(rf"^{name}:\s+(\d+) kB", rows[0][0], re.M)[1]) for name in ("VmRSS", "VmHWM"))


@pytest.mark.parametrize("form", FORMATS)
def test_memory_does_not_grow_with_the_report(guard, form):
    session = guard.connect("postgres")
    given.render(session, form, given.many(1_000))
    session.run("CREATE TEMP TABLE given AS SELECT NULL::text AS lines")
    # The server makes the text, so that the session holds it once.
    lines = "\n".join(map(given.json.dumps, given.many(10_000)))
    session.connection.execute("UPDATE given SET lines = %s", (lines,))
    count = "SELECT count(*), sum(length(line)) FROM given, LATERAL guardrail.render(%s, lines) AS line"
    session.connection.execute(count, (form,))
    (before, _), begun = memory_of(session), time.monotonic()
    rows, length = session.connection.execute(count, (form,)).fetchone()
    seconds, (after, most) = time.monotonic() - begun, memory_of(session)
    assert rows > 5 and (length > 1_000_000 or form not in LARGE)
    assert after - before < 20_000, "it keeps what it has made"
    # The given text is there a few times: as a value of a row, in the encoding of the library and as what is returned.
    assert most - before < 60_000 + 8 * len(lines) // 1_000
    # A debug build is slow; this finds what takes time by the square.
    assert seconds < 20


@pytest.mark.parametrize("form", TIMELESS)
def test_a_report_within_other_queries(guard, form):
    """A report may be one of several in a query, and be given up before its end."""
    session = given.prepare(guard)
    whole = session.connection.execute("SELECT guardrail.report(%s)", (form,)).fetchall()
    both = session.connection.execute(
        "SELECT a FROM guardrail.report(%(f)s) AS a UNION ALL SELECT b FROM guardrail.report(%(f)s) AS b", {"f": form}
    ).fetchall()
    assert both == whole * 2
    first = session.connection.execute("SELECT guardrail.report(%s) LIMIT 1", (form,)).fetchall()
    assert first == whole[:1]


@pytest.mark.parametrize("form", FORMATS)
def test_a_bad_line_is_named(guard, form):
    good = given.json.dumps(given.entry())
    for bad, words in [
        (good[:-5], "EOF while parsing a string"),
        (good.replace("fk_without_index", "fk_without_indx"), 'there is no rule "fk_without_indx"'),
        (given.json.dumps(given.entry(message="a\0b")), "holds the character \\u0000"),
        (given.json.dumps(given.entry(line=-1)), "line: invalid value: integer `-1`"),
        (given.json.dumps(given.entry(line=0)), "line: the first one is 1"),
        (given.json.dumps(given.entry(file=" ")), "file: it is empty"),
    ]:
        sqlstate, told = expect_error(guard, form, f"{good}\n\n{bad}\n{good}")
        assert sqlstate == "22P02"
        assert "line 3 of the violations cannot be read: " in told
        assert words in told
    assert guard.session.transaction_status() == "IDLE"
    assert given.render(guard.session, form, [given.entry()])


def expect_error(guard, form, lines):
    quoted = lines.replace("'", "''")
    return guard.session.expect_error(f"SELECT guardrail.render('{form}', '{quoted}')")


@pytest.mark.parametrize("uri", ["", "  "])
def test_an_empty_uri_is_refused(guard, uri):
    sqlstate, told = guard.session.expect_error(f"SELECT guardrail.report('sarif', uri => '{uri}')")
    assert sqlstate == "22023"
    assert 'invalid value for argument "uri"' in told


def test_a_database_in_another_encoding(guard, cluster):
    """What is written as escapes needs no encoding."""
    name = "latin_reports"
    with cluster.connect("postgres") as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0")
    try:
        with cluster.connect(name, client_encoding="UTF8") as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")
            for form in ("json", "junit", "sarif", "gitlab", "html"):
                entries = [given.json.dumps(one) for one in given.hostile()]
                rows = admin.execute("SELECT guardrail.render(%s, %s)", (form, "\n".join(entries))).fetchall()
                assert all(line.isascii() for (line,) in rows)
    finally:
        cluster.drop_database(name)


@pytest.mark.parametrize("name", ["html", "junit"])
def test_a_full_disk_is_an_error(guard, name):
    """What is put aside on disk finds no room there; the session goes on."""
    entry = {name: "" for name in ("object_kind", "moment", "table_name", "message", "reason", "fix_applies")}
    entry |= dict.fromkeys(("column_name", "constraint_name", "index_name", "data_type", "fix_caution"))
    entry |= {"rule": "fk_without_index", "level": "error", "status": "open", "certain": True}
    entry |= {"schema_name": "s", "fix": "x" * 1000, "fingerprint": "0123456789abcdef"}
    session = guard.as_superuser().session
    session.run("SET work_mem = '64kB'; SET temp_file_limit = '1MB'")
    lines = "\n".join([json.dumps(entry)] * 20_000)
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
        session.connection.execute("SELECT count(*) FROM guardrail.render(%s, %s)", [name, lines])
    session.run("SET temp_file_limit = -1")
    assert session.connection.execute("SELECT count(*) FROM guardrail.render(%s, %s)", [name, lines]).fetchone()[0] > 20_000
