"""action.py [--inputs]: runs a command that makes a database, audits the database, and reports.

The arguments come through the environment, by the names of the action's inputs (INPUT_RUN, INPUT_PRESET, …), and so
does the database, which is fresh and has the extension. With --inputs only the arguments are looked at.

Status: 0 nothing of FAIL_ON or above is open, 1 something is, 2 something failed.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

import arguments as all_arguments
from arguments import Arguments
from problem import end_with

# As a workflow of GitHub runs a step.
SHELL = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]


def main(only_inputs: bool) -> int:
    arguments = read(os.environ)
    if only_inputs:
        return 0
    # Here, because it needs the driver.
    from database import Database

    database = Database(arguments)
    failure = run(os.environ["INPUT_RUN"])
    return database.report(os.environ.get("INPUT_URI") or None, failure)


def read(environment: Mapping[str, str]) -> Arguments:
    """The arguments are those of the check, but that there is no folder of SQL files."""
    names = ("PRESET", "SETTINGS", "FORMAT", "OUT", "BASELINE", "FAIL_ON")
    given = {name: environment.get(f"INPUT_{name}", "") for name in names}
    given["FORMAT"] = given["FORMAT"] or "github"
    return all_arguments.read(given | {"SQL_DIR": ".", "SUMMARY": environment.get("GITHUB_STEP_SUMMARY", "")})


def run(command: str) -> str | None:
    """Runs the command. Returns what has failed. The standard output is for the report."""
    sys.stderr.flush()
    status = subprocess.run([*SHELL, command], stdout=sys.stderr, check=False).returncode
    if status == 0:
        return None
    how = f"has ended with status {status}" if status > 0 else f"was ended by signal {-status}"
    return f"The command of `run` {how}."


if __name__ == "__main__":
    end_with(main)
