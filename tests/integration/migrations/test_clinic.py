"""examples/clinic follows the preset `house` with Knex, a migration tool for Node.js."""

import hashlib
import shutil
import subprocess

import once
import pytest
from example import EXAMPLES, PRESETS, Example

CLINIC = EXAMPLES / "clinic"


@pytest.fixture(scope="module")
def project():
    """A copy with Knex installed; made once for each state of the project and kept under target/."""
    files = [file for file in sorted(CLINIC.rglob("*")) if file.is_file() and "node_modules" not in file.parts]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    with once.make(f"clinic-{digest}") as (directory, is_missing):
        if is_missing:
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(CLINIC, directory, ignore=shutil.ignore_patterns("node_modules"))
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=directory, check=True)
    return directory


class Clinic(Example):
    RECORD = "SELECT name FROM knex_migrations ORDER BY id"

    def tool(self, *arguments, **settings):
        return self.run(shutil.which("node"), self.bindir / "migrate.js", *arguments, **settings)

    def reported_rules(self, done):
        return [line.split("Rule: ")[1].split()[0] for line in done.stderr.splitlines() if "Rule: " in line]


@pytest.fixture
def clinic(cluster, project):
    made = Clinic(cluster, project)
    yield made
    cluster.drop_database(made.dbname)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_history_passes_up_and_down_and_up(clinic, preset):
    clinic.passes("latest", preset=preset)
    schema, record = clinic.state()
    assert record == sorted(file.name for file in (CLINIC / "migrations").iterdir())
    clinic.passes("rollback", preset=preset)
    assert clinic.objects() == ["knex_migrations", "knex_migrations_lock"]
    assert clinic.state()[1] == []
    clinic.passes("latest", preset=preset)
    assert clinic.state() == (schema, record)


def test_one_by_one(clinic):
    """Each migration is a transaction of its own here, and passes in it."""
    for file in sorted((CLINIC / "migrations").iterdir()):
        clinic.passes("up", file.name)


REFUSED = [
    ("referrals.js", ["check_instead_of_enum", "timestamp_without_time_zone", "unnamed_constraint"]),
    ("waiting_list.js", ["fk_without_index", "nullable_column"]),
]


@pytest.mark.parametrize(("file", "rules"), REFUSED)
def test_what_is_refused_leaves_nothing(clinic, file, rules):
    clinic.passes("latest")
    clinic.refuses("up", file, rules=rules)
    assert clinic.passes("latest").stdout.endswith(": 0 migrations []\n")


@pytest.mark.parametrize(("file", "rules"), REFUSED)
def test_in_warn_mode_it_is_reported(clinic, file, rules):
    clinic.passes("latest")
    done = clinic.tool("up", file, preset="house", mode="warn")
    assert done.returncode == 0
    assert sorted(clinic.reported_rules(done)) == rules


def test_a_change_by_hand_is_refused(clinic):
    clinic.passes("latest")
    clinic.refuses_by_hand("ALTER TABLE invoices ADD is_paid boolean DEFAULT false NOT NULL", ["unrecorded_migration"])
