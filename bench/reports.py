"""Measures the reports: how much time and memory each format takes, compared with the audit that it is made of.

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
MAX_TIME, MAX_MORE_MEMORY = 1000, 10 << 20


def measure(cluster, name, sql):
    """The least processor time of a query in milliseconds, the number that it returns, and the memory of its backend."""
    backend = Backend(cluster, name)
    backend.run("SELECT 1")
    backend.run(sql)
    memory = backend.memory()
    time, number = audit.fastest(backend, sql)
    backend.close()
    return time, number, memory


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
            base, found, base_memory = measure(cluster, name, audit.AUDIT)
            rows.append([f"{found:,}", "audit()", f"{base:,.0f}", "1.00", "", f"{base_memory / (1 << 20):.1f}"])
            for format_name in FORMATS:
                sql = f"SELECT sum(octet_length(line) + 1) FROM guardrail.report('{format_name}') AS line"
                time, length, memory = measure(cluster, name, sql)
                ratio = f"{time / base:.2f}"
                rows.append(["", format_name, f"{time:,.0f}", ratio, f"{length / 1024:,.0f}", f"{memory / (1 << 20):.1f}"])
                more = (memory - base_memory) / (1 << 20)
                aims.append((f"MB more memory than the audit, {found:,} {format_name}", MAX_MORE_MEMORY >> 20, more))
                if size <= 10_000:
                    aims.append((f"ms, {found:,} {format_name}", MAX_TIME, time))
    finally:
        cluster.stop()
    print(table(rows) + "\n")
    for what, most, measured in aims:
        print(f"  at most {most} {what}: {measured:.1f}  {'ok' if measured <= most else 'MISSED'}")


if __name__ == "__main__":
    main()
