"""The migrations of Django's contrib apps and of Wagtail stop at the first that is refused."""

import checks
import pytest

APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"


MAKE_RECORDER = (
    "import django; django.setup(); from django.db import connection;"
    "from django.db.migrations.recorder import MigrationRecorder; MigrationRecorder(connection).ensure_schema()"
)
REFUSED = [
    # what is enforced, and whether any migration comes before the first offending one
    ({"preset": "core"}, False),
    ({"preset": "none", "fk_without_on_delete": "error"}, True),
    ({"preset": "none", "unnamed_constraint": "error", "named_constraint_kinds": "check"}, True),
]


@pytest.mark.parametrize("settings, begins", REFUSED)
def test_the_first_offending_migration_is_refused(migrations, settings, begins):
    """What is left is exactly what the migrations before it make."""
    database = migrations()
    checks.expect_refusal(database.django(mode="enforce", **settings))
    recorder = database.rows("SELECT FROM pg_class WHERE relname = 'django_migrations'") != []
    applied = database.rows(APPLIED) if recorder else []
    assert bool(applied) == begins
    before = migrations()
    if recorder:
        assert before.run("python", "-c", MAKE_RECORDER, mode="off").returncode == 0
    for app, name in applied:
        assert before.django(app, name, mode="off").returncode == 0
    assert database.schema() == before.schema()
