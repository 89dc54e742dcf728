"""SARIF: the published schema, and what GitHub's code scanning asks beyond it.

GitHub's page "SARIF support for code scanning" says what it reads. What is not met makes it refuse the file or leave
out what is wrong: a result needs a message, a location in a file by a relative path, a line from 1 and a fingerprint; a
rule needs its texts, of which the descriptions have 1,024 characters at most; a run has 25,000 results at most, of
which the gravest 5,000 are shown, and 25,000 rules; a file has 10 MB at most when it is compressed. Suppressions are
not read: a result that has one is shown as an alert all the same.
"""

import gzip
import json
import os
import pathlib
import re
import urllib.parse

import given
import jsonschema
import pytest

LEVELS = {"error", "warning", "note"}


@pytest.fixture(scope="module")
def schema():
    """The schema as the crate has it from which the extension takes the types."""
    home = pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")
    found = sorted(home.glob("registry/src/*/serde-sarif-*/src/schema.json"))
    if not found:
        pytest.fail("the sources of the crate serde-sarif are missing: cargo fetch")
    return json.loads(found[-1].read_text())


def check_for_github(text):
    """Asserts what GitHub asks. Returns the run."""
    assert len(gzip.compress(text.encode())) < 10_000_000
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "pg_guardrail"
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    for rule in driver["rules"]:
        check_rule(rule)
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    assert len(run["results"]) <= 5_000
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        check_result(result)
    assert run["invocations"][0]["executionSuccessful"] is True
    return run


def check_rule(rule):
    assert re.fullmatch(r"(?:[A-Z][a-z]*)+", rule["name"])
    assert len(rule["name"]) <= 255
    assert 0 < len(rule["shortDescription"]["text"]) <= 1024
    assert 0 < len(rule["fullDescription"]["text"]) <= 1024
    assert rule["help"]["text"]
    assert rule["help"]["markdown"].startswith(f"# {rule['id']}\n")
    assert rule["defaultConfiguration"]["level"] in LEVELS
    assert all(isinstance(tag, str) for tag in rule["properties"]["tags"])
    assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
    assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}


def check_result(result):
    assert result["level"] in LEVELS
    assert result["message"]["text"].strip()
    assert result["partialFingerprints"]["primaryLocationLineHash"]
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert physical["region"]["startLine"] >= 1
    uri = physical["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[\w.~!$&'()*+,;=@/-]|%[0-9A-F]{2})+", uri, re.ASCII), uri
    parts = urllib.parse.urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert "suppressions" not in result


def notifications(run):
    return [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]


def uris(run):
    return [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]


def test_a_database_with_hostile_names(guard, schema):
    text = given.report(given.prepare(guard), "sarif")
    assert text.isascii()
    jsonschema.validate(json.loads(text), schema)
    run = check_for_github(text)
    expected = {f"public/{urllib.parse.quote(name, safe='')}" for name in [*given.NAMES, "frozen"]}
    assert {urllib.parse.unquote(uri) for uri in uris(run)} == {urllib.parse.unquote(uri) for uri in expected}
    names = {one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for one in run["results"]}
    assert names == {f"public.{name}.{name}" for name in given.NAMES} | {"public.frozen.at"}
    states = {one["properties"]["status"]: one["baselineState"] for one in run["results"]}
    assert states == {"open": "new", "frozen": "unchanged"}
    assert notifications(run) == ["Not among the results: 1 exempt violation."]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["timestamp_without_time_zone"]


def test_the_rules_of_every_preset(guard, schema):
    for preset in ("core", "recommended", "house", "django", "rails", "prisma", "none"):
        session = guard.configure(preset=preset).session
        text = given.report(session, "sarif")
        jsonschema.validate(json.loads(text), schema)
        run = check_for_github(text)
        assert bool(run["tool"]["driver"]["rules"]) == (preset != "none")


def test_hostile_texts(guard, schema):
    text = given.render(guard.session, "sarif", given.hostile())
    jsonschema.validate(json.loads(text), schema)
    run = check_for_github(text)
    assert len(run["results"]) == len(given.TEXTS)
    assert not any("](" in one["message"]["text"] for one in run["results"])


def test_files_and_lines(guard):
    entries = [
        given.entry(file="./db/migrations/V2__a b.sql", line=7),
        given.entry(file="db/a%20b.sql"),
        given.entry(object_kind="statement", schema_name="", table_name="", constraint_name=None),
    ]
    results = check_for_github(given.render(guard.session, "sarif", entries))["results"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places] == [
        ("db/migrations/V2__a%20b.sql", 7),
        ("db/a%20b.sql", 1),
        ("statement", 1),
    ]
    run = check_for_github(given.render(guard.session, "sarif", entries, uri="db/schema.sql"))
    assert uris(run) == ["db/migrations/V2__a%20b.sql", "db/a%20b.sql", "db/schema.sql"]


def test_the_gravest_five_thousand(guard, schema):
    entries = [*given.many(12_000), given.entry(status="frozen"), given.entry(status="exempt")]
    text = given.render(guard.session, "sarif", entries)
    jsonschema.validate(json.loads(text) | {"runs": []}, schema)
    run = check_for_github(text)
    levels = [one["level"] for one in run["results"]]
    assert (levels.count("error"), levels.count("warning"), levels.count("note")) == (4_000, 1_000, 0)
    fingerprints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]
    assert fingerprints == sorted(fingerprints), "they are not in the order of the tables"
    assert notifications(run) == [
        "Not among the results: 1 exempt violation.",
        "The results are the gravest 5000 violations; 7001 more are left out.",
    ]
