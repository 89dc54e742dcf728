"""`make check` and check/check.sh: what they hand to the program, where each output goes, and the status.

They run in a copy of the checkout in which the preparation does nothing but to name the tests' server.
"""

import os
import shutil
import subprocess
import sys

import pytest
from server import ROOT
from test_violations import naive

SAYS = "#!/bin/bash\necho '{0}'\n"


class Checkout:
    def __init__(self, folder, cluster):
        self.folder = folder / "checkout"
        self.cluster = cluster
        for name in ("check", "pgrx-config"):
            shutil.copytree(ROOT / name, self.folder / name)
        shutil.copy(ROOT / "Makefile", self.folder)
        shutil.copy(ROOT / "Cargo.toml", self.folder)
        self.replace("system-packages.sh", SAYS.format("Reading package lists"))
        self.replace("get-postgresql.sh", SAYS.format(cluster.bindir.parent))
        self.replace("install.sh", SAYS.format("Building"))
        self.replace("venv.sh", SAYS.format(sys.executable))
        self.replace("server.sh", f'#!/bin/bash\n[ "$1" = socket ] && echo {cluster.directory} || echo "server: $*"\n')
        programs = folder / "programs"
        programs.mkdir()
        for name, text in (("cargo", "#!/bin/sh\n"), ("rustc", SAYS.format("rustc 1.999.0 (abc 2026-01-01)"))):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def replace(self, name, text):
        path = self.folder / "pgrx-config" / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *command, cwd=None, **environment):
        with self.cluster.connect("postgres") as admin:
            admin.execute('DROP DATABASE IF EXISTS "check" WITH (FORCE)')
            admin.execute('CREATE DATABASE "check" TEMPLATE template0')
        with self.cluster.connect("check") as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MAKE"))}
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=clean | {"PATH": self.path} | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def checkout(cluster, tmp_path):
    yield Checkout(tmp_path, cluster)
    cluster.drop_database('"check"')


@pytest.fixture
def migrations(tmp_path):
    folder = tmp_path / "app" / "migrations"
    folder.mkdir(parents=True)
    (folder / "1.sql").write_text(naive("a"))
    return folder


def test_the_report_alone_is_on_the_standard_output(checkout, migrations):
    done = checkout.run("make", "-s", "check", f"SQL_DIR={migrations}", "FORMAT=baseline")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('{"rule":"timestamp_without_time_zone"')
    assert done.stdout.count("\n") == 1
    assert "Building" in done.stderr
    assert "server: fresh check" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Judged 1 file under preset recommended")


def test_the_arguments_and_the_status(checkout, migrations):
    arguments = [f"SQL_DIR={migrations}", "PRESET=core", "FORMAT=json", "OUT=report.json"]
    done = checkout.run("make", "check", *arguments)
    assert done.returncode == 2  # That is make's own; the script's is in the last line of its messages and in make's.
    assert "under preset core" in done.stderr
    assert "Status 1 (an error is open)." in done.stderr
    assert "check] Error 1" in done.stderr
    assert done.stdout == ""
    assert '"timestamp_without_time_zone"' in (checkout.folder / "report.json").read_text()
    assert checkout.run("make", "check", *arguments, "FAIL_ON=never").returncode == 0


def test_the_script_has_the_exact_status_and_the_paths_of_its_caller(checkout, migrations):
    script = checkout.folder / "check" / "check.sh"
    done = checkout.run(script, cwd=migrations.parent, SQL_DIR="migrations", FORMAT="text", OUT="../report.txt")
    assert done.returncode == 1, done.stderr
    assert (migrations.parent.parent / "report.txt").read_text().startswith("migrations/1.sql\n")
    (migrations / "2.sql").write_text("SELECT 1/0")
    assert checkout.run(script, cwd=migrations.parent, SQL_DIR="migrations").returncode == 2
    (migrations / "1.sql").write_text("SELECT 1")
    (migrations / "2.sql").unlink()
    assert checkout.run(script, cwd=migrations.parent, SQL_DIR="migrations").returncode == 0


def test_bad_arguments_are_told_before_the_preparation(checkout, migrations):
    script = checkout.folder / "check" / "check.sh"
    for arguments, message in (
        ({}, "SQL_DIR is missing"),
        ({"SQL_DIR": "none"}, f"SQL_DIR=none: no such folder (looked for it from {migrations.parent})"),
        ({"SQL_DIR": "migrations", "FAIL_ON": "fatal"}, 'there is no level "fatal"'),
        ({"SQL_DIR": "migrations", "OUT": "no/report"}, "there is no folder no"),
        ({"SQL_DIR": "migrations", "SUMMARY": "no/summary"}, "SUMMARY=no/summary: there is no folder no"),
    ):
        done = checkout.run(script, cwd=migrations.parent, **arguments)
        assert done.returncode == 2
        assert message in done.stderr
        assert "Building" not in done.stderr


def test_a_preparation_that_fails_is_no_violation(checkout, migrations):
    checkout.replace("install.sh", "#!/bin/bash\necho 'error: no' >&2\nexit 1\n")
    done = checkout.run(checkout.folder / "check" / "check.sh", SQL_DIR=str(migrations))
    assert done.returncode == 2
    assert "error: no" in done.stderr


def test_the_help_tells_of_it(checkout):
    done = checkout.run("make", "help")
    assert "make check SQL_DIR=folder" in done.stdout
    assert (ROOT / "docs" / "check.md").exists()
