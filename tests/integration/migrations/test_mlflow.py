"""MLflow's own Alembic history, from its first revision to its last."""

import checks
import pytest

INITIAL = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


@pytest.fixture(scope="module")
def warned(migrations):
    """The whole history in warn mode, with all messages of the server."""
    database = migrations(journal=True)
    done = database.mlflow(mode="warn", preset="core")
    assert done.returncode == 0, done.stderr
    return database


def test_ends_at_the_last_revision(warned):
    assert len(warned.rows("SELECT version_num FROM alembic_version")) == 1
    assert warned.rows("SELECT count(*) > 50 FROM truth.tables") == [(True,)]


def test_reported_is_what_was_added(warned):
    counts = checks.expect_reported_is_what_was_added(warned)
    assert set(counts) == {"fk_without_on_delete", "fk_without_index", "unnamed_constraint"}


def test_standing_is_what_the_catalog_shows(warned):
    assert len(checks.expect_standing_is_what_the_catalog_shows(warned)) > 20


def test_the_first_tables_are_refused(migrations):
    """MLflow makes them all in one transaction before the history begins."""
    database = migrations()
    empty = database.schema()
    checks.expect_refusal(database.mlflow(mode="enforce"))
    assert database.schema() == empty


@pytest.fixture(scope="module")
def begun(migrations):
    """What MLflow makes before the history begins, and the names of its tables."""
    database = migrations()
    assert database.mlflow_initial_tables(mode="off").returncode == 0
    return database.schema(), "|".join(row[0] for row in database.rows(INITIAL))


@pytest.mark.parametrize("rule", ["fk_without_on_delete", "fk_without_index"])
def test_the_first_offending_revision_is_refused(migrations, begun, rule):
    """With the first tables exempt the history begins, and is rolled back to where it began."""
    before, first_tables = begun
    database = migrations()
    checks.expect_refusal(database.mlflow(mode="enforce", preset="none", exempt_tables=first_tables, **{rule: "error"}))
    assert database.schema() == before
