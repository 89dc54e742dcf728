"""The released versions of the extension, and databases that have one of them."""

import re
import tomllib

import guard as guard_module
from server import ROOT

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
SCRIPTS = [path.name for path in (ROOT / "sql").glob("pg_guardrail--*.sql")]
RELEASED = sorted(match[1] for match in map(re.compile(r"pg_guardrail--([\d.]+)\.sql").fullmatch, SCRIPTS) if match)
OLDER = [version for version in RELEASED if version != VERSION]
UPDATE = "ALTER EXTENSION pg_guardrail UPDATE"
INSTALLED = "SELECT extversion FROM pg_extension WHERE extname = 'pg_guardrail'"


def borrow_own(cluster):
    """Yields a guard on a database that no other test gets, because the extension in it is changed."""
    guard = guard_module.Guard(cluster, cluster.create_database())
    yield guard
    guard.close()
    cluster.drop_database(guard.dbname)


def with_version(guard, version):
    guard.administer("DROP EXTENSION pg_guardrail", f"CREATE EXTENSION pg_guardrail VERSION '{version}'")
    return guard


def outdated(session):
    """The warnings that the SQL is of another version, among the messages of a session; forgets all messages."""
    found = [message for message in session.messages if "pg_guardrail is version" in message.primary]
    session.messages.clear()
    return found
