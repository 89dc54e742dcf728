"""What must hold after anything that went wrong: the server is up, sessions can go on, and nothing was let through."""

import time

import psycopg

# Refused in every mode but off and warn, whether the guard looks at the end of the statement or before the commit.
BAD_STATEMENT = "CREATE TABLE afterwards (made timestamp)"
BAD_COMMIT = "CREATE TABLE afterwards (c bigint CONSTRAINT fk_c REFERENCES customers ON DELETE CASCADE)"
GOOD = "CREATE TABLE afterwards (id bigint CONSTRAINT pk_afterwards PRIMARY KEY)"
VIOLATION = "42R01"

AUDIT = """
    SELECT rule, level, schema_name, table_name, coalesce(column_name, constraint_name, ''), fingerprint
    FROM guardrail.audit() WHERE level = 'error'
"""


def audit(cluster, name):
    """The errors that the audit finds in a database."""
    with wait_for_server(cluster, name) as admin:
        return set(admin.execute(AUDIT).fetchall())


def wait_for_server(cluster, name, user="postgres", seconds=60, **extra):
    """Connects; waits for the server where it is recovering from a crash."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return cluster.connect(name, user, **extra)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def wait_for_crash(observer, seconds=60):
    """Waits until the server has noticed that a backend was killed: it then ends all sessions, the observer's among them."""
    deadline = time.monotonic() + seconds
    while not (observer.broken or observer.closed):
        assert time.monotonic() < deadline, "the server has not noticed the crash of a backend"
        try:
            observer.execute("SELECT 1")
        except psycopg.OperationalError:
            pass
        time.sleep(0.01)
    observer.close()


def outcome(connection, *statements):
    """Runs statements one by one. Returns the SQLSTATE of the first error, `lost` for a connection that is gone, or
    None where there is none; and the text."""
    try:
        for sql in statements:
            connection.execute(sql)
    except psycopg.Error as error:
        lost = connection.closed or connection.broken
        return (error.sqlstate or "lost") if lost else error.sqlstate, str(error)
    return None, ""


def goes_on(connection, mode):
    """The session goes on, and what it does is checked as before."""
    if connection.info.transaction_status.name != "IDLE":
        connection.execute("ROLLBACK")
    for sql in (BAD_STATEMENT, BAD_COMMIT):
        state, text = outcome(connection, sql)
        assert state == (VIOLATION if mode == "enforce" else None), (mode, sql, state, text)
        if state is None:
            connection.execute("DROP TABLE afterwards")
    connection.execute(GOOD)
    connection.execute("DROP TABLE afterwards")
