"""What a build leaves for a package: the library that was built for it, whoever else builds at the same time and whatever
is in the environment. A cargo that builds nothing stands in for the real one."""

import os
import shutil
import subprocess

import pytest
from server import ROOT

CARGO = """#!/bin/bash
[ "$1" = build ] || exit 0
mkdir -p target/release
sleep 0.3
[ -n "${CARGO_BUILD_TARGET:-}" ] || echo "built with ${*: -1}" >target/release/libpg_guardrail.so
"""
PG_CONFIG = """#!/bin/bash
case $1 in
  --version) echo "PostgreSQL {major}.1" ;;
  --bindir) echo /none ;;
  --pkglibdir) echo /server/lib ;;
  --sharedir) echo /server/share ;;
  --includedir-server) echo {include} ;;
esac
"""
# As install.sh does after the build, but not as fast.
INSTALL = """#!/bin/bash
sleep 0.2
exec /usr/bin/install "$@"
"""


class Checkout:
    def __init__(self, folder):
        self.folder = folder / "checkout"
        self.programs = folder / "programs"
        self.programs.mkdir()
        for name in ("pgrx-config", "packaging", "sql"):
            shutil.copytree(ROOT / name, self.folder / name)
        for name in ("Cargo.toml", "LICENSE", "pg_guardrail.control"):
            shutil.copy(ROOT / name, self.folder)
        (self.folder / "packaging" / "third_party.py").write_text("")
        (folder / "postgres.h").write_text("")
        for name, text in (("cargo", CARGO), ("rustc", "#!/bin/sh\necho rustc 1.999.0\n"), ("install", INSTALL)):
            self.program(name, text)
        for major in (15, 18):
            self.program(f"pg_config-{major}", PG_CONFIG.format(major=major, include=folder))

    def program(self, name, text):
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def start(self, *command, **environment):
        environment = os.environ | {"PATH": f"{self.programs}:{os.environ['PATH']}"} | environment
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def install(self, major, destination, **environment):
        return self.start(
            "pgrx-config/install.sh", "--brief",
            PG_CONFIG=str(self.programs / f"pg_config-{major}"), DESTDIR=str(destination), **environment,
        )  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_two_builds_at_once_do_not_get_each_others_library(checkout, tmp_path):
    running = [(major, checkout.install(major, tmp_path / f"{turn}")) for turn, major in enumerate([15, 18, 15, 18])]
    for turn, (major, process) in enumerate(running):
        _, messages = process.communicate(timeout=25)
        assert process.returncode == 0, messages
        assert (tmp_path / f"{turn}/server/lib/pg_guardrail.so").read_text() == f"built with pg{major}\n"


def test_a_script_that_a_script_calls_does_not_wait_for_it(checkout):
    (checkout.folder / "a.sh").write_text('. pgrx-config/common.sh\ntake_turn\n[ "${1:-}" = b ] || timeout 10 bash a.sh b')
    process = checkout.start("bash", "a.sh")
    _, messages = process.communicate(timeout=20)
    assert (process.returncode, messages) == (0, "")


def test_a_library_of_an_earlier_build_is_not_taken(checkout, tmp_path):
    assert checkout.install(15, tmp_path / "1").wait(timeout=60) == 0
    process = checkout.install(18, tmp_path / "2", CARGO_BUILD_TARGET="aarch64-unknown-linux-gnu")
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: cargo has not built target/release/libpg_guardrail.so" in messages
    assert not (tmp_path / "2").exists()


def test_a_package_has_no_library_of_the_environment(checkout):
    (checkout.folder / "pgrx-config" / "get-postgresql.sh").write_text("#!/bin/bash\necho $PWD/none\n")
    other = checkout.folder / "other"
    other.write_text("not built here")
    server = checkout.folder / "none" / "bin"
    server.mkdir(parents=True)
    shutil.copy(checkout.programs / "pg_config-15", server / "pg_config")
    script = checkout.folder / "packaging" / "stage.sh"
    script.write_text(script.read_text().replace('"/usr/lib/postgresql/$major" "/usr/pgsql-$major"', ""))
    process = checkout.start(script, "15", LIBRARY=str(other), DESTDIR="/nowhere")
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 0, messages
    assert (checkout.folder / "target/stage/15/lib/pg_guardrail.so").read_text() == "built with pg15\n"
