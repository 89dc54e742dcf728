"""Fixtures: `guard` is a fresh database with the extension in `enforce`; see support/guard.py.

The server is made from the PostgreSQL install named by PG_GUARDRAIL_PGBIN, in which the release
build of the extension is installed.
"""

import os
import pathlib
import sys

import psycopg
import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE / "support"), str(HERE / "migrations")]

pytest.register_assert_rewrite("cases", "checks", "fixes", "guard", "rule_test")

import browser  # noqa: E402
import checking  # noqa: E402
import chosen  # noqa: E402
import guard as guard_module  # noqa: E402
import installs  # noqa: E402
import releases  # noqa: E402
import server  # noqa: E402
import tools  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--preloaded", action="store_true", help="run everything with the library preloaded")
    parser.addoption("--chosen", action="store_true", help="run the files of support/chosen.py alone")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--chosen"):
        items[:], others = chosen.choose(items)
        config.hook.pytest_deselected(items=others)
    skip_what_is_newer(items)


# What the values of a test are written with, and the PostgreSQL that has it first.
NEWER = {"multirange": 14, "pg_read_all_data": 14}


def skip_what_is_newer(items):
    """Skips the values of a test that this server cannot read. A whole test begins with `needs`."""
    bindir = os.environ.get("PG_GUARDRAIL_PGBIN")
    version = installs.major(pathlib.Path(bindir)) if bindir else max(NEWER.values())
    for item in items:
        values = str(item.callspec.params.values()) if hasattr(item, "callspec") else ""
        for word, since in NEWER.items():
            if version < since and word in values:
                item.add_marker(pytest.mark.skip(reason=f"PostgreSQL {since} and later"))


@pytest.hookimpl(wrapper=True)
def skip_without_contrib():
    """One of the servers comes without PostgreSQL's own extensions."""
    try:
        return (yield)
    except psycopg.errors.UndefinedFile as error:
        share = pathlib.Path(installs.ask(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]), "--sharedir"))
        if "extension control file" in str(error) and not (share / "extension" / "hstore.control").exists():
            pytest.skip("this server has no contrib")
        raise


pytest_runtest_setup = pytest_runtest_call = skip_without_contrib


@pytest.fixture(scope="session")
def bindir():
    return installs.under_test()


@pytest.fixture(scope="session")
def older_bindir(bindir):
    return installs.older_than(bindir)


@pytest.fixture(scope="session")
def preloading_cluster(bindir):
    """The library is loaded when the server starts."""
    cluster = server.Cluster(bindir, shared_preload_libraries="pg_guardrail").start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def late_cluster(bindir):
    """The library is loaded by the first DDL of a session."""
    cluster = server.Cluster(bindir).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def cluster(request):
    preloaded = request.config.getoption("--preloaded")
    return request.getfixturevalue("preloading_cluster" if preloaded else "late_cluster")


@pytest.fixture(scope="session")
def chromium():
    started = browser.Browser()
    yield started
    started.close()


def borrow_guard(cluster):
    """Yields a guard on a database of the pool, and gives the database back."""
    guard = guard_module.Guard(cluster, cluster.pool.take())
    yield guard
    guard.close()
    cluster.pool.give_back(guard.dbname)


@pytest.fixture
def guard(cluster):
    yield from borrow_guard(cluster)


@pytest.fixture
def preloaded_guard(preloading_cluster):
    yield from borrow_guard(preloading_cluster)


@pytest.fixture
def late_guard(late_cluster):
    yield from borrow_guard(late_cluster)


@pytest.fixture(params=["late", "preloaded"])
def either_guard(request):
    """Once where the first DDL loads the library, once where the server has loaded it."""
    cluster = request.getfixturevalue("late_cluster" if request.param == "late" else "preloading_cluster")
    yield from borrow_guard(cluster)


@pytest.fixture
def own(cluster):
    """A database of its own, for a test that changes the extension itself."""
    yield from releases.borrow_own(cluster)


@pytest.fixture(params=releases.OLDER)
def old(own, request):
    """A database that has the extension as it was released, under today's library."""
    return releases.with_version(own, request.param)


@pytest.fixture
def needs(guard):
    def skip_others(versions):
        """Skips the test where the server is older than this version, or not one of these."""
        if isinstance(versions, int) and guard.version < versions:
            pytest.skip(f"PostgreSQL {versions} and later")
        if isinstance(versions, range) and guard.version not in versions:
            pytest.skip(f"PostgreSQL {versions[0]} to {versions[-1]}")

    return skip_others


@pytest.fixture
def check(cluster, tmp_path):
    """Runs the program of `make check` on the files that a test writes."""
    return checking.Check(cluster, tmp_path)


@pytest.fixture(scope="module")
def migrations(cluster):
    """Makes databases to migrate; the library's settings come with each run."""
    bindir = tools.environment()
    made = []

    def make():
        made.append(tools.Migrations(cluster, bindir, cluster.create_database("template0", mode=None)))
        with made[-1].connect() as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")
        return made[-1]

    yield make
    for migration in made:
        cluster.drop_database(migration.dbname)
