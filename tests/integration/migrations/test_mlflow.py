"""MLflow's own Alembic history stops at the first revision that is refused."""

import checks
import pytest

INITIAL = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


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
