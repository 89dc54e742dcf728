"""`make check`: each violation is told with the file and the line of the statement that has added it."""

import json

import pytest

KEY = "id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_{0} PRIMARY KEY"
CUSTOMERS = f"CREATE TABLE customers ({KEY.format('customers')});\n"
ORDERS = f"""CREATE TABLE orders (
    {KEY.format("orders")},
    customer_id bigint NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers ON DELETE CASCADE);
"""
INDEX = "CREATE INDEX ix_orders_customer ON orders (customer_id);\n"


def naive(name):
    """A statement that adds one violation."""
    quoted = name.replace('"', '""')
    key = f'id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT "pk_{quoted}" PRIMARY KEY'
    return f'CREATE TABLE "{quoted}" ({key}, at timestamp);\n'


def at(line, name, file="1"):
    return f"m/{file}.sql:{line} timestamp_without_time_zone {name}.at"


@pytest.mark.parametrize("preset", ["core", "recommended", "house"])
def test_clean_files(check, preset):
    check.write(**{"1": "SELECT 1;", "2": ""})
    outcome = check.run(PRESET=preset)
    assert (outcome.status, outcome.report) == (0, "")
    assert outcome.messages == f"Judged 2 files under preset {preset}: nothing open. Status 0.\n"


def test_the_line_is_that_of_the_first_word(check):
    check.write(
        **{
            "1": f"""-- a comment; with a semicolon
/* and /* another */
   one */
{naive("a")}
  /* here */ {naive("b").strip()} {naive("c")}
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    -- not a statement; of the file
    RETURN 1;
END $$;
DO $body$
BEGIN
    {naive("d")}
    {naive("e")}
END;
$body$;
CREATE TABLE "semi;colon" (id bigint CONSTRAINT "pk;" PRIMARY KEY,
    at timestamp);
"""
        }
    )
    outcome = check.run()
    assert [violation for violation in outcome.violations if ";" not in violation] == [
        at(4, "a"),
        at(6, "b"),
        at(6, "c"),
        at(13, "d"),
        at(13, "e"),
    ]
    assert at(21, "semi;colon") in outcome.violations
    assert outcome.status == 1


def test_windows_line_ends_and_a_byte_order_mark(check):
    text = f"-- first\n\n{naive('a')}\n{naive('b')}".replace("\n", "\r\n")
    check.write_files({"1.sql": b"\xef\xbb\xbf" + text.encode()})
    assert check.run().violations == [at(3, "a"), at(5, "b")]


def test_what_a_later_statement_of_the_file_mends_is_no_violation(check):
    check.write(**{"1": CUSTOMERS + ORDERS + INDEX})
    assert check.run().violations == []


def test_what_is_found_at_the_commit_has_the_line_of_its_statement(check):
    check.write(**{"1": CUSTOMERS + ORDERS + "SELECT 1;\n", "2": INDEX})
    assert check.run().violations == ["m/1.sql:2 fk_without_index orders.fk_orders_customer"]


def test_a_file_answers_for_what_it_adds(check):
    add = "ALTER TABLE a ADD COLUMN"
    check.write(**{"1": naive("a"), "2": f"{add} b bigint;", "3": f"{add} at2 timestamp"})
    assert check.run().violations == [at(1, "a"), "m/3.sql:1 timestamp_without_time_zone a.at2"]


def test_nothing_asks_for_the_record_of_a_migration_tool(check):
    check.write(**{"1": f"CREATE TABLE schema_migrations (version text);\n{naive('a')}"})
    assert "unrecorded_migration" not in check.run(PRESET="house").report


def test_numbers_of_sequences_are_as_in_a_single_run(check):
    check.write(
        **{
            "1": CUSTOMERS + ORDERS + INDEX,
            "2": "INSERT INTO customers DEFAULT VALUES; ALTER SEQUENCE customers_id_seq RESTART WITH 7;",
            "3": "INSERT INTO customers DEFAULT VALUES; INSERT INTO orders (customer_id) VALUES (1), (7);",
            "4": f"DO $$ BEGIN ASSERT (SELECT array_agg(id ORDER BY id) FROM orders) = '{{1,2}}'; END $$; {naive('a')}",
        }
    )
    outcome = check.run()
    assert outcome.violations == [at(1, "a", "4")], outcome.messages


def test_every_file_has_a_session_of_its_own(check):
    check.write(
        **{
            "1": "CREATE SCHEMA s; SET search_path = s; SET client_min_messages = error; CREATE TEMP TABLE t (x int);",
            "2": f"DO $$ BEGIN ASSERT to_regclass('t') IS NULL; END $$; {naive('a')}",
            "3": "SELECT * FROM public.a",
        }
    )
    outcome = check.run()
    assert outcome.violations == [at(1, "a", "2")], outcome.messages


def test_what_the_files_set_holds(check):
    check.write(
        **{
            "1": f"SET guardrail.timestamp_without_time_zone = off;\n{naive('a')}",
            "2": f"SELECT guardrail.exempt('timestamp_without_time_zone', 'b', NULL, 'old clients');\n{naive('b')}",
            "3": naive("c"),
        }
    )
    assert check.run().violations == [at(1, "c", "3")]


def test_the_settings_of_the_project(check, tmp_path):
    check.write(**{"1": naive("a") + naive("b c") + naive("d"), "2": "RESET ALL;", "3": naive("e")})
    (tmp_path / "postgresql.conf").write_text(
        "port = 5432\n"
        "guardrail.exempt_tables = 'a, public\\\\.b c'  # as long as it's needed\n"
        "guardrail.timestamp_without_time_zone warning\n"
        "GUARDRAIL.preset=core\n"
        "guardrail.mode = enforce\n"
    )
    outcome = check.run(SETTINGS="postgresql.conf", PRESET=None)
    assert outcome.violations == [at(3, "d"), at(1, "e", "3")]
    assert "under preset core: 2 warnings open" in outcome.summary


def test_what_is_about_the_server_is_not_run(check):
    check.write(
        **{
            "1": "CREATE EXTENSION IF NOT EXISTS pg_guardrail; CREATE EXTENSION pg_guardrail;\n"
            f"ALTER SYSTEM SET work_mem = '5MB';\nCREATE DATABASE checked;\n{naive('a')}DROP DATABASE postgres;"
        }
    )
    outcome = check.run()
    assert outcome.violations == [at(4, "a")]
    assert "m/1.sql:2: ALTER SYSTEM is not run: it is about the server, not about this database" in outcome.messages
    with check.cluster.connect("postgres") as admin:
        assert admin.execute("SELECT count(*) FROM pg_database WHERE datname = 'checked'").fetchone() == (0,)


def test_all_that_is_known_of_a_violation(check):
    check.write(**{"1": naive("a")})
    (line,) = check.run().report.splitlines()
    violation = json.loads(line)
    assert violation["fix"] == "at timestamp with time zone"
    assert (violation["level"], violation["status"], violation["certain"]) == ("error", "open", True)
    assert len(violation["fingerprint"]) == 16
    assert violation["reason"]


def test_odd_names_of_files(check):
    names = ["1 a.sql", "2-é😀.sql", '3"\'%s.sql', "4\\n.sql"]
    check.write_files({name: naive(f"t{name[0]}") for name in names})
    outcome = check.run()
    assert [line.split(":1 ")[0] for line in outcome.violations] == [f"m/{name}" for name in names]


def test_percent_signs_are_nothing_special(check):
    check.write(**{"1": f"SELECT 5 % 2, '%s', format('%I', 'a');\n{naive('a')}"})
    assert check.run().violations == [at(2, "a")]
