"""The guard under stress, on the server of the integration tests, whose support this folder shares.

PG_GUARDRAIL_PGBIN names a server with the release build, PG_GUARDRAIL_FAULT_PGBIN one with the feature
`fault_injection`. QUICK=1 runs a short form of everything, within a minute. SEED=… draws other moments and statements.
"""

import os
import pathlib
import random
import sys

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration" / "support"), str(HERE.parent / "reliability")]

pytest.register_assert_rewrite("afterwards")

import record  # noqa: E402
import server  # noqa: E402
from tally import Tally  # noqa: E402

QUICK = os.environ.get("QUICK", "") not in ("", "0")
SEED = os.environ.get("SEED") or "1"
TALLIES = {name: Tally(name) for name in ("faults", "sessions", "length")}


def bindir(variable):
    return os.environ.get(variable) or pytest.skip(f"{variable} names no server")


@pytest.fixture(scope="session")
def quick():
    return QUICK


@pytest.fixture
def chance(request):
    """Random numbers, the same for each test with the same seed."""
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture(scope="session")
def cluster():
    settings = {"max_connections": "80", "max_prepared_transactions": "40", "max_locks_per_transaction": "1024"}
    # A backend that is killed must not take along what another one has committed.
    settings |= {"deadlock_timeout": "'200ms'", "synchronous_commit": "on", "full_page_writes": "on"}
    cluster = server.Cluster(bindir("PG_GUARDRAIL_PGBIN"), **settings).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def fault_cluster():
    """A server whose guard fails where a test wants it to. It writes what it must not lose when a backend is killed."""
    named = bindir("PG_GUARDRAIL_FAULT_PGBIN")
    settings = {"synchronous_commit": "on", "full_page_writes": "on", "restart_after_crash": "on"}
    cluster = server.Cluster(named, max_prepared_transactions="10", **settings).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def tallies():
    return TALLIES


# The suites of which only a part is run.
PARTS = set()


def suite_of(file):
    """The suite that the tests of a file count for."""
    name = pathlib.Path(file).stem.removeprefix("test_")
    return name if name in TALLIES else "faults"


def pytest_deselected(items):
    PARTS.update(suite_of(item.path) for item in items)


def pytest_runtest_logreport(report):
    if report.failed or report.skipped and report.when == "setup" and "names no server" in str(report.longrepr):
        PARTS.add(suite_of(report.location[0]))


def pytest_sessionfinish(session, exitstatus):
    # A run of a part, or one that has failed, is no figure for the record.
    for tally in TALLIES.values():
        if not QUICK and tally.suite not in PARTS and tally.postgresql:
            seed = SEED if tally.suite != "length" else None
            record.record(tally.suite, tally.postgresql, tally.seconds, seed, **tally.figures)


def pytest_terminal_summary(terminalreporter):
    for tally in TALLIES.values():
        for line in tally.lines():
            terminalreporter.write_line(line)
