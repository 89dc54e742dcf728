"""What the functions of the audit say about arguments that are wrong, and what the error of assert_clean() tells."""

import re

import psycopg
import pytest

BAD_RULES = {
    "fk_without_indx": 'Did you mean "fk_without_index"?',
    "": "The view guardrail.rules lists them.",
    "fk_": "The view guardrail.rules lists them.",
}


def fail(guard, call, *arguments):
    """The diagnostics of the error that a call raises."""
    with guard.cluster.connect(guard.dbname) as admin, pytest.raises(psycopg.Error) as raised:
        admin.execute(f"SELECT {call}", arguments)
    return raised.value.diag


@pytest.mark.parametrize("function", ["audit", "freeze"])
@pytest.mark.parametrize("pattern", BAD_RULES)
def test_a_pattern_that_no_rule_matches_is_no_clean_database(guard, function, pattern):
    warnings = []
    with guard.cluster.connect(guard.dbname) as admin:
        admin.add_notice_handler(lambda diag: warnings.append((diag.severity, diag.message_primary, diag.message_hint)))
        admin.execute(f"SELECT count(*) FROM guardrail.{function}(rules => %s)", [pattern])
    message = f'no rule has a name that "{pattern}" matches as a whole'
    assert warnings == [("WARNING", message, BAD_RULES[pattern])]


def test_the_error_of_assert_clean_ends_each_violation_like_any_other(guard):
    guard.prepare("CREATE TABLE t (id int, at timestamp, CHECK (id > 0))")
    guard.check_only("timestamp_without_time_zone", "unnamed_constraint")
    error = fail(guard, "guardrail.assert_clean()")
    assert error.sqlstate == "42R01"
    assert error.message_detail.splitlines() == [
        'column "at" of table "public.t" is of type timestamp without time zone.'
        " Rule: timestamp_without_time_zone (error).",
        'check constraint "t_id_check" of table "public.t" was given no name'
        " (not certain: PostgreSQL would choose the same name). Rule: unnamed_constraint (error).",
    ]
    assert len(re.findall(r"Rule: \w+ \((?:error|warning|notice)\)\.", error.message_detail)) == 2


@pytest.mark.parametrize("level", ["error", "warning", "notice"])
@pytest.mark.parametrize("only_new", [True, False])
def test_the_query_that_assert_clean_names_lists_what_it_has_counted(guard, level, only_new):
    guard.prepare("CREATE TABLE t (id int, at timestamp, CHECK (id > 0), j json)")
    guard.check_only("timestamp_without_time_zone").configure(unnamed_constraint="warning", discouraged_type="notice")
    error = fail(guard, "guardrail.assert_clean(%s, %s)", level, only_new)
    counted = int(re.search(r"has (\d+) ", error.message_primary)[1])
    assert counted == {"error": 1, "warning": 2, "notice": 3}[level]
    query = re.search(r"SELECT .*;", error.message_hint)[0]
    assert len(guard.session.rows(query)) == counted


def test_a_line_of_a_baseline_is_named_once(guard):
    error = fail(guard, "guardrail.import_frozen(%s)", "\n<<<<<<< HEAD\n")
    assert error.message_primary == (
        "line 2 of the baseline cannot be read: it is not an entry of a baseline (expected value)"
    )
    assert error.message_hint == "The lines are those of guardrail.export_frozen(). Nothing was added."
