"""Who is exempt by `exempt_roles`, and who may run DDL by `ddl_roles`: the listed roles, and who has their rights."""

import pytest

BAD = "CREATE TABLE t (made timestamp)"
ADDS = "timestamp_without_time_zone t.made"


@pytest.fixture
def roles(guard):
    """Two roles, for which each test has its own names."""
    names = [f"{name}_{guard.dbname}" for name in ("deployers", "team")]
    guard.administer(*(f"CREATE ROLE {name}" for name in names))
    yield names
    guard.administer(
        "ALTER ROLE app INHERIT",
        "ALTER ROLE app NOCREATEROLE",
        f"REASSIGN OWNED BY {', '.join(names)} TO app",
        f"DROP OWNED BY {', '.join(names)}",
        f"DROP ROLE {', '.join(names)}",
    )


@pytest.fixture(params=["exempt_roles", "ddl_roles"])
def listed(request, guard, roles):
    """Lists the first of the two roles, by either setting, and gives functions that say what app is."""

    class Listed:
        def counts(self, *before):
            guard.passes(*before, BAD, "DROP TABLE t")

        def does_not_count(self, *before):
            if request.param == "exempt_roles":
                guard.refuses(*before, BAD, adds=ADDS)
            else:
                guard.passes(*before)
                assert guard.session.expect_refusal("CREATE TABLE t (id bigint)").rule == "direct_ddl"

    guard.administer(f"GRANT CREATE, USAGE ON SCHEMA public TO {roles[0]}")
    if request.param == "ddl_roles":
        guard.check_only("direct_ddl")
    guard.configure(**{request.param: roles[0]})
    return Listed()


def test_nobody(listed):
    listed.does_not_count()


def test_a_member(guard, roles, listed):
    guard.administer(f"GRANT {roles[0]} TO app")
    listed.counts()


def test_a_member_of_a_member(guard, roles, listed):
    guard.administer(f"GRANT {roles[0]} TO {roles[1]}", f"GRANT {roles[1]} TO app")
    listed.counts()


def test_a_role_that_does_not_inherit(guard, roles, listed):
    guard.administer("ALTER ROLE app NOINHERIT", f"GRANT {roles[0]} TO app")
    listed.does_not_count()
    listed.counts(f"SET ROLE {roles[0]}")


def test_a_member_of_a_role_that_does_not_inherit(guard, roles, listed):
    guard.administer(f"ALTER ROLE {roles[1]} NOINHERIT", f"GRANT {roles[0]} TO {roles[1]}", f"GRANT {roles[1]} TO app")
    listed.does_not_count()


def test_a_grant_that_does_not_inherit(guard, roles, listed, needs):
    needs(16)
    guard.administer(f"GRANT {roles[0]} TO app WITH INHERIT FALSE, SET TRUE")
    listed.does_not_count()
    listed.counts(f"SET ROLE {roles[0]}")


def test_a_grant_that_inherits_without_set(guard, roles, listed, needs):
    needs(16)
    guard.administer(f"GRANT {roles[0]} TO app WITH INHERIT TRUE, SET FALSE")
    listed.counts()


def test_admin_alone(guard, roles, listed, needs):
    needs(16)
    guard.administer(f"GRANT {roles[0]} TO app WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    listed.does_not_count()


def test_admin_alone_further_up(guard, roles, listed, needs):
    needs(16)
    guard.administer(
        f"GRANT {roles[0]} TO {roles[1]} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", f"GRANT {roles[1]} TO app"
    )
    listed.does_not_count()


def test_admin_that_who_creates_a_role_is_given(guard, roles, needs):
    needs(16)
    guard.administer("ALTER ROLE app CREATEROLE")
    made = f"made_{guard.dbname}"
    guard.configure(exempt_roles=made)
    guard.session.run(f"CREATE ROLE {made}")
    try:
        guard.refuses(BAD, adds=ADDS)
    finally:
        guard.administer(f"DROP ROLE {made}")


def test_a_superuser(guard, roles, listed):
    guard.as_superuser()
    listed.does_not_count()
    listed.counts(f"SET ROLE {roles[0]}")
    guard.administer(f"GRANT {roles[0]} TO postgres")
    guard.reconnect()
    listed.counts()


def test_the_database_s_owner(guard, listed, needs):
    needs(14)
    guard.configure(exempt_roles="pg_database_owner", ddl_roles="pg_database_owner")
    listed.counts()
