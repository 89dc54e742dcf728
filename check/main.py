"""main.py [--inputs]: runs a folder of SQL files and reports each violation with its file and line.

The arguments come through the environment, and so does the database (PGHOST, PGDATABASE, …), which is fresh and has
the extension. With --inputs only the arguments and the files are looked at, which needs neither a server nor a driver.

Status: 0 nothing of FAIL_ON or above is open, 1 something is, 2 something failed.
"""

import os
import sys

import arguments as all_arguments
import discovery
import source
from discovery import Found
from problem import end_with

# How many files that are not run are named.
NAMED = 3


def main(only_inputs: bool) -> int:
    arguments = all_arguments.read(os.environ)
    found = discovery.discover(arguments.folder)
    sources = [source.read(file) for file in found.files]
    if only_inputs:
        return 0
    if found.skipped:
        print(describe_skipped(found), file=sys.stderr)
    # Here, because it needs the driver.
    from run import run

    return run(arguments, sources)


def describe_skipped(found: Found) -> str:
    """Which files are not run, and why, in a line."""
    parts = []
    for reason in dict.fromkeys(reason for _, reason in found.skipped):
        names = [source.name_of(file) for file, why in found.skipped if why == reason]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        parts.append(f"{', '.join(names[:NAMED])}{more} ({reason})")
    return f"Not run: {'; '.join(parts)}"


if __name__ == "__main__":
    end_with(main)
