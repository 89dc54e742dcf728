"""The frame of a rule's test. The file of a rule derives a class from it and gives the cases as data:

    class TestUnloggedTable(RuleTest):
        rule = "unlogged_table"
        bad = [("plain", "", "CREATE UNLOGGED TABLE t (a int)", "t")]
        good = [("plain", "", "CREATE TABLE t (a int)")]

Each case begins with its id and its setup. The setup is SQL that runs unguarded: what it makes was there before the
guard looked. Statements are one text or a list of them. A violation is named by its object, as in guard.py but without
the rule: `table`, `table.column`, `table.constraint`.

pytest runs those tests of the frame for which the class has cases. What does not fit into a case is tested by functions,
which stand after the class.
"""

from dataclasses import dataclass

import cases
import psycopg
from guard import name_violation


@dataclass
class Exemption:
    """Statements that pass under some settings, and the statement that takes their object out of the exemption."""

    settings: dict
    passes: str | list
    leaves: str
    violations: str | list
    setup: str = ""


class RuleTest:
    rule = None
    # "statement" for a violation that is refused at once, "commit" for one that a later statement may still fix, "audit"
    # for one that no statement is refused for: the statements of `bad` pass or fail for something else, and the audit then
    # lists the violations.
    refused_at = "statement"

    # Settings under which all cases run.
    settings = {}

    # (id, setup, statements, violations): the last statement is refused for exactly these violations. Several statements
    # are one transaction.
    bad = []
    # The same for what LIKE copies, which is refused at the commit.
    bad_like = []
    # (id, setup, statements): the statements pass without a message.
    good = []
    # (statements, violations): within a transaction the last statement is refused at once.
    refused_at_once = None
    # An Exemption.
    exempt = None
    # (id, setup, statement) or (id, setup, statement, part of the fix): the fix mends what the statement breaks, whether
    # it is run after the statement, which was warned about, or put into it, when it was refused.
    fixes = []
    # The same for a fix that is only had when the statement is refused.
    fixes_instead = []
    # (id, setup, statement, part of the fix): what no SQL can mend once it is there, so that the fix is a comment.
    by_hand = []

    def prepare(self, guard, setup=""):
        guard.prepare(setup)
        return guard.configure(**self.settings).check_only(self.rule)

    def test_bad(self, guard, setup, statements, violations):
        """A statement is refused when it runs on its own and when it runs in a transaction block, where it can."""
        adds = cases.with_rule(self.rule, violations)
        self.prepare(guard, setup)
        if self.refused_at == "audit":
            run_without_refusal(guard, statements)
            assert audit(guard) == sorted(adds)
            return
        if len(statements) == 1:
            guard.refuses(*statements, adds=adds)
            if "CONCURRENTLY" in statements[0]:
                return
        if self.refused_at == "commit":
            guard.refuses_at_commit(*statements, adds=adds)
        else:
            guard.refuses_in_transaction(*statements, adds=adds)

    def test_bad_like(self, guard, setup, statements, violations):
        adds = cases.with_rule(self.rule, violations)
        self.prepare(guard, setup).refuses(*statements, adds=adds)
        guard.refuses_at_commit(*statements, adds=adds)

    def test_good(self, guard, setup, statements):
        self.prepare(guard, setup).passes(*statements)
        if self.refused_at == "audit":
            assert audit(guard) == []

    def test_refused_at_once(self, guard):
        """A later statement of the transaction could fix it, but the refusal does not wait for that."""
        statements, violations = self.refused_at_once
        adds = cases.with_rule(self.rule, violations)
        self.prepare(guard).refuses_in_transaction(*cases.as_list(statements), adds=adds)

    def test_exempt(self, guard):
        self.prepare(guard, self.exempt.setup).configure(**self.exempt.settings)
        if self.refused_at == "audit":
            run_without_refusal(guard, cases.as_list(self.exempt.passes))
            assert audit(guard) == []
            run_without_refusal(guard, cases.as_list(self.exempt.leaves))
            assert audit(guard) == cases.with_rule(self.rule, self.exempt.violations)
            return
        guard.passes(*cases.as_list(self.exempt.passes))
        guard.refuses(self.exempt.leaves, adds=cases.with_rule(self.rule, self.exempt.violations))

    def test_fix_instead(self, guard, setup, statement, part):
        guard.configure(**self.settings)
        self.check_fixes(cases.fix_instead(guard, self.rule, setup, statement), part)
        self.check_replacement(guard, setup, statement)

    def test_fix_before_commit(self, guard, setup, statement, part):
        guard.configure(**self.settings)
        self.check_fixes(cases.fix_before_commit(guard, self.rule, setup, statement), part)

    def test_fix_afterwards(self, guard, setup, statement, part):
        guard.configure(**self.settings)
        self.check_fixes([cases.fix_afterwards(guard, self.rule, setup, statement)], part)

    def test_fix_by_hand(self, guard, setup, statement, part):
        guard.configure(**self.settings)
        assert part in cases.fix_by_hand(guard, self.rule, setup, statement)

    def check_fixes(self, fixes, part):
        assert part in "\n".join(fix.text for fix in fixes)

    def check_replacement(self, guard, setup, statement):
        """A rule's test may look here at what the rewritten statement has made."""

    @classmethod
    def data(cls):
        """Each test of the frame with its arguments and with the data that it needs."""
        fix = "setup, statement, part"
        at_once = cls.refused_at == "statement"
        instead = [with_part(*case) for case in [*cls.fixes, *cls.fixes_instead]]
        afterwards = [with_part(*case) for case in cls.fixes]
        return {
            "test_bad": ("setup, statements, violations", [with_list(*case) for case in cls.bad]),
            "test_bad_like": ("setup, statements, violations", [with_list(*case) for case in cls.bad_like]),
            "test_good": ("setup, statements", [with_list(*case) for case in cls.good]),
            "test_refused_at_once": ("", cls.refused_at_once),
            "test_exempt": ("", cls.exempt),
            "test_fix_instead": (fix, instead if at_once else []),
            "test_fix_before_commit": (fix, [] if at_once else instead),
            "test_fix_afterwards": (fix, afterwards),
            "test_fix_by_hand": (fix, cls.by_hand),
        }

    def __init_subclass__(cls):
        """Hides the tests that have no data, which pytest would report as skipped."""
        for test, (_, data) in cls.data().items():
            if not data:
                setattr(cls, test, None)

    def pytest_generate_tests(self, metafunc):
        """pytest calls this for each test of the class, to have it run once for each case."""
        arguments, data = self.data().get(metafunc.function.__name__, ("", None))
        if arguments:
            metafunc.parametrize(arguments, cases.with_ids(data))


def run_without_refusal(guard, statements):
    """Runs statements, which may fail, but not for a violation, and without a message of the guard."""
    for sql in statements:
        try:
            guard.session.run(sql)
        except psycopg.errors.UniqueViolation:
            pass
        assert guard.session.take_messages() == [], sql


def audit(guard, columns="rule, schema_name, table_name, coalesce(column_name, constraint_name, index_name), NULL"):
    """Names what the audit lists, as the guard does."""
    return sorted(name_violation(*row) for row in guard.session.rows(f"SELECT {columns} FROM guardrail.audit()"))


def with_list(case_id, setup, statements, *violations):
    return (case_id, setup, cases.as_list(statements), *violations)


def with_part(case_id, setup, statement, part=""):
    return (case_id, setup, statement, part)
