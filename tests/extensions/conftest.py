"""A system with a server that has many other extensions, and a database `shop` with all of them under `house` in
`enforce`."""

import os
import pathlib
import sys
import time

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/reliability"), str(ROOT / "tests/integration/support")]

pytest.register_assert_rewrite("shop")

import machine as machines  # noqa: E402
import shop as shops  # noqa: E402
from record import record  # noqa: E402


@pytest.fixture(scope="session")
def machine():
    running = machines.Machine(os.environ["PG"], os.environ["PG_GUARDRAIL_PGBIN"])
    yield running
    running.stop()


@pytest.fixture(scope="session")
def furnished(machine):
    machine.audited = shops.make(machine)
    return machine


@pytest.fixture
def shop(furnished):
    """The database with the settings of `house` alone; what a page says is set comes on top, in each test anew."""
    return shops.Shop(furnished, "shop")


@pytest.fixture(scope="session", autouse=True)
def recorded(request, furnished):
    """Writes down what the run has shown, if it was all of it."""
    start = time.monotonic()
    yield
    files = {item.path for item in request.session.items}
    if files == set(HERE.glob("test_*.py")) and not request.config.option.keyword:
        with furnished.connect("shop") as admin:
            release = admin.execute("SHOW server_version").fetchone()[0].split()[0]
            made = admin.execute("SELECT count(*) FROM pg_extension").fetchone()[0]
        figures = {"tests": request.session.testscollected, "failed": request.session.testsfailed, "extensions": made}
        record("extensions", release, time.monotonic() - start, **figures)
