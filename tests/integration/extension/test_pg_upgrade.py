"""From an older major version of PostgreSQL to this one, by pg_upgrade: everything comes along."""

import pathlib
import shutil
import subprocess
import tomllib
from types import SimpleNamespace

import adopted
import guard as guard_module
import members
import pytest
import server
from server import ROOT

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
ADDS = "timestamp_without_time_zone ev.gone"


def ask(bindir, option):
    done = subprocess.run([bindir / "pg_config", option], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def major(bindir):
    return int(ask(bindir, "--version").split()[1].split(".")[0])


def is_current(bindir):
    """Whether this version of the extension is installed there, built after the last change of the sources."""
    script = pathlib.Path(ask(bindir, "--sharedir"), "extension", f"pg_guardrail--{VERSION}.sql")
    library = pathlib.Path(ask(bindir, "--pkglibdir"), "pg_guardrail.so")
    if not (script.is_file() and library.is_file()):
        return False
    # An older build would be another library, and what it finds no fault of this one.
    changed = max(path.stat().st_mtime for path in (ROOT / "src").rglob("*.rs"))
    is_same = script.read_bytes() == (ROOT / "sql" / "pg_guardrail.sql").read_bytes()
    return is_same and library.stat().st_mtime >= changed


@pytest.fixture(scope="module")
def older_bindir(bindir):
    """The oldest PostgreSQL that lies beside this one and has the extension."""
    beside = [path.parent for path in bindir.parent.parent.glob("*/bin/pg_config")]
    older = sorted((major(path), path) for path in beside if major(path) < major(bindir) and is_current(path))
    if not older:
        pytest.skip("no older PostgreSQL with this build of the extension lies beside this one")
    return older[0][1]


@pytest.fixture(scope="module")
def older(older_bindir):
    """A stopped server of the older version with an adopted database in it, and what must be found there afterwards."""
    cluster = server.Cluster(older_bindir)
    cluster.initialize("--data-checksums").launch().furnish()
    guard = guard_module.Guard(cluster, cluster.create_database())
    adopted.prepare(guard)
    guard.close()
    found = adopted.describe(cluster, guard.dbname)
    released = guard_module.Guard(cluster, cluster.create_database())
    released.administer("DROP EXTENSION pg_guardrail", "CREATE EXTENSION pg_guardrail VERSION '0.1.0'")
    cluster.halt()
    yield SimpleNamespace(cluster=cluster, dbname=guard.dbname, found=found, released=released.dbname)
    shutil.rmtree(cluster.directory, ignore_errors=True)


@pytest.fixture(scope="module", params=["", "pg_guardrail"], ids=["late", "preloaded"])
def upgraded(older, bindir, request):
    """The same on this version, by pg_upgrade. It copies the files, so the older server is as before."""
    setting = f"shared_preload_libraries={request.param}"
    cluster = server.Cluster(bindir, shared_preload_libraries=f"'{request.param}'").initialize("--data-checksums")
    folders = ("-d", str(older.cluster.data), "-b", str(older.cluster.bindir), "-D", str(cluster.data), "-B", str(bindir))
    options = ("-U", "postgres", "-s", str(cluster.directory), "-O", f"-c {setting}")
    cluster.program("pg_upgrade", *folders, *options, cwd=cluster.directory)
    cluster.launch()
    yield cluster
    cluster.stop()


def test_everything_comes_along(older, upgraded):
    """The database is in enforce and has violations, but none of them is new."""
    exemptions, frozen, audit, grants = adopted.describe(upgraded, older.dbname)
    assert {row[-1] for row in audit} == {"open", "frozen", "exempt"}
    assert ("exempt", "app", "EXECUTE") in grants
    assert [exemptions, frozen, audit, grants] == older.found
    assert adopted.next_number(upgraded, older.dbname) == exemptions[-1][0] + 2
    guard = guard_module.Guard(upgraded, older.dbname)
    guard.passes("ALTER TABLE ev ADD note text")
    guard.refuses("ALTER TABLE ev ADD gone timestamp", adds=ADDS)
    guard.administer("DROP EXTENSION pg_guardrail", "CREATE EXTENSION pg_guardrail")
    guard.refuses("ALTER TABLE ev ADD gone timestamp", adds=ADDS)
    guard.close()


def test_a_released_version_is_updated_afterwards(older, upgraded):
    """pg_upgrade keeps the version of the extension and writes a script that updates it."""
    guard = guard_module.Guard(upgraded, older.released).as_superuser()
    guard.prepare("CREATE TABLE ev (id int)")
    guard.refuses("ALTER TABLE ev ADD gone timestamp", adds=ADDS)
    (script,) = upgraded.directory.rglob("update_extensions.sql")
    done = upgraded.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script), dbname="postgres")
    assert done.returncode == 0, done.stderr
    updated = members.describe(guard)
    guard.administer("DROP EXTENSION pg_guardrail", "CREATE EXTENSION pg_guardrail")
    assert members.describe(guard) == updated
    guard.close()
