"""`make check`: the report, the baseline and the status."""

import json
import os
import pty

import pytest
from test_violations import at, naive

WARNING = "CREATE TABLE k (x int);\n"
FORMATS = ["text", "json", "markdown", "html", "junit", "sarif", "gitlab", "github"]


def test_every_format_is_known(check):
    check.write(**{"1": naive("a")})
    messages = check.run(FORMAT="none").messages
    assert f"Available formats: {', '.join(FORMATS)}." in messages


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_names_the_file(check, form):
    check.write(**{"1": naive("a")})
    outcome = check.run(FORMAT=form)
    assert outcome.status == 1
    assert "1.sql" in outcome.report
    assert "timestamp_without_time_zone" in outcome.report
    assert outcome.messages.count("\n") == 1


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_a_failure_is_in_the_report(check, form):
    """Whoever reads the report alone must not take it for a success."""
    check.write(**{"1": "SELECT 1;", "2": "SELECT 1;\nSELECT x;", "3": "SELECT 1;"})
    outcome = check.run(FORMAT=form)
    assert outcome.status == 2
    report = outcome.report.replace("&quot;", '"').replace("&#34;", '"').replace('\\"', '"')
    assert 'm/2.sql:2: column "x" does not exist; 1 file after it is left.' in report
    assert "No violations." not in report
    if form == "sarif":
        assert json.loads(outcome.report)["runs"][0]["invocations"][0]["executionSuccessful"] is False
    if form == "gitlab":
        (issue,) = json.loads(outcome.report)
        assert (issue["location"]["path"], issue["severity"]) == ("m/2.sql", "blocker")
    if form == "github":
        assert outcome.report.startswith("::error file=m/2.sql,title=pg_guardrail::Not everything was checked: ")


def test_text_is_the_usual_format(check):
    check.write(**{"1": naive("a"), "2": WARNING})
    outcome = check.run(FORMAT=None, PRESET=None)
    lines = outcome.report.splitlines()
    assert lines[0] == "m/1.sql"
    assert lines[1].split()[:3] == ["1", "error", "timestamp_without_time_zone"]
    assert lines[3] == "m/2.sql"
    expected = "Judged 2 files under preset recommended: 1 error, 1 warning open. Status 1 (an error is open)."
    assert outcome.summary == expected


def test_out(check, tmp_path):
    check.write(**{"1": naive("a")})
    outcome = check.run(OUT="report.json")
    assert outcome.report == ""
    assert (tmp_path / "report.json").read_text() == check.run().report
    assert "Report: report.json." in outcome.summary


@pytest.mark.parametrize(
    ("fail_on", "of_warning", "of_error"),
    [(None, 0, 1), ("error", 0, 1), ("warning", 1, 1), ("notice", 1, 1), ("never", 0, 0)],
)
def test_the_level_that_fails(check, fail_on, of_warning, of_error):
    check.write(**{"1": WARNING})
    outcome = check.run(FAIL_ON=fail_on)
    assert (outcome.status, len(outcome.violations)) == (of_warning, 1)
    assert f"Status {of_warning}" in outcome.summary
    check.write(**{"1": naive("a")})
    assert check.run(FAIL_ON=fail_on).status == of_error


def test_a_failure_is_worse_than_any_violation(check):
    check.write(**{"1": naive("a"), "2": "SELECT 1/0"})
    assert check.run().status == check.run(FAIL_ON="never").status == 2


def test_a_baseline_there_and_back(check, tmp_path):
    check.write(**{"1": naive("a") + WARNING, "2": naive("a😀")})
    made = check.run(FORMAT="baseline", OUT="b.jsonl")
    assert made.status == 0
    lines = (tmp_path / "b.jsonl").read_text().splitlines()
    assert len(lines) == 3
    assert lines == sorted(lines)

    outcome = check.run(BASELINE="b.jsonl")
    assert outcome.violations == [
        f"{at(1, 'a')} (frozen)",
        "m/1.sql:2 table_without_primary_key k (frozen)",
        f"{at(1, 'a😀', '2')} (frozen)",
    ]
    assert outcome.status == 0
    assert "nothing open; 3 frozen" in outcome.summary

    check.write(**{"3": naive("b")})
    outcome = check.run(BASELINE="b.jsonl")
    assert outcome.violations[-1] == at(1, "b", "3")
    assert outcome.status == 1
    assert "1 error open; 3 frozen" in outcome.summary

    # A new baseline is whole, though it is made with an old one.
    check.run(FORMAT="baseline", BASELINE="b.jsonl", OUT="b.jsonl")
    assert len((tmp_path / "b.jsonl").read_text().splitlines()) == 4
    assert check.run(BASELINE="b.jsonl").status == 0


def test_the_baseline_is_that_of_the_database(check, guard):
    """The lines are those that freeze() would make of the database after all files."""
    check.write(**{"1": naive("a") + WARNING + naive('q"u😀')})
    guard.configure(preset="recommended")
    guard.administer(naive("a"), WARNING, naive('q"u😀'))
    session = guard.as_superuser().session
    session.run("SELECT guardrail.freeze()")
    frozen = [line for (line,) in session.rows("SELECT guardrail.export_frozen()")]
    own = [line for line in frozen if '"customers"' not in line]
    assert check.run(FORMAT="baseline").report.splitlines() == own


def test_no_baseline_of_a_part(check, tmp_path):
    check.write(**{"1": naive("a"), "2": "SELECT 1/0"})
    outcome = check.run(FORMAT="baseline", OUT="b.jsonl")
    assert outcome.status == 2
    assert "No baseline is written, as it would not be whole." in outcome.messages
    assert not (tmp_path / "b.jsonl").exists()


def test_the_progress_is_shown_on_a_terminal_alone(check):
    check.write_files({f"{'x' * 200}{number}.sql": naive(f"t{number}") for number in (1, 2)})
    ours, theirs = pty.openpty()
    outcome = check.run(stderr=theirs, TERM="xterm", COLUMNS="40")
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:  # Linux says so when nobody has the terminal open any more.
        pass
    os.close(ours)
    first, second, last = [line for line in shown.decode().split("\r\x1b[K") if line]
    assert first.startswith("  1/2  m/xxx")
    assert first.endswith("x1.sql")
    assert second.startswith("  2/2  ")
    assert len(first) < 40
    assert last.startswith("Judged 2 files")
    assert len(outcome.violations) == 2
    assert "\x1b" not in check.run().messages + outcome.report


def test_violations_in_many_files(check):
    check.write(**{f"{number:03}": naive(f"t{number}") for number in range(60)})
    outcome = check.run()
    assert outcome.violations == [at(1, f"t{number}", f"{number:03}") for number in range(60)]
    assert "60 errors open" in outcome.summary
    assert all(json.loads(line)["file"].startswith("m/") for line in outcome.report.splitlines())
