"""Runs `make check`'s program on folders that a test writes, on a fresh database of the tests' server."""

import json
import subprocess
import sys

from server import ROOT


class Outcome:
    def __init__(self, done):
        self.status = done.returncode
        self.report = done.stdout
        self.messages = done.stderr

    @property
    def summary(self):
        return self.messages.splitlines()[-1]

    @property
    def violations(self):
        """The violations of a report in the format json, as `file:line rule table.part`."""
        return [self.place(json.loads(line)) for line in self.report.splitlines()]

    @staticmethod
    def place(violation):
        part = violation["column_name"] or violation["constraint_name"] or violation["index_name"]
        name = ".".join(filter(None, [violation["table_name"], part]))
        status = "" if violation["status"] == "open" else f" ({violation['status']})"
        return f"{violation['file']}:{violation['line']} {violation['rule']} {name}{status}"


class Check:
    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.folder = folder

    def write(self, **files):
        """Writes files below the folder `m`, whose names get the ending .sql."""
        self.write_files({f"{name}.sql": text for name, text in files.items()})

    def write_files(self, files):
        for name, text in files.items():
            path = self.folder / "m" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, *arguments, stderr=subprocess.PIPE, **environment):
        """Runs the program on the folder `m`, unless SQL_DIR names another one."""
        names = {"SQL_DIR": "m", "PRESET": "recommended", "FORMAT": "json"} | environment
        names = {name: str(value) for name, value in names.items() if value is not None}
        dbname = self.cluster.create_database("template0", mode=None)
        try:
            with self.cluster.connect(dbname) as admin:
                admin.execute("CREATE EXTENSION pg_guardrail")
            return Outcome(
                subprocess.run(
                    [sys.executable, ROOT / "check" / "main.py", *arguments],
                    cwd=self.folder,
                    env=self.cluster.environment(dbname, PYTHONDONTWRITEBYTECODE="1", **names),
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    timeout=120,
                )
            )
        finally:
            self.cluster.drop_database(dbname)
