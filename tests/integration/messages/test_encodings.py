"""Every text of the extension arrives in databases of every encoding, and at clients of every encoding."""

import psycopg
import pytest
from guard import Session
from psycopg import sql

TS = "timestamp_without_time_zone"

# Each encoding with a name in it.
NAMES = {
    "UTF8": "größe 表 🚲",
    "LATIN1": "größe",
    "LATIN9": "größe €",
    "WIN1252": "größe “€”",
    "WIN1251": "размер",
    "KOI8R": "размер",
    "EUC_JP": "表",
    "EUC_KR": "표",
    "SQL_ASCII": "größe",
    "MULE_INTERNAL": "plain",
}


@pytest.fixture(params=NAMES)
def encoded(cluster, request):
    """A session in a database of an encoding, with every rule on, and a name for that encoding."""
    name, encoding = next(cluster.names), request.param
    create = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' OWNER app"
    with cluster.connect("postgres") as admin:
        try:
            admin.execute(create)
        except psycopg.errors.UndefinedObject:
            pytest.skip(f"no encoding {encoding}")
    with cluster.connect(name, client_encoding=client_encoding(encoding)) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail; GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC")
        for (rule,) in admin.execute("SELECT id FROM guardrail.rules").fetchall():
            admin.execute(f"ALTER DATABASE {name} SET guardrail.{text(rule)} = 'warning'")
    with cluster.connect(name, "app", client_encoding=client_encoding(encoding)) as connection:
        yield Session(connection), NAMES[encoding]
    cluster.drop_database(name)


def client_encoding(encoding):
    """PostgreSQL cannot convert MULE_INTERNAL to UTF-8."""
    return "SQL_ASCII" if encoding == "MULE_INTERNAL" else "UTF8"


def text(value):
    """psycopg gives bytes where the client has no encoding."""
    return value.decode() if isinstance(value, bytes) else value


def test_pages_and_lists(encoded):
    session, _ = encoded
    rules = session.rows("SELECT id, summary, reason FROM guardrail.rules")
    for rule, summary, reason in rules:
        ((page,),) = session.rows(f"SELECT guardrail.explain('{text(rule)}')")
        assert text(summary) in text(page) or text(reason) in text(page)
        assert "�" not in text(page)


def test_a_word_that_is_no_rule(encoded):
    session, name = encoded
    state, message = session.expect_error(sql.SQL("SELECT guardrail.explain({})").format(name))
    assert state == "42704", message


def test_names(encoded):
    session, name = encoded
    ident = sql.Identifier(name)
    session.run(sql.SQL("CREATE TABLE {0} ({0} timestamp, b text CHECK (b IN ({1}, 'x')))").format(ident, name))
    messages = {message.rule: message for message in session.take_messages()}
    assert {TS, "check_instead_of_enum", "table_without_comment"} <= set(messages)
    assert (messages[TS].table, messages[TS].column) == (name, name)
    assert f"'{name}'" in messages["check_instead_of_enum"].hint
    session.run(messages[TS].hint)
    session.run(messages["check_instead_of_enum"].hint)
    rows = session.rows(f"SELECT column_name, fix FROM guardrail.last_violations() WHERE rule = '{TS}'")
    assert rows == []


def test_last_violations(encoded):
    session, name = encoded
    session.run(sql.SQL("CREATE TABLE {0} ({0} timestamp)").format(sql.Identifier(name)))
    ((column, message),) = session.rows(f"SELECT column_name, message FROM guardrail.last_violations() WHERE rule = '{TS}'")
    assert text(column) == name and name in text(message)


def test_a_client_that_lacks_a_character(guard):
    """PostgreSQL would raise an error while it sends the warning, and so refuse what `warn` lets pass."""
    guard.configure(mode="warn")
    guard.session.run("SET client_encoding = LATIN1")
    guard.session.run(r"""CREATE TABLE U&"gr\00f6\00dfe \8868" (U&"\8868" timestamp)""")
    (message,) = guard.session.take_messages()
    assert message.primary == 'column "?" of table "public.größe ?" is of type timestamp without time zone'


def test_a_character_that_the_database_lacks(cluster):
    """A setting in JSON may name any character."""
    name = next(cluster.names)
    with cluster.connect("postgres") as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with cluster.connect(name) as connection:
        session = Session(connection)
        session.run("CREATE EXTENSION pg_guardrail; SET guardrail.missing_required_column = error")
        session.run(r"""SET guardrail.required_columns = '{"gr\u00f6\u00dfe \u8868": {"type": "text"}}'""")
        session.run("SET guardrail.mode = warn; CREATE TABLE t (id bigint CONSTRAINT pk_t PRIMARY KEY)")
        (message,) = session.take_messages()
        assert 'has no column "größe ?"' in message.primary
    cluster.drop_database(name)
