"""Whole servers: pg_dumpall, pg_upgrade, pg_basebackup."""

import shutil

import guard as guard_module
import pytest
import server
import sites

OFF = {"PGOPTIONS": "-c guardrail.mode=off"}


def settings_of(cluster, dbname):
    with cluster.connect(dbname) as admin:
        return admin.execute("SELECT unnest(setconfig) FROM pg_db_role_setting ORDER BY 1").fetchall()


@pytest.fixture
def empty(bindir):
    """A server with nothing on it."""
    cluster = server.Cluster(bindir).initialize().launch()
    yield cluster
    cluster.stop()


def test_everything_on_a_server_is_dumped_and_restored(bindir, empty, major):
    full = server.Cluster(bindir).start()
    try:
        site = sites.make(full, legacy=True)
        if major >= 15:
            site.administer("GRANT SET ON PARAMETER guardrail.mode TO app")
        script = full.client("pg_dumpall", dbname="postgres")
        assert (script.returncode, script.stderr) == (0, "")
        path = empty.directory / "all.sql"
        path.write_text(script.stdout)
        done = empty.client("psql", "-X", "-q", "-o", "/dev/null", "-f", str(path), dbname="postgres", **OFF)
        # The role that restores is there already.
        lines = [line for line in done.stderr.splitlines() if 'role "postgres" already exists' not in line]
        assert (done.returncode, lines) == (0, [])
        again = empty.client("pg_dumpall", dbname="postgres")
        assert sites.comparable(again.stdout) == sites.comparable(script.stdout)
        copy = guard_module.Guard(empty, site.dbname)
        assert sites.describe(copy) == sites.describe(site)
        assert {status for *_, status in sites.describe(copy)[2]} == {"open", "frozen", "exempt"}
        assert settings_of(empty, site.dbname) == settings_of(full, site.dbname)
        sites.assert_guarded(copy)
        copy.close()
        site.close()
    finally:
        full.stop()


@pytest.mark.parametrize("library", ["", "pg_guardrail"], ids=["late", "preloaded"])
@pytest.mark.parametrize("files", [(), ("--link",)], ids=["copied", "linked"])
def test_pg_upgrade(older_bindir, bindir, files, library):
    """The settings name types that exist only once the schema has been restored."""
    settings = {"shared_preload_libraries": f"'{library}'"}
    older = server.Cluster(older_bindir, **settings).initialize("--data-checksums").launch().furnish()
    newer = server.Cluster(bindir, **settings).initialize("--data-checksums")
    try:
        site = sites.make(older, legacy=True)
        before, kept = sites.describe(site), settings_of(older, site.dbname)
        site.close()
        older.halt()
        folders = ("-d", str(older.data), "-b", str(older_bindir), "-D", str(newer.data), "-B", str(bindir))
        preload = f"-c shared_preload_libraries='{library}'"
        options = ("-U", "postgres", "-s", str(newer.directory), "-o", preload, "-O", preload, *files)
        newer.program("pg_upgrade", *folders, *options, cwd=newer.directory)
        newer.launch()
        copy = guard_module.Guard(newer, site.dbname)
        assert sites.describe(copy) == before
        assert settings_of(newer, site.dbname) == kept
        sites.assert_guarded(copy)
        copy.close()
        newer.halt()
    finally:
        for cluster in (older, newer):
            shutil.rmtree(cluster.directory, ignore_errors=True)


def test_pg_upgrade_to_a_server_without_the_library(older_bindir, breakable_bindir):
    """pg_upgrade looks for the libraries first, and names the one that is missing."""
    older = server.Cluster(older_bindir).initialize("--data-checksums").launch().furnish()
    newer = server.Cluster(breakable_bindir).initialize("--data-checksums")
    library = next(breakable_bindir.parent.rglob("pg_guardrail.so"))
    away = library.with_suffix(".away")
    library.rename(away)
    try:
        older.halt()
        folders = ("-d", str(older.data), "-b", str(older_bindir), "-D", str(newer.data), "-B", str(breakable_bindir))
        with pytest.raises(Exception) as failed:
            newer.program("pg_upgrade", *folders, "-U", "postgres", "-s", str(newer.directory), cwd=newer.directory)
        text = str(failed.value) + str(getattr(failed.value, "stdout", "")) + str(getattr(failed.value, "output", ""))
        named = [path.read_text() for path in newer.directory.rglob("loadable_libraries.txt")]
        assert any("pg_guardrail" in words for words in [*named, text])
        # The older server still starts.
        older.launch().halt()
    finally:
        away.rename(library)
        shutil.rmtree(older.directory, ignore_errors=True)
        shutil.rmtree(newer.directory, ignore_errors=True)
