"""The PostgreSQL under test, and those that lie beside it."""

import os
import pathlib
import re
import subprocess
import tomllib

import pytest
from server import ROOT

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]


def under_test():
    """The bin directory of the PostgreSQL under test; without one no test can run."""
    named = os.environ.get("PG_GUARDRAIL_PGBIN")
    if not named:
        pytest.exit("PG_GUARDRAIL_PGBIN must name the bin directory of a PostgreSQL that has pg_guardrail installed", 2)
    return pathlib.Path(named)


def older_than(bindir):
    """The oldest PostgreSQL beside this one that has the same build of the extension, unless PG_GUARDRAIL_OLDER_PGBIN
    names another one; skips the test if none has."""
    named = os.environ.get("PG_GUARDRAIL_OLDER_PGBIN")
    older = pathlib.Path(named) if named else find_oldest(bindir)
    if older is None:
        pytest.skip("no older PostgreSQL with this build of the extension lies beside this one")
    return older


def ask(bindir, option):
    done = subprocess.run([bindir / "pg_config", option], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def major(bindir):
    return int(re.match(r"PostgreSQL (\d+)", ask(bindir, "--version"))[1])


def is_current(bindir):
    """Whether the extension is installed there, built after the last change of the sources."""
    script = pathlib.Path(ask(bindir, "--sharedir"), "extension", f"pg_guardrail--{VERSION}.sql")
    library = pathlib.Path(ask(bindir, "--pkglibdir"), "pg_guardrail.so")
    if not (script.is_file() and library.is_file()):
        return False
    changed = max(path.stat().st_mtime for path in (ROOT / "src").rglob("*.rs"))
    is_same = script.read_bytes() == (ROOT / "sql" / "pg_guardrail.sql").read_bytes()
    return is_same and library.stat().st_mtime >= changed


def find_oldest(bindir):
    """The bin directory of the oldest PostgreSQL that is older than this one; None if no such one has the extension."""
    beside = [path.parent for path in bindir.parent.parent.glob("*/bin/pg_config")]
    older = sorted((major(path), path) for path in beside if major(path) < major(bindir) and is_current(path))
    return older[0][1] if older else None
