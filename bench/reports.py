"""Measures the reports: how long each format takes, compared with the audit that it is made of, and how much memory.

The tables are those of audit.py that break ten rules each. VIOLATIONS gives the numbers (10,000 and 40,000).

Needs PG_GUARDRAIL_PGBIN like the integration tests.
"""

import os
import pathlib

import audit
import databases
from measure import Backend
from report import table

SIZES = [int(size) for size in os.environ.get("VIOLATIONS", "10000 40000").split()]
FORMATS = ["text", "json", "markdown", "html", "junit", "sarif", "gitlab", "github"]
MAX_TIME, MAX_MEMORY = 1000, 100 << 20


def measure(cluster, name, format_name):
    """The least processor time of a report in milliseconds, its length in bytes, and the memory of the backend then."""
    sql = f"SELECT sum(octet_length(line) + 1) FROM guardrail.report('{format_name}') AS line"
    backend = Backend(cluster, name)
    backend.run("SELECT 1")
    backend.run(sql)
    memory = backend.memory()
    time, length = audit.fastest(backend, sql)
    backend.close()
    return time, length, memory


def main():
    cluster = databases.start(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]))
    rows = [["violations", "format", "ms", "of the audit", "kB", "memory MB"]]
    aims = []
    try:
        name, made = audit.begin(cluster), 0
        for size in SIZES:
            audit.say(f"{size:,} violations")
            with cluster.connect(name) as admin:
                admin.execute("SET guardrail.mode = off")
                audit.fill(admin, audit.FAULTY, made + 1, size // audit.FAULTS, 1)
                admin.execute("VACUUM ANALYZE")
            made = size // audit.FAULTS
            backend = Backend(cluster, name)
            base, found = audit.fastest(backend, audit.AUDIT)
            backend.close()
            rows.append([f"{found:,}", "audit()", f"{base:,.0f}", "1.00", "", ""])
            for format_name in FORMATS:
                time, length, memory = measure(cluster, name, format_name)
                rows.append(
                    ["", format_name, f"{time:,.0f}", f"{time / base:.2f}", f"{length / 1024:,.0f}", f"{memory / (1 << 20):.1f}"]
                )
                aims.append((f"MB of memory, {found:,} {format_name}", MAX_MEMORY >> 20, memory / (1 << 20)))
                if size <= 10_000:
                    aims.append((f"ms, {found:,} {format_name}", MAX_TIME, time))
    finally:
        cluster.stop()
    print(table(rows) + "\n")
    for what, most, measured in aims:
        print(f"  at most {most} {what}: {measured:.1f}  {'ok' if measured <= most else 'MISSED'}")


if __name__ == "__main__":
    main()
