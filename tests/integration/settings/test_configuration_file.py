"""An invalid value in the server's configuration stops nothing: what holds instead, and who says so."""

import time

import pytest
import server


@pytest.fixture(scope="module")
def misconfigured(bindir):
    """The library is loaded after the configuration was read, so that its values are checked then."""
    settings = {"shared_preload_libraries": "pg_guardrail", "guardrail.mode": "enfroce"}
    cluster = server.Cluster(bindir, **settings).start()
    yield cluster
    cluster.stop()


def shown(cluster, setting):
    with cluster.connect("guarded") as session:
        return session.execute(f"SHOW {setting}").fetchone()[0]


def test_the_server_starts_with_the_default_and_its_log_says_so(misconfigured):
    assert shown(misconfigured, "guardrail.mode") == "warn"
    assert misconfigured.log.read_text(errors="replace").count('invalid value for parameter "guardrail.mode": "enfroce"') == 1


def reload(cluster, line, until):
    """Ends postgresql.conf in this line, and waits until the server has read it."""
    configuration = cluster.data / "postgresql.conf"
    configuration.write_text(f"{configuration.read_text()}\n{line}\n")
    with cluster.connect("postgres") as admin:
        admin.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        if until():
            return
        time.sleep(0.1)
    raise AssertionError(f"{line} did not arrive:\n{cluster.log_tail()}")


def test_a_reload_keeps_what_was_valid(misconfigured):
    cluster, setting = misconfigured, "guardrail.unnamed_constraint"
    reload(cluster, f"{setting} = 'notice'", lambda: shown(cluster, setting) == "notice")
    complaint = f'LOG:  invalid value for parameter "{setting}": "nottice"'
    reload(cluster, f"{setting} = 'nottice'", lambda: complaint in cluster.log.read_text(errors="replace"))
    assert shown(cluster, setting) == "notice"
    with cluster.connect("postgres") as admin:
        query = "SELECT setting FROM pg_file_settings WHERE error IS NOT NULL AND name = %s"
        assert admin.execute(query, [setting]).fetchall() == [("nottice",)]
