"""A system with a server that has many other extensions, and a database `shop` with all of them under `house` in
`enforce`."""

import os
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/reliability"), str(ROOT / "tests/integration/support")]

pytest.register_assert_rewrite("shop")

import machine as machines  # noqa: E402
import shop as shops  # noqa: E402


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
