"""All fixes of a finished database are run in one go, and it is clean afterwards but for what is left to do by hand."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from finished import BY_HAND, IN_PLACE, RENAMING, Finished
from histories import TOOLS, History

# With the rules that are left out, so that tables and columns keep the names under which the tools look for them.
RULES = {
    "core": ("core", []),
    "recommended": ("recommended", []),
    "recommended without renames": ("recommended", RENAMING),
    "house": ("house", []),
    "house without renames": ("house", RENAMING),
    "every rule": ("every rule", []),
    "every rule without renames": ("every rule", RENAMING),
}
# Where no view is in the way, only these are left to do by hand: what a value should become, nobody but its owner knows;
# and MLflow has its costs in the conditions of indexes.
UNDECIDED = {
    "disallowed_primary_key_type",
    "missing_required_column",
    "nullable_boolean",
    "nullable_column",
}
ALONE = "with the rows of the migrations alone"
AT_ONCE = "in one transaction"
VIEWED = "with a view over each table"
FINISHED = [name for name, tool in TOOLS.items() if tool.at_head]


@pytest.fixture(scope="module")
def databases(cluster):
    """The tools run at the same time."""
    made = {name: Finished(cluster, TOOLS[name]) for name in FINISHED}
    for database in made.values():
        database.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(Finished.migrate, made.values()))
    return made


@pytest.fixture(params=FINISHED)
def tool(request):
    return request.param


@pytest.mark.parametrize("way", ["one by one", AT_ONCE, VIEWED, ALONE])
@pytest.mark.parametrize("rules", RULES)
def test_it_is_clean_afterwards(databases, tool, rules, way, fixes):
    """Nothing is lost, and the tool still finds its database at its head where its names have stayed."""
    database = databases[tool].copy(with_rows=way != ALONE, with_views=way == VIEWED)
    parts = list(database.settings(*RULES[rules]))
    rows, names = database.contents()
    found = []
    for settings in parts:
        reported = database.report(settings)
        found += reported
        if way == AT_ONCE:
            # The same rules are enforced, and they let the fixes pass.
            enforced = {**settings, "unnamed_constraint": "error", "mode": "enforce"}
            database.run(reported, "--single-transaction", **enforced)
        else:
            database.run(reported, mode="off")
    assert {one.applies for one in found} <= {IN_PLACE, BY_HAND}
    by_hand = Counter(one.about for one in found if one.applies == BY_HAND)
    assert way == VIEWED or {rule for rule, *_ in by_hand} <= UNDECIDED
    left = [one for settings in parts for one in database.report(settings)]
    new = Counter(one.about for one in left) - by_hand
    assert "\n".join(str(one) for one in left if one.about in new) == ""
    rows_now, names_now = database.contents()
    assert rows_now == rows
    assert names.keys() <= names_now.keys()
    if names.items() <= names_now.items():
        database.call(*database.tool.at_head)
    fixes[tool, rules, way] = Counter((one.rule, one.applies) for one in found)
    database.cluster.drop_database(database.dbname)


def test_the_tool_tells_that_it_is_not_at_its_head(cluster, tool):
    """So that what it says about a fixed database means something."""
    with pytest.raises(AssertionError):
        History(cluster, TOOLS[tool], guarded=False).call(*TOOLS[tool].at_head)
