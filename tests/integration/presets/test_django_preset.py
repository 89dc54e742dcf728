"""Under the preset `django`, what Django decides passes, and what the author of an app decides is checked."""

import pathlib

import catalog
import checks
import pytest

MIGRATIONS = pathlib.Path(__file__).parents[1] / "migrations"
APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"
DEPOT = [path.stem for path in sorted((MIGRATIONS / "wagtail_site" / "depot" / "migrations").glob("0*.py"))]


def depot(database, target, **settings):
    return database.django("--settings=depot_settings", "depot", target, preset="django", **settings)


def standing(database):
    """Finds what violates the rules about indexes and time zones, by a query that does not use the extension."""
    with database.connect() as admin:
        admin.execute(catalog.TRUTH.read_text())
    violations = database.rows("SELECT rule, table_name, object_name FROM truth.violations WHERE schema_name = 'public'")
    return [violation for violation in violations if violation[0] != "fk_without_on_delete"]


@pytest.fixture(scope="module")
def wagtail(migrations):
    database = migrations()
    done = database.django(mode="enforce", preset="django")
    assert done.returncode == 0, done.stderr
    return database


def test_all_of_django_and_wagtail_passes(wagtail):
    assert wagtail.rows("SELECT count(*) > 150 FROM django_migrations") == [(True,)]
    assert wagtail.django(mode="enforce", preset="django").stdout.count("No migrations to apply") == 1


def test_exactly_these_violations_are_reported(wagtail):
    """An app writes one name in full, and one of its migrations runs outside of a transaction."""
    assert list(wagtail.reports()) == [
        ("WARNING", "identifier_too_long ..None"),
        ("NOTICE", "fk_without_index public.wagtailcore_revision.wagtailcore_revision_content_type_id_c8cb69c0_fk_django_co"),
        ("NOTICE", "fk_without_index public.wagtailcore_revision.wagtailcore_revision_base_content_type_id_5b4ef7bd_fk_django_co"),
    ]  # fmt: skip


def test_the_indexes_that_were_due_have_followed(wagtail):
    assert standing(wagtail) == []


def test_what_django_decides_passes_in_silence(migrations):
    database = migrations()
    done = depot(database, "0002_changed_by_django", mode="enforce")
    assert done.returncode == 0, done.stderr
    assert list(database.reports()) == []


@pytest.fixture
def changed(migrations):
    """Makes databases that have come to a migration of the app unguarded."""

    def make(migration):
        database = migrations()
        done = depot(database, migration, mode="off")
        assert done.returncode == 0, done.stderr
        return database

    return make


REPORTED = {
    "0003_outside_of_a_transaction": [
        ("NOTICE", "fk_without_index public.depot_bay.depot_bay_parcel_id_a97f0814_fk_depot_parcel_id"),
        ("NOTICE", "fk_without_index public.depot_bay.depot_bay_depot_id_aef8e3e4_fk_depot_site_id"),
    ],
    "0004_decided_by_the_author": [
        ("WARNING", "identifier_needs_quotes public.depot_bay.bayNumber"),
        ("NOTICE", "constraint_not_validated public.depot_bay.bay_number"),
        ("WARNING", "table_without_primary_key public.depot_log.None"),
    ],
}
REFUSED = {
    "0005_key_without_index": "fk_without_index",
    "0006_naive_timestamp": "timestamp_without_time_zone",
    "0007_unnamed_key": "unnamed_constraint",
    "0008_unnamed_exclusion": "unnamed_constraint",
    "0009_index_dropped": "fk_without_index",
}


def test_every_migration_of_the_app_is_in_one_of_the_tests():
    assert DEPOT[2:] == [*REPORTED, *REFUSED]


@pytest.mark.parametrize("migration", REPORTED)
def test_reported(changed, migration):
    database = changed(DEPOT[DEPOT.index(migration) - 1])
    done = depot(database, migration, mode="enforce")
    assert done.returncode == 0, done.stderr
    assert list(database.reports()) == REPORTED[migration]
    assert standing(database) == []


@pytest.mark.parametrize("migration", REFUSED)
def test_refused(changed, migration):
    """The database is left at the migration before."""
    database = changed(DEPOT[DEPOT.index(migration) - 1])
    before = database.schema(), database.rows(APPLIED)
    done = depot(database, migration, mode="enforce")
    checks.expect_refusal(done)
    assert f"Rule: {REFUSED[migration]} (error)" in done.stderr
    assert (database.schema(), database.rows(APPLIED)) == before
