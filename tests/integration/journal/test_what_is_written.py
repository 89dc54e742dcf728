"""Which violations are written to the journal, once each, in the transaction that they are about."""

import cases
import guard as guard_module
import pytest
from dry import dry_run
from entries import entries

TS = "timestamp_without_time_zone"
UN = "unnamed_constraint"
IX = "fk_without_index"

BAD = "CREATE TABLE t (made timestamp)"
MADE = f"CREATE TABLE: {TS} t.made (error)"
KEY = "CONSTRAINT fk REFERENCES customers ON DELETE CASCADE"
CHILD = f"CREATE TABLE child (c bigint {KEY})"
MISSING = f"COMMIT: {IX} child.fk (error)"


@pytest.fixture
def kept(guard):
    """A database in mode warn that keeps a journal."""
    return guard.configure(mode="warn", journal="on")


def run(guard, *statements):
    for sql in statements:
        guard.session.run(sql)
    guard.session.take_messages()


def test_nothing_is_written_by_default(guard):
    guard.configure(mode="warn")
    run(guard, BAD, CHILD)
    assert entries(guard) == []


def test_what_is_clean_is_not_written(kept):
    kept.passes("CREATE TABLE good (id int)", "ALTER TABLE good ADD note text", "DROP TABLE good")
    assert kept.observe("SELECT is_called FROM guardrail.journal_id_seq") == [(False,)]


@pytest.mark.parametrize("level", ["notice", "warning", "error"])
def test_what_is_let_through(kept, level):
    kept.configure(timestamp_without_time_zone=level, fk_without_index=level)
    run(kept, BAD, CHILD)
    assert entries(kept) == [MADE.replace("error", level), MISSING.replace("error", level)]


def test_the_columns(kept):
    run(kept, "SET application_name = 'migrate 7'", BAD)
    ((entry,),) = kept.observe("SELECT to_jsonb(journal) FROM guardrail.journal")
    ((fingerprint, message),) = kept.session.rows("SELECT fingerprint, message FROM guardrail.last_violations()")
    assert entry.pop("id") == 1
    ((is_recent,),) = kept.observe("SELECT now() - written_at BETWEEN '0' AND '1 min' FROM guardrail.journal")
    assert entry.pop("written_at") and is_recent
    assert entry == {
        "session_user_name": "app",
        "current_user_name": "app",
        "application_name": "migrate 7",
        "tag": "CREATE TABLE",
        "rule": TS,
        "level": "error",
        "object_kind": "column",
        "schema_name": "public",
        "table_name": "t",
        "object_name": "made",
        "fingerprint": fingerprint,
        "message": message,
        "exemption": None,
    }


def test_users(kept):
    """The session's user, and the one whose rights the statement had."""
    kept.administer("GRANT stranger TO app", "GRANT CREATE ON SCHEMA public TO stranger")
    kept.prepare(
        "CREATE FUNCTION make(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
        " AS $$ BEGIN EXECUTE format('CREATE TABLE %I (made timestamp)', name); END $$"
    )
    run(kept, "CREATE TABLE a (made timestamp)", "SET ROLE stranger", "CREATE TABLE b (made timestamp)", "SELECT make('c')")
    users = "SELECT table_name, session_user_name, current_user_name FROM guardrail.journal ORDER BY id"
    assert kept.observe(users) == [("a", "app", "app"), ("b", "app", "stranger"), ("c", "app", "app")]
    kept.administer("REVOKE stranger FROM app", "REVOKE CREATE ON SCHEMA public FROM stranger")


# What is exempt


def exempt(guard, *arguments):
    call = ", ".join(f"'{argument}'" for argument in arguments)
    return guard.observe(f"SELECT guardrail.exempt({call}, reason => 'why')")[0][0]


@pytest.mark.parametrize("mode", ["warn", "enforce"])
def test_what_is_exempt(kept, mode):
    kept.configure(mode=mode)
    exempt(kept, UN, "t")
    of_column, of_key = exempt(kept, TS, "t", "made"), exempt(kept, IX, "child")
    kept.passes(BAD, CHILD)
    assert entries(kept) == [f"{MADE} exempt {of_column}", f"{MISSING} exempt {of_key}"]
    assert kept.session.last_violations() == []
    fingerprints = kept.observe("SELECT fingerprint FROM guardrail.journal ORDER BY 1")
    audited = "SELECT fingerprint FROM guardrail.audit('public', 't|child') WHERE status = 'exempt' ORDER BY 1"
    assert kept.observe(audited) == fingerprints


def test_what_is_exempt_beside_what_is_not(kept):
    id = exempt(kept, TS, "t", "made")
    run(kept, "CREATE TABLE t (made timestamp, sent timestamp)")
    assert sorted(entries(kept)) == [f"{MADE} exempt {id}", f"CREATE TABLE: {TS} t.sent (error)"]


def test_of_several_exemptions_one_is_named(kept):
    exempt(kept, TS, "t", "made")
    exempt(kept, "*", "t")
    kept.passes(BAD)
    (entry,) = entries(kept)
    assert entry in (f"{MADE} exempt 1", f"{MADE} exempt 2")


@pytest.mark.parametrize("setting", ["exempt_tables", "exempt_schemas"])
def test_what_a_setting_exempts_is_not_checked(kept, setting):
    kept.configure(**{setting: "t, public"}).passes(BAD)
    kept.configure(exempt_schemas="", exempt_tables="", exempt_roles="app").passes("CREATE TABLE u (made timestamp)")
    assert entries(kept) == []


def test_a_list_is_one_entry(kept):
    kept.check_only("identifier_needs_quotes")
    id = exempt(kept, "identifier_needs_quotes", "t")
    kept.passes('CREATE TABLE t ("A" int, "B" int)')
    run(kept, 'CREATE TABLE u ("A" int, "B" int)')
    (of_t, of_u) = entries(kept)
    assert of_t.endswith(f"exempt {id}")
    assert "exempt" not in of_u


def test_what_is_found_before_the_statement(kept):
    """It is written when the statement has ended, and so is what is exempt, with the table that it is about."""
    kept.prepare("CREATE TABLE filled AS SELECT 1 AS id", "CREATE TABLE other AS SELECT 1 AS id")
    kept.configure(preset="none", destructive_change="warning", direct_ddl="warning", ddl_applications="migrate")
    id = exempt(kept, "direct_ddl", "other")
    run(kept, "DROP TABLE filled", "ALTER TABLE other ADD note text")
    assert sorted(entries(kept)) == [
        f"ALTER TABLE: direct_ddl other (warning) exempt {id}",
        "DROP TABLE: destructive_change filled (warning)",
        "DROP TABLE: direct_ddl filled (warning)",
    ]
    run(kept, "COMMENT ON TABLE other IS 'x'", "GRANT SELECT ON other TO stranger")
    assert {entry.split(":")[0] for entry in entries(kept)} <= {"ALTER TABLE", "DROP TABLE", "COMMENT", "GRANT"}
    # What fails by itself has done nothing.
    before = entries(kept)
    kept.session.expect_error("DROP TABLE customers, missing")
    assert entries(kept) == before


# Transactions


ROLLED_BACK = [
    ("transaction", ["BEGIN", BAD, CHILD, "ROLLBACK"]),
    ("savepoint", ["BEGIN", "SAVEPOINT s", BAD, CHILD, "ROLLBACK TO s", "COMMIT"]),
    ("exception", ["DO $$ BEGIN CREATE TABLE t (made timestamp); PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN END $$"]),
    ("prepared", ["BEGIN", BAD, CHILD, "PREPARE TRANSACTION 'x'", "ROLLBACK PREPARED 'x'"]),
]


@cases.parametrize("statements", ROLLED_BACK)
def test_it_is_rolled_back_with_what_it_is_about(kept, statements):
    run(kept, *statements)
    assert entries(kept) == []


KEPT = [
    ("transaction", ["BEGIN", BAD, CHILD, "COMMIT"]),
    ("savepoint", ["BEGIN", "SAVEPOINT s", BAD, "RELEASE s", CHILD, "SAVEPOINT s", "COMMIT"]),
    ("prepared", ["BEGIN", BAD, CHILD, "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'"]),
    ("one_message", [f"{BAD}; {CHILD}"]),
    ("function", ["DO $$ BEGIN CREATE TABLE t (made timestamp); " + CHILD + "; EXCEPTION WHEN OTHERS THEN END $$"]),
    ("procedure", ["DO $$ BEGIN CREATE TABLE t (made timestamp); " + CHILD + "; COMMIT; CREATE TABLE u (id int); END $$"]),
    ("serializable", ["BEGIN ISOLATION LEVEL SERIALIZABLE", BAD, CHILD, "COMMIT"]),
    ("repeatable", ["BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT 1", BAD, CHILD, "COMMIT"]),
]  # fmt: skip


@cases.parametrize("statements", KEPT)
def test_it_is_committed_with_what_it_is_about(kept, statements):
    run(kept, *statements)
    assert entries(kept) == [MADE, MISSING]


def test_what_a_refused_transaction_was_told_is_gone(kept):
    kept.configure(mode="enforce", timestamp_without_time_zone="warning")
    run(kept, "BEGIN", BAD, CHILD)
    kept.session.expect_refusal("COMMIT")
    kept.session.expect_refusal("CREATE TABLE u (made timestamp, UNIQUE (made))")
    assert entries(kept) == []


def test_a_deferred_trigger(kept):
    """It makes a table in the middle of the commit."""
    kept.prepare(
        "CREATE TABLE source (id int)",
        f"CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {BAD}; {CHILD}; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON source DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION make()",
    )
    run(kept, "INSERT INTO source VALUES (1)")
    assert entries(kept) == [MADE, MISSING]


def test_a_transaction_that_became_read_only(kept):
    """There is nothing to write to any more, and that is no error."""
    run(kept, "BEGIN", CHILD, "SET TRANSACTION READ ONLY")
    kept.session.run("COMMIT")
    assert [message.severity for message in kept.session.take_messages()] == ["WARNING"]
    assert kept.session.messages == []
    assert entries(kept) == []


def test_a_dry_run_writes_nothing(kept):
    exempt(kept, TS, "u")
    assert dry_run(kept.session, f"{BAD}; CREATE TABLE u (made timestamp)") == [f"1:1 {TS} t.made"]
    assert entries(kept) == []


# Ways in which statements are run


NESTED = [
    ("schema", ["CREATE SCHEMA s AUTHORIZATION app CREATE TABLE t (made timestamp)"]),
    ("function", ["CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN CREATE TABLE s.t (made timestamp); RETURN 1; END'",
        "CREATE SCHEMA s", "CREATE TABLE u AS SELECT f()"]),
    ("explain", ["CREATE SCHEMA s", "EXPLAIN ANALYZE CREATE TABLE s.t AS SELECT now()::timestamp AS made"]),
]  # fmt: skip


@cases.parametrize("statements", NESTED)
@pytest.mark.parametrize("is_exempt", [False, True])
def test_a_statement_in_another_is_written_once(kept, statements, is_exempt):
    kept.administer(f"GRANT CREATE ON DATABASE {kept.dbname} TO app")
    if is_exempt:
        kept.administer("INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', 's.t', 'why')")
    # EXPLAIN does not load the library.
    run(kept, "CREATE TABLE good (id int)", *statements)
    (entry,) = entries(kept)
    assert entry.partition(": ")[2].startswith(f"{TS} s.t.made (error)")
    assert ("exempt" in entry) == is_exempt


def test_another_event_trigger_runs_ddl(kept):
    """What the inner statement is told is not written once more for the outer one."""
    kept.administer(
        "CREATE FUNCTION follow() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF to_regclass('t') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute WHERE attname = 'x1')"
        " THEN ALTER TABLE t ADD x1 timestamp; END IF; END $$",
        "CREATE EVENT TRIGGER a_follow ON ddl_command_end EXECUTE FUNCTION follow()",
    )
    try:
        exempt(kept, TS, "t", "x1")
        run(kept, BAD)
        assert sorted(entries(kept)) == [f"ALTER TABLE: {TS} t.x1 (error) exempt 1", MADE]
    finally:
        kept.administer("DROP EVENT TRIGGER a_follow", "DROP FUNCTION follow()")


INDEX = "CREATE INDEX CONCURRENTLY two ON t (a)"


@pytest.mark.parametrize("is_exempt", [False, True])
def test_create_index_concurrently(kept, is_exempt):
    kept.prepare("CREATE TABLE t (a int)", "CREATE INDEX one ON t (a)")
    kept.check_only("duplicate_index").configure(mode="warn")
    if is_exempt:
        exempt(kept, "duplicate_index", "t")
    run(kept, INDEX)
    behind = " exempt 1" if is_exempt else ""
    assert entries(kept) == [f"CREATE INDEX: duplicate_index t.two (notice){behind}"]


def test_create_index_concurrently_that_fails(kept):
    kept.prepare("CREATE TABLE t (a int)", "CREATE INDEX one ON t (a)", "INSERT INTO t VALUES (1), (1)")
    kept.check_only("duplicate_index").configure(mode="warn")
    kept.session.expect_error(INDEX.replace("CREATE", "CREATE UNIQUE"))
    kept.session.expect_error(f"BEGIN; {INDEX}; COMMIT")
    assert entries(kept) == []


@pytest.mark.parametrize("is_exempt", [False, True])
def test_drop_index_concurrently(kept, is_exempt):
    """It must be the first to write in its transaction."""
    kept.prepare(CHILD, "CREATE INDEX ix ON child (c)")
    if is_exempt:
        exempt(kept, IX, "child")
    run(kept, "DROP INDEX CONCURRENTLY ix")
    behind = " exempt 1" if is_exempt else ""
    assert entries(kept) == [f"DROP INDEX: {IX} child.fk (error){behind}"]
    assert kept.observe("SELECT FROM pg_class WHERE relname = 'ix'") == []


@pytest.mark.parametrize("is_exempt", [False, True])
def test_detach_concurrently(kept, needs, is_exempt):
    """The partition no longer has the index of a key beside it, so that it answers for its own."""
    needs(14)
    kept.prepare(
        f"CREATE TABLE p (c bigint {KEY}, id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
    )
    kept.check_only(IX).configure(mode="warn", exempt_tables="p")
    if is_exempt:
        exempt(kept, IX, "p1")
    run(kept, "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY")
    behind = " exempt 1" if is_exempt else ""
    assert entries(kept) == [f"ALTER TABLE: {IX} p1.fk (error){behind}"]


def test_other_forms_that_commit_on_their_way(kept):
    kept.prepare("CREATE TABLE t (a int PRIMARY KEY)", "CREATE MATERIALIZED VIEW v AS TABLE t", "CREATE UNIQUE INDEX ON v (a)")
    kept.configure(preset="none", direct_ddl="warning", ddl_applications="migrate")
    run(kept, "REINDEX TABLE CONCURRENTLY t", "REINDEX INDEX t_pkey", "REFRESH MATERIALIZED VIEW CONCURRENTLY v", "CLUSTER t USING t_pkey",
        "VACUUM t", "DROP INDEX CONCURRENTLY v_a_idx")  # fmt: skip
    tags = {entry.split(":")[0] for entry in entries(kept)}
    assert "DROP INDEX" in tags
    assert kept.observe("SELECT FROM pg_class WHERE relname = 'v_a_idx'") == []


def test_all_are_written_not_only_those_that_are_shown(kept):
    kept.configure(max_messages="1")
    columns = ", ".join(f"c{number} timestamp" for number in range(1500))
    kept.session.run(f"CREATE TABLE t ({columns})")
    assert len(kept.session.take_messages()) == 3, "one, how many more, and that not all are remembered"
    assert kept.observe("SELECT count(*), count(DISTINCT object_name) FROM guardrail.journal") == [(1500, 1500)]


def test_two_sessions(kept):
    """They write at the same time, and neither waits for the other."""
    others = [kept.connect() for _ in range(2)]
    for number, session in enumerate(others):
        session.run("SET lock_timeout = '2s'")
        session.run("BEGIN ISOLATION LEVEL SERIALIZABLE")
        session.run(f"CREATE TABLE t{number} (made timestamp)")
    kept.administer("SELECT guardrail.prune_journal()")
    for session in others:
        session.run("COMMIT")
    assert sorted(entries(kept)) == [f"CREATE TABLE: {TS} t{number}.made (error)" for number in range(2)]


HOSTILE = ['"; DROP', "a'b", "a\\u0000\\n", "line\nbreak", "tab\t", "äöü🔒", "\u202eright to left", "x" * 63]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_odd_names(kept, name):
    quoted = name.replace('"', '""')
    run(kept, f'CREATE TABLE "{quoted}" ("{quoted}" timestamp)')
    assert kept.observe("SELECT table_name, object_name FROM guardrail.journal") == [(name, name)]


def test_a_hostile_search_path(kept):
    kept.prepare(
        "CREATE FUNCTION public.jsonb_to_recordset(jsonb) RETURNS SETOF record LANGUAGE plpgsql"
        " AS 'BEGIN RAISE EXCEPTION ''mine''; END'",
        "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''mine''; END'",
    )
    run(kept, "SET search_path = public, pg_catalog", BAD)
    assert entries(kept) == [MADE]


def test_a_database_in_latin1(cluster):
    with cluster.connect("postgres") as admin:
        admin.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        admin.execute("ALTER DATABASE latin SET guardrail.journal = on")
    guard = guard_module.Guard(cluster, "latin").as_superuser()
    try:
        guard.administer("CREATE EXTENSION pg_guardrail")
        run(guard, 'CREATE TABLE "täble" ("mäde" timestamp, id int CONSTRAINT pk PRIMARY KEY)')
        assert entries(guard) == [f"CREATE TABLE: {TS} täble.mäde (error)"]
    finally:
        guard.close()
        cluster.drop_database("latin")


# When it cannot be written


def test_an_older_sql_has_no_journal(old):
    old.configure(mode="warn", journal="on")
    for sql in (BAD, CHILD):
        old.session.run(sql)
    assert [message.rule for message in old.session.take_messages()] == [TS, IX]


def test_somebody_locks_the_journal(kept):
    """A time-out comes through as it is."""
    holder = kept.connect("postgres")
    holder.run("BEGIN; LOCK TABLE guardrail.journal IN ACCESS EXCLUSIVE MODE")
    kept.session.run("SET lock_timeout = '100ms'")
    assert kept.session.expect_error(BAD)[0] == "55P03"
    kept.passes("CREATE TABLE good (id int)")
    holder.run("ROLLBACK")


@pytest.mark.parametrize("mode", ["warn", "enforce"])
def test_it_cannot_be_written_to(own, mode):
    """That is a failure of the checks: a warning in mode warn, an error in mode enforce."""
    own.administer("ALTER TABLE guardrail.journal ADD CONSTRAINT no CHECK (false)")
    own.configure(mode=mode, journal="on", timestamp_without_time_zone="warning")
    if mode == "warn":
        own.session.run(BAD)
        assert own.observe("SELECT to_regclass('t') IS NOT NULL") == [(True,)]
        (message,) = own.session.messages
        assert message.primary.startswith("pg_guardrail failed: new row for relation \"journal\" violates")
    else:
        assert "pg_guardrail failed" in own.session.expect_error(BAD)[1]


def test_a_trigger_that_runs_ddl(own):
    """A superuser has put it there. What it makes is reported, but not written, or it would never end."""
    own.administer(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " EXECUTE format('CREATE TABLE copy%s (made timestamp)', NEW.id);"
        " IF NEW.table_name = 'bad' THEN PERFORM 1 / 0; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER follow AFTER INSERT ON guardrail.journal FOR EACH ROW EXECUTE FUNCTION follow()",
    )
    own.configure(mode="warn", journal="on").as_superuser()
    run(own, "CREATE TABLE bad (made timestamp)")
    assert entries(own) == []
    run(own, BAD)
    assert entries(own) == [MADE]
    assert own.observe("SELECT count(*) FROM pg_class WHERE relname LIKE 'copy%'") == [(1,)]
