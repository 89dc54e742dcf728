"""Runs the shop's Alembic revisions on a guarded database, shows what the server says, and checks it.

Wants the database "shop", with the extension in enforce, on the server that PGHOST and PGUSER name. Ends with
status 1 when something that should be refused passes, or the reverse.
"""

import os
import sys
import textwrap
from pathlib import Path

import psycopg
from alembic.config import CommandLine, Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

INI = Path(__file__).parent / "shop" / "alembic.ini"
VIOLATION = "42R01"

failed_checks = 0


def check(holds: bool, claim: str) -> None:
    global failed_checks
    failed_checks += not holds
    print(f"  [{'ok' if holds else 'NOT SO'}] {claim}")


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}")


def prose(text: str) -> None:
    print(textwrap.fill(" ".join(text.split()), width=100) + "\n")


def alembic(*arguments: str) -> DBAPIError | None:
    """Runs the alembic command; the server's refusal is printed the way psql prints it, and returned."""
    print(f"$ alembic {' '.join(arguments)}", flush=True)
    try:
        CommandLine("alembic").main(["--config", str(INI), *arguments])
    except DBAPIError as error:
        message = error.orig.diag
        parts = {
            message.severity: message.message_primary,
            "DETAIL": message.message_detail,
            "HINT": message.message_hint,
        }
        for label, text in parts.items():
            if text:
                print(f"{label}:  {text}")
        return error
    finally:
        sys.stderr.flush()
        print()
    return None


def database_state() -> tuple[str, list[str]]:
    """The revision that the database is at, and its tables."""
    with psycopg.connect(dbname="shop") as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return revision, [name for (name,) in tables if name != "alembic_version"]


def show(when: str, state: tuple[str, list[str]]) -> None:
    revision, tables = state
    print(f"  {when}: revision {revision}; {len(tables)} tables: {', '.join(tables)}")


def reason_of(revision: str) -> str:
    """What the revision's own file says about it, below its title."""
    scripts = ScriptDirectory.from_config(Config(INI, ini_section="refused"))
    return scripts.get_revision(revision).longdoc.split("\n", 1)[1]


def own_revisions() -> None:
    heading("1. The shop's own revisions")
    prose(
        """Four revisions, as `alembic revision --autogenerate` writes them. Keys are indexed, times have their zone,
        everything has a name. In 0004 a foreign key comes before its index: what counts is the end of the
        transaction."""
    )
    refusal = alembic("upgrade", "head")
    check(refusal is None, "none was refused")
    if refusal is None:
        state = database_state()
        show("now", state)
        check(state[0] == "0004", "the database is at revision 0004, the head")


def refused_revision(number: int, revision: str, where: str, rules: list[str]) -> None:
    heading(f'{number}. A revision that is refused {where}: "{revision}"')
    prose(reason_of(revision))
    before = database_state()
    refusal = alembic("--name", "refused", "upgrade", revision)
    after = database_state()
    show("before", before)
    show("after ", after)
    check(refusal is not None, "it was refused")
    if refusal is not None:
        detail = refusal.orig.diag.message_detail or ""
        # SQLAlchemy names the statement that failed; a COMMIT is none of its statements.
        statement = refusal.statement
        check(refusal.orig.sqlstate == VIOLATION, f"with SQLSTATE {VIOLATION}, which every violation has")
        check(all(rule in detail for rule in rules), f"for {' and '.join(rules)}")
        if where == "at COMMIT":
            check(statement is None, "not by one of its statements but by the COMMIT")
        else:
            check(f"CREATE TABLE {revision}" in (statement or ""), f"by CREATE TABLE {revision}")
    check(after == before, "nothing of its transaction is left")


def main() -> int:
    with psycopg.connect(dbname="shop") as connection:
        server = connection.info.parameter_status("server_version")
        (mode,) = connection.execute("SHOW guardrail.mode").fetchone()
    print(f'\nDatabase "shop" of a private PostgreSQL {server}, guardrail.mode = {mode}')

    own_revisions()
    if not failed_checks:
        refused_revision(2, "reviews", "at its statement", ["fk_without_on_delete", "timestamp_without_time_zone"])
        refused_revision(3, "wishlists", "at COMMIT", ["fk_without_index"])

    if failed_checks:
        print(f"\nThe demo did not go as it should: see [NOT SO] above ({failed_checks}).")
        return 1
    other = f" PG={os.environ['PG']}" if os.environ.get("PG", "18") != "18" else ""
    print(
        f"""
All as it should be. What next:
  make psql{other}                    a session on this database
  make demo SQL=file.sql{other}       your own SQL, judged on this server
  make demo-stop{other}               ends the server"""
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
