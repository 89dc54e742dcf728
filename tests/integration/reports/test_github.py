"""GitHub's workflow commands, read as the runner reads them."""

from typing import NamedTuple

import given

COMMANDS = {"error", "warning", "notice"}
ESCAPES = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]


class Command(NamedTuple):
    name: str
    properties: dict
    data: str


def read(line):
    """A line as the runner takes it: blanks before the colons do not matter, and escapes are undone in turn."""
    assert line.lstrip().startswith("::"), line
    head, separator, data = line.lstrip().removeprefix("::").partition("::")
    assert separator, line
    name, _, properties = head.partition(" ")
    assert name in COMMANDS, line
    pairs = [pair.partition("=") for pair in properties.strip().split(",") if pair]
    for key, _, value in pairs:
        assert key in {"file", "line", "title"}, line
        assert value
    data_escapes = [pair for pair in ESCAPES if pair[1] not in ":,"]
    return Command(name, {key: undo(value, ESCAPES) for key, _, value in pairs}, undo(data, data_escapes))


def undo(text, escapes):
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text


def check(text):
    """Returns the annotations and the data of the last command."""
    # The runner ends a line at CR as well.
    assert "\r" not in text
    *annotations, last = map(read, text.removesuffix("\n").split("\n"))
    assert last.name == "notice"
    assert last.properties == {"title": "pg_guardrail"}
    assert len(annotations) <= 10
    return annotations, last.data


def test_a_database_with_hostile_names(guard):
    annotations, summary = check(given.report(given.prepare(guard), "github", uri="./db/schema, new.sql"))
    assert len(annotations) == 10
    for one in annotations:
        assert one.name == "error"
        assert one.properties == {
            "file": "db/schema, new.sql",
            "title": "pg_guardrail: timestamp_without_time_zone",
        }
        message, reason, *_ = one.data.split("\n")
        assert "is of type timestamp without time zone" in message
        assert reason.startswith("The value does not say")
        assert "\nFix:\nALTER TABLE" in one.data
    count = len(given.NAMES)
    assert summary == (
        f"{count} open violations ({count} errors); also 1 frozen and 1 exempt. "
        f"{count - 10} open ones are not shown here; the formats text and html list all."
    )


def test_no_violation(guard):
    assert check(given.report(guard.session, "github")) == ([], "No open violations.")
    entries = [given.entry(status="frozen"), given.entry(status="exempt")]
    assert check(given.render(guard.session, "github", entries)) == (
        [],
        "No open violations; also 1 frozen and 1 exempt.",
    )


def test_hostile_texts(guard):
    for number, entry in enumerate(given.hostile()):
        (one,), summary = check(given.render(guard.session, "github", [entry]))
        text = entry["message"]
        assert one.properties.get("file", text) == text
        assert one.properties.get("line") == (str(number + 1) if text.strip() else None)
        assert text in one.data
        assert summary == "1 open violation (1 error)."


def test_files_and_levels(guard):
    entries = [
        given.entry(level="notice", file="db/a.sql"),
        given.entry(level="warning", file="db/b.sql", line=7, fix="", fix_caution="rewrites the table"),
        given.entry(),
    ]
    annotations, summary = check(given.render(guard.session, "github", entries))
    assert [one.name for one in annotations] == ["error", "warning", "notice"]
    assert [(one.properties.get("file"), one.properties.get("line")) for one in annotations] == [
        (None, None),
        ("db/b.sql", "7"),
        ("db/a.sql", None),
    ]
    assert annotations[1].data.endswith("\nCaution: rewrites the table.")
    assert summary == "3 open violations (1 error, 1 warning, 1 notice)."


def test_many(guard):
    annotations, summary = check(given.render(guard.session, "github", given.many()))
    assert {one.name for one in annotations} == {"error"}
    assert summary == (
        "10000 open violations (3333 errors, 3333 warnings, 3334 notices). "
        "9990 open ones are not shown here; the formats text and html list all."
    )
