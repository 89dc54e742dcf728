"""Who may do what with the objects of the extension. The owner of the database is an ordinary user here."""

import pytest
import releases

FOR_EVERYONE = """
    assert_clean audit dry_run explain export_frozen is_exemption last_violations list_rules list_statements
    list_unused_exemptions render report
""".split()
FOR_SUPERUSERS = "exempt freeze import_frozen prune_journal thaw".split()
# Nobody can call them by hand, and only superusers can make an event trigger that calls them.
OF_EVENT_TRIGGERS = "ddl_command_end ddl_command_start sql_drop".split()
USERS = ["app", "stranger"]

CALLS = [
    "guardrail.exempt('*', 'customers', NULL, 'why')",
    "guardrail.freeze()",
    "guardrail.thaw()",
    "guardrail.import_frozen('')",
    "guardrail.prune_journal()",
]
READS = [
    "SELECT * FROM guardrail.audit()",
    "SELECT guardrail.assert_clean()",
    "SELECT * FROM guardrail.dry_run('SELECT 1')",
    "SELECT guardrail.explain('fk_without_index')",
    "SELECT guardrail.export_frozen()",
    "SELECT guardrail.is_exemption('*', 'a', NULL, 'why')",
    "SELECT * FROM guardrail.last_violations()",
    "SELECT * FROM guardrail.list_rules()",
    "SELECT * FROM guardrail.list_statements('SELECT 1')",
    "SELECT * FROM guardrail.list_unused_exemptions()",
    "SELECT * FROM guardrail.render('text', '')",
    "SELECT * FROM guardrail.report()",
    "TABLE guardrail.exemptions",
    "TABLE guardrail.frozen",
    "TABLE guardrail.rules",
    "TABLE guardrail.unused_exemptions",
]
WRITES = [
    "INSERT INTO guardrail.exemptions (rule, relation, reason) VALUES ('*', '.*', 'why')",
    "UPDATE guardrail.exemptions SET expires_at = NULL",
    "DELETE FROM guardrail.exemptions",
    "TRUNCATE guardrail.exemptions",
    "SELECT * FROM guardrail.exemptions FOR UPDATE",
    "DO $$ BEGIN LOCK TABLE guardrail.exemptions IN ACCESS EXCLUSIVE MODE; END $$",
    "COPY guardrail.frozen FROM STDIN",
    "TABLE guardrail.journal",
    "SELECT count(*) FROM guardrail.journal",
    "COPY guardrail.journal TO STDOUT",
    "INSERT INTO guardrail.journal DEFAULT VALUES",
    "UPDATE guardrail.journal SET message = ''",
    "DELETE FROM guardrail.journal",
    "TRUNCATE guardrail.journal",
    "SELECT nextval('guardrail.journal_id_seq')",
    "CREATE TABLE heir_of_journal () INHERITS (guardrail.journal)",
    "DELETE FROM guardrail.frozen",
    "UPDATE guardrail.unused_exemptions SET cause = 'mine'",
    "INSERT INTO guardrail.rules VALUES ('mine')",
    "SELECT nextval('guardrail.exemptions_id_seq')",
    "SELECT setval('guardrail.exemptions_id_seq', 1)",
    "ALTER TABLE guardrail.exemptions DISABLE TRIGGER ALL",
    "CREATE TRIGGER x BEFORE INSERT ON guardrail.exemptions EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE x AS ON INSERT TO guardrail.frozen DO INSTEAD NOTHING",
    "ALTER TABLE guardrail.frozen ENABLE ROW LEVEL SECURITY",
    "CREATE TABLE heir () INHERITS (guardrail.exemptions)",
    "CREATE TABLE key (f text REFERENCES guardrail.frozen)",
    "CREATE TABLE guardrail.mine (id int)",
    "CREATE FUNCTION guardrail.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE guardrail.exemptions",
    "DROP FUNCTION guardrail.thaw()",
    "ALTER SCHEMA guardrail RENAME TO mine",
    "DROP SCHEMA guardrail CASCADE",
    "GRANT EXECUTE ON FUNCTION guardrail.thaw() TO app",
    "ALTER EXTENSION pg_guardrail DROP TABLE guardrail.exemptions",
    "DROP EVENT TRIGGER pg_guardrail_sql_drop",
    "CREATE EVENT TRIGGER mine ON sql_drop EXECUTE FUNCTION guardrail.sql_drop()",
    "SELECT pg_catalog.pg_extension_config_dump('guardrail.frozen', 'WHERE false')",
]
# What PostgreSQL says where it is not a matter of rights: the call is not in a script; a view cannot be written to.
OTHER_ERRORS = {sql: "55000" for sql in WRITES if "unused_exemptions" in sql or "guardrail.rules" in sql}
OTHER_ERRORS[WRITES[-1]] = "0A000"


def test_functions(guard):
    granted = guard.observe(
        "SELECT proname, has_function_privilege('app', oid, 'EXECUTE'),"
        " has_function_privilege('stranger', oid, 'EXECUTE'), prosecdef, proconfig"
        " FROM pg_proc WHERE pronamespace = 'guardrail'::regnamespace ORDER BY 1"
    )
    may = [*FOR_EVERYONE, *OF_EVENT_TRIGGERS]
    assert granted == [(name, name in may, name in may, False, None) for name in sorted([*may, *FOR_SUPERUSERS])]


def test_tables_and_views(guard):
    """Everyone may read all of it but the journal, and do nothing else."""
    kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    kinds += ["MAINTAIN"] if guard.version >= 17 else []
    granted = guard.observe(
        "SELECT relname, array_agg(DISTINCT kind) FROM pg_class, unnest(ARRAY['app', 'stranger']) AS role,"
        f" unnest(ARRAY{kinds}) AS kind WHERE relnamespace = 'guardrail'::regnamespace AND relkind IN ('r', 'v')"
        " AND has_table_privilege(role, pg_class.oid, kind) GROUP BY 1 ORDER BY 1"
    )
    assert granted == [(name, ["SELECT"]) for name in ("exemptions", "frozen", "rules", "unused_exemptions")]
    assert guard.observe(
        "SELECT 1 FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'guardrail'::regnamespace AND attacl IS NOT NULL"
    ) == []  # fmt: skip


def test_the_sequences_and_the_schema(guard):
    """The sequences can be read, or only superusers could dump the database."""
    granted = guard.observe(
        "SELECT relname, kind FROM pg_class, unnest(ARRAY['SELECT', 'USAGE', 'UPDATE']) AS kind"
        " WHERE relnamespace = 'guardrail'::regnamespace AND relkind = 'S'"
        " AND has_sequence_privilege('app', pg_class.oid, kind) ORDER BY 1"
    )
    assert granted == [("exemptions_id_seq", "SELECT")]
    granted = guard.observe(
        "SELECT kind FROM unnest(ARRAY['USAGE', 'CREATE']) AS kind WHERE has_schema_privilege('app', 'guardrail', kind)"
    )
    assert granted == [("USAGE",)]


@pytest.mark.parametrize("user", USERS)
def test_what_everyone_may(guard, user):
    session = guard.connect(user)
    for sql in READS:
        session.run(sql)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("sql", [*(f"SELECT {call}" for call in CALLS), *WRITES])
def test_what_an_ordinary_user_may_not(guard, user, sql):
    sqlstate, text = guard.connect(user).expect_error(sql)
    assert sqlstate == OTHER_ERRORS.get(sql, "42501"), text


@pytest.mark.parametrize("function", OF_EVENT_TRIGGERS)
def test_functions_of_event_triggers_cannot_be_called(guard, function):
    error = ("39P03", f"function guardrail.{function}() can be called by event triggers only")
    assert guard.session.expect_error(f"SELECT guardrail.{function}()") == error


def test_what_is_granted_works_and_nothing_else(guard):
    """EXECUTE is enough: the tables need not be opened, and who did it is written down."""
    for function in FOR_SUPERUSERS:
        guard.administer(f"GRANT EXECUTE ON FUNCTION guardrail.{function} TO app")
    for call in CALLS:
        guard.session.run(f"SELECT {call}")
    assert guard.session.rows("SELECT created_by FROM guardrail.exemptions") == [("app",)]
    # Who may call a function may try to pass that on, but for a warning nothing comes of it.
    pass_on = "GRANT EXECUTE ON FUNCTION guardrail.thaw() TO app"
    guard.session.run(pass_on.replace("app", "stranger"))
    for sql in WRITES:
        if sql == pass_on:
            continue
        assert guard.session.expect_error(sql)[0] == OTHER_ERRORS.get(sql, "42501"), sql
    for call in CALLS:
        assert guard.connect("stranger").expect_error(f"SELECT {call}")[0] == "42501", call
    for function in FOR_SUPERUSERS:
        guard.administer(f"REVOKE EXECUTE ON FUNCTION guardrail.{function} FROM app")


@pytest.mark.parametrize("version", sorted({*releases.RELEASED, releases.VERSION}))
def test_default_privileges_open_nothing(own, version):
    """A superuser who grants everything by default does not mean these tables and functions."""
    everything = ("TABLES", "SEQUENCES", "FUNCTIONS", "SCHEMAS")
    own.administer("DROP EXTENSION pg_guardrail")
    for kind in everything:
        own.administer(f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO app WITH GRANT OPTION")
        own.administer(f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO PUBLIC")
    own.administer(f"CREATE EXTENSION pg_guardrail VERSION '{version}'", releases.UPDATE)
    for user in ("app", "stranger"):
        session = own.connect(user)
        for sql in [*(f"SELECT {call}" for call in CALLS), *WRITES]:
            sqlstate, text = session.expect_error(sql)
            assert sqlstate == OTHER_ERRORS.get(sql, "42501"), (user, sql, text)
        assert session.rows("TABLE guardrail.exemptions") == []
        assert session.rows("TABLE guardrail.unused_exemptions") == []
        assert session.rows("TABLE guardrail.frozen") == []
