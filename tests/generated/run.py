"""Makes programs of DDL, runs each with the guard and without it, and compares: N programs from SEED on as many
workers as there are cores; or program number PROGRAM alone; or the program in FILE, as
it was printed.

Ends with status 1 at a finding, and where a kind of statement never occurred.
"""

import multiprocessing
import os
import pathlib
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration" / "support"), str(HERE.parent / "reliability")]

import found  # noqa: E402
import record  # noqa: E402
import server  # noqa: E402
from coverage import Coverage  # noqa: E402
from lockstep import Finding, Lockstep  # noqa: E402
from pair import Pair, prepare  # noqa: E402
from program import KINDS, Writer  # noqa: E402
from shrink import Shrinker, replay  # noqa: E402
from wire import Lost  # noqa: E402

# From so many programs on every kind must have occurred.
ENOUGH = 500
SETTINGS = {
    "jit": "off",
    "max_prepared_transactions": "64",
    "deadlock_timeout": "'10s'",
    "max_locks_per_transaction": "256",
}


class Counting(Lockstep):
    """Counts what becomes of the statements."""

    def run(self, step):
        outcome = super().run(step)
        if outcome is not None:
            kind = step.kind if step.kind != "control" else step.sql.rstrip("0123456789'g s").rstrip()
            self.counts.statement(kind, outcome)
        return outcome


class Worker:
    def __init__(self, cluster, number, seed, version, rules, shrinks=True):
        self.pair = Pair(cluster, number)
        self.seed, self.version, self.rules, self.shrinks = seed, version, rules, shrinks
        self.counts = Coverage()

    def run(self, number):
        """Runs a program. Returns the text of a finding, or None."""
        writer = Writer(self.seed, number, self.rules, self.version)
        try:
            self.pair.reset(writer.program.settings)
            lockstep = Counting(self.pair, self.counts)
            writer.write(lockstep)
        except Finding as finding:
            return self.report(writer.program, finding)
        except (RuntimeError, Lost):
            return f"the harness fails\n{traceback.format_exc()}\n{writer.program.text()}\n"
        return None

    def report(self, program, finding):
        shrunk = program
        if self.shrinks:
            shrinker = Shrinker(self.pair, program, finding.what, Coverage())
            try:
                finding = shrinker.run() or finding
                shrunk = shrinker.program
            except (RuntimeError, Lost):
                pass
        return f"{finding.what}\n{finding.text}\n\n{shrunk.text()}\n"


def work(number, cluster, seed, version, rules, todo, done):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = Worker(cluster, number, seed, version, rules)
    for program in iter(todo.get, None):
        try:
            finding = worker.run(program)
        except Exception:
            finding = f"the harness fails\n{traceback.format_exc()}"
        done.put((program, finding))
    worker.pair.close()
    done.put((None, worker.counts))


def run_all(cluster, seed, count, version, rules, workers):
    context = multiprocessing.get_context("fork")
    todo, done = context.Queue(), context.Queue()
    for number in [*range(count), *[None] * workers]:
        todo.put(number)
    arguments = (cluster, seed, version, rules, todo, done)
    processes = [context.Process(target=work, args=(number, *arguments), daemon=True) for number in range(workers)]
    for process in processes:
        process.start()
    counts, findings, finished, shown = Coverage(), [], 0, time.monotonic()
    while finished < workers:
        number, result = done.get()
        if number is None:
            counts.merge(result)
            finished += 1
        elif result is not None:
            findings.append(result)
            print(f"\nFINDING {len(findings)}: {result}", flush=True)
        if time.monotonic() > shown + 30:
            shown = time.monotonic()
            print(f"  {number} of {count} programs, {len(findings)} findings", file=sys.stderr, flush=True)
    for process in processes:
        process.join()
    return counts, findings


def stop(*_):
    sys.exit(1)


def main():
    signal.signal(signal.SIGTERM, stop)
    seed, count = int(os.environ.get("SEED") or 1), int(os.environ.get("N") or 10000)
    program = os.environ.get("PROGRAM")
    cluster = server.Cluster(os.environ["PG_GUARDRAIL_PGBIN"], **SETTINGS)
    cluster.initialize().launch()
    try:
        prepare(cluster)
        with cluster.connect("origin") as admin:
            admin.execute("LOAD 'pg_guardrail'")
            rules = [rule for (rule,) in admin.execute("SELECT id FROM guardrail.rules")]
            full = admin.execute("SHOW server_version").fetchone()[0]
        version = int(full.split(".")[0])
        if program:
            return run_one(cluster, seed, int(program), version, rules)
        if path := os.environ.get("FILE"):
            finding = replay(Pair(cluster, "file"), found.read(pathlib.Path(path)), Coverage())
            print(f"{finding.what}\n{finding.text}" if finding else "nothing found")
            return 1 if finding else 0
        if lines := [*replay_found(cluster, version)]:
            print("\n".join(lines))
            return 1
        start = time.monotonic()
        workers = int(os.environ.get("WORKERS") or os.cpu_count())
        counts, findings = run_all(cluster, seed, count, version, rules, workers)
        return tell(counts, findings, seed, count, full, time.monotonic() - start)
    finally:
        cluster.stop()


def replay_found(cluster, version):
    """Runs what has been found before. It must show nothing any more."""
    pair = Pair(cluster, "found")
    for name, program in found.programs(version):
        if (finding := replay(pair, program, Coverage())) is not None:
            yield f"found/{name} shows it again: {finding.what}\n{finding.text}"
    pair.close()


def run_one(cluster, seed, number, version, rules):
    worker = Worker(cluster, 0, seed, version, rules, shrinks=not os.environ.get("WHOLE"))
    finding = worker.run(number)
    print(finding or f"program {number} of seed {seed}: nothing found")
    return 1 if finding else 0


def tell(counts, findings, seed, count, version, seconds):
    print("\n".join(counts.lines()))
    possible = [kind.name for kind in KINDS.values() if kind.since <= int(version.split(".")[0])]
    missing = counts.missing(possible) if count >= ENOUGH else []
    if missing:
        print(f"never seen to pass: {', '.join(missing)}")
    statements = sum(map(counts.total, ("passed", "refused", "failed")))
    print(f"\nPostgreSQL {version}, seed {seed}: {count} programs, {len(findings)} findings; {statements} statements, "
          f"{counts.total('refused')} of them refused by the guard, {counts.total('failed')} by PostgreSQL; "
          f"{seconds:.0f} s")
    record.record("generated", version, seconds, seed, programs=count, findings=len(findings), statements=statements,
                  refused=counts.total("refused"))
    return 1 if findings or missing else 0


if __name__ == "__main__":
    sys.exit(main())
