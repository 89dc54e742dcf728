"""Runs PostgreSQL's suites and those of the extension on a server that is built with assertions: none may fail, and
nothing may crash.

assertions.py PREFIX SOURCE [SUITE…]: PREFIX is the folder of the build, SOURCE that of PostgreSQL's source; SUITE is
regress, isolation, own (the extension's tests), or discarding (these with debug_discard_caches), all by default.
"""

import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests/integration/support"), str(ROOT / "tests/reliability")]

import server  # noqa: E402
import trial  # noqa: E402
from record import record  # noqa: E402
from run import version  # noqa: E402

SUITES = ("regress", "isolation", "own", "discarding")


def run_of_postgresql(bindir, source, suite):
    """With every rule at `warning`. What is printed is compared elsewhere, with a server without assertions."""
    results, left_out, _, crashes = trial.run(bindir, source, suite, "warning")
    count = len(list(results.rglob("*.out")))
    print(f"    {count} files, {left_out} messages", flush=True)
    return crashes if left_out and count > 50 else [*crashes, f"only {count} files and {left_out} messages"]


def run_of_extension(bindir, **settings):
    """The extension's own regression tests, which must print what they should."""
    cluster = server.Cluster(bindir, max_connections="40", **settings).initialize().launch()
    try:
        environment = cluster.environment("postgres") | {"PG_CONFIG": str(bindir / "pg_config")}
        command = [ROOT / "pgrx-config/installcheck.sh"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log = cluster.log.read_text(errors="replace")
    finally:
        cluster.stop()
    faults = trial.crashes(log)
    return faults if done.returncode == 0 else [*faults, done.stdout[-3000:]]


def run_suite(bindir, source, suite):
    match suite:
        case "own":
            return run_of_extension(bindir)
        case "discarding":
            return run_of_extension(bindir, debug_discard_caches="1")
        case _:
            return run_of_postgresql(bindir, source, suite)


def main(prefix, source, *chosen):
    bindir = pathlib.Path(prefix) / "bin"
    start = time.monotonic()
    failed, figures = False, {}
    for suite in chosen or SUITES:
        begun = time.monotonic()
        faults = run_suite(bindir, source, suite)
        figures |= {f"{suite}_seconds": round(time.monotonic() - begun), f"{suite}_faults": len(faults)}
        print(f"  {suite}, with assertions: {figures[f'{suite}_seconds']} s", flush=True)
        for fault in faults:
            print(f"    FAULT: {fault}")
        failed = failed or bool(faults)
    if not chosen:
        record("postgres_cassert", version(bindir), time.monotonic() - start, **figures)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
