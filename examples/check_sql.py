"""check_sql.py PSQL DATABASE FILE: runs an SQL file and ends with a table of the violations that were found.

psql runs the file, so that everything psql understands works. This program relays the messages between psql and the
server that PGHOST and PGUSER name. When an answer reports a violation, it queries guardrail.last_violations() in the
same session before it tells psql that the server is ready for the next command.

Status: 0 nothing was refused, 1 something was, 2 something failed for another reason.
"""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

VIOLATION = b"42R01"
IN_FAILED_TRANSACTION = b"25P02"
SOCKET = ".s.PGSQL.5432"

LAST_VIOLATIONS = """
SELECT rule, level, concat_ws(' ', object_kind,
           array_to_string(ARRAY[schema_name, table_name, coalesce(column_name, constraint_name, data_type)], '.')),
       message
FROM guardrail.last_violations()
"""


class Relay:
    """Relays one or more sessions, and keeps the violations and counts the errors in them."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.violations: list[list[str]] = []
        self.refusals = 0
        self.other_errors = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server))
            for relay in (self.relay_commands, self.relay_answers):
                threading.Thread(target=relay, args=(client, server), daemon=True).start()

    def relay_commands(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def relay_answers(self, client: socket.socket, server: socket.socket) -> None:
        reports_violation = False
        answers = messages(server)
        # The connection to psql is closed in any case: psql must not wait for ever.
        with contextlib.closing(client), contextlib.suppress(OSError):
            for kind, body in answers:
                if kind in b"EN":
                    reports_violation |= self.count(error_fields(body))
                # In a failed transaction no query is answered, so the query waits until the transaction has ended.
                if kind == b"Z" and reports_violation and body != b"E":
                    self.violations += query(server, answers, LAST_VIOLATIONS)
                    reports_violation = False
                client.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def count(self, fields: dict[bytes, bytes]) -> bool:
        """Counts the message if it is an error. Returns whether it reports a violation."""
        violation = fields[b"C"] == VIOLATION
        if fields[b"V"] in (b"ERROR", b"FATAL", b"PANIC"):
            self.refusals += violation
            self.other_errors += not violation and fields[b"C"] != IN_FAILED_TRANSACTION
        return violation


def messages(connection: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """The server's messages. Each is a letter, a length that includes itself, and a body."""
    stream = connection.makefile("rb")
    while head := stream.read(5):
        kind, length = struct.unpack("!cI", head)
        yield kind, stream.read(length - 4)


def error_fields(body: bytes) -> dict[bytes, bytes]:
    return {field[:1]: field[1:] for field in body.split(b"\0") if field}


def query(server: socket.socket, answers: Iterator[tuple[bytes, bytes]], sql: str) -> list[list[str]]:
    text = sql.encode() + b"\0"
    server.sendall(b"Q" + struct.pack("!I", len(text) + 4) + text)
    rows = []
    for kind, body in answers:
        if kind == b"D":
            rows.append(row(body))
        elif kind == b"E":
            raise RuntimeError(error_fields(body)[b"M"].decode(errors="replace"))
        elif kind == b"Z":
            break
    return rows


def row(body: bytes) -> list[str]:
    (columns,) = struct.unpack_from("!H", body)
    values, at = [], 2
    for _ in range(columns):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(body[at : at + max(length, 0)].decode(errors="replace"))
        at += max(length, 0)
    return values


def table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def main(psql: str, database: str, file: str) -> int:
    relay = Relay(Path(os.environ["PGHOST"]) / SOCKET)
    with tempfile.TemporaryDirectory(prefix="pg_guardrail.") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/{SOCKET}")
        listener.listen()
        threading.Thread(target=relay.serve, args=(listener,), daemon=True).start()
        plain = {"PGHOST": folder, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "PGCLIENTENCODING": "UTF8"}
        print(f'\nRunning {file} on the fresh database "{database}", guardrail.mode = enforce:\n', flush=True)
        psql_run = subprocess.run(
            [psql, "--no-psqlrc", "--pset=pager=off", f"--dbname={database}", f"--file={file}"],
            env=os.environ | plain,
            check=False,
        )

    print()
    if relay.violations:
        print(table(["rule", "level", "object", "message"], relay.violations) + "\n")
    print(f"violations found: {len(relay.violations)}; commands refused for them: {relay.refusals}")
    if relay.other_errors:
        print(f"commands that failed for another reason, such as bad syntax (see above): {relay.other_errors}")
    if psql_run.returncode:
        print(f"psql did not get to the end of the file: it ended with status {psql_run.returncode}")
    if relay.refusals:
        return 1
    return 2 if relay.other_errors or psql_run.returncode else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
