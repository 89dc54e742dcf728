"""Runs PostgreSQL's own suites without the extension and with it, and compares what they print.

run.py BINDIR SOURCE [SUITE…]: SOURCE is the folder of PostgreSQL's source; SUITE is regress, isolation or contrib, all
of them by default. ONLY has the names of some tests (of contrib: of modules), instead of all.
"""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests/integration/support"), str(ROOT / "tests/reliability")]

import compare  # noqa: E402
import suites  # noqa: E402
import trial  # noqa: E402
from record import record  # noqa: E402


def version(bindir):
    text = subprocess.run([bindir / "postgres", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return text.split()[2]


def judge_run(suite, kind, major, without, results, only):
    """Compares a run with the one without the extension, prints what differs, and returns the faults."""
    names, found = compare.differences(without, results)
    reasons = compare.known(suite, kind, major)
    if only:
        reasons = {name: reason for name, reason in reasons.items() if name in found}
    faults = list(compare.judge(found, reasons))
    (results / "differences").write_text("".join(f"== {name}\n" + "\n".join(found[name]) + "\n" for name in found))
    for name in found:
        if name in reasons:
            print(f"    {name}: {reasons[name]['reason']}")
    for fault in faults:
        print(f"    FAULT: {fault}")
    if faults:
        print(f"    see {results}/differences")
    return names, len(found), faults


def run_suite(bindir, source, suite, major, only):
    faults, figures = [], {}
    without = None
    for kind in trial.KINDS:
        results, left_out, seconds, crashes = trial.run(bindir, source, suite, kind, only)
        print(f"  {suite}, {kind}: {seconds:.0f} s, {left_out} messages left out", flush=True)
        faults += crashes
        if kind == "warning" and not left_out:
            faults.append("no rule has said anything")
        if kind != "warning" and left_out:
            faults.append(f"{left_out} messages where there should be none")
        if without is None:
            without = results
            failed = trial.failed_tests(results)
            figures["fail_without"] = len(failed)
            print(f"    fail without the extension, too: {' '.join(failed) or 'none'}")
        else:
            names, differing, new = judge_run(suite, kind, major, without, results, only)
            faults += new
            figures["files"] = names
            figures |= {f"differ_{kind}": differing, f"faults_{kind}": len(new)}
    for fault in faults:
        print(f"  FAULT: {fault}")
    return faults, figures | {"messages": left_out}


def main(bindir, source, *chosen):
    bindir = pathlib.Path(bindir)
    only = os.environ.get("ONLY", "").split()
    release = version(bindir)
    tests = pathlib.Path(source).name.removeprefix("postgresql-")
    faults = []
    for suite in chosen or suites.SUITES:
        start = time.monotonic()
        new, figures = run_suite(bindir, source, suite, int(release.split(".")[0]), only)
        faults += new
        if not only:
            record(f"postgres_{suite}", release, time.monotonic() - start, tests_of=tests, **figures)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
