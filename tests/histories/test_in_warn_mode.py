"""The migrations of real tools, from the first to the last, with every rule on and in warn mode.

After each transaction, what was reported is what independent queries find to have been added, object by object.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from histories import TOOLS, History


def run_history(watched, plain):
    """Returns the transactions with the names of their migrations, the schemas with and without the extension, and where
    the audit of the finished database differs from the queries."""
    transactions = [(watched.migration_of(transaction), transaction) for transaction in watched.watch()]
    audited = watched.audit()
    plain.migrate(*plain.tool.work)
    return transactions, watched.final_schema(), plain.schema(), audited


@pytest.fixture(scope="module")
def runs(cluster, request):
    """Begins the histories that the selected tests ask for, as many at a time as there are processors."""
    wanted = {item.callspec.params["tool"] for item in request.session.items if item.module is request.module}
    pairs = {
        name: [History(cluster, TOOLS[name], guarded) for guarded in (True, False)] for name in TOOLS if name in wanted
    }
    for watched, _ in pairs.values():
        watched.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {name: pool.submit(run_history, *pair) for name, pair in pairs.items()}


@pytest.fixture(params=TOOLS)
def tool(request):
    return request.param


@pytest.fixture
def transactions(runs, tool):
    return runs[tool].result()[0]


def test_the_history_is_whole(transactions, tool, messages):
    """How many messages each migration gets, by the level of the rule under the preset, is printed at the end."""
    assert len(transactions) >= TOOLS[tool].at_least
    for migration, transaction in transactions:
        messages[tool, migration] = messages.get((tool, migration), Counter()) + Counter(transaction.levels)


def list_all(transactions, part):
    return "\n".join(f"{migration}: {one}" for migration, found in transactions for one in getattr(found, part))


def test_nothing_is_reported_that_is_no_violation(transactions):
    assert list_all(transactions, "unfounded") == ""


def test_no_violation_is_missed(transactions):
    assert list_all(transactions, "missed") == ""


def test_the_schema_is_that_of_a_run_without_the_extension(runs, tool):
    _, guarded, plain, _ = runs[tool].result()
    assert guarded == plain


def test_the_audit_finds_what_the_queries_find(runs, tool):
    unfounded, missed = runs[tool].result()[3]
    assert "\n".join(unfounded) == "", "in the audit, but no violation"
    assert "\n".join(missed) == "", "a violation, but not in the audit"
