"""A connection of libpq as the harness needs it: a statement in, its outcome out, no transaction of its own."""

import json
from dataclasses import dataclass, field

from psycopg import pq

DIAG = pq.DiagnosticField
OK = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)
REFUSED = "42R01"


@dataclass
class Outcome:
    """What became of a statement."""

    sqlstate: str | None = None
    message: str = ""
    detail: str = ""
    value: str | None = None
    notices: list = field(default_factory=list)  # (SQLSTATE, text, detail)

    @property
    def is_ok(self):
        return self.sqlstate is None

    @property
    def is_refused(self):
        return self.sqlstate == REFUSED


class Lost(Exception):
    """The server has closed the connection."""


def read(result, name):
    text = result.error_field(name)
    return text.decode(errors="replace") if text else ""


class Wire:
    def __init__(self, **dsn):
        text = " ".join(f"{name}={value}" for name, value in dsn.items())
        self.pgconn = pq.PGconn.connect(text.encode())
        if self.pgconn.status != pq.ConnStatus.OK:
            raise Lost(self.pgconn.get_error_message())
        self.notices = []
        self.had_internal_error = False
        self.pgconn.notice_handler = self.note

    def note(self, result):
        fields = (DIAG.SQLSTATE, DIAG.MESSAGE_PRIMARY, DIAG.MESSAGE_DETAIL)
        self.notices.append(tuple(read(result, name) for name in fields))

    def run(self, sql):
        self.notices.clear()
        result = self.pgconn.exec_(sql.encode())
        notices = list(self.notices)
        if result.status in OK:
            value = result.get_value(0, 0) if result.ntuples and result.nfields else None
            return Outcome(value=value.decode() if value is not None else None, notices=notices)
        if self.pgconn.status != pq.ConnStatus.OK:
            raise Lost(self.pgconn.get_error_message() or read(result, DIAG.MESSAGE_PRIMARY))
        fields = (DIAG.SQLSTATE, DIAG.MESSAGE_PRIMARY, DIAG.MESSAGE_DETAIL)
        outcome = Outcome(*(read(result, name) for name in fields), notices=notices)
        self.had_internal_error |= outcome.sqlstate == "XX000"
        return outcome

    def must(self, sql):
        """Runs what the harness itself needs."""
        outcome = self.run(sql)
        if not outcome.is_ok:
            raise RuntimeError(f"{outcome.sqlstate} {outcome.message}\n{sql}")
        return outcome

    def json(self, sql):
        return json.loads(self.must(sql).value)

    @property
    def is_idle(self):
        return self.pgconn.transaction_status == pq.TransactionStatus.IDLE

    @property
    def is_failed(self):
        return self.pgconn.transaction_status == pq.TransactionStatus.INERROR

    def close(self):
        self.pgconn.finish()
