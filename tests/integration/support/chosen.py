"""The integration tests that run for every change on the majors that do not run all of them.

The rules look at facts, and are the same for every major. What differs is where the facts come from: each file here uses
another way into PostgreSQL. They are to take less than a minute on two processors: a file that is added replaces another.
"""

import pathlib

INTEGRATION = pathlib.Path(__file__).parents[1]

FILES = {
    # What is read of parse trees and of the collected commands
    "statements/test_ways_to_make_a_table.py",
    "statements/test_like_and_partitions.py",
    # Which object is the same before and after, and what nests
    "statements/test_the_same_object.py",
    "statements/test_leaving_a_parent.py",
    "statements/test_nesting.py",
    "statements/test_users_of_types.py",
    # Transactions: savepoints, two phases, what is concurrent, temporary objects
    "statements/test_transactions.py",
    "statements/test_concurrency.py",
    "statements/test_temporary_objects.py",
    # What is read beside the catalogs: rows that the transaction has written, locks, owners, other backends
    "rules/test_destructive_change.py",
    "rules/test_invalid_index.py",
    # Settings: names that do not exist (in parallel workers, too), values from before the library was loaded, roles
    "settings/test_unknown_settings.py",
    "settings/test_restored_values.py",
    "settings/test_roles.py",
    # The sweep over the catalogs, the tables of the extension, its functions
    "audit/test_baseline.py",
    "statements/test_dry_run.py",
    # The life of the extension: made, dumped, updated, dropped
    "extension/test_event_trigger_functions.py",
    "extension/test_extension_lifecycle.py",
    "extension/test_dump_and_restore.py",
}


def choose(items):
    """Parts tests into those of these files and all others."""
    missing = {file for file in FILES if not (INTEGRATION / file).is_file()}
    assert not missing, f"support/chosen.py names files that do not exist: {sorted(missing)}"
    paths = {INTEGRATION / file for file in FILES}
    chosen = [item for item in items if item.path in paths]
    return chosen, [item for item in items if item.path not in paths]
