"""check_sql.py PSQL DATABASE FILE REPORT: runs an SQL file and ends with the violations that were found, by rule.

psql runs the file, so that everything psql understands works. This program relays the messages between psql and the
server that PGHOST and PGUSER name. When an answer reports a violation, it queries guardrail.last_violations() in the
same session before it tells psql that the server is ready for the next command.

The file REPORT gets everything that psql has written, and all violations. Of what repeats itself, only the beginning
is shown.

Status: 0 nothing was refused, 1 something was, or the file ended in an open transaction, so that nothing in it was
checked at commit; 2 something failed for another reason.
"""

import contextlib
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

VIOLATION = b"42R01"
IN_FAILED_TRANSACTION = b"25P02"
# What a command fails with if it uses something that a refused one should have created: no such table, column,
# object, function or schema.
DOES_NOT_EXIST = (b"42P01", b"42703", b"42704", b"42883", b"3F000")

# How many messages of one kind, and violations of one rule, are shown.
SHOWN = 10
# Between the words of a message that psql prints on one line, for the report alone.
HIDDEN, NEW_LINE = b"\x1e", b"\x1f"

SOCKET = ".s.PGSQL.5432"
IDLE, FAILED = b"I", b"E"

LAST_VIOLATIONS = "SELECT rule, level, message FROM guardrail.last_violations()"


class Session:
    """A connection of psql to the server."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.answers = messages(server.makefile("rb"))
        self.transaction = IDLE
        self.reports_violation = False
        self.ends = False

    def query(self, sql: str) -> list[list[str]]:
        send(self.server, b"Q", sql.encode() + b"\0")
        rows = []
        for kind, body in self.answers:
            if kind == b"D":
                rows.append(row(body))
            elif kind == b"E":
                raise RuntimeError(fields_of(body)[b"M"].decode(errors="replace"))
            elif kind == b"Z":
                break
        return rows


class Relay:
    """Relays one or more sessions, keeps the violations in them and counts the errors."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.violations: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.messages: Counter[bytes] = Counter()
        self.refusals = 0
        self.consequences = 0
        self.other_errors = 0
        self.open_transactions = 0
        self.threads: list[threading.Thread] = []

    def serve(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server))
            session = Session(client, server)
            for relay in (self.relay_commands, self.relay_answers):
                self.threads.append(threading.Thread(target=relay, args=(session,), daemon=True))
                self.threads[-1].start()

    def finish(self) -> None:
        """Waits for what is still asked of the server when psql has gone."""
        for thread in self.threads:
            thread.join(timeout=10)

    def relay_commands(self, session: Session) -> None:
        stream = session.client.makefile("rb")
        with contextlib.suppress(OSError):
            # The first packet has a length and no letter.
            if head := stream.read(4):
                session.server.sendall(head + stream.read(int.from_bytes(head, "big") - 4))
            for kind, body in messages(stream):
                if kind == b"X" and session.transaction != IDLE:
                    # The server would do the same, but then nobody could ask it for the violations.
                    session.ends = True
                    kind, body = b"Q", b"ROLLBACK\0"
                send(session.server, kind, body)
            if not session.ends:
                session.server.shutdown(socket.SHUT_WR)

    def relay_answers(self, session: Session) -> None:
        # The connection to psql is closed in any case: psql must not wait for ever.
        with contextlib.closing(session.client), contextlib.closing(session.server), contextlib.suppress(OSError):
            for kind, body in session.answers:
                if kind in b"EN":
                    body = self.note_message(session, kind, body)
                if kind == b"Z":
                    session.transaction = body
                    self.note_violations(session)
                if session.ends:
                    if kind == b"Z":
                        self.open_transactions += 1
                        break
                else:
                    send(session.client, kind, body)

    def note_violations(self, session: Session) -> None:
        # In a failed transaction no query is answered, so the query waits until the transaction has ended.
        if session.reports_violation and session.transaction != FAILED:
            session.reports_violation = False
            for rule, level, message in session.query(LAST_VIOLATIONS):
                self.violations[rule, level].append(message)

    def note_message(self, session: Session, kind: bytes, body: bytes) -> bytes:
        """Counts the message. Returns it as psql shall have it: if there were many of its kind, on a hidden line."""
        fields = fields_of(body)
        session.reports_violation |= fields[b"C"] == VIOLATION
        if fields[b"V"] in (b"ERROR", b"FATAL", b"PANIC"):
            self.count_error(fields[b"C"])
        shape = re.sub(rb'"[^"]*"|\d+', b"", fields[b"M"])
        self.messages[shape] += 1
        return body if self.messages[shape] <= SHOWN else hidden(fields)

    def count_error(self, sqlstate: bytes) -> None:
        if sqlstate == VIOLATION:
            self.refusals += 1
        elif sqlstate == IN_FAILED_TRANSACTION or (self.refusals and sqlstate in DOES_NOT_EXIST):
            self.consequences += 1
        else:
            self.other_errors += 1

    def hidden_messages(self) -> int:
        return sum(max(count - SHOWN, 0) for count in self.messages.values())


def messages(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The messages of one side. Each is a letter, a length that includes itself, and a body."""
    while head := stream.read(5):
        kind, length = struct.unpack("!cI", head)
        yield kind, stream.read(length - 4)


def send(receiver: socket.socket, kind: bytes, body: bytes) -> None:
    receiver.sendall(kind + struct.pack("!I", len(body) + 4) + body)


def fields_of(message: bytes) -> dict[bytes, bytes]:
    return {field[:1]: field[1:] for field in message.split(b"\0") if field}


def hidden(fields: dict[bytes, bytes]) -> bytes:
    """The message as one that psql prints on one line, which `show_output` keeps from the terminal."""
    parts = [(b"", b"M"), (b"DETAIL:  ", b"D"), (b"HINT:  ", b"H"), (b"CONTEXT:  ", b"W")]
    text = b"\n".join(label + fields[letter] for label, letter in parts if letter in fields)
    kept = {letter: fields[letter] for letter in (b"S", b"V", b"C")}
    kept[b"M"] = HIDDEN + text.replace(b"\n", NEW_LINE)
    return b"".join(letter + value + b"\0" for letter, value in kept.items()) + b"\0"


def row(body: bytes) -> list[str]:
    (columns,) = struct.unpack_from("!H", body)
    values, at = [], 2
    for _ in range(columns):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(body[at : at + max(length, 0)].decode(errors="replace"))
        at += max(length, 0)
    return values


def show_output(lines: BinaryIO, report: BinaryIO) -> None:
    """Shows what psql writes, but for the hidden lines."""
    for line in lines:
        if HIDDEN in line:
            report.write(line.replace(HIDDEN, b"").replace(NEW_LINE, b"\n"))
        else:
            report.write(line)
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def settings(psql: str, database: str) -> str:
    """The mode and the preset that the database begins with."""
    names = ["guardrail.mode", "guardrail.preset"]
    commands = [f"--command=SHOW {name}" for name in names]
    shown = subprocess.run(
        [psql, "--no-psqlrc", "--tuples-only", "--no-align", f"--dbname={database}", *commands],
        capture_output=True,
        text=True,
        check=True,
    )
    return ", ".join(f"{name} = {value}" for name, value in zip(names, shown.stdout.split(), strict=True))


def run(psql: str, database: str, file: str, report: BinaryIO) -> tuple[Relay, int]:
    """Runs the file. Returns what was found, and the status of psql."""
    relay = Relay(Path(os.environ["PGHOST"]) / SOCKET)
    with tempfile.TemporaryDirectory(prefix="pg_guardrail.") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/{SOCKET}")
        listener.listen()
        threading.Thread(target=relay.serve, args=(listener,), daemon=True).start()
        plain = {"PGHOST": folder, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "PGCLIENTENCODING": "UTF8"}
        command = [psql, "--no-psqlrc", "--pset=pager=off", f"--dbname={database}", f"--file={file}"]
        with subprocess.Popen(
            command, env=os.environ | plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as psql_run:
            show_output(psql_run.stdout, report)
        relay.finish()
    return relay, psql_run.returncode


def violations_by_rule(relay: Relay, limit: int | None = None) -> Iterator[str]:
    for (rule, level), found in sorted(relay.violations.items(), key=lambda item: -len(item[1])):
        yield f"{rule} ({level}): {len(found)}"
        yield from (f"  {message}" for message in found[:limit])
        if limit and len(found) > limit:
            yield f"  and {len(found) - limit} more"
        yield ""


def totals(relay: Relay, psql_status: int) -> Iterator[str]:
    found = sum(map(len, relay.violations.values()))
    yield f"violations found: {found}; commands refused for them: {relay.refusals}"
    if relay.consequences:
        yield f"commands that failed because an earlier one had failed: {relay.consequences}"
    if relay.other_errors:
        yield f"commands that failed for another reason, such as bad syntax (see above): {relay.other_errors}"
    if relay.refusals and relay.consequences:
        yield "With MODE=warn nothing is refused, so that one run finds all violations."
    if psql_status:
        yield f"psql did not get to the end of the file: it ended with status {psql_status}"
    if relay.open_transactions:
        yield (
            "error: the file ends in an open transaction. It was rolled back, and nothing in it was checked at commit. "
            "Is a COMMIT missing?"
        )


def main(psql: str, database: str, file: str, report_file: str) -> int:
    print(f'\nRunning {file} on the fresh database "{database}", {settings(psql, database)}:\n', flush=True)
    with open(report_file, "wb") as report:
        relay, psql_status = run(psql, database, file, report)
        report.write("\n".join(["", *violations_by_rule(relay), *totals(relay, psql_status), ""]).encode())

    print("\n".join(["", *violations_by_rule(relay, SHOWN), *totals(relay, psql_status)]))
    left_out = relay.hidden_messages()
    if left_out or any(len(found) > SHOWN for found in relay.violations.values()):
        print(f"{left_out} messages like those above are not shown. All messages and violations: {report_file}")
    if relay.refusals or relay.open_transactions:
        return 1
    return 2 if relay.other_errors or psql_status else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
