"""GitLab's Code Quality: the fields that its page on the report format names, and nothing besides."""

import json

import given

SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def check(text):
    """Returns the issues of a report."""
    assert text.isascii()
    issues = json.loads(text)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert set(issue["location"]) == {"path", "lines"}
        assert issue["severity"] in SEVERITIES
        assert issue["check_name"]
        path, line = issue["location"]["path"], issue["location"]["lines"]["begin"]
        assert isinstance(path, str) and not path.startswith("./")
        assert isinstance(line, int) and line >= 1
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(fingerprints) == len(set(fingerprints)), "GitLab would show one of them alone"
    return issues


def test_a_database_with_hostile_names(guard):
    session = given.prepare(guard)
    issues = check(given.report(session, "gitlab"))
    assert sorted(issue["location"]["path"] for issue in issues) == sorted(
        f"public/{name}" for name in [*given.NAMES, "frozen"]
    )
    assert all(issue["check_name"] == "timestamp_without_time_zone" for issue in issues)
    assert check(given.report(session, "gitlab")) == issues, "the fingerprints are others the second time"


def test_no_violation(guard):
    assert given.report(guard.session, "gitlab") == "[]\n"
    assert given.render(guard.session, "gitlab", [given.entry(status="exempt")]) == "[]\n"


def test_hostile_texts(guard):
    issues = check(given.render(guard.session, "gitlab", given.hostile()))
    assert [issue["description"].rpartition(" (")[0] for issue in issues] == given.TEXTS


def test_files_and_levels(guard):
    entries = [
        given.entry(file="./db/a.sql", line=7),
        given.entry(file="db/b.sql", level="warning"),
        given.entry(level="notice", certain=False),
        given.entry(level="notice", fingerprint=""),
        given.entry(level="notice", fingerprint="", message="another"),
    ]
    issues = check(given.render(guard.session, "gitlab", entries, uri="./db/schema.sql"))
    assert [(one["location"]["path"], one["location"]["lines"]["begin"], one["severity"]) for one in issues] == [
        ("db/a.sql", 7, "major"),
        ("db/b.sql", 1, "minor"),
        *[("db/schema.sql", 1, "info")] * 3,
    ]
    assert issues[2]["description"].endswith(" has no index (not certain) (fk_without_index)")


def test_the_same_violation_several_times_in_a_file(guard):
    entries = [given.entry(file="a.sql", line=line) for line in (1, 5, 9)]
    first, second, third = (one["fingerprint"] for one in check(given.render(guard.session, "gitlab", entries)))
    assert (second, third) == (f"{first}:2", f"{first}:3")


def test_many(guard):
    assert len(check(given.render(guard.session, "gitlab", given.many()))) == 10_000
