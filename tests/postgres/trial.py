"""One run of a suite: a server without the extension, or with it in one of two ways, and what the suite printed."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

import server
import suites

ROOT = server.ROOT
PLACE = ROOT / "target/postgres"

# The ways in which a suite is run. In mode `enforce` a violation whose level is `error` would be refused.
KINDS = ("without", "none", "warning")
GUARDED = {"guardrail.mode": "enforce", "guardrail.preset": "none"}
# Rules that have nothing to check unless a setting says so.
TALKATIVE = {"guardrail.tenant_column": "tenant_id", "guardrail.ddl_applications": "nobody"}


def rules(bindir):
    """The names of all rules, from the extension itself."""
    cluster = server.Cluster(bindir).initialize().launch()
    try:
        with cluster.connect("postgres") as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")
            return [name for (name,) in admin.execute("SELECT id FROM guardrail.rules ORDER BY id")]
    finally:
        cluster.stop()


def settings(bindir, suite, kind):
    """The settings of the server."""
    chosen = suites.settings(suite)
    preloaded = suites.PRELOADED.get(suite, [])
    if kind != "without":
        preloaded = [*preloaded, "pg_guardrail"]
        chosen |= GUARDED
    if kind == "warning":
        chosen |= {f"guardrail.{rule}": "warning" for rule in rules(bindir)} | TALKATIVE
    return chosen | {"shared_preload_libraries": f"'{','.join(preloaded)}'"}


class Proxy:
    """The program proxy.py beside a cluster."""

    def __init__(self, cluster):
        self.folder = cluster.directory / "through"
        self.folder.mkdir()
        self.counts = self.folder / "counts"
        name = ".s.PGSQL.5432"
        command = [sys.executable, ROOT / "tests/postgres/proxy.py", self.folder / name, cluster.directory / name]
        self.process = subprocess.Popen([*command, self.counts], stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n", "the proxy did not start"

    def end(self):
        """How many messages it left out."""
        self.process.terminate()
        self.process.wait()
        return sum(json.loads(self.counts.read_text()).values())


def crashes(log):
    """The lines of a server's log that tell of a crash or of a failed assertion."""
    return [line for line in log.splitlines() if "was terminated by signal" in line or "TRAP:" in line]


def failed_tests(results):
    """The tests that pg_regress calls failed, in the words of releases to 15 and of those from 16."""
    failed = re.findall(r"^not ok +\d+ +[-+] +(\S+)|(\S+) +\.\.\. FAILED", (results / "log").read_text(), re.MULTILINE)
    return [new or old for new, old in failed]


def run(bindir, source, suite, kind, only=()):
    """Returns the folder of the results, how many messages were left out, the seconds, and lines of the log that tell
    of a crash or of a failed assertion."""
    results = PLACE / bindir.parent.name / suite / kind
    work = PLACE / bindir.parent.name / "work"
    for folder in (results, work):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    cluster = server.Cluster(bindir, **settings(bindir, suite, kind))
    # Foreign servers of the tests name neither a host nor a user.
    os.environ |= {"PGHOST": str(cluster.directory), "PGUSER": "postgres"}
    cluster.initialize().launch()
    try:
        if kind != "without":
            with cluster.connect("template1") as admin:
                admin.execute("CREATE EXTENSION pg_guardrail")
        proxy = Proxy(cluster)
        start = time.monotonic()
        try:
            suites.Suites(cluster, source, work, proxy.folder, results, only).run(suite)
        finally:
            seconds = time.monotonic() - start
            left_out = proxy.end()
    finally:
        log = cluster.log.read_text(errors="replace")
        (results / "server-log").write_text(log)
        cluster.stop()
    return results, left_out, seconds, crashes(log)
