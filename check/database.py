"""The audit of a database that a command has made, and its report."""

import json
import sys

import psycopg
from arguments import BASELINE, Arguments
from findings import FROZEN, OPEN, Findings, number
from problem import Problem
from psycopg import sql
from report import MARKDOWN, describe_level, write
from server import RENDER, Server

CLEAN, VIOLATIONS, FAILED = 0, 1, 2

LINES = "SELECT guardrail.report('json')"
LINES_OF_BASELINE = "SELECT guardrail.export_frozen()"
FREEZE = "SELECT guardrail.freeze(add_new => true)"
SET = sql.SQL("ALTER DATABASE {} SET {} = {}")

# What a session of a user has, for whom nothing comes with the connection.
SETTINGS = "SELECT name, setting FROM pg_catalog.pg_settings WHERE name LIKE 'guardrail.%'"
FINGERPRINTS = "SELECT fingerprint FROM guardrail.frozen"
TABLES = """
    SELECT count(*) FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p', 'f') AND oid >= 16384 AND relnamespace::regnamespace::text NOT IN ('guardrail', 'pg_toast')
"""

# Then there is nothing to judge, and "no violations" would mislead.
NO_TABLES = (
    "The command has made no table here. Does its tool use PGHOST, PGUSER and PGDATABASE, or a database of its own?"
)

# Old migrations may have violations, which would be refused.
MODE = {"guardrail.mode": "warn"}


class Database:
    def __init__(self, arguments: Arguments) -> None:
        """Prepares the database for the command."""
        self.arguments = arguments
        self.server = Server(arguments)
        self.baseline = set(self.server.import_baseline())
        own = self.server.own
        database = sql.Identifier(own.info.dbname)
        for name, value in (MODE | arguments.settings | {"guardrail.preset": arguments.preset}).items():
            own.execute(SET.format(database, sql.Identifier(*name.split(".")), sql.Literal(value)))
        # The command may have to be alone in the database.
        own.close()
        self.settings = self.of_sessions()

    def of_sessions(self) -> dict[str, str]:
        with self.server.connect({}) as connection:
            return dict(connection.execute(SETTINGS).fetchall())

    def report(self, uri: str | None, failure: str | None) -> int:
        """Reports what the database violates. Returns the status."""
        arguments = self.arguments
        try:
            self.server.own = self.server.watch.connection = self.server.connect()
            if not failure and not self.has_tables():
                failure = NO_TABLES
            if failure:
                print(f"error: {failure}", file=sys.stderr)
            if failure and arguments.format == BASELINE:
                print("No baseline is written, as it would not be whole.", file=sys.stderr)
                return FAILED
            self.tell_what_is_judged()
            findings = self.audit()
            lines = self.render(arguments.format, findings, uri, failure)
            summary_lines = self.render(MARKDOWN, findings, uri, failure) if arguments.summary else []
        except psycopg.Error as error:
            hint = "It needs the database as it was given to the command, with the extension pg_guardrail."
            raise Problem(f"the database cannot be audited: {error}", hint) from None
        write(lines, summary_lines, arguments)
        is_over = arguments.format != BASELINE and findings.fail(arguments)
        status = FAILED if failure else VIOLATIONS if is_over else CLEAN
        self.say(findings, status)
        return status

    def tell_what_is_judged(self) -> None:
        """Tells what the command has done to the judgement."""
        for name, value in self.of_sessions().items():
            # The settings of the check hold whatever the command has set.
            if value != self.settings.get(name) and name not in self.server.settings:
                print(f"The command sets {name} to '{value}', and is judged accordingly.", file=sys.stderr)
        if exemptions := self.server.watch.count_exemptions():
            rows = number(exemptions, "row")
            print(f"What the command exempts is not reported: {rows} in guardrail.exemptions.", file=sys.stderr)
        frozen = {fingerprint for (fingerprint,) in self.server.own.execute(FINGERPRINTS)}
        if added := len(frozen - self.baseline):
            violations = number(added, "violation")
            print(f"The command itself has frozen what is not in the baseline: {violations}.", file=sys.stderr)

    def has_tables(self) -> bool:
        return self.server.own.execute(TABLES).fetchone()[0] > 0

    def audit(self) -> Findings:
        findings = Findings([])
        for (line,) in self.server.own.execute(LINES):
            violation = json.loads(line)
            findings.lines.append(line)
            if violation["status"] == OPEN:
                findings.open[violation["level"]] += 1
            findings.count_frozen += violation["status"] == FROZEN
        return findings

    def render(self, name: str, findings: Findings, uri: str | None, failure: str | None) -> list[str]:
        own = self.server.own
        if name == BASELINE:
            own.execute(FREEZE)
            return [line for (line,) in own.execute(LINES_OF_BASELINE)]
        return [line for (line,) in own.execute(RENDER, (name, "\n".join(findings.lines), uri, failure))]

    def say(self, findings: Findings, status: int) -> None:
        why = {CLEAN: "", VIOLATIONS: f" ({describe_level(self.arguments)} is open)", FAILED: " (the command failed)"}
        report = f" Report: {self.arguments.out}." if self.arguments.out else ""
        text = f"Audited the database under preset {self.arguments.preset}: {findings.describe()}."
        print(f"{text}{report} Status {status}{why[status]}.", file=sys.stderr)
