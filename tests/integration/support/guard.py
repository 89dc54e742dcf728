"""What a test says about the guard: this passes, this is refused for that, this is warned about.

A violation is written `rule table.object`, where the object is a column or a constraint; the
table's schema is left out when it is public, and a type stands in the table's place.
"""

import re

import catalog
import psycopg

SQLSTATE = "42R01"


class Message:
    """One message of the server, copied out of the driver's result."""

    def __init__(self, diag):
        self.severity = diag.severity_nonlocalized
        self.sqlstate = diag.sqlstate
        self.primary = diag.message_primary
        self.detail = diag.message_detail or ""
        self.hint = diag.message_hint or ""
        self.schema = diag.schema_name
        self.table = diag.table_name
        self.column = diag.column_name
        self.constraint = diag.constraint_name
        self.datatype = diag.datatype_name

    @property
    def rule(self):
        found = re.search(r"\bRule: (\w+) \((?:error|warning|notice)\)\.", self.detail)
        return found and found.group(1)

    def __str__(self):
        return name(self.rule, self.schema, self.table, self.column or self.constraint, self.datatype)

    def __repr__(self):
        return f"<{self.severity} {self.sqlstate} {self.primary!r} {self.detail!r} {self.hint!r}>"


def name(rule, schema, table, part, datatype):
    words = [schema if schema != "public" else None, table or (datatype or "").removeprefix(f"{schema}."), part]
    return f"{rule} {'.'.join(filter(None, words))}"


def listed(violations):
    return sorted([violations] if isinstance(violations, str) else violations)


class Session:
    """A connection that keeps what the server said."""

    def __init__(self, connection):
        self.connection = connection
        self.messages = []
        connection.add_notice_handler(lambda diag: self.messages.append(Message(diag)))

    def run(self, sql):
        return self.connection.execute(sql)

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def said(self):
        """The guard's messages since they were last asked for."""
        messages = [message for message in self.messages if message.sqlstate == SQLSTATE]
        self.messages.clear()
        return messages

    def error(self, sql):
        """The guard's refusal of a statement."""
        try:
            self.connection.execute(sql)
        except psycopg.Error as error:
            if error.sqlstate != SQLSTATE:
                raise
            return Message(error.diag)
        raise AssertionError(f"not refused: {sql}")

    def fails(self, sql):
        """PostgreSQL's own error, or the guard's about a setting: (SQLSTATE, all of its text)."""
        try:
            self.connection.execute(sql)
        except psycopg.Error as error:
            diag = error.diag
            texts = (diag.message_primary, diag.message_detail, diag.message_hint)
            return error.sqlstate, " ".join(text for text in texts if text)
        raise AssertionError(f"no error: {sql}")

    def last_violations(self):
        columns = "rule, schema_name, table_name, coalesce(column_name, constraint_name), data_type"
        return sorted(name(*row) for row in self.rows(f"SELECT {columns} FROM guardrail.last_violations()"))


class Guard:
    """One database with the extension in it, used through one session of the role `app`."""

    def __init__(self, cluster, dbname):
        self.cluster = cluster
        self.dbname = dbname
        self.opened = []
        self.observer = None
        self.user = "app"
        self.main = None

    # Sessions

    def connect(self, user=None, **extra):
        connection = self.cluster.connect(self.dbname, user or self.user, **extra)
        self.opened.append(connection)
        return Session(connection)

    @property
    def session(self):
        if self.main is None:
            self.main = self.connect()
        return self.main

    def reconnect(self):
        """The next statement runs in a session that has not loaded the library yet."""
        self.main = None

    def observe(self, query):
        """Ask as the superuser, from outside the test's own session."""
        if self.observer is None:
            self.observer = self.connect("postgres").connection
        return self.observer.execute(query).fetchall()

    def close(self):
        for connection in self.opened:
            connection.close()

    @property
    def version(self):
        return self.session.connection.info.server_version // 10000

    # Preparing

    def as_superuser(self):
        self.user = "postgres"
        self.reconnect()
        return self

    def admin(self, *statements):
        """Run statements as the superuser, unguarded."""
        with self.cluster.connect(self.dbname, options="-c guardrail.mode=off") as admin:
            for sql in statements:
                admin.execute(sql)

    def legacy(self, *statements):
        """Run statements as the test's role, unguarded: what was there before the guard."""
        with self.cluster.connect(self.dbname, options="-c guardrail.mode=off") as admin:
            admin.execute(f"SET SESSION AUTHORIZATION {self.user}")
            for sql in statements:
                if sql:
                    admin.execute(sql)

    def configure(self, **settings):
        """Change settings for the database; they hold from the next session on."""
        for setting, value in settings.items():
            self.admin(f"ALTER DATABASE {self.dbname} SET guardrail.{setting} = '{value}'")
        self.reconnect()
        return self

    def only(self, *rules):
        """Judge by these rules alone."""
        return self.configure(preset="none", **dict.fromkeys(rules, "error"))

    # Expectations

    def passes(self, *statements):
        for sql in statements:
            self.session.run(sql)
            assert self.session.said() == [], sql

    def passes_in_transaction(self, *statements):
        self.passes("BEGIN", *statements, "COMMIT")

    def refused(self, *statements, adds):
        """All statements but the last pass in silence; the last one is refused for exactly this."""
        *before, last = statements
        self.passes(*before)
        return self.refuses(last, adds)

    def refused_in_transaction(self, *statements, adds):
        message = self.refused("BEGIN", *statements, adds=adds)
        assert self.session.connection.info.transaction_status.name == "INERROR", "the refusal came at COMMIT"
        self.session.run("ROLLBACK")
        assert self.session.last_violations() == listed(adds)
        return message

    def refused_at_commit(self, *statements, adds):
        """Every statement passes, and nothing of the transaction stays."""
        before = catalog.digest(self)
        message = self.refused("BEGIN", *statements, "COMMIT", adds=adds)
        assert catalog.digest(self) == before
        return message

    def warned(self, *statements, adds, severity="WARNING"):
        """The last statement takes effect with exactly these messages."""
        *before, last = statements
        self.passes(*before)
        self.session.run(last)
        messages = self.session.said()
        assert sorted(map(str, messages)) == listed(adds), f"{last}: {messages}"
        assert {message.severity for message in messages} <= {severity}
        return messages

    def refuses(self, sql, adds):
        expected = listed(adds)
        before = catalog.digest(self)
        message = self.session.error(sql)
        assert catalog.digest(self) == before, "something got past"
        if len(expected) == 1:
            assert str(message) == expected[0], f"{sql}: {message!r}"
        else:
            rules = sorted(line.split(":")[0] for line in message.detail.splitlines())
            assert rules == sorted(violation.split()[0] for violation in expected), f"{sql}: {message!r}"
            assert f"breaks {len(expected)} conventions" in message.primary
        if self.session.connection.info.transaction_status.name == "IDLE":
            assert self.session.last_violations() == expected
        return message
