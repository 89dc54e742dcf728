"""Every fix runs, mends what it is for, and harms nothing else. See trial.py and refusal.py for what is asked of each."""

import pytest
from by_hand import LIST
from plan import FAULTS, RULES
from situations import SITUATIONS

SHOWN = 3
ENOUGH = 2500


def outcomes(results):
    return [(result, outcome) for result in results for outcome in result.outcomes]


@pytest.mark.parametrize("rule", RULES)
def test_fixes_of(rule, results):
    wrong = [outcome for _, outcome in outcomes(results) if outcome.rule == rule and outcome.wrong]
    scripts = "\n\n".join(outcome.script for outcome in wrong[:SHOWN])
    assert not wrong, f"{len(wrong)} fixes went wrong, for example:\n\n{scripts}\n"


def test_the_generator_makes_what_postgresql_understands(results):
    errors = [f"{result.title}: {result.error}" for result in results if result.error]
    assert not errors, f"{len(errors)} cases, for example:\n\n" + "\n\n".join(errors[:SHOWN])


def test_every_rule_has_a_fault(cluster, results, whole):
    with cluster.connect("guarded") as connection:
        # No statement is at fault for what the audit alone finds. The tests of such a rule run its fixes.
        rules = {rule for (rule,) in connection.execute("SELECT id FROM guardrail.rules WHERE moment <> 'audit'")}
    assert rules == set(RULES)
    if whole:
        assert rules == {outcome.rule for _, outcome in outcomes(results)}


def test_every_fault_breaks_its_rule(results, version, whole):
    made = {result.fault for result, outcome in outcomes(results) if outcome.rule == result.rule}
    expected = {fault.title for fault in FAULTS if fault.since <= version}
    assert not whole or expected - made == set()


def test_every_situation_occurs(results, version, whole):
    met = {situation for result, _ in outcomes(results) for situation in result.situations}
    expected = {situation.name for situation in SITUATIONS if situation.since <= version}
    assert not whole or expected - met == set()


def test_by_hand_is_only_what_is_listed(results):
    left = {
        f"{outcome.rule}: {result.title}\n    {outcome.comment}"
        for result, outcome in outcomes(results)
        if outcome.kind == "by hand" and not any(entry.covers(outcome.rule, result, outcome.comment) for entry in LIST)
    }
    assert not left, "\n".join(sorted(left))


def test_there_are_enough(results, whole):
    assert not whole or sum(outcome.kind != "by hand" for _, outcome in outcomes(results)) >= ENOUGH
