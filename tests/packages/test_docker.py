"""The Dockerfile, as far as can be seen without its base image; docs/kubernetes.md says what that leaves out."""

import pathlib
import re
import subprocess

import pytest
import trial

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "packaging/docker/Dockerfile"
INITDB = ROOT / "packaging/docker/initdb.sql"


@pytest.fixture(scope="module")
def hadolint():
    done = subprocess.run(
        [ROOT / "pgrx-config/venv.sh", "hadolint", "tests/packages/hadolint.txt"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip()).parent / "hadolint"


def lint(hadolint, text):
    return subprocess.run([hadolint, "--no-color", "-"], input=text, capture_output=True, text=True).stdout


def test_hadolint_finds_nothing(hadolint):
    assert lint(hadolint, DOCKERFILE.read_text()) == ""
    assert "DL3004" in lint(hadolint, "FROM debian:12\nRUN sudo true\n"), "it looks for faults"


def test_what_it_copies_exists():
    for source in re.findall(r"^COPY (\S+) ", DOCKERFILE.read_text(), re.M):
        assert (ROOT / source).is_file(), source


@pytest.fixture
def server(tmp_path):
    """A server of a folder that gets the extension from the staged tree, with the postgresql.conf that the image makes."""
    staged = subprocess.run([ROOT / "packaging/stage.sh", "18"], capture_output=True, text=True)
    assert staged.returncode == 0, staged.stderr
    folder = trial.copy_server("18", tmp_path / "postgresql")
    for part in ("lib", "share"):
        subprocess.run(["cp", "-r", f"{staged.stdout.strip()}/{part}", folder], check=True)
    (line,) = re.findall(r'echo "(.*)" >>/usr/share/postgresql/postgresql.conf.sample', DOCKERFILE.read_text())
    with (folder / "share/postgresql.conf.sample").open("a") as sample:
        sample.write(line + "\n")
    with trial.Server(folder) as running:
        yield running


def test_each_database_of_a_new_data_folder_has_it(server):
    """The entrypoint runs the script with psql, as the superuser, in POSTGRES_DB."""
    with server.connect("postgres") as session:
        session.execute("CREATE DATABASE shop")
    done = server.client("psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "--file", str(INITDB), dbname="shop")
    assert done.returncode == 0, done.stderr
    with server.connect("postgres") as session:
        session.execute("CREATE DATABASE later")
    assert server.ask("SHOW shared_preload_libraries") == "pg_guardrail"
    for database in ("shop", "later"):
        server.expect_refusal(database)
