"""Runs the whole plan once, on the server of the integration tests, whose support this folder shares.

SEED=… draws other cases; the seed is printed. With ONLY=regular-expression, only cases whose title matches are run.
"""

import os
import pathlib
import re
import sys
import time

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration" / "support")]

import installs  # noqa: E402
import report  # noqa: E402
import server  # noqa: E402
from plan import Plan  # noqa: E402
from run import run_plan  # noqa: E402

RUN = pytest.StashKey()


@pytest.fixture(scope="session")
def cluster():
    cluster = server.Cluster(installs.under_test(), jit="off", wal_level="logical", max_wal_senders="4").start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def version(cluster):
    with cluster.connect("postgres") as connection:
        return connection.info.server_version // 10000


@pytest.fixture(scope="session")
def whole():
    """Whether all cases are run."""
    return "ONLY" not in os.environ


@pytest.fixture(scope="session")
def results(cluster, version, whole, pytestconfig):
    seed, only = os.environ.get("SEED") or "1", re.compile(os.environ.get("ONLY", ""))
    items = [item for item in Plan(seed, version).make() if only.search(report.title_of(item))]
    start = time.monotonic()
    results = run_plan(cluster, items)
    run = report.Run(version, seed, time.monotonic() - start, results)
    run.keep(whole)
    pytestconfig.stash[RUN] = run
    return results


def pytest_terminal_summary(terminalreporter, config):
    if run := config.stash.get(RUN, None):
        terminalreporter.section(f"fixes tried on PostgreSQL {run.version}, seed {run.seed}, {run.seconds:.0f} seconds")
        for line in run.lines():
            terminalreporter.write_line(line)
