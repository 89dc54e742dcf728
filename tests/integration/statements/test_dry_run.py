"""guardrail.dry_run() says what SQL would be refused for, and leaves nothing behind."""

import catalog
import pytest
from dry import dry_error, dry_run

MODES = ["off", "warn", "enforce"]

GOOD = """
    CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, c bigint CONSTRAINT fk_a_c REFERENCES customers
        ON DELETE CASCADE);
    CREATE INDEX ix_a_c ON a (c);
    INSERT INTO customers VALUES (7, 7);
    INSERT INTO a VALUES (1, 7);
    SELECT * FROM a;
    DROP TABLE a;
"""

BAD = """-- The first statement stands in line 2.
CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, at timestamp);
/* not ; /* a ; statement */ */ ;
  -- CREATE TABLE x
CREATE TABLE b (id bigint CONSTRAINT pk_b PRIMARY KEY);
ALTER TABLE b
    ADD COLUMN c bigint CONSTRAINT fk_b_c REFERENCES customers ON DELETE CASCADE,
    ADD COLUMN d bigint CONSTRAINT fk_b_d REFERENCES customers; SELECT 1; CREATE TABLE k (x int)
"""
FOUND_IN_BAD = [
    "1:2 timestamp_without_time_zone a.at",
    "3:6 fk_without_index b.fk_b_c",
    "3:6 fk_without_index b.fk_b_d",
    "3:6 fk_without_on_delete b.fk_b_d",
    "5:8 table_without_primary_key k",
]
NO_KEY = "CREATE TABLE k (x int)"


@pytest.fixture(autouse=True)
def require_keys(guard):
    guard.configure(table_without_primary_key="error")


@pytest.mark.parametrize("mode", MODES)
def test_good_sql_has_no_rows(guard, mode):
    guard.configure(mode=mode)
    assert dry_run(guard.session, GOOD) == []


@pytest.mark.parametrize("mode", MODES)
def test_bad_statements_are_found_with_their_places(guard, mode):
    guard.configure(mode=mode)
    digest = catalog.digest(guard)
    assert sorted(dry_run(guard.session, BAD)) == FOUND_IN_BAD
    assert guard.session.take_messages() == []
    assert guard.session.last_violations() == []
    assert catalog.digest(guard) == digest
    assert guard.session.rows("SHOW guardrail.mode") == [(mode,)]


def test_windows_line_ends_count_once(guard):
    assert sorted(dry_run(guard.session, BAD.replace("\n", "\r\n"))) == FOUND_IN_BAD


def test_nothing_at_all(guard):
    for sql in ["", " ", ";;", "-- nothing", "/* ; */"]:
        assert dry_run(guard.session, sql) == []


def test_null_is_refused(guard):
    assert guard.session.expect_error("SELECT guardrail.dry_run(NULL)")[1] == 'argument "sql" must not be null'


def test_what_a_later_statement_mends_is_no_violation(guard):
    guard.prepare("CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, c bigint)")
    key = "ALTER TABLE a ADD CONSTRAINT fk_a_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE;"
    assert dry_run(guard.session, key) == ["1:1 fk_without_index a.fk_a_c"]
    assert dry_run(guard.session, f"{key} CREATE INDEX ix_a_c ON a (c)") == []


def test_the_commit_names_the_statement_that_has_added_it(guard):
    sql = """CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, c bigint);
        COMMENT ON TABLE a IS 'a';
        ALTER TABLE a ADD CONSTRAINT fk_a_c FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE;
        CREATE INDEX ix_a_c ON a (c);
        ALTER TABLE a ADD COLUMN d text;
        DROP INDEX ix_a_c;
        ALTER TABLE a RENAME CONSTRAINT fk_a_c TO fk_a_customer"""
    assert dry_run(guard.session, sql) == ["6:6 fk_without_index a.fk_a_customer"]


def test_legacy_tables_are_not_reported(guard):
    guard.prepare("CREATE TABLE old (at timestamp)")
    assert dry_run(guard.session, "ALTER TABLE old ADD COLUMN b text") == []


def test_what_a_transaction_has_left_to_do_is_not_reported(guard):
    session = guard.session
    session.run("BEGIN")
    session.run("CREATE TABLE k (x int)")
    assert dry_run(session, "ALTER TABLE k ADD COLUMN y text; CREATE TABLE l (x int)") == [
        "2:1 table_without_primary_key l"
    ]
    assert str(session.expect_refusal("COMMIT")) == "table_without_primary_key k"


def test_what_a_dry_run_mends_is_not_mended(guard):
    session = guard.session
    session.run("BEGIN")
    session.run(NO_KEY)
    assert dry_run(session, "ALTER TABLE k ADD CONSTRAINT pk_k PRIMARY KEY (x)") == []
    assert dry_run(session, "DROP TABLE k") == []
    assert str(session.expect_refusal("COMMIT")) == "table_without_primary_key k"


def test_fixes_are_those_of_enforce(guard):
    guard.configure(mode="off")
    sql = "SELECT rule, fix, fix_applies FROM guardrail.dry_run(%s)"
    found = guard.session.connection.execute(sql, (BAD,)).fetchall()
    applies = {rule: applies for rule, _, applies in found}
    assert applies["timestamp_without_time_zone"] == "instead"
    assert applies["fk_without_index"] == applies["table_without_primary_key"] == "same transaction"
    assert ("timestamp_without_time_zone", "at timestamp with time zone", "instead") in found


def test_the_settings_of_the_sql_hold(guard):
    guard.as_superuser()
    session = guard.session
    column = "CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, at timestamp)"
    assert dry_run(session, f"SET guardrail.mode = off; {column}") == []
    assert dry_run(session, f"SET guardrail.timestamp_without_time_zone = off; {column}") == []
    session.run("SET guardrail.mode = off")
    found = dry_run(session, f"RESET ALL; SET guardrail.mode = off; {column}")
    assert found == ["3:1 timestamp_without_time_zone a.at"]
    assert session.rows("SHOW guardrail.mode") == [("off",)]


def test_ways_to_make_a_table(guard):
    made = dry_run(
        guard.session,
        """CREATE TABLE a AS SELECT 1 AS x;
           SELECT 1 AS x INTO b;
           EXPLAIN ANALYZE CREATE TABLE c AS SELECT 1 AS x;
           DO $$ BEGIN CREATE TABLE d (x int); END $$;""",
    )
    assert made == [f"{at}:{at} table_without_primary_key {name}" for at, name in enumerate("abcd", 1)]


def test_deferred_triggers_are_judged_as_at_the_commit(guard):
    found = dry_run(
        guard.session,
        """CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN CREATE TABLE made (x int, at timestamp); RETURN NULL; END $$;
           CREATE CONSTRAINT TRIGGER make AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED
               FOR EACH ROW EXECUTE FUNCTION make();
           INSERT INTO customers VALUES (1, 1);
           CREATE TABLE k (x int)""",
    )
    assert found == [
        "4:6 table_without_primary_key k",
        "- timestamp_without_time_zone made.at",
        "- table_without_primary_key made",
    ]


def test_deferred_constraints_fail_as_at_the_commit(guard):
    guard.prepare(
        "CREATE TABLE a (id bigint CONSTRAINT pk_a PRIMARY KEY, c bigint CONSTRAINT fk_a_c REFERENCES customers"
        " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED); CREATE INDEX ix_a_c ON a (c)"
    )
    error = dry_error(guard.session, "INSERT INTO a VALUES (1, 5)")
    assert error.sqlstate == "23503"
    assert "COMMIT after the SQL given to guardrail.dry_run()" in error.diag.context
    assert dry_run(guard.session, "INSERT INTO a VALUES (1, 5); INSERT INTO customers VALUES (5, 5)") == []


def test_long_names_are_those_of_the_sql(guard):
    long = "t" + "x" * 70
    guard.check_only("identifier_too_long")
    session = guard.session
    sql = f"CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE {long} (id bigint PRIMARY KEY)"
    assert [line.split()[:2] for line in dry_run(session, sql)] == [["2:2", "identifier_too_long"]]
    assert dry_run(session, f"CREATE TABLE {long[:63]} (id bigint PRIMARY KEY)") == []
    quoted = sql.replace("'", "''")
    count = f"(SELECT count(*) FROM guardrail.dry_run('{quoted}'))"
    assert session.rows(f"SELECT {count}, {count}") == [(1, 1)]


def test_odd_names(guard):
    names = ['"a\nb"', '"semi;colon"', '"quo""te"', '"it\'s"', '"<b>"', '"\N{SNOWMAN}"', '"' + "x" * 63 + '"']
    sql = "\n".join(f"CREATE TABLE {name} (x int);" for name in names)
    found = guard.session.connection.execute(
        "SELECT statement, line, table_name FROM guardrail.dry_run(%s)", (sql,)
    ).fetchall()
    plain = [name[1:-1].replace('""', '"') for name in names]
    lines = [1, 3, 4, 5, 6, 7, 8]
    assert found == list(zip(range(1, 8), lines, plain, strict=True))


def test_a_loop_does_not_return_more_than_is_kept(guard):
    loop = "DO $$ BEGIN FOR i IN 1..70 LOOP EXECUTE format('CREATE TABLE t%s (%s)', i, (SELECT"
    loop += " string_agg(format('c%s timestamp', n), ', ') FROM generate_series(1, 150) n)); END LOOP; END $$"
    assert len(dry_run(guard.session, loop)) == 10_000
    warnings = [message.primary for message in guard.session.messages]
    assert warnings == ["guardrail.dry_run() returns only the first 10000 violations"]


# What cannot be run

REFUSED = {
    "BEGIN": "BEGIN",
    "START TRANSACTION": "START TRANSACTION",
    "COMMIT": "COMMIT",
    "END": "COMMIT",
    "ROLLBACK": "ROLLBACK",
    "ABORT": "ROLLBACK",
    "SAVEPOINT s": "SAVEPOINT",
    "ROLLBACK TO s": "ROLLBACK",
    "RELEASE s": "RELEASE",
    "PREPARE TRANSACTION 'x'": "PREPARE TRANSACTION",
    "COMMIT PREPARED 'x'": "COMMIT PREPARED",
    "CREATE INDEX CONCURRENTLY i ON customers (email)": "CREATE INDEX CONCURRENTLY",
    "DROP INDEX CONCURRENTLY i": "DROP INDEX CONCURRENTLY",
    "REINDEX TABLE CONCURRENTLY customers": "REINDEX CONCURRENTLY",
    "REINDEX SCHEMA public": "REINDEX",
    "VACUUM": "VACUUM",
    "VACUUM ANALYZE customers": "VACUUM",
    "CLUSTER": "CLUSTER",
    "CREATE DATABASE d": "CREATE DATABASE",
    "DROP DATABASE d": "DROP DATABASE",
    "CREATE TABLESPACE s LOCATION '/x'": "CREATE TABLESPACE",
    "DROP TABLESPACE s": "DROP TABLESPACE",
    "ALTER SYSTEM SET work_mem = '1MB'": "ALTER SYSTEM",
    "DISCARD ALL": "DISCARD ALL",
    "COPY customers FROM STDIN": "COPY FROM STDIN",
    "COPY customers TO STDOUT": "COPY TO STDOUT",
    "COPY customers TO '/x'": "COPY TO a file or with PROGRAM",
    "COPY customers FROM PROGRAM 'x'": "COPY TO a file or with PROGRAM",
    "PREPARE p AS SELECT 1": "PREPARE",
    "DEALLOCATE ALL": "DEALLOCATE ALL",
    "LOAD 'x'": "LOAD",
}


def expect_refused(session, sql, command):
    error = dry_error(session, f"CREATE SEQUENCE q;\n\n {sql};")
    assert error.sqlstate == "0A000", sql
    assert error.diag.message_primary == f"guardrail.dry_run() cannot run statement 2 (line 3): {command}"
    assert error.diag.message_detail and error.diag.message_hint


def test_what_cannot_be_run_is_named(guard):
    guard.as_superuser()
    for sql, command in REFUSED.items():
        expect_refused(guard.session, sql, command)
    # Nothing before it was run.
    assert guard.session.rows("SELECT FROM pg_class WHERE relname = 'q'") == []


def test_detaching_concurrently_cannot_be_run(guard, needs):
    needs(14)
    detach = "ALTER TABLE customers DETACH PARTITION p CONCURRENTLY"
    expect_refused(guard.session, detach, "ALTER TABLE DETACH PARTITION CONCURRENTLY")


def test_what_can_be_run(guard):
    guard.as_superuser()
    sql = """ANALYZE; REINDEX TABLE customers; LOCK customers; CLUSTER customers USING pk_customers; CHECKPOINT;
        CREATE MATERIALIZED VIEW m AS SELECT 1 AS x; CREATE UNIQUE INDEX i ON m (x);
        REFRESH MATERIALIZED VIEW CONCURRENTLY m; SET LOCAL work_mem = '1MB'; SET search_path = public;
        SHOW search_path; EXPLAIN SELECT 1; LISTEN x; NOTIFY x; DECLARE c CURSOR FOR SELECT 1; FETCH c; CLOSE c;
        CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; TRUNCATE customers; SET ROLE app; RESET ROLE"""
    assert dry_run(guard.session, sql) == []
    path = guard.session.rows("SHOW search_path")
    assert path == [('"$user", public',)]


def test_what_only_running_tells_is_postgresqls_error(guard, needs):
    needs(14)
    guard.prepare("CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE INDEX i ON p (x)")
    error = dry_error(guard.session, "SELECT 1; REINDEX TABLE p")
    assert error.sqlstate == "25001"
    assert error.diag.context.endswith("statement 2 (line 1) of the SQL given to guardrail.dry_run()")


# Errors of the SQL


def test_an_error_is_returned_as_it_is(guard):
    digest = catalog.digest(guard)
    sql = "CREATE TABLE a (x int CONSTRAINT ck CHECK (x > 0));\n-- c\nINSERT INTO a\nVALUES (0)"
    diag = dry_error(guard.session, sql).diag
    assert (diag.sqlstate, diag.table_name, diag.constraint_name) == ("23514", "a", "ck")
    assert diag.message_primary == 'new row for relation "a" violates check constraint "ck"'
    assert diag.message_detail == "Failing row contains (0)."
    assert diag.context.endswith("statement 2 (line 3) of the SQL given to guardrail.dry_run()")
    assert catalog.digest(guard) == digest


def test_an_error_points_into_its_statement(guard):
    diag = dry_error(guard.session, "SELECT 1;\nSELECT\n nonsense FROM customers").diag
    assert diag.sqlstate == "42703"
    assert (diag.statement_position, diag.internal_position) == (None, "9")
    assert diag.internal_query == "SELECT\n nonsense FROM customers"


def test_an_error_of_the_syntax_has_its_line(guard):
    diag = dry_error(guard.session, "CREATE TABLE \"\N{SNOWMAN}\" (x int);\n\nCREATE TABEL b").diag
    assert diag.sqlstate == "42601"
    assert diag.message_primary == 'syntax error at or near "TABEL"'
    assert diag.context == "line 3 of the SQL given to guardrail.dry_run()"
    assert (diag.statement_position, diag.internal_position) == (None, "35")
    assert dry_error(guard.session, "SELECT 1;\n\\d").sqlstate == "42601"
    assert dry_error(guard.session, "\nSELECT (").diag.context == "line 2 of the SQL given to guardrail.dry_run()"


def test_an_error_ends_the_transaction_as_any_other(guard):
    session = guard.session
    dry_error(session, "SELECT 1/0")
    assert session.transaction_status() == "IDLE"
    session.run("BEGIN")
    dry_error(session, "SELECT 1/0")
    assert session.transaction_status() == "INERROR"
    session.run("ROLLBACK")
    guard.passes("CREATE SEQUENCE q")


# Who may, and where


def test_it_has_the_rights_of_the_caller(guard):
    stranger = guard.connect("stranger")
    assert dry_run(stranger, NO_KEY) == ["1:1 table_without_primary_key k"]
    assert dry_error(stranger, "ALTER TABLE customers ADD COLUMN x int").sqlstate == "42501"
    assert dry_error(stranger, "CREATE ROLE r").sqlstate == "42501"


def test_an_exempt_role_is_exempt(guard):
    guard.configure(exempt_roles="app")
    assert dry_run(guard.session, BAD) == []


def test_where_nothing_would_be_checked_it_says_so(guard):
    guard.administer("ALTER EVENT TRIGGER pg_guardrail_ddl_command_end DISABLE")
    error = dry_error(guard.session, NO_KEY)
    guard.administer("ALTER EVENT TRIGGER pg_guardrail_ddl_command_end ENABLE")
    assert error.sqlstate == "55000"
    assert error.diag.message_primary == "guardrail.dry_run() would check nothing"
    guard.as_superuser().session.run("SET session_replication_role = replica")
    assert dry_error(guard.session, NO_KEY).diag.message_primary == "guardrail.dry_run() would check nothing"


def test_in_a_read_only_transaction(guard):
    session = guard.session
    session.run("BEGIN READ ONLY")
    assert dry_error(session, NO_KEY).sqlstate == "25006"
    session.run("ROLLBACK")


def test_in_a_dry_run(guard):
    error = dry_error(guard.session, f"SELECT guardrail.dry_run('{NO_KEY}')")
    assert error.diag.message_primary == "guardrail.dry_run() cannot be called in a dry run"


def test_the_extension_may_go(guard):
    guard.as_superuser()
    drop = "DROP EXTENSION pg_guardrail CASCADE"
    assert dry_run(guard.session, f"{NO_KEY}; {drop}; CREATE TABLE l (at timestamp)") == []
    disable = "ALTER EVENT TRIGGER pg_guardrail_ddl_command_end DISABLE"
    found = dry_run(guard.session, f"CREATE TABLE l (at timestamp CONSTRAINT pk_l PRIMARY KEY); {disable}; {NO_KEY}")
    assert found == ["1:1 timestamp_without_time_zone l.at"]
    assert dry_run(guard.session, NO_KEY) == ["1:1 table_without_primary_key k"]
