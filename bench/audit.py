"""Measures the audit: against a plain catalog query, as the database grows, and for each violation.

The tables have ten columns, two foreign keys and three indexes. Those that are clean break no rule; those that are not
break ten rules each. TABLES gives the sizes (10,000 and 50,000).

Needs PG_GUARDRAIL_PGBIN like the integration tests.
"""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "integration" / "support"))

import databases  # noqa: E402
from measure import Backend  # noqa: E402
from report import table  # noqa: E402

SIZES = [int(size) for size in os.environ.get("TABLES", "10000 50000").split()]
ROUNDS = 5
FAULTY_TABLES, FAULTS = 10_000, 10
MAX_RATIO, MAX_EACH, MAX_MEMORY = 5, 30, 100 << 20

# What people ask for unindexed foreign keys: which, of which table, over which columns.
PLAIN = """
    SELECT n.nspname, t.relname, k.conname, array_agg(a.attname ORDER BY u.place)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (number, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
    WHERE k.contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
            AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
    GROUP BY n.nspname, t.relname, k.conname
"""
# The least that such a query can be: their numbers.
BARE = """
    SELECT k.oid FROM pg_constraint k WHERE k.contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid
            AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
"""
AUDIT = "SELECT count(*) FROM guardrail.audit()"

CLEAN = """
    CREATE TABLE clean_{n} (id bigint CONSTRAINT pk_clean_{n} PRIMARY KEY,
        a bigint NOT NULL CONSTRAINT fk_clean_{n}_a REFERENCES clean_{m} ON DELETE CASCADE,
        b bigint NOT NULL CONSTRAINT fk_clean_{n}_b REFERENCES clean_{m} ON DELETE CASCADE,
        c varchar(20) NOT NULL, d bigint NOT NULL, e timestamptz NOT NULL, f numeric NOT NULL, g boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ix_clean_{n}_a ON clean_{n} (a);
    CREATE INDEX ix_clean_{n}_b ON clean_{n} (b);
    CREATE INDEX ix_clean_{n}_d_e ON clean_{n} (d, e);
"""
FAULTY = """
    CREATE TABLE faulty_{n} (id bigint CONSTRAINT pk_faulty_{n} PRIMARY KEY,
        a bigint NOT NULL CONSTRAINT fk_faulty_{n}_a REFERENCES clean_{m},
        b bigint NOT NULL CONSTRAINT fk_faulty_{n}_b REFERENCES clean_{m},
        c timestamp NOT NULL, d timestamp NOT NULL, e money NOT NULL, f json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ix_faulty_{n}_e ON faulty_{n} (e);
    CREATE INDEX ix_faulty_{n}_d ON faulty_{n} (d);
    CREATE INDEX ix_faulty_{n}_d_e ON faulty_{n} (d, e);
"""
# These want what no statement gives by itself.
OFF = ("table_without_comment", "column_without_comment", "rls_disabled")


def say(text):
    print(f"  {text}", file=sys.stderr)


def fill(admin, template, first, last, parents):
    for n in range(first, last + 1, 100):
        rest = range(n, min(n + 100, last + 1))
        admin.execute("BEGIN;" + "".join(template.format(n=number, m=(number - 1) % parents) for number in rest) + "COMMIT")


def every_rule(admin, name):
    for (rule,) in admin.execute("SELECT id FROM guardrail.rules").fetchall():
        admin.execute(f"ALTER DATABASE {name} SET guardrail.{rule} = '{'off' if rule in OFF else 'warning'}'")


def fastest(backend, sql):
    """The least processor time of several runs, in milliseconds, and how many violations there are."""
    times = []
    for _ in range(ROUNDS):
        before = backend.cpu()
        rows = backend.connection.execute(sql).fetchall()
        times.append((backend.cpu() - before) / 1000)
    return min(times), rows[0][0] if rows else 0


def begin(cluster):
    """Makes a database with the first clean table."""
    name = next(cluster.names)
    cluster.connect("postgres").execute(f"CREATE DATABASE {name}").connection.close()
    with cluster.connect(name) as admin:
        admin.execute("CREATE EXTENSION pg_guardrail")
        every_rule(admin, name)
        admin.execute(
            "SET guardrail.mode = off; CREATE TABLE clean_0 (id bigint CONSTRAINT pk_clean_0 PRIMARY KEY, "
            "created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())"
        )
    return name


def clean(cluster, name, size, made):
    """Adds clean tables up to a size, and measures."""
    say(f"{size:,} clean tables")
    with cluster.connect(name) as admin:
        admin.execute("SET guardrail.mode = off")
        fill(admin, CLEAN, made + 1, size, size)
        admin.execute("VACUUM ANALYZE")
    backend = Backend(cluster, name)
    # All of a query is to be measured, and workers are processes of their own.
    backend.run("SET max_parallel_workers_per_gather = 0")
    (bare, _), (plain, _), (audit, found) = (fastest(backend, sql) for sql in (BARE, PLAIN, AUDIT))
    backend.close()
    if found:
        sys.exit(f"the clean tables have {found} violations")
    # A session of its own, in which nothing else has filled the caches.
    backend = Backend(cluster, name)
    backend.run("SELECT 1")
    backend.run(AUDIT)
    memory = backend.memory()
    backend.close()
    return {"size": size, "bare": bare, "plain": plain, "audit": audit, "memory": memory}


def faulty(cluster, name, clean_tables):
    """Adds tables with violations, and measures what each violation adds."""
    say(f"{FAULTY_TABLES * FAULTS:,} violations")
    with cluster.connect(name) as admin:
        admin.execute("SET guardrail.mode = off")
        fill(admin, FAULTY, 1, FAULTY_TABLES, clean_tables)
        admin.execute("VACUUM ANALYZE")
    backend = Backend(cluster, name)
    # By a rule about types alone the same tables are read and nothing is found.
    nothing = AUDIT.replace("()", "(rules => 'misnamed_type')")
    (base, _), (cost, found) = (fastest(backend, sql) for sql in (nothing, AUDIT))
    backend.close()
    return {"found": found, "each": (cost - base) * 1000 / found, "cost": cost}


def main():
    cluster = databases.start(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]))
    try:
        name = begin(cluster)
        results, made = [], 0
        for size in SIZES:
            results.append(clean(cluster, name, size, made))
            made = size
        violations = faulty(cluster, name, made)
    finally:
        cluster.stop()
    rows = [["clean tables", "bare query ms", "plain query ms", "audit ms", "of bare", "of plain", "us a table", "memory MB"]]
    for one in results:
        ratios = [f"{one['audit'] / one[query]:.2f}" for query in ("bare", "plain")]
        times = [f"{one[what]:,.0f}" for what in ("bare", "plain", "audit")]
        each = f"{one['audit'] * 1000 / one['size']:.1f}"
        rows.append([f"{one['size']:,}", *times, *ratios, each, f"{one['memory'] / (1 << 20):.1f}"])
    print(table(rows))
    print(f"\n{violations['found']:,} violations: {violations['cost']:,.0f} ms, {violations['each']:.1f} us for each\n")
    aims = [("of the plain query", MAX_RATIO, max(one["audit"] / one["plain"] for one in results))]
    aims.append(("us for each violation", MAX_EACH, violations["each"]))
    aims.append(("MB of memory", MAX_MEMORY >> 20, max(one["memory"] for one in results) / (1 << 20)))
    for what, most, measured in aims:
        print(f"  at most {most} {what}: {measured:.1f}  {'ok' if measured <= most else 'MISSED'}")


if __name__ == "__main__":
    main()
