"""The server that the histories run on: that of the integration tests, which this folder shares the support of."""

import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / "integration" / folder) for folder in ("support", "migrations"))]

import installs  # noqa: E402
import server  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    cluster = server.Cluster(installs.under_test(), jit="off").start()
    yield cluster
    cluster.stop()


MESSAGES, FIXES = pytest.StashKey(), pytest.StashKey()


@pytest.fixture(scope="session")
def messages(pytestconfig):
    """The counts that are printed at the end: by tool and migration, how many messages of each level."""
    return pytestconfig.stash.setdefault(MESSAGES, {})


@pytest.fixture(scope="session")
def fixes(pytestconfig):
    """The counts that are printed at the end: by finished database, how many fixes of each rule and kind."""
    return pytestconfig.stash.setdefault(FIXES, {})


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.section("messages of each migration, by the level of the rule under the default preset")
    for (tool, migration), counts in config.stash.get(MESSAGES, {}).items():
        words = [f"{counts[level]} {level}" for level in ("error", "warning", "notice", "off") if counts[level]]
        terminalreporter.write_line(f"{tool} {migration}: {', '.join(words) or 'none'}")
    terminalreporter.section("fixes of the finished databases, by rule and by how they are applied")
    for database, counts in config.stash.get(FIXES, {}).items():
        words = [f"{rule} {number} {applies}" for (rule, applies), number in sorted(counts.items())]
        terminalreporter.write_line(f"{', '.join(database)}: {', '.join(words) or 'none'}")
