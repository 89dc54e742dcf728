"""Every rule has a file that is named after it and uses the frame; and the frame notices when a rule is wrong."""

import importlib
import pathlib
import sys

import psycopg
import pytest
from rule_test import Exemption, RuleTest

FILES = sorted(pathlib.Path(__file__).parent.glob("test_*.py"))
BAD = "CREATE UNLOGGED TABLE t (a int)"
GOOD = "CREATE TABLE t (a int)"


@pytest.fixture(scope="module")
def frames():
    """The classes that use the frame, by rule, without those of this file."""
    for path in FILES:
        importlib.import_module(path.stem)
    return {frame.rule: frame for frame in RuleTest.__subclasses__() if frame.__module__ != __name__}


def test_every_rule_has_its_file(guard, frames):
    rules = [rule for (rule,) in guard.session.rows("SELECT id FROM guardrail.rules")]
    assert {rule: frame.__module__ for rule, frame in frames.items()} == {rule: f"test_{rule}" for rule in rules}


def test_every_file_has_bad_and_good_cases(frames):
    assert [rule for rule, frame in frames.items() if not frame.bad] == []
    assert [rule for rule, frame in frames.items() if not frame.good] == []


def test_every_file_tests_an_exemption(frames):
    """The class gives an exemption to the frame, or the file has a function that tests more of it."""
    functions = {rule: vars(sys.modules[frame.__module__]) for rule, frame in frames.items()}
    assert [rule for rule, frame in frames.items() if not frame.exempt and "test_exempt" not in functions[rule]] == []


def test_the_frame_refuses_when_the_rule_does(guard, frames):
    for moment in ("commit", "audit"):
        checked = guard.session.rows(f"SELECT id FROM guardrail.rules WHERE moment = '{moment}'")
        assert {rule for rule, frame in frames.items() if frame.refused_at == moment} == {id for (id,) in checked}


def make_frame(**data):
    return type("Frame", (RuleTest,), {"__module__": __name__, "rule": "unlogged_table", **data})


def run(guard, test, **data):
    """Runs a test of the frame on its first case."""
    frame = make_frame(**data)
    arguments, cases = frame.data()[test]
    case = cases[0][1:] if arguments else ()
    getattr(frame(), test)(guard, *case)


def test_a_bad_case_that_passes_is_noticed(guard):
    with pytest.raises(AssertionError, match="not refused: CREATE TABLE t"):
        run(guard, "test_bad", bad=[("id", "", GOOD, "t")])


def test_a_bad_case_that_is_refused_for_something_else_is_noticed(guard):
    with pytest.raises(AssertionError, match="CREATE UNLOGGED TABLE t"):
        run(guard, "test_bad", bad=[("id", "", BAD, "u")])


def test_a_bad_case_that_is_refused_before_the_commit_is_noticed(guard):
    with pytest.raises(psycopg.Error, match="unlogged"):
        run(guard, "test_bad", bad=[("id", "", BAD, "t")], refused_at="commit")


def test_a_bad_case_that_the_audit_does_not_list_is_noticed(guard):
    with pytest.raises(AssertionError, match="invalid_index t.i"):
        run(guard, "test_bad", rule="invalid_index", bad=[("id", "", GOOD, "t.i")], refused_at="audit")


def test_a_good_case_that_is_refused_is_noticed(guard):
    with pytest.raises(psycopg.Error, match="unlogged"):
        run(guard, "test_good", good=[("id", "", [GOOD, "ALTER TABLE t SET UNLOGGED"])])


def test_a_violation_that_is_not_refused_at_once_is_noticed(guard):
    with pytest.raises(AssertionError, match="not refused: CREATE TABLE t"):
        run(guard, "test_refused_at_once", refused_at_once=(GOOD, "t"))


def test_an_exemption_that_does_not_hold_is_noticed(guard):
    exempt = Exemption({"exempt_tables": "other"}, passes=BAD, leaves="ALTER TABLE t RENAME TO u", violations="u")
    with pytest.raises(psycopg.Error, match="unlogged"):
        run(guard, "test_exempt", exempt=exempt)


def test_an_exemption_that_is_not_left_is_noticed(guard):
    exempt = Exemption({"exempt_tables": "t"}, passes=BAD, leaves="ALTER TABLE t ADD b int", violations="t")
    with pytest.raises(AssertionError, match="not refused: ALTER TABLE t ADD b int"):
        run(guard, "test_exempt", exempt=exempt)


@pytest.mark.parametrize("test", ["test_fix_instead", "test_fix_afterwards"])
def test_another_fix_is_noticed(guard, test):
    with pytest.raises(AssertionError, match="DROP TABLE"):
        run(guard, test, fixes=[("id", "", BAD, "DROP TABLE")])


@pytest.mark.parametrize("test", ["test_fix_instead", "test_fix_afterwards"])
def test_a_fix_that_fixes_nothing_is_noticed(guard, test):
    """The table that was there before violates the rule after the fix as well."""
    with pytest.raises(psycopg.Error, match="unlogged"):
        run(guard, test, fixes=[("id", "CREATE UNLOGGED TABLE u ()", BAD)])


def test_tests_without_data_are_hidden():
    frame = make_frame(good=[("id", "", GOOD)], refused_at_once=(BAD, "t"))
    assert {test for test in frame.data() if getattr(frame, test)} == {"test_good", "test_refused_at_once"}
