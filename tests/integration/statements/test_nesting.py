"""DDL may run in the middle of other DDL. Each statement is refused for what it adds, whichever ends first."""

import cases
import pytest

TS = "timestamp_without_time_zone"
IX = "fk_without_index"
UN = "unnamed_constraint"

CHILD = "CREATE TABLE child (c bigint CONSTRAINT fk REFERENCES customers ON DELETE CASCADE)"


def function(body, name="f", volatility="VOLATILE"):
    return f"CREATE FUNCTION {name}() RETURNS int LANGUAGE plpgsql {volatility} AS $$ BEGIN {body}; RETURN 1; END $$"


GOOD_INSIDE = function("EXECUTE 'CREATE TABLE IF NOT EXISTS inside (id int)'")
BAD_INSIDE = function("EXECUTE 'CREATE TABLE inside (made timestamp)'")
CAUGHT_INSIDE = function("BEGIN CREATE TABLE inside (id int); RAISE 'x'; EXCEPTION WHEN raise_exception THEN NULL; END")
FILLED = "CREATE TABLE t (id int); INSERT INTO t VALUES (1)"

REFUSED = [
    ("as_good_inside", GOOD_INSIDE, "CREATE TABLE t AS SELECT now()::timestamp AS made, f()", f"{TS} t.made"),
    ("as_caught_inside", CAUGHT_INSIDE, "CREATE TABLE t AS SELECT now()::timestamp AS made, f()", f"{TS} t.made"),
    ("as_bad_inside", BAD_INSIDE, "CREATE TABLE t AS SELECT now() AS made, f()", f"{TS} inside.made"),
    ("into_good_inside", GOOD_INSIDE, "SELECT now()::timestamp AS made, f() INTO t", f"{TS} t.made"),
    (
        "add_column_good_inside",
        f"{GOOD_INSIDE}; {FILLED}",
        "ALTER TABLE t ADD made timestamp, ADD one int DEFAULT f()",
        f"{TS} t.made",
    ),
    (
        "add_check_good_inside",
        f"{GOOD_INSIDE}; {FILLED}",
        "ALTER TABLE t ADD CHECK (f() > 0), ADD one int DEFAULT f()",
        f"{UN} t.t_check",
    ),
    (
        "alter_type_bad_inside",
        f"{BAD_INSIDE}; {FILLED}",
        "ALTER TABLE t ALTER id TYPE bigint USING f()",
        f"{TS} inside.made",
    ),
    ("commit_time_inside", function(CHILD), "CREATE TABLE t AS SELECT f()", f"{IX} child.fk"),
    (
        "drop_inside",
        function("DROP INDEX ix") + f"; {CHILD}; CREATE INDEX ix ON child (c)",
        "CREATE TABLE t AS SELECT f()",
        f"{IX} child.fk",
    ),
    (
        "three_deep",
        function("CREATE TABLE two AS SELECT g()") + ";" + function("CREATE TABLE three (made timestamp)", "g"),
        "CREATE TABLE one AS SELECT f()",
        f"{TS} three.made",
    ),
]


@cases.parametrize("setup, sql, violation", REFUSED)
def test_refused(guard, setup, sql, violation):
    guard.prepare(setup)
    guard.refuses(sql, adds=violation)


PASSES = [
    ("as_good_inside", GOOD_INSIDE, "CREATE TABLE t AS SELECT now() AS made, f()"),
    ("same_table", function("ALTER TABLE customers ADD note text"), "CREATE TABLE t AS SELECT f()"),
    (
        "legacy_touched_inside",
        "CREATE TABLE old (made timestamp); " + function("ALTER TABLE old ADD note text"),
        "CREATE TABLE t AS SELECT f()",
    ),
    ("fixed_inside", function(f"{CHILD}; CREATE INDEX ON child (c)"), "CREATE TABLE t AS SELECT f()"),
    ("both_from_a_select", GOOD_INSIDE, "SELECT f(), f()"),
]


@cases.parametrize("setup, sql", PASSES)
def test_passes(guard, setup, sql):
    guard.prepare(setup)
    guard.passes(sql)


def event_trigger(name, event, body, tag="CREATE TABLE"):
    """Returns the statements that make an event trigger. Its body must not run DDL of the tag that fires it."""
    return (
        f"CREATE FUNCTION {name}() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$",
        f"CREATE EVENT TRIGGER {name} ON {event} WHEN TAG IN ('{tag}') EXECUTE FUNCTION {name}()",
    )


@pytest.mark.parametrize("name", ["a_first", "z_last"])
@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end"])
def test_another_event_trigger_that_does_ddl(guard, name, event):
    """The other trigger fires before the guard's own or after it. What it makes is checked, and hides nothing."""
    guard.administer(*event_trigger(name, event, "EXECUTE 'CREATE TABLE IF NOT EXISTS made_by_it AS SELECT 1 AS id'"))
    guard.refuses("CREATE TABLE t (made timestamp)", adds=f"{TS} t.made")
    guard.passes("CREATE TABLE good (id int)")
    guard.administer(f"DROP EVENT TRIGGER {name}", f"DROP FUNCTION {name}", "DROP TABLE made_by_it")
    bad = "CREATE TABLE IF NOT EXISTS made_by_it AS SELECT now()::timestamp AS made"
    guard.administer(*event_trigger(name, event, f"EXECUTE '{bad}'"))
    guard.refuses("CREATE TABLE t (id int)", adds=f"{TS} made_by_it.made")


@pytest.mark.parametrize("name", ["a_first", "z_last"])
def test_another_event_trigger_that_adds_to_the_table(guard, name):
    add = "EXECUTE 'ALTER TABLE t ADD IF NOT EXISTS updated_at {}'"
    guard.administer(*event_trigger(name, "ddl_command_end", add.format("timestamptz")))
    guard.passes("CREATE TABLE t (id int)")
    guard.administer("DROP TABLE t", f"DROP EVENT TRIGGER {name}", f"DROP FUNCTION {name}")
    guard.administer(*event_trigger(name, "ddl_command_end", add.format("timestamp")))
    guard.refuses("CREATE TABLE t (id int)", adds=f"{TS} t.updated_at")


NAMED = "ALTER TABLE t ADD CONSTRAINT ck_t CHECK (id > 0)"
UNNAMED = "ALTER TABLE t ADD CHECK (id > 0)"


@pytest.mark.parametrize("name", ["a_first", "z_last"])
def test_another_event_trigger_that_adds_a_constraint(guard, name):
    """The statement inside answers for the name, once."""
    guard.administer(*event_trigger(name, "ddl_command_end", NAMED))
    guard.passes("CREATE TABLE t (id int)", "DROP TABLE t")
    guard.administer(f"DROP EVENT TRIGGER {name}", f"DROP FUNCTION {name}")
    guard.administer(*event_trigger(name, "ddl_command_end", UNNAMED))
    guard.configure(mode="warn").warns("CREATE TABLE t (id int)", adds=f"{UN} t.t_id_check")


@pytest.mark.parametrize("name", ["a_first", "z_last"])
@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end"])
def test_what_is_reported_inside_is_reported_once(guard, name, event):
    guard.prepare("CREATE TABLE other (id int)")
    add = "EXECUTE 'ALTER TABLE other ADD IF NOT EXISTS made timestamp'"
    guard.administer(*event_trigger(name, event, add))
    guard.configure(mode="warn").warns("CREATE TABLE t (id int)", adds=f"{TS} other.made")


def test_a_column_added_to_the_new_table_inside_is_reported_once(guard):
    guard.administer(*event_trigger("a_first", "ddl_command_end", "ALTER TABLE t ADD made timestamp"))
    guard.configure(mode="warn").warns("CREATE TABLE t (id int, seen timestamp)", adds=[f"{TS} t.made", f"{TS} t.seen"])


def test_another_event_trigger_that_fixes_before_commit(guard):
    fix = "EXECUTE 'CREATE INDEX IF NOT EXISTS ix ON child (c)'"
    guard.administer(*event_trigger("z_last", "ddl_command_end", fix))
    guard.passes(CHILD)


INSIDE_REFRESH = [
    ("column", "", "ALTER TABLE t ADD made timestamp", f"{TS} t.made"),
    ("index", "CREATE INDEX ix ON t (id)", "CREATE INDEX ix2 ON t (id)", "duplicate_index t.ix2"),
    ("name", "", 'ALTER TABLE t RENAME id TO "Id"', "misnamed_column t.Id"),
    ("constraint", "", "ALTER TABLE t ADD CHECK (id > 0)", f"{UN} t.t_id_check"),
    ("child", "CREATE TABLE c () INHERITS (t)", "ALTER TABLE t DROP id; ALTER TABLE t ADD a timestamp", f"{TS} t.a"),
    ("domain", "CREATE DOMAIN d AS int NOT NULL; ALTER TABLE t ADD n d", "ALTER DOMAIN d DROP NOT NULL", "nullable_column t.n"),
    ("drop", f"{CHILD}; CREATE INDEX ix ON child (c)", "DROP INDEX ix", f"{IX} child.fk"),
    ("comment", "COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE t IS NULL", "table_without_comment t"),
    ("comment_on_a_column", "COMMENT ON COLUMN t.id IS 'x'", "COMMENT ON COLUMN t.id IS NULL", "column_without_comment t.id"),
    ("sequence", "CREATE SEQUENCE s; ALTER TABLE t ALTER id SET DEFAULT nextval('s')", "ALTER SEQUENCE s OWNED BY t.id",
     "serial_column t.id"),
    ("default_of_a_sequence", "CREATE SEQUENCE s OWNED BY t.id", "ALTER TABLE t ALTER id SET DEFAULT nextval('s')",
     "serial_column t.id"),
    ("schema", "CREATE TABLE old.o (made timestamp)", "ALTER SCHEMA old RENAME TO new",
     f"{TS} new.o.made"),
]  # fmt: skip


def refresh(guard, *inside):
    """Makes a materialized view whose query runs these statements, and gives the statement that refreshes it."""
    body = "; ".join(f"EXECUTE $do${statement}$do$" for statement in inside)
    in_public = "VOLATILE SET search_path = public"
    guard.prepare(function(body, volatility=in_public), "CREATE MATERIALIZED VIEW m AS SELECT f() AS id WITH NO DATA")
    return "REFRESH MATERIALIZED VIEW m"


@cases.parametrize("setup, inside, violation", INSIDE_REFRESH)
def test_inside_of_a_refresh(guard, setup, inside, violation):
    """PostgreSQL collects no commands there."""
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app", "CREATE SCHEMA old AUTHORIZATION app")
    guard.prepare("CREATE TABLE t (id int NOT NULL)", *setup.split("; "))
    guard.configure(exempt_schemas="old", duplicate_index="error", misnamed_column="error", nullable_column="error",
                    serial_column="error")  # fmt: skip
    if violation.startswith(("table_without_comment", "column_without_comment")):
        guard.check_only(violation.split()[0])
    guard.refuses(refresh(guard, *inside.split("; ")), adds=violation)


def test_good_ddl_inside_of_a_refresh(guard):
    guard.prepare("CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, CHECK (id > 0))")
    guard.passes(
        refresh(guard, "ALTER TABLE t ADD n int CONSTRAINT ck_t_n CHECK (n > 0)", "CREATE TABLE good (id int)",
                "CREATE INDEX ix ON t (n)", "ALTER TABLE t RENAME TO good2",
                "ALTER TABLE good2 ADD CONSTRAINT ck CHECK (n < 9), ADD CONSTRAINT uq UNIQUE (n, id)",
                "CREATE TABLE named (id int CONSTRAINT named_pkey PRIMARY KEY)",
                "ALTER TABLE named ADD CONSTRAINT named_id_check CHECK (id > 0)")  # fmt: skip
    )


COMMENTED = ["CONSTRAINT pk_t ON t", "TYPE e", "DOMAIN d", "CONSTRAINT d_check ON DOMAIN d", "FUNCTION g", "TRIGGER g ON t",
             "POLICY p ON t", "STATISTICS st", "MATERIALIZED VIEW m", "VIEW v", "SEQUENCE s", "INDEX pk_t",
             "COLUMN v.one"]  # fmt: skip


def test_comments_inside_of_a_refresh(guard):
    guard.prepare(
        "CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, n int)", "CREATE TYPE e AS ENUM ('a')",
        "CREATE DOMAIN d AS int CHECK (value > 0)", "CREATE VIEW v AS SELECT 1 AS one", "CREATE SEQUENCE s",
        "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION g()", "CREATE POLICY p ON t",
        "CREATE STATISTICS st ON id, n FROM t",
    )  # fmt: skip
    guard.passes(refresh(guard, *(f"COMMENT ON {what} IS 'x'" for what in COMMENTED)))


def test_a_drop_trigger_that_does_ddl(guard):
    guard.prepare("CREATE TABLE gone (id int)")
    guard.administer(
        *event_trigger("z_last", "sql_drop", "EXECUTE 'CREATE TABLE made_by_it (made timestamp)'", "DROP TABLE")
    )
    guard.refuses("DROP TABLE gone", adds=f"{TS} made_by_it.made")


def test_switched_on_in_the_middle_of_a_transaction(guard):
    """When the guard is switched on, what was made before in the transaction is not new."""
    guard.as_superuser().passes_in_transaction(
        "SET LOCAL guardrail.mode = off",
        CHILD,
        "ALTER TABLE child ADD made timestamp",
        "SET LOCAL guardrail.mode = enforce",
        "ALTER TABLE child ADD note text",
    )


def test_the_referenced_table_rebuilds_the_keys_that_refer_to_it(guard):
    guard.prepare("CREATE TABLE below (c bigint REFERENCES customers)")
    guard.passes("ALTER TABLE customers ALTER id TYPE int", "ALTER TABLE customers ALTER id TYPE bigint")


def test_a_long_transaction_of_many_savepoints(guard):
    guard.passes("BEGIN", CHILD)
    for number in range(100):
        guard.passes(f"SAVEPOINT s{number}", f"ALTER TABLE child ADD c{number} int")
    guard.passes("ROLLBACK TO s50", "RELEASE s0")
    guard.refuses("COMMIT", adds=f"{IX} child.fk")


def test_a_refusal_inside_that_was_undone(guard):
    """A function inside of a statement changes a table, is refused for it, and takes everything back."""
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    inside = """
        BEGIN
            ALTER TABLE z.x ALTER made TYPE timestamptz;
            BEGIN
                ALTER TABLE z.x ALTER made TYPE timestamp;
            EXCEPTION WHEN SQLSTATE '42R01' THEN NULL;
            END;
            RAISE 'undone';
        EXCEPTION WHEN raise_exception THEN NULL;
        END"""
    guard.prepare(function(inside), function("PERFORM public.f()", "g", "IMMUTABLE"))
    tables = "CREATE TABLE x (made timestamp) CREATE TABLE y (id int)"
    refusal = guard.session.expect_refusal(f"CREATE SCHEMA z {tables} CREATE INDEX i ON y ((g()))")
    assert str(refusal) == f"{TS} z.x.made"


@pytest.mark.parametrize("name", ["aaa_first", "zzz_last"])
def test_another_trigger_that_renames_constraints(guard, name):
    """A naming convention may be kept by a trigger. A name that it gives is a name."""
    function = """
        CREATE FUNCTION keep_names() RETURNS event_trigger LANGUAGE plpgsql AS $$
        DECLARE r record;
        BEGIN
            FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE conname = 't_id_check' LOOP
                EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO ck_id', r.t, r.conname);
            END LOOP;
        END $$"""
    trigger = f"CREATE EVENT TRIGGER {name} ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION keep_names()"
    guard.administer(function, trigger)
    guard.passes("CREATE TABLE t (id int, CONSTRAINT t_id_check CHECK (id > 0))")
    unnamed = "CREATE TABLE u (id int CONSTRAINT t_id_check CHECK (id > 0), CHECK (id < 9))"
    guard.refuses(unnamed, adds=f"{UN} u.u_id_check")


@pytest.mark.parametrize("name", ["a_first", "z_last"])
@pytest.mark.parametrize("in_transaction", [False, True])
def test_what_a_statement_leaves_to_the_commit_is_new_whoever_changes_the_table_inside(guard, name, in_transaction):
    guard.administer(*event_trigger(name, "ddl_command_end", "ALTER TABLE child ADD note text"))
    refuses = guard.refuses_at_commit if in_transaction else guard.refuses
    refuses(CHILD, adds=f"{IX} child.fk")


def test_a_function_inside_changes_the_new_table(guard):
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    guard.prepare(function("ALTER TABLE z.child ADD IF NOT EXISTS note text"), function("PERFORM public.f()", "g", "IMMUTABLE"))
    child = CHILD.replace("REFERENCES customers", "REFERENCES public.customers")
    index = "CREATE TABLE y (id int) CREATE INDEX i ON y ((public.g()))"
    guard.refuses(f"CREATE SCHEMA z {child} {index}", adds=f"{IX} z.child.fk")
