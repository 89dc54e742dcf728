"""What a statement is told of stands in the audit afterwards, as it was told, in every case of the rules' own tests."""

import importlib
import pathlib
import sys
from collections import Counter

import pytest
import told
from rule_test import RuleTest, with_list

RULES = pathlib.Path(__file__).parents[1] / "rules"
# No table or type shows what was done.
OF_STATEMENTS = {"destructive_change", "direct_ddl", "identifier_too_long", "unrecorded_migration"}
# It has its own test, as no statement is told of it.
OF_THE_AUDIT = {"invalid_index"}


def find_frames():
    """The frames of the rules' tests, by rule."""
    sys.path.append(str(RULES))
    for path in sorted(RULES.glob("test_*.py")):
        if path.stem != "test_every_rule_has_its_test":
            importlib.import_module(path.stem)
    found = {frame.rule: frame for frame in RuleTest.__subclasses__() if frame.__module__ == f"test_{frame.rule}"}
    return {rule: frame for rule, frame in found.items() if rule not in OF_STATEMENTS | OF_THE_AUDIT}


FRAMES = find_frames()


def cases(*kinds):
    listed = []
    for rule, frame in FRAMES.items():
        for case_id, setup, statements, *_ in (with_list(*case) for kind in kinds for case in getattr(frame, kind)):
            listed.append(pytest.param(frame, setup, statements, id=f"{rule}-{case_id}"))
    return listed


def prepare(guard, frame, setup):
    # What the cases of a file have in common.
    guard.prepare(getattr(sys.modules[frame.__module__], "TYPES", ""))
    return frame().prepare(guard, setup).configure(mode="warn").session


def count_bases(violations):
    return Counter(violation.base for violation in violations.values())


@pytest.mark.parametrize("frame, setup, statements", cases("bad", "bad_like"))
def test_bad(guard, frame, setup, statements):
    """The audit has what was reported, and otherwise nothing that it had not before."""
    session = prepare(guard, frame, setup)
    before = told.read(session, "audit")
    reported = told.run(session, statements)
    after = told.read(session, "audit")
    assert count_bases(after) - count_bases(before) <= count_bases(reported)
    found = {fingerprint: after[fingerprint] for fingerprint in reported}
    # What was there before may be part of the list or of the fix by now, and the fix of a statement that ran CONCURRENTLY
    # does so, too.
    if before or any("CONCURRENTLY" in sql for sql in statements):
        assert {one.about for one in found.values()} == {one.about for one in reported.values()}
    else:
        assert found == reported


@pytest.mark.parametrize("frame, setup, statements", cases("good"))
def test_good(guard, frame, setup, statements):
    session = prepare(guard, frame, setup)
    was_bad = told.read(session, "audit", "certain")
    for sql in statements:
        session.run(sql)
    # A statement may leave what was wrong before under another name, or a partition alone with what its parent had.
    # And one that changes a table's name does not answer for the names that went with it.
    if not was_bad and not any("RENAME TO" in sql for sql in statements):
        assert told.read(session, "audit", "certain") == {}


def test_nearly_every_rule_is_compared(guard):
    listed = {rule for (rule,) in guard.session.rows("SELECT id FROM guardrail.rules")}
    assert FRAMES.keys() == listed - OF_STATEMENTS - OF_THE_AUDIT
