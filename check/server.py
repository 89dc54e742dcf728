"""The database that the check uses: fresh, with the extension in it. libpq's environment says where it is."""

import psycopg
from arguments import BASELINE, Arguments
from findings import Failure, Findings
from problem import Problem
from sequences import Sequences
from settings import as_options
from watch import Watch

SET = "SELECT pg_catalog.set_config(%s, %s, false)"
RENDER = "SELECT * FROM guardrail.render(%s, %s, %s, %s)"

# The formats that show a failure beside a file.
IN_FILE = ("gitlab", "github")

# There is no migration tool here, which would record the migrations.
SETTINGS = {"guardrail.mode": "off", "guardrail.unrecorded_migration": "off"}


class Server:
    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.settings = dict(SETTINGS)
        self.own = self.connect()
        self.check_settings()
        self.settings = arguments.settings | {"guardrail.preset": arguments.preset} | SETTINGS
        self.own.close()
        self.own = self.connect()
        self.sequences = Sequences(self.own)
        self.watch = Watch(self.own)
        self.check_format()

    def connect(self, settings: dict[str, str] | None = None) -> psycopg.Connection:
        options = as_options(self.settings if settings is None else settings)
        try:
            connection = psycopg.connect(
                options=options, autocommit=True, prepare_threshold=None, client_encoding="UTF8"
            )
        except psycopg.OperationalError as error:
            raise Problem("the server does not answer", str(error)) from None
        # Settings that come with the connection are looked at when the library is loaded.
        connection.execute("LOAD 'pg_guardrail'")
        return connection

    def check_settings(self) -> None:
        """With a connection, a bad value would be a warning that nobody sees."""
        preset = self.arguments.preset
        try:
            self.own.execute(SET, ("guardrail.preset", preset))
        except psycopg.Error as error:
            raise Problem(f'PRESET={preset}: there is no preset "{preset}"', error.diag.message_hint or "") from None
        for name, value in self.arguments.settings.items():
            try:
                self.own.execute(SET, (name, value))
            except psycopg.Error as error:
                diag = error.diag
                raise Problem(
                    f"SETTINGS: {diag.message_primary}", diag.message_hint or "", diag.message_detail or ""
                ) from None

    def check_format(self) -> None:
        if self.arguments.format == BASELINE:
            return
        try:
            self.own.execute(RENDER, (self.arguments.format, "", None, None))
        except psycopg.Error as error:
            name = self.arguments.format
            also = f"FORMAT={BASELINE} gives the lines for BASELINE."
            raise Problem(f'FORMAT={name}: there is no format "{name}"', f"{error.diag.message_hint}\n{also}") from None

    def import_baseline(self) -> list[str]:
        """Takes the baseline over. Returns the fingerprints in it."""
        file = self.arguments.baseline
        if file is None:
            return []
        try:
            lines = file.read_text(encoding="utf-8-sig")
            self.own.execute("SELECT guardrail.import_frozen(%s)", (lines,))
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"BASELINE={file}: the file cannot be read: {error}") from None
        except psycopg.Error as error:
            hint = f"FORMAT={BASELINE} and guardrail.export_frozen() give such lines."
            raise Problem(f"BASELINE={file}: {error.diag.message_primary or error}", hint) from None
        return [fingerprint for (fingerprint,) in self.own.execute("SELECT fingerprint FROM guardrail.frozen")]

    def render(self, name: str, findings: Findings, failure: Failure | None) -> list[str]:
        """The lines of the report in a format, which says what has kept it from being whole."""
        if name == BASELINE:
            return sorted(findings.baseline)
        uri = failure.file if failure and name in IN_FILE else None
        why = failure.message if failure else None
        rows = self.own.execute(RENDER, (name, "\n".join(findings.lines), uri, why))
        return [line for (line,) in rows]
