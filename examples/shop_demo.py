"""Runs the shop's Alembic revisions on a guarded database, shows what the server says, and checks it.

Needs the database "shop", with the extension in mode enforce and the preset house, on the server that PGHOST and PGUSER
name. Ends with status 1 if something passes that should be refused, or the reverse.
"""

import os
import re
import shutil
import sys
import textwrap
from pathlib import Path

import psycopg
from alembic.config import CommandLine, Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

INI = Path(__file__).parent / "shop" / "alembic.ini"
VIOLATION = "42R01"
WIDTH = min(100, shutil.get_terminal_size((100, 24)).columns)
BY_HAND = "ALTER TABLE products ADD COLUMN weight_grams bigint NOT NULL DEFAULT 0"

failed_checks = 0


def check(holds: bool, claim: str) -> None:
    global failed_checks
    failed_checks += not holds
    print(f"  [{'ok' if holds else 'NOT SO'}] {claim}")


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * min(len(text), WIDTH)}")


def prose(text: str) -> None:
    print(textwrap.fill(" ".join(text.split()), width=WIDTH) + "\n")


def show_message(error: psycopg.Error) -> None:
    message = error.diag
    parts = {
        message.severity: message.message_primary,
        "DETAIL": message.message_detail,
        "HINT": message.message_hint,
    }
    for label, text in parts.items():
        if text:
            print(f"{label}:  {text}")


def rules_of(error: psycopg.Error) -> list[str]:
    """The rules that the DETAIL names: at its end for a single violation, else at the start of each line."""
    detail = error.diag.message_detail or ""
    return re.findall(r"Rule: (\w+) \(", detail) or re.findall(r"^(\w+): ", detail, re.MULTILINE)


def alembic(*arguments: str) -> DBAPIError | None:
    """Runs the alembic command; the server's refusal is printed the way psql prints it, and returned."""
    print(f"$ alembic {' '.join(arguments)}", flush=True)
    try:
        CommandLine("alembic").main(["--config", str(INI), *arguments])
    except DBAPIError as error:
        show_message(error.orig)
        return error
    finally:
        sys.stderr.flush()
        print()
    return None


State = tuple[str, dict[str, list[str]]]


def database_state() -> State:
    """The revision that the database is at, and its tables with their columns."""
    with psycopg.connect(dbname="shop") as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = connection.execute(
            """SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
            GROUP BY table_name ORDER BY table_name"""
        )
        return revision, dict(tables.fetchall())


def show(when: str, state: State) -> None:
    revision, tables = state
    print(f"  {when}: revision {revision}; {len(tables)} tables: {', '.join(tables)}")


def reason_of(revision: str) -> str:
    """The description of the revision in its own file, below its title."""
    scripts = ScriptDirectory.from_config(Config(INI, ini_section="refused"))
    return scripts.get_revision(revision).longdoc.split("\n", 1)[1]


def own_revisions() -> None:
    heading("1. The shop's own revisions")
    prose(
        """Four revisions, as `alembic revision --autogenerate` writes them. Under the preset "house" some twenty
        conventions are checked: keys are indexed, times have their zone, everything is named by one scheme, strings
        are bounded. In 0004 a foreign key comes before its index: the index is only checked at the end of the
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
        # SQLAlchemy names the statement that failed, and none if it was the COMMIT.
        statement = refusal.statement
        check(refusal.orig.sqlstate == VIOLATION, f"with SQLSTATE {VIOLATION}, which every violation has")
        check(rules_of(refusal.orig) == rules, f"because of {' and '.join(rules)}, and nothing else")
        if where == "at COMMIT":
            check(statement is None, "not at one of its statements but at the COMMIT")
        else:
            check(f"CREATE TABLE {revision}" in (statement or ""), f"at CREATE TABLE {revision}")
    check(after == before, "nothing of its transaction remains")


def change_by_hand(number: int) -> None:
    heading(f"{number}. A change that is typed by hand, without a revision")
    prose(
        """This change breaks no other convention, and a revision could make it. But no other database would have it,
        and the next autogenerated revision would undo it. Therefore a change that Alembic does not record is refused."""
    )
    print(f"shop=# {BY_HAND};")
    before = database_state()
    try:
        with psycopg.connect(dbname="shop", autocommit=True) as connection:
            connection.execute(BY_HAND)
        rules = []
    except psycopg.Error as error:
        show_message(error)
        rules = rules_of(error)
    print()
    check(rules == ["unrecorded_migration"], "it was refused because of unrecorded_migration, and nothing else")
    check(database_state() == before, "nothing of it remains")


def main() -> int:
    with psycopg.connect(dbname="shop") as connection:
        server = connection.info.parameter_status("server_version")
        (mode,) = connection.execute("SHOW guardrail.mode").fetchone()
        (preset,) = connection.execute("SHOW guardrail.preset").fetchone()
    print(f'\nDatabase "shop" of a private PostgreSQL {server}, guardrail.mode = {mode}, guardrail.preset = {preset}')

    own_revisions()
    if not failed_checks:
        refused_revision(2, "reviews", "at its statement", ["fk_without_on_delete", "timestamp_without_time_zone"])
        refused_revision(3, "wishlists", "at COMMIT", ["fk_without_index"])
        change_by_hand(4)

    if failed_checks:
        print(f"\nThe demo did not run as expected: see [NOT SO] above ({failed_checks}).")
        return 1
    other = f" PG={os.environ['PG']}" if os.environ.get("PG", "18") != "18" else ""
    print(
        f"""
Everything ran as expected. What you can do next:
  make psql{other}                    opens psql on this database (for DDL by hand: SET guardrail.preset = 'core')
  make demo SQL=file.sql{other}       runs your own SQL on this server and lists its violations (PRESET=house: as here)
  make demo-stop{other}               stops the server"""
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
