"""Measures statements of extreme shapes with and without the guard: many constraints, deep types, long texts.

Each shape is run at its usual size and at ten times that (where PostgreSQL itself takes too long: less), under every
rule. The guard may take half of the statement's
own time and 50 ms more, or else the statement must end within 100 ms of its statement_timeout.

Needs PG_GUARDRAIL_PGBIN like the integration tests. SHAPES names the shapes to be run, by a part of their names; MODE
is the mode of the guard.
"""

import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "integration" / "support"))

import databases  # noqa: E402
import psycopg  # noqa: E402
from report import table  # noqa: E402

RATIO, GRACE, LATENESS = 1.5, 0.05, 0.1
MODE = os.environ.get("MODE", "warn")
# How long a statement is waited for.
PATIENCE = 120

def listed(template, size):
    return ", ".join(template.format(n=n) for n in range(size))


def repeated(template, size):
    """A block that runs a statement for each number."""
    return f"DO $$ BEGIN FOR n IN 1..{size} LOOP EXECUTE format($f${template}$f$, n, n - 1); END LOOP; END $$"


def unnamed_checks(size):
    """The names that PostgreSQL makes up differ by the columns."""
    columns = listed("c_{n} int", 1000)
    checks = ", ".join(f"CHECK (c_{n % 1000} > {n})" for n in range(size))
    return [], f"CREATE TABLE shape.t ({columns}, {checks})"


def unnamed_checks_of_one_column(size):
    """PostgreSQL's own time grows with the cube, as it looks for each name through all numbers and all other names."""
    return [], f"CREATE TABLE shape.t (a int, {listed('CHECK (a > {n})', size)})"


def unnamed_foreign_keys(size):
    keys = listed("FOREIGN KEY (a) REFERENCES shape.p", size)
    return ["CREATE TABLE shape.p (id bigint PRIMARY KEY)"], f"CREATE TABLE shape.t (a bigint, {keys})"


def equal_indexes(size):
    before = ["CREATE TABLE shape.p (a int)", repeated("CREATE INDEX i_%s ON shape.p (a)", size)]
    return before, "CREATE TABLE shape.t (LIKE shape.p INCLUDING INDEXES)"


def one_index_more(size):
    before, _ = equal_indexes(size)
    return before, "CREATE INDEX i ON shape.p (a)"


def mixed_indexes(size):
    """Each is the leading part of others."""
    create = "CREATE INDEX i_%1$s ON shape.p (a, b) INCLUDE (c) WHERE a > %1$s"
    before = ["CREATE TABLE shape.p (a int, b int, c int)", repeated(create, size // 2)]
    before.append(repeated("CREATE INDEX j_%s ON shape.p (a)", size // 2))
    return before, "CREATE TABLE shape.t (LIKE shape.p INCLUDING INDEXES)"


def composites_of_two(size):
    """PostgreSQL's own time doubles with each."""
    before = ["CREATE TYPE shape.c_0 AS (v timestamp)"]
    before += [f"CREATE TYPE shape.c_{n} AS (a shape.c_{n - 1}, b shape.c_{n - 1})" for n in range(1, size + 1)]
    return before, f"CREATE TABLE shape.t (v shape.c_{size})"


def nested_composites(size):
    before = ["CREATE TYPE shape.c_0 AS (v timestamp)"]
    before += [f"CREATE TYPE shape.c_{n} AS (a shape.c_{n - 1}, b timestamp)" for n in range(1, size + 1)]
    return before, f"CREATE TABLE shape.t (v shape.c_{size})"


def nested_domains(size):
    before = ["CREATE DOMAIN shape.d_0 AS timestamp", repeated("CREATE DOMAIN shape.d_%s AS shape.d_%s", size)]
    return before, f"CREATE TABLE shape.t (v shape.d_{size})"


def columns_of_nested_domains(size):
    before, _ = nested_domains(size * 5)
    return before, f"CREATE TABLE shape.t ({', '.join(f'c_{n} shape.d_{5 * n}' for n in range(size))})"


def timestamps(size):
    return [], f"CREATE TABLE shape.t ({listed('c_{n} timestamp DEFAULT now()', size)})"


def serials(size):
    return [], f"CREATE TABLE shape.t ({listed('c_{n} serial', size)})"


def added_columns(size):
    added = listed("ADD c_{n} int", size)
    return ["CREATE TABLE shape.t (a int)"], f"ALTER TABLE shape.t {added}, {listed('ADD CHECK (a > {n})', size)}"


def broad_check(size):
    condition = " OR ".join(f"c_{n} > 'x'" for n in range(size))
    return [], f"CREATE TABLE shape.t ({listed('c_{n} text', size)}, CHECK ({condition}))"


def listed_strings(size):
    strings = ", ".join(f"'string {n}'" for n in range(size))
    return [], f"CREATE TABLE shape.t (a text CHECK (a IN ({strings})))"


def braces(size):
    return [], f"CREATE TABLE shape.t (a text CHECK (a ~ '^{'{' * size}}}$'))"


def long_names(size):
    words = " ".join(f"PERFORM 1 AS {'x' * 60}{n:09};" for n in range(size))
    return [], f"DO $$ BEGIN CREATE TABLE shape.t ({listed('c_{n} int', 1000)}); RETURN; {words} END $$"


def long_text(size):
    return [], f"DO $do$ BEGIN CREATE TABLE shape.t (a int); PERFORM $a${'$ $b /* ' * (size // 8)}$a$; END $do$"


def partitions(size):
    create = "CREATE TABLE shape.t_%1$s PARTITION OF shape.t FOR VALUES IN (%1$s)"
    return ["CREATE TABLE shape.t (a int) PARTITION BY LIST (a)", repeated(create, size)], "ALTER TABLE shape.t ADD b timestamp"


def heirs_of_heirs(size):
    create = "CREATE TABLE shape.t_%s () INHERITS (shape.t_%s)"
    return ["CREATE TABLE shape.t_0 (a int)", repeated(create, size)], "ALTER TABLE shape.t_0 DROP COLUMN a"


def explain(size):
    return [], f"SELECT guardrail.explain(repeat('a', {size}))"


SHAPES = {
    "unnamed check constraints": (unnamed_checks, 500),
    "unnamed checks of one column": (unnamed_checks_of_one_column, 500, 2),
    "unnamed foreign keys": (unnamed_foreign_keys, 400, 3),
    "equal indexes": (equal_indexes, 300),
    "one more equal index": (one_index_more, 300),
    "mixed indexes": (mixed_indexes, 300),
    "composite types of two others": (composites_of_two, 2, 8),
    "composite types in each other": (nested_composites, 17),
    "domains over each other": (nested_domains, 4000),
    "columns of domains over each other": (columns_of_nested_domains, 160),
    "columns of timestamp": (timestamps, 160),
    "serial columns": (serials, 100),
    "added columns and constraints": (added_columns, 150),
    "a check over many columns": (broad_check, 160),
    "a check that lists strings": (listed_strings, 2000),
    "a regular expression of braces": (braces, 100_000),
    "names that are too long": (long_names, 1000),
    "a long text": (long_text, 3_000_000),
    "partitions": (partitions, 300),
    "inheritance in depth": (heirs_of_heirs, 500),
    "explain() of a long word": (explain, 3_000_000),
}


def timed(connection, sql):
    """The seconds that a statement takes, and whether it was cancelled or has failed."""
    start = time.perf_counter()
    try:
        connection.execute(sql)
        outcome = ""
    except psycopg.errors.QueryCanceled:
        outcome = "cancelled"
    except psycopg.Error as error:
        refused = error.sqlstate == "42R01" or "does not exist" in str(error)
        outcome = "" if refused else f"failed: {error.sqlstate} {str(error).splitlines()[0][:100]}"
    return time.perf_counter() - start, outcome


def measure(cluster, connection, shape, size):
    """The seconds of a shape without the guard and with it, how late it is cancelled, and how it ended."""

    def run(mode, timeout):
        connection.execute("SET guardrail.mode = off; CREATE SCHEMA shape")
        before, statement = shape(size)
        for sql in before:
            connection.execute(sql)
        connection.execute(f"SET guardrail.mode = {mode}; SET statement_timeout = {int(timeout * 1000)}")
        result = timed(connection, statement)
        connection.execute("RESET statement_timeout; SET guardrail.mode = off")
        # It takes PostgreSQL longer to drop some of the shapes than to make them.
        connection.execute(f"ALTER SCHEMA shape RENAME TO {next(cluster.names)}")
        return result

    (alone, failure), (guarded, outcome) = run("off", PATIENCE), run(MODE, PATIENCE)
    late = None
    if guarded > RATIO * alone + GRACE:
        # Time-outs within what the guard adds.
        timeouts = [alone + part * (guarded - alone) for part in (0.25, 0.5, 0.75)]
        # The machine may be busy with something else, so the better one of two counts.
        late = max(max(0, min(run(MODE, timeout)[0] for _ in range(2)) - timeout) for timeout in timeouts)
    return alone, guarded, late, outcome or failure


def main():
    # With it the server would look for the names of functions whenever a statement is cancelled, which takes long.
    os.environ.pop("RUST_BACKTRACE", None)
    cluster = databases.start(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]))
    wanted = os.environ.get("SHAPES", "")
    missed = 0
    rows = [["", "size", "without", "with the guard", "cancelled late", ""]]
    try:
        name = databases.make(cluster, databases.ALL)
        with cluster.connect(name) as connection:
            connection.execute("SET client_min_messages = warning; SET max_stack_depth = '2MB'")
            for title, (shape, usual, *factor) in SHAPES.items():
                for size in (usual, (factor or [10])[0] * usual) if wanted in title else ():
                    alone, guarded, late, outcome = measure(cluster, connection, shape, size)
                    is_missed = guarded > RATIO * alone + GRACE and late > LATENESS
                    missed += is_missed
                    lateness = "" if late is None else f"{late * 1000:,.0f} ms"
                    verdict = " ".join(filter(None, [outcome, "MISSED" if is_missed else ""]))
                    rows.append(
                        [title, f"{size:,}", f"{alone * 1000:,.0f} ms", f"{guarded * 1000:,.0f} ms", lateness, verdict]
                    )
                    print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    finally:
        cluster.stop()
    print(table(rows))
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
