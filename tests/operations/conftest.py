"""Servers that are dumped, upgraded, replicated and broken, made by the support of the integration tests.

What was run is recorded for `make reliability` at the end, by the number of tests and the seconds.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration" / "support"), str(HERE.parent / "reliability")]

pytest.register_assert_rewrite("guard", "sites")

import guard as guard_module  # noqa: E402
import installs  # noqa: E402
import record  # noqa: E402
import server  # noqa: E402
import sites  # noqa: E402

STARTED = time.monotonic()


@pytest.fixture(scope="session")
def bindir():
    return installs.under_test()


@pytest.fixture(scope="session")
def older_bindir(bindir):
    return installs.older_than(bindir)


@pytest.fixture(scope="session")
def major(bindir):
    return installs.major(bindir)


@pytest.fixture(scope="session")
def cluster(bindir):
    cluster = server.Cluster(bindir).start()
    yield cluster
    cluster.stop()


@pytest.fixture
def site(cluster):
    """A database that follows the conventions `house` in the mode `enforce`, with data."""
    site = sites.make(cluster)
    yield site
    site.close()
    cluster.drop_database(site.dbname)


@pytest.fixture
def target(cluster):
    """The guard of an empty database in `enforce`, into which something is restored."""
    target = guard_module.Guard(cluster, cluster.create_database(template="template0"))
    yield target
    target.close()
    cluster.drop_database(target.dbname)


@pytest.fixture(scope="module")
def breakable_bindir(bindir):
    """The same PostgreSQL once more, from which files can be taken away."""
    prefix = pathlib.Path(installs.ask(bindir, "--bindir")).parent
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pgg-install-"))
    folder.chmod(0o755)
    copy = folder / "pg"
    subprocess.run(["cp", "-a", str(prefix), str(copy)], check=True)
    if not installs.ask(copy / "bin", "--pkglibdir").startswith(str(copy)):
        shutil.rmtree(folder)
        pytest.skip("this PostgreSQL cannot be copied: its folders are fixed")
    yield copy / "bin"
    shutil.rmtree(folder)


def pytest_sessionfinish(session, exitstatus):
    """Records a run of everything, if all of it has passed."""
    chosen = {item.path for item in getattr(session, "items", [])} != set(HERE.glob("test_*.py"))
    if exitstatus or chosen or session.config.option.keyword:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    count = {word: len(reporter.stats.get(word, [])) for word in ("passed", "skipped")}
    version = installs.ask(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]), "--version").split()[1]
    record.record("operations", version, time.monotonic() - STARTED, tests=count["passed"], skipped=count["skipped"])
