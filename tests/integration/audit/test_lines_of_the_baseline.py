"""The baseline as lines that a repository keeps: export_frozen() and import_frozen()."""

import json

import pytest

RULE = "timestamp_without_time_zone"
ODD = ['a"b', "two\nlines", "a😀", "é" * 31, "back\\slash", "'"]


@pytest.fixture
def guard(guard):
    for name in ODD:
        quoted = '"' + name.replace('"', '""') + '"'
        guard.prepare(f"CREATE TABLE {quoted} ({quoted} timestamp)")
    return guard.check_only(RULE).as_superuser()


def export(session):
    return [line for (line,) in session.rows("SELECT guardrail.export_frozen()")]


def load(session, lines):
    return session.connection.execute("SELECT guardrail.import_frozen(%s)", (lines,)).fetchone()[0]


def refuse(session, lines):
    """Returns the message of an import that is refused, after which the baseline is as it was."""
    before = export(session)
    with pytest.raises(Exception) as refusal:
        load(session, lines)
    assert refusal.value.sqlstate == "22P02"
    assert export(session) == before
    return refusal.value.diag.message_primary


def make_line(number, rule=RULE, **more):
    entry = {"rule": rule, "schema": "public", "table": "t", "kind": "column", "object": "a"}
    return json.dumps(entry | {"fingerprint": f"{number:016x}"} | more)


def test_there_and_back(guard):
    session = guard.session
    session.run("SELECT guardrail.freeze()")
    lines = export(session)
    assert lines == sorted(lines)
    assert sorted(json.loads(line)["table"] for line in lines) == sorted(ODD)
    assert not any("\n" in line for line in lines)
    before = session.rows("SELECT fingerprint, rule, schema_name, table_name, object_kind, object_name FROM guardrail.frozen")
    session.run("DELETE FROM guardrail.frozen")
    for text in ("\n".join(lines), "\r\n".join(reversed(lines)) + "\r\n\r\n", "\n\n".join(lines + lines)):
        session.run("DELETE FROM guardrail.frozen")
        assert load(session, text) == len(ODD)
        assert export(session) == lines
    assert load(session, "\n".join(lines)) == 0
    after = session.rows("SELECT fingerprint, rule, schema_name, table_name, object_kind, object_name FROM guardrail.frozen")
    assert sorted(after) == sorted(before)
    assert session.rows("SELECT DISTINCT status FROM guardrail.audit()") == [("frozen",)]


def test_the_baseline_of_another_database(guard):
    session = guard.session
    session.run("SELECT guardrail.freeze()")
    lines = export(session)
    other = guard.cluster.create_database()
    try:
        with guard.cluster.connect(other, options="-c guardrail.mode=off") as connection:
            connection.execute("CREATE TABLE \"a😀\" (\"a😀\" timestamp, b timestamp)")
            assert connection.execute("SELECT guardrail.import_frozen(%s)", ("\n".join(lines),)).fetchone() == (len(ODD),)
            rows = "SELECT column_name, status FROM guardrail.audit(rules => %s) ORDER BY 1"
            assert connection.execute(rows, (RULE,)).fetchall() == [("a😀", "frozen"), ("b", "open")]
            # What is not there is taken out.
            assert connection.execute("SELECT guardrail.thaw()").fetchone() == (len(ODD) - 1,)
    finally:
        guard.cluster.drop_database(other)


def test_nothing_to_import(guard):
    assert load(guard.session, "") == load(guard.session, "\n \r\n\t\n") == 0
    assert guard.session.expect_error("SELECT guardrail.import_frozen(NULL)")[0] == "22004"


@pytest.mark.parametrize("bad, problem", [
    ("<<<<<<< HEAD", "expected value"),
    ("=======", "expected value"),
    (">>>>>>> branch", "expected value"),
    ("{", "EOF"),
    ("[]", "invalid"),
    ("null", "invalid type: null"),
    ("{}", "missing field `rule`"),
    (make_line(1)[:-1], "EOF"),
    (make_line(1) + ",", "trailing characters"),
    (make_line(1) + make_line(2), "trailing characters"),
    (make_line(1, rule="fk_without_indx"), 'there is no rule "fk_without_indx"'),
    (make_line(1, rule=""), 'there is no rule ""'),
    (make_line(1, fingerprint="xyz"), '"xyz" is not a fingerprint'),
    (make_line(1, fingerprint="0123456789ABCDEF"), '"0123456789ABCDEF" is not a fingerprint'),
    (make_line(1, fingerprint="0123456789abcdef:1"), '"0123456789abcdef:1" is not a fingerprint'),
    (make_line(1, fingerprint=12), "invalid type: integer"),
    (make_line(1, table=None), "invalid type: null"),
    (make_line(1, more="x"), "unknown field `more`"),
    ("x" * 100_000, "expected value"),
])  # fmt: skip
def test_a_bad_line_is_refused_with_its_number(guard, bad, problem):
    good = make_line(10)
    message = refuse(guard.session, f"{good}\n\n{bad}\n{make_line(11)}")
    assert message.startswith("line 3 of the baseline cannot be read: ")
    assert problem in message
    assert len(message) < 1000


def test_ten_thousand_lines(guard):
    session = guard.session
    text = "\n".join(make_line(number) for number in range(10_000))
    assert load(session, text) == 10_000
    assert load(session, text) == 0
    assert refuse(session, f"{text}\nx").startswith("line 10001 ")
    assert len(export(session)) == 10_000
    assert session.rows("SELECT status, count(*) FROM guardrail.audit() GROUP BY 1") == [("open", len(ODD))]
    assert session.rows("SELECT guardrail.thaw()") == [(10_000,)]


def test_a_number_behind_the_fingerprint(guard):
    assert load(guard.session, make_line(1, fingerprint="0123456789abcdef:2")) == 1
    assert load(guard.session, make_line(1, object=None)) == 1


def test_two_branches_merge(guard):
    """Lines that both have stand once, whatever the order."""
    session = guard.session
    ours, theirs = [make_line(n) for n in (1, 2, 3)], [make_line(n) for n in (2, 3, 4)]
    assert load(session, "\n".join(ours + theirs)) == 4
