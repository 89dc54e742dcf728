"""Counts the instructions that the guard takes for each statement, under callgrind.

The functions that PostgreSQL calls are counted, with everything that they call in turn. The count is the same on every
run, except for the few instructions that depend on addresses and on the time. Shows the change against the counts in
instructions.json; `--write` replaces them. With KEEP set, the files for callgrind_annotate stay under target/bench/.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "integration" / "support"))

import databases  # noqa: E402
import server  # noqa: E402
from databases import ALL, CORE, LONE, OFF  # noqa: E402
from measure import Backend, measure  # noqa: E402
from report import table  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402

KEPT = pathlib.Path(__file__).with_name("instructions.json")
DOORS = ["guardrail_ddl_command_start", "guardrail_sql_drop", "guardrail_ddl_command_end", "*on_transaction*"]
# The first statements fill caches; the difference between a short and a long session is what each costs from then on.
FEW, MANY = 3, 13


class Callgrind(server.Cluster):
    """A server whose backends count the instructions that they take in the guard's entry points (DOORS)."""

    def launch(self):
        self.program("initdb", "--no-sync", "-U", "postgres", "-A", "trust", "-D", str(self.data))
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value.strip(chr(39))}")]
        doors = [f"--toggle-collect={door}" for door in DOORS]
        files = f"--callgrind-out-file={self.directory}/%p.callgrind"
        callgrind = ["valgrind", "--quiet", "--tool=callgrind", "--trace-children=yes", "--collect-atstart=no", files]
        command = [*callgrind, *doors, str(self.bindir / "postgres"), "-D", str(self.data), *options]
        nothing = subprocess.DEVNULL
        with self.log.open("w") as log:
            self.process = subprocess.Popen(server.as_server_user(command), stdin=nothing, stdout=log, stderr=log)
        for _ in range(120):
            try:
                self.connect("postgres").close()
                return self
            except psycopg.OperationalError:
                time.sleep(0.5)
        raise RuntimeError(f"the server did not start:\n{self.log_tail()}")

    def instructions(self, pid, name):
        """The count of the backend, which writes its file when it ends. With KEEP set the file is kept by name."""
        written = self.directory / f"{pid}.callgrind"
        while not (written.exists() and "totals:" in (text := written.read_text())):
            time.sleep(0.1)
        if os.environ.get("KEEP"):
            kept = ROOT / "target" / "bench"
            kept.mkdir(exist_ok=True)
            (kept / f"{name}.callgrind").write_text(text)
        return int(text.rsplit("totals:", 1)[1].split()[0])


def count(cluster, dbname, what, scenario, rounds):
    """All instructions of a session that runs a scenario so many times."""
    backend = Backend(cluster, dbname)
    for n in range(rounds):
        measure(backend, scenario, f"{SCENARIOS.index(scenario)}_{rounds}_{n}")
    pid = backend.connection.info.backend_pid
    backend.close()
    return cluster.instructions(pid, f"{what}, {rounds}")


def counts(cluster):
    for variant in (OFF, CORE, ALL, LONE):
        name = databases.make(cluster, variant)
        for scenario in SCENARIOS:
            if scenario.alone != (variant == LONE):
                continue
            what = f"{scenario.name}, {variant}"
            few, many = (count(cluster, name, what, scenario, rounds) for rounds in (FEW, MANY))
            yield what, round((many - few) / (MANY - FEW))


def main():
    cluster = Callgrind(pathlib.Path(os.environ["PG_GUARDRAIL_PGBIN"]), max_locks_per_transaction="1000").launch()
    try:
        counted = dict(counts(cluster))
    finally:
        cluster.stop()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    rows = [["instructions a statement", "kept", "now", "change"]]
    for what, now in counted.items():
        before = kept.get(what)
        change = f"{now / before - 1:+.1%}" if before else ""
        rows.append([what, f"{before:,}" if before else "", f"{now:,}", change])
    print(table(rows))
    if "--write" in sys.argv:
        KEPT.write_text(json.dumps(counted, indent=1) + "\n")


if __name__ == "__main__":
    main()
