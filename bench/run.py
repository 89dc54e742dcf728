"""Measures what the guard costs, compared with no trigger, other triggers and a guard in plpgsql.

See docs/performance.md for what is measured and how.

Needs PG_GUARDRAIL_PGBIN like the integration tests. ROUNDS is how often each statement is measured.
"""

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "integration" / "support"))

import databases  # noqa: E402
import report  # noqa: E402
import workers  # noqa: E402
from databases import ALL, CORE, EMPTY, LONE, NOBODY, OFF, VARIANTS  # noqa: E402
from measure import Backend, measure  # noqa: E402
from scenarios import ADD_COLUMN, CREATE_TABLE, CUSTOMERS, DESCRIBED_ORDERS, ORDERS, RECORD, SCENARIOS  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "100"))
WARM_UP = 5
SIZES = (10, 10_000, 50_000)
TRANSACTIONS = (100, 1000)
STATEMENTS = 10_000


def say(text):
    print(f"  {text}", file=sys.stderr)


def interleaved(rounds, costs):
    """Calls each function of `costs` (by name) once in each round, in rotating order. Returns all their results."""
    results = {name: [] for name in costs}
    names = list(costs)
    for n in range(rounds):
        for name in names[n % len(names) :] + names[: n % len(names)]:
            results[name].append(costs[name](n))
    return results


def measures(backends, scenario, number):
    """For each backend the function that measures a scenario once, on tables of its own."""

    def once(backend, place):
        return lambda n: measure(backend, scenario, f"{number}_{place}_{n}")

    return {variant: once(backend, place) for place, (variant, backend) in enumerate(backends.items())}


def statements(cluster):
    """Measures each statement under each variant, in sessions that have run such statements before. Each statement gets
    new databases: some statements get slower with the tables that exist, and not every variant runs every statement."""
    for number, scenario in enumerate(SCENARIOS):
        say(scenario.name)
        other = ALL if scenario.alone else LONE
        names = {variant: databases.make(cluster, variant) for variant in VARIANTS if variant != other}
        backends = {variant: Backend(cluster, name) for variant, name in names.items()}
        measured = interleaved(WARM_UP + ROUNDS, measures(backends, scenario, number))
        for variant, backend in backends.items():
            backend.close()
            cluster.drop_database(names[variant])
        yield scenario.name, {variant: costs[WARM_UP:] for variant, costs in measured.items()}


def first_statement(cluster, names):
    """Measures the first DDL of a session, which loads the library."""
    say("first DDL of a session")

    def cost(name, n):
        backend = Backend(cluster, name)
        try:
            return measure(backend, CREATE_TABLE, f"first_{n}")
        finally:
            backend.close()

    return interleaved(ROUNDS, {variant: lambda n, name=name: cost(name, n) for variant, name in names.items()})


def transactions(cluster, names):
    """Measures whole transactions of many tables."""
    say("transactions of many tables")

    def cost(backend, count, n):
        numbers = [f"tx{count}_{n}_{number}" for number in range(count)]
        backend.unguarded(*(CUSTOMERS.format(n=number) for number in numbers))
        made = [sql.format(n=number) for number in numbers for sql in (ORDERS, *DESCRIBED_ORDERS)]
        return backend.cost("BEGIN", *made, RECORD.format(n=n), "COMMIT")

    for count in TRANSACTIONS:
        backends = {variant: Backend(cluster, names[variant]) for variant in (NOBODY, ALL)}
        costs = {v: lambda n, backend=backend: cost(backend, count, n) for v, backend in backends.items()}
        yield count, interleaved(max(3, 300 // count), costs)
        for backend in backends.values():
            backend.close()


def sizes(cluster):
    """Measures the same statements in databases of different sizes, with the triggers and without them."""
    for size in SIZES:
        say(f"database of {size:,} tables")
        name = databases.make(cluster, ALL, tables=size)
        backends = {variant: Backend(cluster, name) for variant in (NOBODY, ALL)}
        backends[NOBODY].run("SET session_replication_role = replica")
        backends[NOBODY].unguarded = backends[NOBODY].run
        for number, scenario in enumerate((CREATE_TABLE, ADD_COLUMN)):
            measured = interleaved(WARM_UP + ROUNDS, measures(backends, scenario, number))
            yield size, scenario.name, {variant: costs[WARM_UP:] for variant, costs in measured.items()}
        for backend in backends.values():
            backend.close()
        cluster.drop_database(name)


def memory(cluster, names):
    """How much more memory a backend has after many statements without violations than after a few. The statements
    create and drop tables."""
    say("memory")
    grown = {}
    made = [sql.format(n="memory") for sql in (ORDERS, *DESCRIBED_ORDERS)]
    statements = [*made, "DROP TABLE orders_memory"]
    rounds = STATEMENTS // len(statements)
    for variant in (NOBODY, ALL):
        backend = Backend(cluster, names[variant])
        backend.unguarded(CUSTOMERS.format(n="memory"))
        for n in range(rounds + 100):
            if n == 100:
                before = backend.memory()
            backend.run("BEGIN", *statements, RECORD.format(n=n), "COMMIT")
        grown[variant] = backend.memory() - before
        backend.close()
    return grown


def parallel_workers(cluster, bindir):
    """Measures a query in one parallel worker, with the library loaded in different ways."""
    say("parallel workers")
    preloading_cluster = databases.start(bindir, shared_preload_libraries="pg_guardrail")
    try:
        return interleaved(ROUNDS, workers.measures(cluster, preloading_cluster))
    finally:
        preloading_cluster.stop()


def main():
    bindir = pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"])
    cluster = databases.start(bindir)
    try:
        names = {variant: databases.make(cluster, variant) for variant in (NOBODY, EMPTY, OFF, CORE, ALL)}
        results = {
            "server": cluster.program("postgres", "--version").strip(),
            "rounds": ROUNDS,
            "statements": dict(statements(cluster)),
            "first": first_statement(cluster, names),
            "transactions": dict(transactions(cluster, names)),
            "sizes": list(sizes(cluster)),
            "memory": memory(cluster, names),
            "workers": parallel_workers(cluster, bindir),
        }
    finally:
        cluster.stop()
    written = ROOT / "target" / "bench" / "results.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(results, indent=1))
    print(report.text(results))
    say(f"all figures are in {written.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
