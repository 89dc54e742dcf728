"""A proxy between a migration tool and PostgreSQL, which hears what the server says to any tool in any language.

It collects the guard's reports and the journal's entries, and whenever a transaction with DDL has ended it asks a
callback to look at the database before the tool goes on.
"""

import json
import socket
import struct
import threading
from dataclasses import dataclass

import guard

JOURNAL = "TRUTH"
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
FIELDS = {"schema_name": "s", "table_name": "t", "column_name": "c", "constraint_name": "n", "datatype_name": "d"}
FIELDS |= {"severity_nonlocalized": "V", "sqlstate": "C", "message_primary": "M", "message_detail": "D"}
FIELDS |= {"message_hint": "H"}


class Diagnostics:
    """The fields of a notice, under the names that psycopg gives them."""

    def __init__(self, body):
        parts = {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}
        for name, code in FIELDS.items():
            setattr(self, name, parts.get(code))


@dataclass
class Statement:
    """What the journal shows after a statement; None where there can be nothing new."""

    text: str
    tag: str
    found: list | None


class Wire:
    """Listens on a port of its own; `at_rest(events)` is called with what has come up on the connection that rests."""

    def __init__(self, server_socket, at_rest):
        self.server_socket, self.at_rest = server_socket, at_rest
        self.failure = None
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.server_socket))
        start = read_start(client.makefile("rb"), client)
        if start:
            server.sendall(start)
            threading.Thread(target=pump, args=(client, server), daemon=True).start()
            self.listen(server.makefile("rb"), client)
        for side in (client, server):
            side.close()

    def listen(self, server, client):
        """Passes the server's messages on, but for those of the journal."""
        events = []
        try:
            while head := server.read(5):
                kind, length = struct.unpack("!cI", head)
                body = server.read(length - 4)
                if kind == b"N":
                    event = read_event(Diagnostics(body))
                    events += [event] if event else []
                    if isinstance(event, Statement):
                        continue
                if kind == b"Z" and body == b"I" and events:
                    self.rest(events)
                    events = []
                client.sendall(head + body)
        except OSError:
            pass  # One side has hung up.

    def rest(self, events):
        with self.lock:
            try:
                self.failure or self.at_rest(events)
            except Exception as error:  # It is raised where the tool was started.
                self.failure = error


def read_event(diag):
    """Returns a report or an entry of the journal; None for any other notice."""
    if diag.sqlstate == guard.SQLSTATE:
        return guard.Message(diag)
    if diag.sqlstate == JOURNAL:
        return Statement(diag.message_primary, **json.loads(diag.message_detail))
    return None


def read_start(stream, client):
    """Returns the packet that starts a session. What a client asks for before, encryption, is declined."""
    while head := stream.read(8):
        length, code = struct.unpack("!II", head)
        if code not in (SSL_REQUEST, GSS_REQUEST):
            return head + stream.read(length - 8)
        client.sendall(b"N")


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
