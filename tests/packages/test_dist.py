"""The zip for PGXN: what PGXN's own validator says of it, and whether it builds where there is nothing else."""

import json
import os
import subprocess
import zipfile

import pytest
import trial
from conftest import ROOT, VERSION, make

MAJOR = "18"
VALIDATOR = "0.7.0"  # of pgxn_meta


@pytest.fixture(scope="module")
def dist():
    (path,) = make("dist")
    return path


@pytest.fixture(scope="module")
def unpacked(dist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    # Python's zipfile forgets that scripts can be executed.
    subprocess.run(["unzip", "-q", dist, "-d", folder], check=True)
    return folder / f"pg_guardrail-{VERSION}"


def test_everything_is_in_one_folder(dist):
    assert dist.name == f"pg_guardrail-{VERSION}.zip"
    names = zipfile.ZipFile(dist).namelist()
    assert {name.partition("/")[0] for name in names} == {f"pg_guardrail-{VERSION}"}
    committed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert sorted(name.partition("/")[2] for name in names if not name.endswith("/")) == sorted(committed.split("\0")[:-1])


@pytest.fixture(scope="module")
def validate():
    folder = ROOT / "target/pgxn-meta"
    if not (folder / "bin/pgxn_meta").exists():
        options = ["--version", VALIDATOR, "--locked", "--debug", "--root", folder]
        subprocess.run(["cargo", "install", "pgxn_meta", *options], check=True)
    return lambda file: subprocess.run([folder / "bin/pgxn_meta", file], capture_output=True, text=True)


def test_pgxn_accepts_the_description(validate, unpacked, tmp_path):
    done = validate(unpacked / "META.json")
    assert done.returncode == 0, done.stdout + done.stderr
    meta = json.loads((unpacked / "META.json").read_text())
    del meta["maintainer"]
    (tmp_path / "META.json").write_text(json.dumps(meta))
    assert validate(tmp_path / "META.json").returncode != 0, "it looks for faults"


def test_it_builds_with_nothing_else(unpacked, tmp_path):
    """`make && make install`, as PGXN's client runs them, with a server that does not have the extension."""
    server = trial.copy_server(MAJOR, tmp_path / "postgresql")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if name in os.environ}
    command = f"make && make install PG_CONFIG={server}/bin/pg_config"
    path = {"PATH": f"{server}/bin:{environment['PATH']}"}
    subprocess.run(["bash", "-c", command], cwd=unpacked, env=environment | path, check=True)
    with trial.Server(server) as running:
        running.create_older_extension()
        running.update_extension()
        running.expect_refusal()
