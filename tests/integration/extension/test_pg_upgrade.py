"""From an older major version of PostgreSQL to this one, by pg_upgrade: everything comes along."""

import shutil
from types import SimpleNamespace

import adopted
import guard as guard_module
import members
import pytest
import server

# No dump has the journal, but here it comes along.
JOURNAL = """
    INSERT INTO guardrail.journal (session_user_name, current_user_name, application_name, tag, rule, level, object_kind,
        fingerprint, message) VALUES ('jane', 'jane', 'psql', 'COMMIT', 'r', 'notice', 'transaction', 'f', 'm')
"""
ADDS = "timestamp_without_time_zone ev.gone"


@pytest.fixture(scope="module")
def older(older_bindir):
    """A stopped server of the older version with an adopted database in it, and what must be found there afterwards."""
    cluster = server.Cluster(older_bindir)
    cluster.initialize("--data-checksums").launch().furnish()
    guard = guard_module.Guard(cluster, cluster.create_database())
    adopted.prepare(guard)
    guard.administer(JOURNAL)
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
    assert guard.observe("SELECT id, message, nextval('guardrail.journal_id_seq') FROM guardrail.journal") == [(1, "m", 2)]
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
