"""The guard as a test sees it: which statements pass, which are refused for which violations, which are warned about.

A violation is written `rule table.object`, where the object is a column or a constraint. The table's schema is left
out when it is public. A type stands in the place of the table.
"""

import re

import catalog
import psycopg

SQLSTATE = "42R01"
# What every violation ends with, wherever it is written: in a DETAIL alone, in a line of one, in the server's log.
RULE = re.compile(r"\bRule: (\w+) \((?:error|warning|notice)\)\.$", re.MULTILINE)


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
    def rules(self):
        """The rule of each violation that the message is about."""
        return RULE.findall(self.detail)

    @property
    def rule(self):
        return self.rules[0] if len(self.rules) == 1 else None

    def __str__(self):
        return name_violation(self.rule, self.schema, self.table, self.column or self.constraint, self.datatype)

    def __repr__(self):
        return f"<{self.severity} {self.sqlstate} {self.primary!r} {self.detail!r} {self.hint!r}>"


def name_violation(rule, schema, table, part, datatype):
    words = [schema if schema != "public" else None, table or (datatype or "").removeprefix(f"{schema}."), part]
    return f"{rule} {'.'.join(filter(None, words))}"


def sort_violations(violations):
    return sorted([violations] if isinstance(violations, str) else violations)


def execute(connection, sql):
    """Runs a statement; an error shows its SQL."""
    try:
        return connection.execute(sql)
    except psycopg.Error as error:
        error.add_note(f"SQL: {sql}")
        raise


class Session:
    """A connection that keeps the server's messages."""

    def __init__(self, connection):
        self.connection = connection
        self.messages = []
        connection.add_notice_handler(lambda diag: self.messages.append(Message(diag)))

    def run(self, sql):
        return execute(self.connection, sql)

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def take_messages(self):
        """Returns the guard's messages since the last call, and forgets all messages."""
        messages = [message for message in self.messages if message.sqlstate == SQLSTATE]
        self.messages.clear()
        return messages

    def force_parallel(self):
        """Makes the planner run every query that allows it in a parallel worker."""
        before_16 = self.connection.info.server_version < 160000
        self.run(f"SET {'force_parallel_mode' if before_16 else 'debug_parallel_query'} = on")
        for cost in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
            self.run(f"SET {cost} = 0")
        plan = "\n".join(line for (line,) in self.rows("EXPLAIN (COSTS OFF) SELECT count(*) FROM pg_class"))
        assert "Workers Planned" in plan, plan

    def expect_refusal(self, sql):
        """Runs a statement that the guard refuses. Returns the message."""
        try:
            self.run(sql)
        except psycopg.Error as error:
            if error.sqlstate != SQLSTATE:
                raise
            return Message(error.diag)
        raise AssertionError(f"not refused: {sql}")

    def expect_error(self, sql):
        """Runs a statement that fails, but not for a violation. Returns the SQLSTATE and the text of the error."""
        try:
            self.run(sql)
        except psycopg.Error as error:
            diag = error.diag
            texts = (diag.message_primary, diag.message_detail, diag.message_hint)
            return error.sqlstate, " ".join(text for text in texts if text)
        raise AssertionError(f"no error: {sql}")

    def transaction_status(self):
        return self.connection.info.transaction_status.name

    def last_violations(self):
        columns = "rule, schema_name, table_name, coalesce(column_name, constraint_name), data_type"
        return sorted(name_violation(*row) for row in self.rows(f"SELECT {columns} FROM guardrail.last_violations()"))


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
        """Makes the next statement run in a session that has not loaded the library yet."""
        self.main = None

    def observe(self, query):
        """Asks as the superuser, in another session than the test's own."""
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

    def administer(self, *statements):
        """Runs statements as the superuser, unguarded."""
        with self.cluster.connect(self.dbname, options="-c guardrail.mode=off") as admin:
            for sql in statements:
                execute(admin, sql)

    def prepare(self, *statements):
        """Runs statements as the test's role, unguarded: what they make was there before the guard looked."""
        with self.cluster.connect(self.dbname, options="-c guardrail.mode=off") as admin:
            admin.execute(f"SET SESSION AUTHORIZATION {self.user}")
            for sql in statements:
                if sql:
                    execute(admin, sql)

    def configure(self, **settings):
        """Changes settings of the database; they hold in the session that comes next."""
        for setting, value in settings.items():
            self.administer(f"ALTER DATABASE {self.dbname} SET guardrail.{setting} = '{value}'")
        self.reconnect()
        return self

    def check_only(self, *rules):
        """Sets these rules to error and all others to off."""
        return self.configure(preset="none", **dict.fromkeys(rules, "error"))

    # Expectations

    def passes(self, *statements):
        """Each statement passes without a message."""
        for sql in statements:
            self.session.run(sql)
            assert self.session.take_messages() == [], sql

    def passes_in_transaction(self, *statements):
        self.passes("BEGIN", *statements, "COMMIT")

    def refuses(self, *statements, adds):
        """All statements but the last pass. The last is refused for exactly these violations; returns the message."""
        *before, last = statements
        self.passes(*before)
        digest = catalog.digest(self)
        message = self.session.expect_refusal(last)
        assert catalog.digest(self) == digest, f"the refused statement has left something: {last}"
        violations = sort_violations(adds)
        if len(violations) == 1:
            assert str(message) == violations[0], f"{last}: {message!r}"
        else:
            rules = sorted(violation.split()[0] for violation in violations)
            assert sorted(message.rules) == rules, f"{last}: {message!r}"
            headline = re.search(r" breaks (\d+) conventions: (.+)$", message.primary)
            assert headline, f"{last}: {message!r}"
            assert int(headline[1]) == len(violations), f"{last}: {message!r}"
            assert sorted(headline[2].split(", ")) == sorted(set(rules)), f"{last}: {message!r}"
        if self.session.transaction_status() == "IDLE":
            assert self.session.last_violations() == violations, last
        return message

    def refuses_in_transaction(self, *statements, adds):
        """The same within a transaction block, where the last statement is refused at once."""
        message = self.refuses("BEGIN", *statements, adds=adds)
        assert self.session.transaction_status() == "INERROR", "the refusal came at COMMIT"
        self.session.run("ROLLBACK")
        assert self.session.last_violations() == sort_violations(adds)
        return message

    def refuses_at_commit(self, *statements, adds):
        """Every statement passes, COMMIT is refused, and nothing of the transaction stays."""
        digest = catalog.digest(self)
        message = self.refuses("BEGIN", *statements, "COMMIT", adds=adds)
        assert catalog.digest(self) == digest, f"the refused transaction has left something: {statements}"
        return message

    def warns(self, *statements, adds, severity="WARNING"):
        """All statements but the last pass. The last takes effect with exactly these messages; returns them."""
        *before, last = statements
        self.passes(*before)
        self.session.run(last)
        messages = self.session.take_messages()
        assert sorted(map(str, messages)) == sort_violations(adds), f"{last}: {messages}"
        assert {message.severity for message in messages} <= {severity}, f"{last}: {messages}"
        return messages
