import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import catalog  # noqa: E402
import tools  # noqa: E402

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def migrations(cluster):
    """Makes databases to migrate; the library's settings come with each run."""
    bindir = tools.environment()
    made = []

    def make(journal=False):
        made.append(tools.Migrations(cluster, bindir, cluster.create_database("template0", mode=None)))
        with made[-1].connect() as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")
            if journal:
                admin.execute(catalog.TRUTH.read_text())
                admin.execute((HERE / "journal.sql").read_text())
        return made[-1]

    yield make
    for migration in made:
        cluster.drop_database(migration.dbname)
