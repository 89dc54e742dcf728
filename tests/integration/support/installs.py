"""The PostgreSQLs that lie beside the one under test."""

import pathlib
import re
import subprocess
import tomllib

from server import ROOT

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]


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
