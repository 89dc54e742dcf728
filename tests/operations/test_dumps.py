"""Dumps in every format, restored in every way, by superusers and by the owner of the database."""

import guard as guard_module
import pytest
import sites

OFF = {"PGOPTIONS": "-c guardrail.mode=off"}


def restore(target, archive, *options, **extra):
    arguments = ("-d", target.dbname, *options, str(archive))
    return target.cluster.client("pg_restore", *arguments, dbname=target.dbname, **extra)


def archive_of(site, tmp_name, *options):
    path = site.cluster.directory / f"{site.dbname}.{tmp_name}"
    sites.dump(site.cluster, site.dbname, *options, "-f", str(path))
    return path


def assert_same(site, target, *options):
    assert sites.dump(target.cluster, target.dbname, *options) == sites.dump(site.cluster, site.dbname, *options)


FORMATS = [("-Fc",), ("-Fd", "-j", "2"), ("-Ft",)]
WAYS = [(), ("-1",), ("-j", "2"), ("--clean", "--if-exists"), ("-1", "--clean", "--if-exists"), ("--no-owner",)]


@pytest.mark.parametrize("form", FORMATS, ids=" ".join)
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_by_a_superuser_with_the_mode_off(site, target, form, way):
    if form == ("-Ft",) and "-j" in way:
        pytest.skip("the format tar has no parallel restore")
    sites.configure(target.cluster.connect(target.dbname), target.dbname)
    done = restore(target, archive_of(site, "dump", *form), "-e", *way, **OFF)
    assert (done.returncode, done.stderr) == (0, "")
    assert_same(site, target, *(("--no-owner",) if "--no-owner" in way else ()))
    if "--no-owner" not in way:
        sites.assert_guarded(target)


@pytest.mark.parametrize("sections", [["pre-data", "data", "post-data"]], ids=str)
def test_section_by_section(site, target, sections):
    archive = archive_of(site, "dump", "-Fc")
    for section in sections:
        done = restore(target, archive, "-e", f"--section={section}", **OFF)
        assert (done.returncode, done.stderr) == (0, "")
    assert_same(site, target)


def test_schema_then_data(site, target):
    archive = archive_of(site, "dump", "-Fc")
    for options in (("--schema-only",), ("--data-only", "--disable-triggers")):
        done = restore(target, archive, "-e", *options, **OFF)
        assert (done.returncode, done.stderr) == (0, "")
    assert_same(site, target)


def test_into_a_database_that_the_restore_creates(site):
    """The settings of the database come before the extension and the types that they name."""
    archive = archive_of(site, "dump", "-Fc", "--create")
    before, script = sites.describe(site), sites.dump(site.cluster, site.dbname, "--create")
    site.close()
    cluster = site.cluster
    cluster.drop_database(site.dbname)
    done = cluster.client("pg_restore", "-e", "--create", "-d", "postgres", str(archive), dbname="postgres", **OFF)
    assert (done.returncode, done.stderr) == (0, "")
    assert sites.dump(cluster, site.dbname, "--create") == script
    created = guard_module.Guard(cluster, site.dbname)
    assert sites.describe(created) == before
    sites.assert_guarded(created)
    created.close()


@pytest.mark.parametrize("way", [(), ("-j", "2")], ids=" ".join)
def test_with_the_guard_on_a_restore_in_several_transactions_is_refused(site, target, way):
    """pg_restore adds keys after the tables, each in a transaction of its own."""
    sites.configure(target.cluster.connect(target.dbname), target.dbname)
    done = restore(target, archive_of(site, "dump", "-Fc"), *way)
    assert done.returncode == 1
    assert 'table "app.orders" has no primary key' in done.stderr
    assert "HINT:" in done.stderr


def test_with_the_guard_on_a_restore_in_one_transaction_passes(site, target):
    sites.configure(target.cluster.connect(target.dbname), target.dbname)
    done = restore(target, archive_of(site, "dump", "-Fc"), "-1")
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert_same(site, target)


def test_with_the_guard_on_a_restore_brings_the_record_of_a_migration(site, target):
    """The data of a migration table, even of an empty one, counts as a record."""
    settings = sites.SETTINGS | {"unrecorded_migration": "error"}
    sites.configure(target.cluster.connect(target.dbname), target.dbname, settings)
    done = restore(target, archive_of(site, "dump", "-Fc"), "-1")
    assert done.returncode == 1
    assert "without recording a migration" in done.stderr
    site.administer("CREATE TABLE app.moves (id bigint CONSTRAINT pk_moves PRIMARY KEY)")
    done = restore(target, archive_of(site, "with_moves", "-Fc"), "-1")
    assert done.returncode == 0, done.stderr
    assert_same(site, target)


def test_one_table(site, target):
    """It has its keys with it, but not the table that it refers to."""
    archive = archive_of(site, "dump", "-Fc")
    target.administer("CREATE EXTENSION pg_guardrail")
    for name in ("customers", "events"):
        done = restore(target, archive, "-e", "-1", "-t", name, "--no-owner", **OFF)
        assert done.returncode == (0 if name == "customers" else 1), done.stderr
    # -t takes the table and its data alone, without its keys, its schema and its types.
    assert 'schema "app" does not exist' in done.stderr
    assert target.observe("SELECT count(*) FROM pg_constraint WHERE conrelid = 'customers'::regclass AND contype = 'p'") == [
        (0,)
    ]
    target.administer("DROP TABLE customers")
    done = restore(target, archive, "-1", "-t", "customers", "--no-owner")
    assert done.returncode == 0, done.stderr
    target.administer("DROP TABLE customers")
    sites.configure(target.cluster.connect(target.dbname), target.dbname)
    done = restore(target, archive, "-1", "-t", "customers", "--no-owner")
    assert done.returncode == 1
    assert "has no primary key" in done.stderr


# By the owner of the database, an ordinary role; the extension is a superuser's


@pytest.fixture
def owned(site, target):
    """A target with the extension and the settings, in which the owner may create what the dump has."""
    with target.cluster.connect(target.dbname) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail")
        sites.configure(admin, target.dbname)
        admin.execute("GRANT CREATE, USAGE ON SCHEMA public TO app")
        admin.execute(f"GRANT CREATE ON DATABASE {target.dbname} TO app")
    return target


OF_OWNER = ("--no-owner", "--no-acl", "--no-comments", "--exclude-schema=guardrail")


@pytest.mark.parametrize("form", FORMATS, ids=" ".join)
def test_by_the_owner_in_one_transaction(site, owned, form):
    done = restore(owned, archive_of(site, "dump", *form), "-1", *OF_OWNER, user="app")
    assert (done.returncode, done.stderr) == (0, "")
    options = ("--no-owner", "--no-acl", "--no-comments", "--exclude-schema=guardrail")
    assert_same(site, owned, *options)
    done = restore(owned, archive_of(site, "own", "-Fc"), "-e", "--data-only", "--schema=guardrail", **OFF)
    assert (done.returncode, done.stderr) == (0, "")
    assert sites.describe(owned) == sites.describe(site)


def test_by_the_owner_statement_by_statement(site, owned):
    done = restore(owned, archive_of(site, "dump", "-Fc"), *OF_OWNER, user="app")
    assert done.returncode == 1
    assert "has no primary key" in done.stderr


def test_the_owner_cannot_switch_it_off(site, owned, major):
    archive = archive_of(site, "dump", "-Fc")
    done = restore(owned, archive, *OF_OWNER, user="app", **OFF)
    assert done.returncode == 1
    assert 'permission denied to set parameter "guardrail.mode"' in done.stderr or "has no primary key" in done.stderr
    if major >= 15:
        owned.administer("GRANT SET ON PARAMETER guardrail.mode TO app", "SELECT 1")
        done = restore(owned, archive, "-e", "--clean", "--if-exists", *OF_OWNER, "-L", listing(site, archive), user="app",
                       **OFF)  # fmt: skip
        owned.administer("REVOKE SET ON PARAMETER guardrail.mode FROM app")
        assert (done.returncode, done.stderr) == (0, "")


def listing(site, archive):
    """The contents of an archive without the extension, which the owner of the database can neither drop nor create."""
    done = site.cluster.client("pg_restore", "-l", str(archive), dbname=site.dbname)
    path = site.cluster.directory / f"{site.dbname}.list"
    path.write_text("".join(line for line in done.stdout.splitlines(True) if " EXTENSION " not in line))
    return str(path)


def test_the_owner_restores_over_what_is_there(site, owned):
    """--clean drops the extension, too, which the owner may not do: the list of contents leaves it out."""
    archive = archive_of(site, "dump", "-Fc")
    assert restore(owned, archive, "-1", *OF_OWNER, user="app").returncode == 0
    # pg_restore cannot drop the keys of partitions.
    owned.administer("SET guardrail.mode = off", "DROP TABLE app.events")
    clean = ("-1", "--clean", "--if-exists", *OF_OWNER)
    done = restore(owned, archive, *clean, user="app")
    assert "Rule: destructive_change (error)." in done.stderr
    owned.administer(f"ALTER DATABASE {owned.dbname} SET guardrail.destructive_change = off")
    done = restore(owned, archive, *clean, user="app")
    assert "must be owner of extension pg_guardrail" in done.stderr
    done = restore(owned, archive, *clean, "-L", listing(site, archive), user="app")
    assert (done.returncode, done.stderr) == (0, "")
