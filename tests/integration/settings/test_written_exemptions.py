"""What is written down in guardrail.exemptions is not reported; nobody hides behind a name that is exempt."""

import pytest
from psycopg import sql

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
UN = "unnamed_constraint"
KEY = "c bigint, CONSTRAINT fk FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE"


def call(rule, relation, obj=None, reason="because", expires_at=None):
    names = ("rule", "relation", "object", "reason", "expires_at")
    values = zip(names, (rule, relation, obj, reason, expires_at), strict=True)
    arguments = sql.SQL(", ").join(sql.SQL("{} => {}").format(sql.Identifier(n), sql.Literal(v)) for n, v in values)
    return sql.SQL("SELECT guardrail.exempt({})").format(arguments)


@pytest.fixture
def exempt(guard):
    """Writes an exemption as the superuser; returns its id."""

    def exempt(*args, **kwargs):
        return guard.observe(call(*args, **kwargs))[0][0]

    return exempt


@pytest.fixture
def write(guard):
    """Inserts a row as the superuser, patterns and all."""

    def write(rule, relation, obj=None, expires_at=None):
        guard.observer or guard.observe("SELECT")
        guard.observer.execute(
            "INSERT INTO guardrail.exemptions (rule, relation, object, reason, expires_at)"
            " VALUES (%s, %s, %s, 'because', %s)",
            (rule, relation, obj, expires_at),
        )

    return write


@pytest.fixture
def other_schemas(guard):
    guard.administer(
        "CREATE SCHEMA shop AUTHORIZATION app",
        "CREATE SCHEMA side AUTHORIZATION app",
        f"GRANT CREATE ON DATABASE {guard.dbname} TO app",
    )


# What is exempt


def test_a_table(guard, exempt):
    exempt(TS, "public.t")
    guard.passes("CREATE TABLE t (made timestamp)", "ALTER TABLE t ADD again timestamp")
    guard.refuses("CREATE TABLE u (made timestamp)", adds=f"{TS} u.made")
    guard.refuses("CREATE TABLE t2 (id int UNIQUE)", adds=f"{UN} t2.t2_id_key")
    guard.refuses("ALTER TABLE t ADD UNIQUE (made)", adds=f"{UN} t.t_made_key")


def test_one_part_of_a_table(guard, exempt):
    exempt(TS, "public.t", "made")
    exempt(UN, "public.t", "t_id_key")
    guard.passes("CREATE TABLE t (id int UNIQUE, made timestamp)")
    guard.refuses("ALTER TABLE t ADD again timestamp", adds=f"{TS} t.again")
    guard.refuses("ALTER TABLE t ADD UNIQUE (made)", adds=f"{UN} t.t_made_key")


def test_every_rule(guard, exempt):
    exempt("*", "public.t")
    guard.passes(f"CREATE TABLE t (id int UNIQUE, made timestamp, {KEY})")


def test_at_commit(guard, exempt):
    exempt(IX, "public.t", "fk")
    guard.passes(f"CREATE TABLE t ({KEY})")
    guard.refuses(f"CREATE TABLE u ({KEY})", adds=f"{IX} u.fk")
    guard.refuses(
        "ALTER TABLE t ADD d bigint, ADD CONSTRAINT fk_d FOREIGN KEY (d) REFERENCES customers ON DELETE CASCADE",
        adds=f"{IX} t.fk_d",
    )


def test_written_between_the_statement_and_the_commit(guard):
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app")
    guard.passes_in_transaction(f"CREATE TABLE t ({KEY})", call(IX, "t", "fk"))
    session = guard.session
    guard.passes("BEGIN", "SAVEPOINT a", call(IX, "u"), "ROLLBACK TO a", f"CREATE TABLE u ({KEY})")
    assert session.expect_refusal("COMMIT").rule == IX


def test_in_the_migration_before_the_statement(guard):
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app")
    guard.passes_in_transaction(call(TS, "t", "made"), "CREATE TABLE t (made timestamp)")
    guard.refuses("ALTER TABLE t ADD again timestamp", adds=f"{TS} t.again")


def test_before_a_statement(guard, exempt):
    guard.check_only("destructive_change")
    guard.prepare("CREATE TABLE t (a int, b int)", "INSERT INTO t VALUES (1, 1)")
    guard.prepare("CREATE TABLE u (a int)", "INSERT INTO u VALUES (1)")
    exempt("destructive_change", "public.t", "a")
    guard.passes("ALTER TABLE t DROP a")
    guard.refuses("ALTER TABLE t DROP b", adds="destructive_change t.b")
    exempt("destructive_change", "public.t")
    guard.refuses("DROP TABLE t, u", adds="destructive_change u")
    guard.passes("DROP TABLE t")


@pytest.mark.parametrize("rule, to", [("direct_ddl", "x"), ("identifier_too_long", "l" * 64)])
def test_a_statement_is_exempt_where_all_its_relations_are(guard, exempt, rule, to):
    guard.check_only(rule).configure(ddl_roles="postgres")
    guard.prepare("CREATE TABLE t (a int)", "CREATE TABLE u (a int)")
    exempt(rule, "public.t")
    assert guard.session.expect_refusal(f"ALTER TABLE u RENAME a TO {to}").rule == rule
    guard.session.run(f"ALTER TABLE t RENAME a TO {to}")
    assert guard.session.take_messages() == []
    if rule == "direct_ddl":
        message = guard.session.expect_refusal("DROP TABLE t, u")
        assert "guardrail.exempt('direct_ddl', 'public.u', reason" in message.detail
        assert "To exempt" not in guard.session.expect_refusal("CREATE SCHEMA shop").detail
        guard.passes("DROP TABLE t")


def test_an_exempt_table_needs_no_recorded_migration_but_others_do(guard, exempt):
    rule = "unrecorded_migration"
    guard.check_only(rule)
    exempt(rule, "public.a")
    guard.passes("CREATE TABLE a (id int)")
    guard.passes("BEGIN", "ALTER TABLE a ADD b int", "CREATE TABLE z (id int)")
    message = guard.session.expect_refusal("COMMIT")
    assert message.table == "z"


def test_types(guard, exempt):
    exempt(TS, "naive")
    exempt(TS, "pair", "made")
    guard.passes("CREATE DOMAIN naive AS timestamp", "CREATE TYPE pair AS (id int, made timestamp)")
    guard.refuses("CREATE TABLE t (made naive)", adds=f"{TS} t.made")


def test_only_in_its_own_schema(guard, exempt, other_schemas):
    exempt(TS, "shop.t")
    guard.passes("CREATE TABLE shop.t (made timestamp)")
    guard.refuses("CREATE TABLE side.t (made timestamp)", adds=f"{TS} side.t.made")
    guard.refuses("CREATE TABLE shop_t (made timestamp)", adds=f"{TS} shop_t.made")


def test_patterns(guard, write, other_schemas):
    write(TS, r"shop\..*, old_.*", "made_.*")
    guard.passes("CREATE TABLE shop.t (made_at timestamp)", "CREATE TABLE side.old_t (made_by timestamp)")
    guard.refuses("ALTER TABLE shop.t ADD gone_at timestamp", adds=f"{TS} shop.t.gone_at")
    guard.refuses("CREATE TABLE side.t (made_at timestamp)", adds=f"{TS} side.t.made_at")


def test_what_is_over(guard, exempt, write):
    exempt(TS, "public.t", expires_at="infinity")
    write(TS, "u", expires_at="yesterday")
    guard.passes("CREATE TABLE t (made timestamp)")
    guard.refuses("CREATE TABLE u (made timestamp)", adds=f"{TS} u.made")
    guard.observe("UPDATE guardrail.exemptions SET expires_at = now() + '0.2 s' WHERE relation = 'u' RETURNING 1")
    guard.passes("CREATE TABLE u (made timestamp)", "SELECT pg_sleep(0.3)")
    guard.refuses("ALTER TABLE u ADD again timestamp", adds=f"{TS} u.again")
    causes = dict(guard.observe("SELECT relation, cause FROM guardrail.unused_exemptions"))
    assert causes["u"] == "expired"


# No hiding behind a name


@pytest.mark.parametrize(
    "away, where",
    [
        ("ALTER TABLE shop.t RENAME TO u", "shop.u"),
        ("ALTER TABLE shop.t SET SCHEMA side", "side.t"),
        ("ALTER SCHEMA shop RENAME TO shop2", "shop2.t"),
    ],
)
@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_table_that_leaves_its_name(guard, exempt, other_schemas, away, where, in_transaction):
    exempt("*", "shop.t")
    make = f"CREATE TABLE shop.t (made timestamp, {KEY})"
    if in_transaction:
        guard.refuses_in_transaction(make, away, adds=f"{TS} {where}.made")
    else:
        guard.refuses(make, away, adds=f"{TS} {where}.made")
        guard.passes("ALTER TABLE shop.t DROP made")
        guard.refuses(away, adds=f"{IX} {where}.fk")
        guard.passes_in_transaction(away, f"CREATE INDEX ON {where} (c)")


@pytest.mark.parametrize(
    "exempt_part, rename, adds",
    [
        ((TS, "made"), "ALTER TABLE t RENAME made TO born", f"{TS} t.born"),
        ((IX, "fk"), "ALTER TABLE t RENAME CONSTRAINT fk TO fk2", f"{IX} t.fk2"),
    ],
)
def test_a_part_that_leaves_its_name(guard, exempt, exempt_part, rename, adds):
    rule, name = exempt_part
    exempt(rule, "public.t", name)
    guard.passes(f"CREATE TABLE t (made {'timestamp' if rule == TS else 'int'}, {KEY if rule == IX else 'c int'})")
    guard.refuses(rename, adds=adds)


def test_an_index_that_leaves_its_name(guard, exempt):
    guard.check_only("duplicate_index")
    exempt("duplicate_index", "public.t", "ix2")
    guard.passes("CREATE TABLE t (a int)", "CREATE INDEX ix1 ON t (a)", "CREATE INDEX ix2 ON t (a)")
    assert guard.session.expect_refusal("ALTER INDEX ix2 RENAME TO ix3").rule == "duplicate_index"


def test_swapped_tables(guard, exempt):
    """The exempt name goes to another table, for the moment or for good."""
    exempt("*", "public.t")
    guard.passes(f"CREATE TABLE t (made timestamp, {KEY})", "CREATE TABLE u (a int)")
    guard.refuses_in_transaction("ALTER TABLE u RENAME TO v", "ALTER TABLE t RENAME TO u", adds=f"{TS} u.made")
    guard.passes("ALTER TABLE t DROP made")
    guard.refuses_at_commit(
        "ALTER TABLE u RENAME TO v", "ALTER TABLE t RENAME TO u", "ALTER TABLE v RENAME TO t", adds=f"{IX} u.fk"
    )
    guard.passes_in_transaction("ALTER TABLE t RENAME TO w", "ALTER TABLE w RENAME TO t")


def test_swapped_columns(guard, exempt):
    exempt(TS, "public.t", "made")
    guard.passes("CREATE TABLE t (made timestamp, a int)")
    guard.refuses_in_transaction("ALTER TABLE t RENAME a TO b", "ALTER TABLE t RENAME made TO a", adds=f"{TS} t.a")


def test_swapped_constraints(guard, exempt):
    exempt(IX, "public.t", "fk")
    guard.passes(f"CREATE TABLE t ({KEY})")
    guard.refuses_at_commit(
        "ALTER TABLE t RENAME CONSTRAINT fk TO x",
        "ALTER TABLE t ADD e bigint, ADD CONSTRAINT fk FOREIGN KEY (e) REFERENCES customers ON DELETE CASCADE",
        adds=f"{IX} t.x",
    )


@pytest.mark.parametrize("obj", [None, "made"])
@pytest.mark.parametrize("concurrently", ["", " CONCURRENTLY"])
def test_a_partition_that_leaves_an_exempt_table(guard, needs, exempt, obj, concurrently):
    if concurrently:
        needs(14)
    leave = f"ALTER TABLE p DETACH PARTITION x{concurrently}"
    exempt(TS, "public.p", obj)
    guard.passes("CREATE TABLE p (id int, made timestamp) PARTITION BY RANGE (id)")
    guard.passes("CREATE TABLE x PARTITION OF p FOR VALUES FROM (0) TO (9)")
    guard.refuses(leave, adds=f"{TS} x.made")
    exempt(TS, "public.x", obj)
    guard.passes(leave)


def test_a_child_that_leaves_an_exempt_table(guard, exempt):
    exempt("*", "public.p")
    guard.passes("CREATE TABLE p (made timestamp)", "CREATE TABLE x () INHERITS (p)")
    guard.refuses("ALTER TABLE x NO INHERIT p", adds=f"{TS} x.made")
    guard.refuses("ALTER TABLE ONLY p DROP made", adds=f"{TS} x.made")


def test_a_name_that_looks_like_another_one(guard, exempt, write, other_schemas):
    exempt(TS, "shop.t")
    write(TS, r"side\..*")
    for name in ("shop.t", "side.t"):
        guard.refuses(f'CREATE TABLE "{name}" (made timestamp)', adds=f"{TS} {name}.made")
    exempt(TS, '"shop.t"')
    guard.passes('CREATE TABLE "shop.t" (made timestamp)')
    exempt(TS, '"a.b".c')
    guard.administer('CREATE SCHEMA "a.b" AUTHORIZATION app', "CREATE SCHEMA a AUTHORIZATION app")
    guard.passes('CREATE TABLE "a.b".c (made timestamp)')
    guard.refuses('CREATE TABLE a."b.c" (made timestamp)', adds=f"{TS} a.b.c.made")


# Who may write


def test_an_ordinary_role_writes_nothing(guard, exempt):
    exempt(TS, "public.t")
    for statement in (
        call(TS, "public.u"),
        "INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', '.*', 'because')",
        "UPDATE guardrail.exemptions SET relation = '.*'",
        "DELETE FROM guardrail.exemptions",
        "TRUNCATE guardrail.exemptions",
        "SELECT nextval('guardrail.exemptions_id_seq')",
        "ALTER TABLE guardrail.exemptions ADD x int",
        "CREATE TABLE guardrail.t (a int)",
    ):
        assert guard.session.expect_error(statement)[0] == "42501", statement
    assert guard.session.rows("SELECT relation, created_by FROM guardrail.exemptions") == [(r"public\.t", "postgres")]


def test_the_right_to_call_is_all_that_is_needed(guard):
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app")
    session = guard.session
    [(id_,)] = session.rows(call(TS, "t"))
    [row] = session.rows("SELECT id, relation, object, reason, created_by, current_user::text FROM guardrail.exemptions")
    assert row == (id_, r"public\.t", None, "because", "app", "app")
    assert session.expect_error("DELETE FROM guardrail.exemptions")[0] == "42501"


def test_who_it_was_is_the_user_of_the_session(guard):
    role = f"deploy_{guard.dbname}"
    guard.administer(
        f"CREATE ROLE {role}",
        f"GRANT {role} TO app",
        f"GRANT EXECUTE ON FUNCTION guardrail.exempt TO {role}",
        "CREATE FUNCTION let() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
        " $$SELECT guardrail.exempt('*', 'public.u', reason => 'because')$$",
    )
    session = guard.session
    session.run(f"SET ROLE {role}")
    session.rows(call(TS, "public.t"))
    session.run("RESET ROLE")
    session.rows("SELECT let()")
    assert session.rows("SELECT relation, created_by FROM guardrail.exemptions ORDER BY id") == [
        (r"public\.t", "app"),
        (r"public\.u", "app"),
    ]
    assert session.rows("SELECT current_user::text") == [("app",)]
    guard.administer(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_the_caller_keeps_the_own_role_after_an_error(guard):
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app")
    session = guard.session
    session.run(
        "DO $$ BEGIN SET TRANSACTION READ ONLY; PERFORM guardrail.exempt('*', 't', reason => 'because');"
        " EXCEPTION WHEN read_only_sql_transaction THEN NULL; END $$"
    )
    assert session.rows("SELECT current_user::text") == [("app",)]
    session.run("BEGIN READ ONLY")
    state, text = session.expect_error(call("*", "t"))
    assert state == "25006"
    assert text.startswith("cannot execute INSERT in a read-only transaction")
    session.run("ROLLBACK")
    assert session.rows("SELECT count(*) FROM guardrail.exemptions") == [(0,)]


def test_the_rights_of_the_owner_are_lent_to_nobody(guard):
    """What runs while the row is written is of the extension alone, whatever the caller's search_path leads to."""
    guard.administer("GRANT EXECUTE ON FUNCTION guardrail.exempt TO app", "GRANT CREATE ON SCHEMA public TO app")
    session = guard.session
    session.run("CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE ''mine''; END'")
    session.run("CREATE TEMP TABLE exemptions (LIKE guardrail.exemptions)")
    session.run("SET search_path = public, pg_temp, pg_catalog")
    session.rows(call("*", "public.t"))
    assert session.rows("SELECT count(*) FROM guardrail.exemptions") == [(1,)]


def test_a_great_many(guard, exempt):
    guard.observe("SELECT")
    guard.observer.execute(
        "INSERT INTO guardrail.exemptions (rule, relation, object, reason)"
        " SELECT 'unnamed_constraint', 'public\\.t' || n, 'c' || n, 'because' FROM generate_series(1, 10000) AS n"
    )
    guard.passes("CREATE TABLE t7 (c7 int CONSTRAINT c7 UNIQUE)")
    guard.refuses("CREATE TABLE t8 (c7 int UNIQUE)", adds=f"{UN} t8.t8_c7_key")
    exempt(UN, "t8", "t8_c7_key")
    guard.passes("CREATE TABLE t8 (c7 int UNIQUE)")
