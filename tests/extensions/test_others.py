"""hypopg, pgaudit, pgTAP and orafce."""

import re

from shop import TIMES


def test_hypothetical_indexes(shop):
    shop.migrate(f"CREATE TABLE ideas (id bigint CONSTRAINT pk_ideas PRIMARY KEY, size bigint NOT NULL, {TIMES})")
    with shop.connect() as session:
        session.execute("SELECT hypopg_create_index('CREATE INDEX ON ideas (size)')")
        session.execute("SET enable_seqscan = off")
        plan = session.execute("EXPLAIN SELECT * FROM ideas WHERE size = 3").fetchall()
        assert any("btree_ideas_size" in line for (line,) in plan)


def test_what_is_refused_is_logged_by_pgaudit(shop):
    shop.admin("ALTER DATABASE shop SET pgaudit.log = 'ddl'")
    with shop.refuses("timestamp_without_time_zone"):
        shop.migrate("CREATE TABLE audited_bad (at timestamp)")
    shop.migrate(f"CREATE TABLE audited (id bigint CONSTRAINT pk_audited PRIMARY KEY, {TIMES})")
    shop.migrate("ALTER TABLE audited ADD size bigint NOT NULL DEFAULT 0")
    shop.admin("ALTER DATABASE shop RESET pgaudit.log")
    lines = [line for line in shop.machine.log().splitlines() if "AUDIT: SESSION" in line]
    assert any("CREATE TABLE,TABLE,public.audited," in line for line in lines), lines
    assert any("ALTER TABLE,TABLE,public.audited," in line for line in lines), lines


TAP = r"""
    BEGIN;
    SELECT plan(4);
    SELECT has_table('public', 'schema_migrations', 'there');
    SELECT col_is_pk('public', 'schema_migrations', 'version', 'has its key');
    SELECT throws_ok('CREATE TABLE tapped (at timestamp)', '42R01', NULL, 'refused');
    SELECT results_eq('SELECT 1', 'SELECT 1', 'equal');
    SELECT * FROM finish();
    ROLLBACK;
"""


def test_a_test_of_pgtap(shop):
    done = shop.machine.as_postgres("psql -h /srv/sockets -d shop -U app -XAtq", TAP)
    assert re.findall(r"^(?:not )?ok \d", done, re.MULTILINE) == ["ok 1", "ok 2", "ok 3", "ok 4"], done


def test_functions_of_pgtap_are_run(shop):
    test = "CREATE FUNCTION test_one() RETURNS SETOF text LANGUAGE sql AS $$ SELECT pass('simple pass') $$"
    shop.migrate(test)
    assert ("ok 1 - public.test_one",) in shop.run("SELECT line FROM runtests() line")
    shop.migrate("DROP FUNCTION test_one()")


def test_orafce(shop):
    shop.migrate(
        f"CREATE TABLE bills (id bigint CONSTRAINT pk_bills PRIMARY KEY, label oracle.varchar2(20) NOT NULL, {TIMES})",
        "CREATE VIEW dues AS SELECT id, oracle.add_months(now(), 2) AS due, label FROM bills",
    )
    # The type is a domain over timestamp(0).
    with shop.refuses("timestamp_without_time_zone"):
        shop.migrate("ALTER TABLE bills ADD due oracle.date NOT NULL")
    shop.run("SELECT dbms_output.enable(); SELECT dbms_output.put_line('x'); SELECT dbms_pipe.create_pipe('p')")
